"""An app in many workspaces, without the daemon around it: replicas that share a database, and people from elsewhere."""

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from cryptography.fernet import Fernet

from adapters.slack.adapter import SlackAdapter
from adapters.slack.options import SlackOptions
from bridge.sdk.answers import Part
from bridge.sdk.errors import Unauthorised
from bridge.sdk.installing import OffersInstall
from bridge.sdk.model import Inbound
from bridge.sdk.secret_store import KeepsSecrets
from bridge.store.database import open_database
from bridge.store.secrets import AdapterSecrets
from simulators.slack import Slack
from tests.wire.slack.harness import RecordingAccept, reachable

URL = "https://bridge.example.org/slack/acme"


@pytest.fixture
async def slack():
    """A Slack that installs our app by OAuth, and rotates its tokens."""
    async with Slack() as slack:
        slack.bot_token, slack.oauth.rotates = "", True
        slack.oauth.redirect_urls.add(f"{URL}/oauth_redirect")
        yield slack


@pytest.fixture
async def database(tmp_path):
    """A database with a key to seal tokens by."""
    keys = [Fernet.generate_key().decode()]
    async with open_database(f"sqlite:///{tmp_path / 'bridge.db'}", keys=keys) as database:
        yield database


@pytest.fixture
def heard():
    """What was accepted."""
    return RecordingAccept()


@asynccontextmanager
async def replica(slack, database, heard, **more):
    """One process of the app."""
    oauth = slack.oauth
    install = {"client_id": oauth.client_id, "client_secret": oauth.client_secret}
    options = {"install": install, "app_token": slack.app_token, "api_url": slack.api_url} | more
    adapter = SlackAdapter.from_options("acme", SlackOptions.model_validate(options))
    adapter.set_secret_store(AdapterSecrets(database, "acme"))
    adapter.set_install_url(URL)
    async with adapter:
        task = asyncio.create_task(adapter.run(heard.accept))
        yield adapter
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def installed(adapter, slack, place):
    """Have somebody install the app there."""
    begun = await adapter.begin_install()
    name, _, value = begun.headers["Set-Cookie"].partition(";")[0].partition("=")
    query = urlsplit(begun.headers["Location"]).query
    async with aiohttp.ClientSession() as browser:
        page = f"{slack.url}/oauth/v2/allow?{query}&where={place}"
        async with browser.get(page, allow_redirects=False) as answer:
            back = parse_qs(urlsplit(answer.headers["Location"]).query)
    given = await adapter.finish_install({key: values[0] for key, values in back.items()}, {name: value})

    assert 200 == given.status


async def mentioned(workspace, heard, text="hello", team=None, name="Ann"):
    """Somebody's mention, as the core has it."""
    before = len(heard.messages)
    ann = workspace.person(name, team=team)
    workspace.says(ann, text, workspace.channel("help", members=[ann]), mention=True)
    return await heard.one(before + 1)


async def test_it_keeps_the_contracts(slack, database, heard):
    async with replica(slack, database, heard) as adapter:
        assert isinstance(adapter, OffersInstall)
        assert isinstance(adapter, KeepsSecrets)


async def test_replicas_that_meet_an_expired_token_together_renew_it_once(slack, database, heard):
    one = slack.neighbour("T0ONE")
    async with replica(slack, database, heard) as first, replica(slack, database, heard) as second:
        await slack.until(lambda: len(slack.sockets.open) >= 2)
        await installed(first, slack, "T0ONE")
        message = await mentioned(one, heard)
        async with second.reply(message) as sink:
            await sink.finish(Part(index=0, text="Before.", key="before"))
        one.expire()

        async def answer(adapter, text):
            async with adapter.reply(message) as sink:
                await sink.finish(Part(index=0, text=text, key=text))

        await asyncio.gather(*(answer(adapter, f"{name}.") for adapter in (first, second) for name in ("a", "b", "c")))

    spent = [call.ok for call in slack.called("oauth.v2.access") if call.params.get("grant_type")]
    assert [True] == spent
    assert 7 == len(one.bot_texts(message.where.chat, message.where.thread))


async def test_a_person_from_elsewhere_is_known_by_their_own_workspace(slack, database, heard):
    one, two = slack.neighbour("T0ONE"), slack.neighbour("T0TWO")
    async with replica(slack, database, heard) as adapter:
        await slack.until(lambda: slack.sockets.open)
        for place in ("T0ONE", "T0TWO"):
            await installed(adapter, slack, place)
        people = [
            (await mentioned(workspace, heard, team=team)).author.id
            for workspace, team in ((one, None), (two, None), (one, "T0FAR"))
        ]

    assert ["T0ONE:U01ANN", "T0TWO:U01ANN", "T0FAR:U02ANN"] == people


async def test_names_are_told_apart_as_people_are(slack, database, heard):
    one, two = slack.neighbour("T0ONE"), slack.neighbour("T0TWO")
    async with replica(slack, database, heard) as adapter:
        await slack.until(lambda: slack.sockets.open)
        for place in ("T0ONE", "T0TWO"):
            await installed(adapter, slack, place)
        ann, bob = await mentioned(one, heard), await mentioned(two, heard, name="Bob")
        guest = await mentioned(one, heard, team="T0FAR", name="Cid")
        ids = [ann.author.id, bob.author.id, guest.author.id, "T0NIL:U0NONE", "junk", ""]
        async with asyncio.timeout(20):
            while len(names := await adapter.names_of(ids)) < 3:
                pass

    assert {ann.author.id: "Ann", bob.author.id: "Bob", guest.author.id: "Cid"} == {
        each: names[each] for each in ids[:3]
    }
    assert {*ids[3:]}.isdisjoint(names)


async def test_what_came_from_a_workspace_that_has_left_cannot_be_answered(slack, database, heard):
    one = slack.neighbour("T0ONE")
    async with replica(slack, database, heard) as adapter:
        await slack.until(lambda: slack.sockets.open)
        await installed(adapter, slack, "T0ONE")
        message = await mentioned(one, heard)
        one.uninstall()
        await slack.until(lambda: all(delivery.acked for delivery in one.deliveries))
        with pytest.raises(Unauthorised):
            async with adapter.reply(message):
                pass

        assert {} == await AdapterSecrets(database, "acme").all("installation")


async def test_by_http_too_each_workspace_is_told_apart(slack, database, heard):
    one, two = slack.neighbour("T0ONE"), slack.neighbour("T0TWO")
    slack.oauth.rotates = False
    secret = {"app_token": None, "signing_secret": slack.signing_secret}
    async with replica(slack, database, heard, **secret) as adapter, reachable(adapter, heard) as url:
        slack.events_url = url
        for place in ("T0ONE", "T0TWO"):
            await installed(adapter, slack, place)
        places = [(await mentioned(workspace, heard)).where.workspace for workspace in (one, two)]

    assert ["T0ONE", "T0TWO"] == places


async def test_a_file_is_fetched_with_the_token_of_its_workspace(slack, database, heard):
    one = slack.neighbour("T0ONE")
    async with replica(slack, database, heard) as adapter:
        await slack.until(lambda: slack.sockets.open)
        await installed(adapter, slack, "T0ONE")
        ann = one.person("Ann")
        photo = one.file(ann, "bridge.png", b"\x89PNG\r\n\x1a\n" + b"0" * 20)
        one.says(ann, "which bridge?", one.channel("help", members=[ann]), mention=True, files=[photo])
        message: Inbound = await heard.one()

    assert [f"T0ONE:{photo.id}"] == [attachment.handle.partition(" ")[0] for attachment in message.attachments]
