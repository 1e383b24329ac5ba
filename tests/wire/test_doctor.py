"""`doctor` on a sound set-up, and on one with a mistake: each is named, with the way out."""

import asyncio
import sqlite3
from contextlib import AsyncExitStack

import pytest
import yaml
from cryptography.fernet import Fernet

from adapters.telegram import checks as telegram_checks
from bridge.coze.auth import StaticToken
from bridge.coze.checks import account
from bridge.coze.inquiry import Inquiry
from bridge.doctor import database
from bridge.sdk.checks import Level
from bridge.store.survey import Survey
from simulators.coze import BOT, TOKEN, Coze
from simulators.slack import Slack
from simulators.telegram import Telegram
from tests.command import _as_before, call

__all__ = ["_as_before", "call"]

SILENT = "http://127.0.0.1:9"  # the port of the discard service, where nobody listens


class SetUp:
    """A config among simulators, sound until something is planted in it."""

    def __init__(self, folder, coze, telegram, slack):
        self.folder, self.coze, self.telegram, self.slack = folder, coze, telegram, slack
        self.tasks = []
        self.data = {
            "database": f"sqlite:///{folder}/bridge.db",
            "http": {"listen": "127.0.0.1:0"},
            "coze": {"main": {"base_url": coze.url, "token": TOKEN}},
            "adapters": {
                "helpdesk": {"kind": "telegram", "api_url": telegram.url, "token": telegram.token},
                "acme": {
                    "kind": "slack",
                    "api_url": slack.api_url,
                    "bot_token": slack.bot_token,
                    "app_token": slack.app_token,
                },
            },
            "bots": {"assistant": {"bot_id": BOT}},
            "routes": [{"name": "everyone", "bot": "assistant"}],
        }

    @property
    def config(self):
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump(self.data, sort_keys=False))
        return path


@pytest.fixture
async def world(tmp_path, monkeypatch):
    """A set-up to examine: Coze, both platforms, and a folder for its config."""
    monkeypatch.setattr(telegram_checks, "PROBE_SECONDS", 1)
    async with AsyncExitStack() as stack:
        coze, telegram, slack = [await stack.enter_async_context(kind()) for kind in (Coze, Telegram, Slack)]
        telegram.time_scale = 0.05
        world = SetUp(tmp_path, coze, telegram, slack)
        yield world
        for task in world.tasks:
            task.cancel()
        await asyncio.gather(*world.tasks, return_exceptions=True)


@pytest.fixture
def examine(call, world):
    """Calls ``doctor`` on the config of `world`."""

    async def examine(*words):
        return await asyncio.to_thread(call, "doctor", "--config", world.config, *words)

    return examine


async def test_a_sound_set_up_has_no_warning_and_nothing_is_changed(examine, world):
    code, out, err = await examine()

    assert (0, "") == (code, err)
    assert {"ok"} == {line.split()[0] for line in out.splitlines()}
    for part in ("database", "http", "coze.main", "adapters.helpdesk", "adapters.acme", "bots.assistant"):
        assert f"  {part}: " in out
    assert [] == world.coze.chats + list(world.coze.conversations)
    assert "@testbot" in out
    assert "“Ada”" in out


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        (None, "ok    adapters.acme: workspaces may install the app: Slack knows client_id and client_secret"),
        (
            "wrong",
            "fail  adapters.acme: Slack refuses client_id and client_secret (oauth.v2.access: bad_client_secret)",
        ),
    ],
)
async def test_an_app_that_people_install_is_asked_for_its_credentials(examine, world, secret, told):
    oauth = world.slack.oauth
    acme = world.data["adapters"]["acme"]
    del acme["bot_token"]
    acme["install"] = {"client_id": oauth.client_id, "client_secret": secret or oauth.client_secret}
    world.data["privacy"] = {"encryption_key": Fernet.generate_key().decode()}
    world.data["http"]["public_url"] = "https://bridge.example.org"
    _, out, _ = await examine()

    assert told in out
    assert oauth.client_secret not in out


