"""Many workspaces install the app: with OAuth, in a real browser; each is answered by its own token, and none knows of another."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
import yaml
from cryptography.fernet import Fernet
from playwright.async_api import Page, async_playwright, expect

from simulators.coze.script import Pause, Say
from simulators.slack import Slack
from tests.ports import free_port
from tests.scenarios.harness import PATIENCE, BridgeHarness

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ADMIN = "an-admin-token-of-some-length"
COOKIE = "__Host-coze-bridge-install"
ENDS = ("app_uninstalled", "tokens_revoked")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@dataclass(slots=True)
class Installing:
    """A bridge whose Slack app is installed by people, and two workspaces that have not done so yet."""

    bridge: BridgeHarness
    url: str
    one: Slack
    two: Slack
    org: Slack

    @property
    def install(self) -> str:
        """Where somebody begins."""
        return f"{self.url}/slack/acme/install"

    def browser(self) -> httpx.AsyncClient:
        """Somebody's, who is shown pages of ours: what stands there is searched at the end of the story, as all other pages are."""
        return httpx.AsyncClient(timeout=PATIENCE, event_hooks={"response": [self._keep]})

    async def _keep(self, shown: httpx.Response) -> None:
        await shown.aread()
        self.bridge.pages.append(f"--- {shown.url.path} {shown.status_code}\n{shown.headers}\n{shown.text}")

    async def takes_in(self, place: str) -> None:
        """Have an admin install the app there, as a browser does."""
        async with self.browser() as browser:
            begun = await browser.get(self.install, headers={"Authorization": f"Bearer {ADMIN}"})
            assert 302 == begun.status_code
            back = await browser.get(await self.allowed(begun.headers["location"], place), headers=cookie_of(begun))

        assert (200, True) == (back.status_code, "Installed" in back.text), self.bridge.log

    async def allowed(self, page: str, place: str) -> str:
        """Where Slack's page sends a browser once somebody has allowed the app there."""
        query = urlsplit(page).query
        async with httpx.AsyncClient(timeout=PATIENCE) as browser:
            shown = await browser.get(page)
            assert f'id="{place}"' in shown.text
            allowed = await browser.get(f"{self.bridge.slack.url}/oauth/v2/allow?{query}&where={place}")
        return allowed.headers["location"]

    async def asks(self, workspace: Slack, name: str, question: str) -> tuple[str, str, str]:
        """Have somebody new ask in a channel there; gives the person, the channel and the thread."""
        person = workspace.person(name)
        channel = workspace.channel(
            f"{name.lower()}-{len(workspace.world.channels)}-{workspace.team[1:]}", members=[person]
        )
        return person.id, channel, workspace.says(person, question, channel, mention=True)

    async def reads(self, workspace: Slack, channel: str, thread: str, *expected: str) -> None:
        """Wait until exactly that stands there from the bot."""
        await self.bridge.until(lambda: workspace.bot_texts(channel, thread) == [*expected])


def free_address() -> str:
    """Where nobody listens."""
    return f"127.0.0.1:{free_port()}"


def cookie_of(answer: httpx.Response) -> dict[str, str]:
    """The header by which the browser of that answer is known again."""
    jar = SimpleCookie(answer.headers["set-cookie"])
    return {"Cookie": f"{COOKIE}={jar[COOKIE].value}"}


@pytest_asyncio.fixture(loop_scope="module")
async def installing(tmp_path: Path) -> AsyncIterator[Installing]:
    """It runs."""
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}") as bridge:
        yield await begun(bridge)