@pytest.mark.parametrize("way", [{"app_token": "xapp-1"}, {"signing_secret": "sesame"}])
async def test_what_the_app_must_be_told_of_is_listed_however_it_hears(examine, world, way):
    """Slack shows no token what an app is subscribed to, so that is left to who reads it."""
    acme = world.data["adapters"]["acme"]
    acme["app_token"] = None
    acme |= way if "signing_secret" in way else {"app_token": world.slack.app_token}
    world.data["http"]["public_url"] = "https://bridge.example.org"
    _, out, _ = await examine()
    line = next(line for line in out.splitlines() if "must subscribe to" in line)

    assert "app_mention, message.im, message.mpim, message.channels, message.groups, app_home_opened" in line
    assert "sesame" not in out


async def test_with_ask_each_bot_answers_and_is_timed(examine, world):
    world.coze.will_say("Hello", " there.")
    code, out, _ = await examine("--ask")

    assert 0 == code
    assert "ok    bots.assistant: first word after " in out
    assert ["completed"] == [chat.status for chat in world.coze.chats]
    assert [True] == [call.ok for call in world.coze.called("conversation.delete")], "nothing stays there"
    assert {"ok"} == {line.split()[0] for line in out.splitlines()}


async def test_with_ask_it_tells_which_of_our_assumptions_hold(examine, world):
    """One run on a real account settles what no document says."""
    _, out, _ = await examine("--ask")
    assumed = [line for line in out.splitlines() if ": assumed that " in line]

    assert 6 == sum(line.endswith(": it holds") for line in assumed)
    assert any("the newest first" in line for line in assumed)
    assert any("our key and its chat" in line for line in assumed)
    assert any("knows drafts; it does" in line for line in assumed)
    assert any("channel_not_found" in line for line in assumed)
    assert [] == world.telegram.called("sendMessage") + world.slack.called("chat.postMessage")


async def test_with_ask_telegrams_words_for_a_message_that_is_not_there_are_looked_at(examine, world):
    """By them it is known what became of a send whose receipt was lost; nobody sees anything of it."""
    ann = world.telegram.person("Ann")
    group = world.telegram.group("Team", members=[ann])
    world.data["routes"].insert(0, {"name": "team", "when": {"chat": str(group)}, "bot": "assistant"})
    code, out, _ = await examine("--ask")
    [line] = [line for line in out.splitlines() if "a message that is not there" in line]

    assert 0 == code
    assert line.startswith("ok ")
    assert "message to edit not found" in line
    assert [] == world.telegram.called("sendMessage")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"ok": True, "result": True}, "it is not, 42 took one"),
        ({"ok": True, "result": {"message_id": 1, "date": 1, "chat": {"id": 42, "type": "private"}}}, "42 took one"),
        ({"ok": False, "error_code": 400, "description": "Bad Request: no such message"}, "no such message"),
        ({"ok": False, "error_code": 400, "description": "Bad Request: 找不到消息"}, "找不到消息"),
    ],
)
async def test_with_ask_a_telegram_that_says_otherwise_is_a_line_to_report(examine, world, answer, found):
    world.data["routes"].insert(0, {"name": "ann", "when": {"chat": ["42"]}, "bot": "assistant"})
    world.telegram.faults.add("editMessageText", status=200 if answer["ok"] else 400, body=answer)
    code, out, _ = await examine("--ask")
    [line] = [line for line in out.splitlines() if "a message that is not there" in line]

    assert 0 == code
    assert line.startswith("warn  adapters.helpdesk")
    assert found in line
    assert "please report this line" in line


async def test_an_assumption_that_does_not_hold_is_a_line_to_report(examine, world):
    world.coze.faults.add("conversation.retrieve", status=200, body={"code": 4999, "msg": "news"})
    code, out, _ = await examine("--ask")
    line = next(line for line in out.splitlines() if "4002 or 4200" in line)

    assert 0 == code
    assert line.startswith("warn  coze.main: assumed that")
    assert "found HTTP 200, code 4999: it does not hold → please report this line" in line


async def test_a_bot_that_fails_is_told_with_the_log_id_for_cozes_support(examine, world):
    broke = {"code": 4028, "msg": "no credit", "detail": {"logid": "log-7"}}
    world.coze.faults.add("chat", status=200, body=broke, when=lambda params: params.get("bot_id"))
    code, out, _ = await examine("--ask")

    assert 1 == code
    assert "balance is used up" in out
    assert "log-7" in out
    assert [True] == [call.ok for call in world.coze.called("conversation.delete")]


async def test_programs_read_it_as_json_without_a_secret(examine, world):
    world.coze.lacking.add("chat")
    code, out, _ = await examine("--json")
    findings = yaml.safe_load(out)

    assert 1 == code
    assert {"level", "part", "finding", "remedy"} == {key for finding in findings for key in finding}
    assert ["coze.main"] == [finding["part"] for finding in findings if finding["level"] == "fail"]
    assert not any(secret in out for secret in (TOKEN, world.telegram.token, world.slack.bot_token))


# One mistake each: planted, and what is said of it.


def plant_coze(**changes):
    def plant(world):
        world.data["coze"]["main"].update(changes)

    return plant


def plant_adapter(name, **changes):
    def plant(world):
        world.data["adapters"][name].update(changes)

    return plant


def lack(scope):
    return lambda world: world.coze.lacking.add(scope)


def skew(seconds):
    def plant(world):
        world.coze.clock_skew = seconds

    return plant


def unpublish(world):
    world.coze.bots.discard(BOT)
    world.coze.unpublished.add(BOT)


def another_bot(world):
    world.data["bots"]["assistant"]["bot_id"] = "7379462189365190000"


def no_workflow(world):
    world.coze.workflows = set()
    world.data["bots"]["report"] = {"workflow_id": "7366468917055099999"}


def take_scope(scope):
    return lambda world: world.slack.scopes.discard(scope)


def take_app_scope(world):
    world.slack.api.app_scopes.clear()


async def hook_elsewhere(world):
    async with telegram_checks.TelegramApi(world.telegram.token, world.telegram.url) as api:
        await api.set_webhook("https://other.example/secret-path", "s")


async def poll_beside(world):
    async def poll():
        async with telegram_checks.TelegramApi(world.telegram.token, world.telegram.url) as api:
            while True:
                try:
                    await api.updates(0, 30)
                except telegram_checks.PollingConflict:
                    continue

    world.tasks.append(asyncio.create_task(poll()))
    await world.telegram.until(lambda: world.telegram.called("getUpdates"))


def listen_to_all(world):
    world.data["routes"][0]["answer"] = "always"


def leave(world):
    ann = world.telegram.person("Ann")
    group = world.telegram.group("Team", members=[ann])
    world.telegram.kick(ann, group)
    world.data["routes"].insert(0, {"name": "team", "when": {"chat": str(group)}, "bot": "assistant"})


def backlog(world):
    ann = world.telegram.person("Ann")
    for number in range(100):
        world.telegram.says(ann, str(number))


def without_a_public_url(world):
    del world.data["adapters"]["acme"]["app_token"]
    world.data["adapters"]["acme"]["signing_secret"] = "sesame"


async def take_the_port(world):
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    world.tasks.append(asyncio.create_task(server.serve_forever()))
    world.data["http"]["listen"] = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


def publish(url):
    def plant(world):
        world.data["http"]["public_url"] = url

    return plant


def open_to_all(world):
    path = world.folder / "bridge.db"
    sqlite3.connect(path).close()
    path.touch(mode=0o644)
    path.chmod(0o644)