async def begun(bridge: BridgeHarness, **install: object) -> Installing:
    """The daemon, started for an app that people install."""
    listen = free_address()
    url, slack = f"http://{listen}", bridge.slack
    slack.bot_token, slack.oauth.rotates = "", True
    slack.oauth.redirect_urls.add(f"{url}/slack/acme/oauth_redirect")
    settings = yaml.safe_load(bridge.config.read_text())
    acme = settings["adapters"]["acme"]
    del acme["bot_token"]
    acme["install"] = {"client_id": slack.oauth.client_id, "client_secret": slack.oauth.client_secret, **install}
    settings["http"] = {"listen": listen, "public_url": url, "admin_token": ADMIN}
    settings["privacy"] = {"encryption_key": Fernet.generate_key().decode()}
    bridge.config.write_text(yaml.safe_dump(settings))
    await bridge.start()
    one, two = slack.neighbour("T0ONE"), slack.neighbour("T0TWO")
    return Installing(bridge, url, one, two, slack.neighbour("T0ORG", enterprise="E0ORG"))


@asynccontextmanager
async def browser_at(url: str) -> AsyncIterator[Page]:
    """A page in a real browser, logged in to the console."""
    expect.set_options(timeout=1000 * PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = await (await browser.new_context(base_url=url)).new_page()
        page.set_default_timeout(1000 * PATIENCE)
        await page.goto("/console")
        await page.locator("#token").fill(ADMIN)
        await page.locator("button").click()
        await expect(page.locator("nav")).to_be_visible()
        yield page
        await browser.close()


@needs_browser
@pytest.mark.browser
async def test_two_workspaces_come_by_browser_one_goes_one_rotates_and_nobody_notices(installing: Installing) -> None:
    bridge, one, two = installing.bridge, installing.one, installing.two
    async with browser_at(installing.url) as page:
        for workspace in (one, two):
            await page.goto("/slack/acme/install")
            await page.locator(f"#{workspace.team}").click()
            await expect(page.locator("h1")).to_have_text(f"Installed in Workspace {workspace.team}")
            bridge.pages.append(await page.content())
    bridge.plays("a story", Say(("Half of it, ",)), Pause("half"), Say(("and the rest.",)))
    _, first, root = await installing.asks(one, "Ann", "a story")
    await bridge.paused("half")
    await bridge.until(lambda: one.bot_texts(first, root))
    before, gone = one.bot_token, two.bot_token
    one.expire()
    two.uninstall()
    await bridge.until(lambda: "workspace.removed" in bridge.log)
    bridge.coze.go("half")
    await installing.reads(one, first, root, "Half of it, and the rest.")
    tokens = {before, one.bot_token, gone, *one.oauth.refresh_tokens, *two.oauth.refresh_tokens}

    assert before != one.bot_token
    assert await bridge.terminate() == 0
    held = b"".join(file.read_bytes() for file in bridge.folder.iterdir() if file.name.startswith("bridge.db"))
    assert [] == [token for token in tokens if token.encode() in held or token in bridge.log]


async def test_each_workspace_is_answered_by_its_own_token(installing: Installing) -> None:
    for workspace in (installing.one, installing.two):
        await installing.takes_in(workspace.team)
    asked = [await installing.asks(workspace, "Ann", "hello") for workspace in (installing.one, installing.two)]
    for workspace, (_, channel, thread) in zip((installing.one, installing.two), asked, strict=True):
        await installing.reads(workspace, channel, thread, "You said: hello")

    owners = {conversation.id for conversation in installing.bridge.coze.conversations.values()}
    assert 2 == len(owners)
    assert asked[0][0] == asked[1][0], "both have the same id at Slack, and are two people all the same"
    assert await installing.bridge.terminate() == 0


class TestWhoMayInstall:
    async def test_a_stranger_is_sent_to_log_in_and_a_wrong_token_is_refused(self, installing: Installing) -> None:
        async with installing.browser() as browser:
            stranger = await browser.get(installing.install)
            wrong = await browser.get(installing.install, headers={"Authorization": "Bearer wrong"})
            nowhere = await browser.get(installing.install.replace("acme", "helpdesk"))
            elsewhere = await browser.get(installing.install.replace("/slack/", "/telegram/"))

        assert (303, "/console") == (stranger.status_code, stranger.headers["location"])
        assert (401, 404, 404) == (wrong.status_code, nowhere.status_code, elsewhere.status_code)

    async def test_in_public_everybody_may(self, bridge: BridgeHarness) -> None:
        installing = await begun(bridge, public=True)
        async with installing.browser() as browser:
            answer = await browser.get(installing.install)

        page = urlsplit(answer.headers["location"])
        asked = parse_qs(page.query)
        assert f"{bridge.slack.url}/oauth/v2/authorize" == f"{page.scheme}://{page.netloc}{page.path}"
        assert [f"{installing.url}/slack/acme/oauth_redirect"] == asked["redirect_uri"]
        assert {"chat:write", "im:history"} <= set(asked["scope"][0].split(","))
        cookie = SimpleCookie(answer.headers["set-cookie"])[COOKIE]
        assert (True, True, "Lax", "/", "600") == (
            cookie["secure"],
            cookie["httponly"],
            cookie["samesite"],
            cookie["path"],
            cookie["max-age"],
        )


class TestAttacks:
    """Whoever comes back without having been sent, or a second time, installs nothing."""

    async def test_only_the_browser_that_was_sent_comes_back_and_once(self, installing: Installing) -> None:
        admin = {"Authorization": f"Bearer {ADMIN}"}
        async with installing.browser() as browser:
            mine = await browser.get(installing.install, headers=admin)
            other = await browser.get(installing.install, headers=admin)
            back = await installing.allowed(mine.headers["location"], "T0ONE")
            url = urlsplit(back)
            without_state = f"{url.scheme}://{url.netloc}{url.path}?code=x"
            tries = [
                await browser.get(back),
                await browser.get(back, headers=cookie_of(other)),
                await browser.get(back, headers={"Cookie": f"{COOKIE}="}),
                await browser.get(without_state, headers=cookie_of(mine)),
                await browser.get(f"{without_state}&state={'a' * 3000}", headers=cookie_of(mine)),
                await browser.get(f"{without_state}&state=%00%ff", headers=cookie_of(mine)),
            ]
            first = await browser.get(back, headers=cookie_of(mine))
            again = await browser.get(back, headers=cookie_of(mine))

        assert [400] * len(tries) == [one.status_code for one in tries]
        assert (200, 400) == (first.status_code, again.status_code)
        assert "no-store" == first.headers["cache-control"]

    async def test_what_slack_refuses_is_said_and_nothing_is_installed(self, installing: Installing) -> None:
        admin = {"Authorization": f"Bearer {ADMIN}"}
        async with installing.browser() as browser:
            said = []
            for more in ("error=access_denied", "code=never-given", "code=%3Cscript%3E"):
                sent = await browser.get(installing.install, headers=admin)
                state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
                address = f"{installing.url}/slack/acme/oauth_redirect?{more}&state={state}"
                said.append(await browser.get(address, headers=cookie_of(sent)))

        assert [400] * 3 == [one.status_code for one in said]
        assert "access_denied" in said[0].text
        assert "<script" not in said[2].text
        assert "" == installing.one.bot_token


class TestLifeCycle:
    async def test_who_left_and_came_again_is_answered_and_old_news_do_no_harm(self, installing: Installing) -> None:
        bridge, one = installing.bridge, installing.one
        await installing.takes_in("T0ONE")
        one.uninstall()
        await bridge.until(lambda: "workspace.removed" in bridge.log)
        old = [one_of.payload for one_of in one.deliveries if one_of.event["type"] in ENDS]
        await installing.takes_in("T0ONE")
        for payload in old:  # Slack's events tell whole seconds
            one.send("events_api", payload | {"event_time": payload["event_time"] - 5})
        _, channel, thread = await installing.asks(one, "Ann", "still there?")
        await installing.reads(one, channel, thread, "You said: still there?")

        assert 2 == len(old)

    async def test_what_was_installed_is_known_after_a_restart(self, installing: Installing) -> None:
        bridge = installing.bridge
        await installing.takes_in("T0ONE")
        assert await bridge.terminate() == 0
        await bridge.start()
        _, channel, thread = await installing.asks(installing.one, "Ann", "hello")
        await installing.reads(installing.one, channel, thread, "You said: hello")

    async def test_tokens_rotate_once_whoever_needs_them(self, installing: Installing) -> None:
        bridge, one = installing.bridge, installing.one
        await installing.takes_in("T0ONE")
        one.expire()
        asked = [await installing.asks(one, name, "hello") for name in ("Ann", "Bob", "Cid")]
        for _, channel, thread in asked:
            await installing.reads(one, channel, thread, "You said: hello")
        spent = [call for call in bridge.slack.called("oauth.v2.access") if call.params.get("grant_type")]

        assert [True] == [call.ok for call in spent]


class TestAnOrganisation:
    async def test_all_its_workspaces_are_heard_by_one_installation(self, installing: Installing) -> None:
        bridge, org = installing.bridge, installing.org
        other = bridge.slack.neighbour("T0ORG2", enterprise="E0ORG")
        await installing.takes_in("E0ORG")
        for workspace in (org, other):
            _, channel, thread = await installing.asks(workspace, "Ann", f"hello from {workspace.team}")
            await installing.reads(workspace, channel, thread, f"You said: hello from {workspace.team}")
        for workspace, group in ((org, "cooks"), (other, "gardeners")):
            question = f"who are <!subteam^{workspace.user_group(group)}>?"
            _, channel, thread = await installing.asks(workspace, "Ann", question)
            await installing.reads(workspace, channel, thread, f"You said: who are @{group}?")
        ann = org.person("Dee")
        ts = org.says(ann, "The bridge is closed", channel := org.channel("grid-help", members=[ann]))
        org.shortcut(ann, ts, "ask_about_this")
        await bridge.until(lambda: org.modals)
        org.submits(ann, org.modals[-1], "why?")
        await installing.reads(org, channel, ts, "You said: In reply to Dee:\n> The bridge is closed\n\nwhy?")

    async def test_a_person_is_the_same_at_home_and_in_what_they_say(self, installing: Installing) -> None:
        bridge, org = installing.bridge, installing.org
        await installing.takes_in("E0ORG")
        ann = org.person("Ann")
        org.says(ann, "hello")
        await bridge.until(lambda: org.bot_texts(org.dm(ann)))
        org.opens_home(ann)
        await bridge.until(lambda: ann.id in org.home)
        [conversation] = bridge.coze.conversations
        org.presses_home(ann, "forget_me")
        await bridge.until(lambda: "person.forgotten" in bridge.log)

        assert conversation not in bridge.coze.conversations


class TestNames:
    async def test_a_person_is_named_with_their_workspace_and_so_is_a_channel(self, bridge: BridgeHarness) -> None:
        routes = [
            {"name": "ann", "when": {"from": ["acme:T0ONE:U01ANN"]}, "bot": "assistant"},
            {"name": "two", "when": {"workspace": ["T0TWO"]}, "reply": "Not here."},
        ]
        settings = yaml.safe_load(bridge.config.read_text()) | {"routes": routes}
        bridge.config.write_text(yaml.safe_dump(settings))
        installing = await begun(bridge)
        for workspace in (installing.one, installing.two):
            await installing.takes_in(workspace.team)
        asked = [await installing.asks(workspace, "Ann", "hello") for workspace in (installing.one, installing.two)]
        await installing.reads(installing.one, *asked[0][1:], "You said: hello")
        await installing.reads(installing.two, *asked[1][1:], "Not here.")
        async with httpx.AsyncClient(base_url=installing.url, headers={"Authorization": f"Bearer {ADMIN}"}) as api:
            push = {"adapter": "acme", "text": "News.", "key": "k"}
            vague = await api.post("/api/messages", json=push | {"chat": asked[0][1]})
            clear = await api.post("/api/messages", json=push | {"chat": f"T0TWO:{asked[1][1]}", "thread": asked[1][2]})
        await installing.reads(installing.two, *asked[1][1:], "Not here.", "News.")

        assert (400, 202) == (vague.status_code, clear.status_code)
        assert "U01ANN" == asked[0][0] == asked[1][0]