def schema(revision):
    def plant(world):
        with sqlite3.connect(world.folder / "bridge.db") as connection:
            connection.execute("create table alembic_version (version_num text)")
            connection.execute(f"insert into alembic_version values ('{revision}')")
        connection.close()
        (world.folder / "bridge.db").chmod(0o600)

    return plant


def postgresql_away(world):
    world.data["database"] = "postgresql://bridge:sesame@127.0.0.1:9/bridge"


MISTAKES = {
    "a token that Coze does not know": (
        plant_coze(token="pat_wrong"),
        ("fail", "coze.main", "does not know the token", "create one at"),
    ),
    "a token of another world": (
        plant_coze(token="xoxb-slack"),
        ("fail", "coze.main", "the token is one of a chat platform's", "create one at https://www.coze.cn"),
    ),
    "an access token of an OAuth app": (
        plant_coze(token="czs_short"),
        ("fail", "coze.main", "ends within a day: set `oauth`", "create one at"),
    ),
    "a Coze that is not there": (
        plant_coze(base_url=SILENT),
        ("fail", "coze.main", f"no answer from {SILENT}", "check base_url"),
    ),
    "no permission to chat": (
        lack("chat"),
        ("fail", "coze.main", "lacks the permission chat: no question can be asked", "add it to the token"),
    ),
    "no permission to upload": (
        lack("uploadFile"),
        ("warn", "coze.main", "lacks the permission uploadFile: photos", "add it to the token"),
    ),
    "a clock that is wrong": (skew(120), ("warn", "coze.main", "s behind: signatures", "timedatectl")),
    "a clock that is very wrong": (skew(-600), ("fail", "coze.main", "s ahead: signatures", "timedatectl")),
    "a bot that is not there": (
        another_bot,
        ("fail", "bots.assistant", "7379462189365190000 is not there", "the number after /bot/"),
    ),
    "a bot that is not published": (unpublish, ("fail", "bots.assistant", "not published to the API", "press Publish")),
    "a bot that the token may not see": (
        lack("getMetadata"),
        ("fail", "bots.assistant", "may not see", "getMetadata"),
    ),
    "a workflow that is not there": (
        no_workflow,
        ("fail", "bots.report", "7366468917055099999 is not there", "workflow_id"),
    ),
    "a token that Telegram does not know": (
        plant_adapter("helpdesk", token="123456:" + "x" * 35),
        ("fail", "adapters.helpdesk", "does not know the token", "@BotFather"),
    ),
    "a Telegram that is not there": (
        plant_adapter("helpdesk", api_url=SILENT),
        ("fail", "adapters.helpdesk", f"no answer from {SILENT}", "check the network"),
    ),
    "a webhook that another program has set": (
        hook_elsewhere,
        ("fail", "adapters.helpdesk", "a webhook at https://other.example,", "/newbot"),
    ),
    "another program that polls": (
        poll_beside,
        ("fail", "adapters.helpdesk", "another program polls", "stop that program"),
    ),
    "privacy mode where a route wants everything": (
        listen_to_all,
        ("warn", "adapters.helpdesk", "privacy mode is on, but the routes everyone", "/setprivacy"),
    ),
    "privacy mode where replies to replies are wanted": (
        plant_adapter("helpdesk", reply_chains=True),
        ("warn", "adapters.helpdesk", "replies to replies do not reach it", "/setprivacy"),
    ),
    "a group that the bot was taken out of": (
        leave,
        ("warn", "adapters.helpdesk", "not in the group -", "add the bot to it again"),
    ),
    "a backlog": (backlog, ("warn", "adapters.helpdesk", "100 updates wait at Telegram", "start the daemon")),
    "a bot token that Slack does not know": (
        plant_adapter("acme", bot_token="xoxb-wrong"),
        ("fail", "adapters.acme", "Slack refuses bot_token (auth.test: invalid_auth)", "Bot User OAuth Token"),
    ),
    "a vital scope that is missing": (
        take_scope("app_mentions:read"),
        (
            "fail",
            "adapters.acme",
            "app_mentions:read is missing: mentions in channels are not heard",
            "install the app",
        ),
    ),
    "a scope that is missing": (
        take_scope("files:write"),
        ("warn", "adapters.acme", "files:write is missing: images and files", "install the app"),
    ),
    "an app token without its scope": (
        take_app_scope,
        ("fail", "adapters.acme", "app_token lacks the scope connections:write", "App-Level Tokens"),
    ),
    "an app token that Slack does not know": (
        plant_adapter("acme", app_token="xapp-wrong"),
        ("fail", "adapters.acme", "Slack refuses app_token", "App-Level Tokens"),
    ),
    "a Slack that is not there": (
        plant_adapter("acme", api_url=f"{SILENT}/api/"),
        ("fail", "adapters.acme", "Slack gave no answer", "check the network"),
    ),
    "HTTP events without a public address": (
        without_a_public_url,
        ("fail", "adapters.acme", "there is no http.public_url", "set http.public_url"),
    ),
    "a port that is taken": (take_the_port, ("fail", "http", "cannot listen on 127.0.0.1:", "choose another port")),
    "a public address that leads nowhere": (
        publish("https://127.0.0.1:9"),
        ("fail", "http.public_url", "cannot be reached", "check its name"),
    ),
    "a public address without encryption": (
        publish(SILENT),
        ("warn", "http.public_url", "is not https", "a certificate"),
    ),
    "a database that others can read": (open_to_all, ("warn", "database", "others can read", "chmod 600")),
    "a database of a newer version": (schema("9999"), ("fail", "database", "newer than this version", "upgrade")),
    "a database of an older version": (schema("0000"), ("warn", "database", "older than", "migrate")),
    "a PostgreSQL that is away": (postgresql_away, ("fail", "database", "the database is away", "the password")),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_is_named_with_the_way_out(examine, world, mistake):
    plant, (level, part, says, remedy) = MISTAKES[mistake]
    planted = plant(world)
    if asyncio.iscoroutine(planted):
        await planted
    code, out, err = await examine()
    line = next((line for line in out.splitlines() if line.startswith(f"{level:4}  {part}: ") and says in line), None)

    assert (1 if level == "fail" else code, "") == (code, err)
    assert line, out
    assert remedy in line.partition(" → ")[2]
    assert "sesame" not in out
    assert "secret-path" not in out


async def test_a_token_of_the_other_region_is_told_which(world):
    async with Coze(tokens=["pat_international"]) as other:
        regions = (world.coze.url, other.url)
        async with Inquiry(world.coze.url, StaticToken("pat_international")) as inquiry:
            found = [finding async for finding in account(inquiry, regions=regions)]

    assert [(Level.FAIL, f"set base_url: {other.url}", "base_url")] == [(f.level, f.remedy, f.key) for f in found]


@pytest.mark.parametrize(
    ("tokens", "level", "says"),
    [([TOKEN], Level.OK, "it is a Studio"), (["pat_other"], Level.OK, "it is a Studio")],
)
async def test_a_studio_has_no_call_for_its_tokens_so_its_bots_tell(tokens, level, says):
    async with Coze(flavour="studio", tokens=tokens) as studio, Inquiry(studio.url, StaticToken(TOKEN)) as inquiry:
        (found,) = [finding async for finding in account(inquiry)]

    assert (level, True) == (found.level, says in found.says)


@pytest.mark.parametrize(("free", "level"), [(2 << 30, "ok"), (200 << 20, "warn"), (50 << 20, "fail")])
async def test_a_full_disk_is_told_before_it_is_full(tmp_path, free, level):
    survey = Survey(file=tmp_path / "bridge.db", exists=False)
    _, room = [finding async for finding in database.checks(survey, free=free)]

    assert level == str(room.level)
