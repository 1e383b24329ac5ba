"""`init` as a newcomer meets it: three answers, each tried at its far side, and two files that work."""

import asyncio
import re
import signal
import stat
import sys
from contextlib import AsyncExitStack

import pexpect
import pytest

from adapters.telegram import checks as telegram_checks
from bridge.config.loading import load
from bridge.parts.registry import Kinds
from simulators.coze import BOT, TOKEN, Coze
from simulators.slack import Slack
from simulators.telegram import Telegram
from tests.command import _as_before, call

__all__ = ["_as_before", "call"]
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")  # a terminal is a fork

OTHER = "7379462189365190001"
PATIENCE = 60


class World:
    """The far sides, and the folder of somebody who begins."""

    def __init__(self, folder, coze, telegram, slack):
        self.folder, self.coze, self.telegram, self.slack = folder, coze, telegram, slack
        self.config, self.env = folder / "config.yaml", folder / ".env"

    @property
    def servers(self):
        """The options that lead to the simulators."""
        return (
            *("--coze-url", self.coze.url, "--telegram-api-url", self.telegram.url),
            *("--slack-api-url", self.slack.api_url, "--output", self.config, "--listen", "null"),
        )

    @property
    def on_telegram(self):
        return ("--telegram-token", self.telegram.token, "--coze-token", TOKEN, "--bot-id", BOT)

    @property
    def on_slack(self):
        return ("--slack-bot-token", self.slack.bot_token, "--slack-app-token", self.slack.app_token)

    def written(self):
        return sorted(path.name for path in self.folder.iterdir())

    def loaded(self):
        environ = dict(line.split("=", 1) for line in self.env.read_text().splitlines() if "=" in line)
        return load(self.config, Kinds(), environ)


@pytest.fixture
async def world(tmp_path, monkeypatch):
    """Coze with two bots, both platforms, and an empty folder; no token in the environment."""
    for name in ("TELEGRAM_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "COZE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(telegram_checks, "PROBE_SECONDS", 1)
    async with AsyncExitStack() as stack:
        coze, telegram, slack = [await stack.enter_async_context(kind()) for kind in (Coze, Telegram, Slack)]
        telegram.time_scale = 0.05
        coze.bots.add(OTHER)
        coze.names = {BOT: "Ada", OTHER: "Bob"}
        yield World(tmp_path, coze, telegram, slack)


@pytest.fixture
def init(call, world):
    """Calls ``init`` with the servers of `world`."""

    async def init(*words):
        return await asyncio.to_thread(call, "init", *world.servers, *words)

    return init


class TestFromOptions:
    async def test_both_platforms_make_a_config_that_check_likes(self, init, call, world):
        code, out, _ = await init("--yes", *world.on_telegram, *world.on_slack, "--bot-id", OTHER)

        assert (0, f"{world.config}\n{world.env}\n") == (code, out)
        assert (0, "") == call("check", "--config", world.config, "--strict")[::2]
        assert {"telegram", "slack"} == set(world.loaded().adapters)
        assert OTHER == world.loaded().bots["assistant"].bot_id
        assert world.config.read_text().startswith("# yaml-language-server: $schema=coze-bridge.schema.json\n")
        assert "coze-bridge.schema.json" in world.written()

    async def test_secrets_stand_in_env_alone_for_the_owners_eyes(self, init, world):
        _, out, err = await init("--yes", *world.on_telegram, *world.on_slack)
        secrets = (world.telegram.token, world.slack.bot_token, world.slack.app_token, TOKEN)
        config, env = world.config.read_text(), world.env.read_text()

        assert 0o600 == stat.S_IMODE(world.env.stat().st_mode)
        assert [True] * 4 == [secret in env for secret in secrets]
        assert not any(secret in config + out + err for secret in secrets)
        assert 4 == sum(f"${{{name}}}" in config for name in (line.split("=")[0] for line in env.splitlines()))

    async def test_without_a_terminal_everything_is_needed(self, init, world):
        code, out, err = await init()

        assert (2, "") == (code, out)
        for option in ("--telegram-token", "--coze-token", "--bot-id"):
            assert option in err
        assert [] == world.written()

    @pytest.mark.parametrize("there", [("config.yaml", "dear: yes\n"), (".env", "COZE_TOKEN=pat_dear\n")])
    async def test_nothing_is_overwritten(self, init, world, there):
        name, content = there
        (world.folder / name).write_text(content)
        code, _, err = await init("--yes", *world.on_telegram)

        assert 2 == code
        assert "exists; move it away" in err
        assert (content, [name]) == ((world.folder / name).read_text(), world.written())

    async def test_what_else_stands_in_env_stays(self, init, world):
        world.env.write_text("# mine\nexport PGPASSWORD=sesame\nTELEGRAM_TOKEN=\n")
        code, _, _ = await init("--yes", *world.on_telegram)

        assert 0 == code
        assert world.env.read_text().startswith("# mine\nexport PGPASSWORD=sesame\nCOZE_TOKEN=pat_test\n")

    async def test_offline_asks_nobody(self, init, world):
        code, _, _ = await init("--offline", "--yes", *world.on_telegram)

        assert 0 == code
        assert [] == world.coze.calls + world.telegram.calls + world.slack.calls

    @pytest.mark.parametrize(
        ("option", "wrong"),
        [
            ("--telegram-token", "123456"),
            ("--bot-id", "abc"),
            ("--coze-token", "pat “curly”"),
            ("--coze-url", "foo"),
            ("--coze-url", "https://www.coze.com"),
            ("--coze-url", "https://api.coze.cn/v3/chat"),
            ("--telegram-api-url", "nope"),
            ("--slack-api-url", "http://127.0.0.1:99999/api/"),
        ],
    )
    async def test_a_value_that_can_never_work_is_told_by_its_option(self, init, world, option, wrong):
        code, out, err = await init("--offline", "--yes", *world.on_telegram, option, wrong)

        assert (2, "", []) == (code, out, world.written())
        assert f"{option}: expected " in err
        assert "config.yaml" not in err

    async def test_an_address_that_can_never_work_asks_nobody(self, init, world):
        code, _, err = await init("--yes", *world.on_telegram, "--coze-url", "foo")

        assert (2, []) == (code, world.telegram.calls)
        assert "--coze-url: expected a URL such as https://example.org, got foo" in err

    async def test_tokens_that_stand_in_env_already_need_not_be_given(self, init, world):
        world.env.write_text(f"COZE_TOKEN={TOKEN}\nTELEGRAM_TOKEN={world.telegram.token}\n")
        code, _, err = await init("--yes", "--bot-id", BOT)

        assert 0 == code
        assert f"Taken from {world.env}: TELEGRAM_TOKEN, COZE_TOKEN\n" in err
        assert {"telegram"} == set(world.loaded().adapters)

    async def test_a_folder_that_is_not_there_is_a_wrong_call(self, init, world):
        code, _, err = await init("--yes", *world.on_telegram, "--output", world.folder / "nowhere" / "config.yaml")

        assert 2 == code
        assert "there is no folder" in err

    @pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1", "127.0.0.1:99999"])
    async def test_an_address_that_is_none_is_a_wrong_call(self, init, world, listen):
        code, _, err = await init("--yes", *world.on_telegram, "--listen", listen)

        assert 2 == code
        assert "--listen: expected host:port" in err


REFUSED = {
    "a token that Telegram does not know": (
        ("--telegram-token", "123456:" + "x" * 35),
        "does not know the token",
        "@BotFather",
    ),
    "half a token": (("--telegram-token", "123456"), "expected a bot token", "copy it once more"),
    "Slack's tokens the wrong way round": (
        ("--slack-bot-token", "xapp-1", "--slack-app-token", "xoxb-1"),
        "expected a bot token, xoxb-… (OAuth & Permissions > Bot User OAuth Token), got an app-level token",
        "copy it once more",
    ),
    "a token that Slack does not know": (
        ("--slack-bot-token", "xoxb-wrong", "--slack-app-token", "xapp-sim"),
        "Slack refuses bot_token",
        "Bot User OAuth Token",
    ),
    "a token that Coze does not know": (("--coze-token", "pat_wrong"), "does not know the token", "create one at"),
    "an access token of an OAuth app": (("--coze-token", "czs_x"), "set `oauth` instead", "create one at"),
    "a bot that is not there": (("--bot-id", "7379462189365199999"), "is not there", "the number after /bot/"),
    "a Coze that is not there": (("--coze-url", "http://127.0.0.1:9"), "no answer from", "check base_url"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_far_side_that_says_no_ends_it_and_nothing_is_written(init, world, case):
    words, says, remedy = REFUSED[case]
    code, out, err = await init("--yes", *world.on_telegram, *words)

    assert (1, "", []) == (code, out, world.written())
    assert says in err
    assert remedy in err
    assert "Nothing was written." in err


async def test_an_app_token_without_its_scope_says_where_to_get_one(init, world):
    world.slack.api.app_scopes.clear()
    code, _, err = await init("--yes", *world.on_telegram, *world.on_slack)

    assert (1, []) == (code, world.written())
    assert "app_token lacks the scope connections:write" in err


async def test_a_bot_that_is_not_published_says_how_to(init, world):
    world.coze.bots.discard(BOT)
    world.coze.unpublished.add(BOT)
    code, _, err = await init("--yes", *world.on_telegram)

    assert (1, []) == (code, world.written())
    assert "press Publish, and choose the channel API" in err


def hear_ctrl_c():
    """Undo what whoever runs the tests in the background does to them, and they to their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A person at a terminal."""

    def __init__(self, folder, words):
        call = ["-m", "bridge", "init", *map(str, words)]
        self.child = pexpect.spawn(
            sys.executable, call, cwd=str(folder), encoding="utf-8", timeout=PATIENCE, preexec_fn=hear_ctrl_c
        )
        self.child.setwinsize(50, 200)

    def answers(self, question, answer):
        """Wait for the *question*, and answer it."""
        self.is_asked(question)
        self.child.sendline(answer)

    def is_asked(self, question):
        """Wait for the *question*; of one for a secret all is thrown away that is typed before the echo is off."""
        self.child.expect_exact(question)
        if "token" in question:
            assert self.child.waitnoecho()

    def reads(self, text):
        self.child.expect_exact(text)

    def ends(self):
        """Everything that was shown last, and the exit code."""
        rest = self.child.read()
        self.child.close()
        return self.child.exitstatus, rest


def at_a_terminal(world, talk, *words):
    """Run *talk* with somebody at a terminal in the folder, beside the far sides."""

    def run():
        terminal = Terminal(world.folder, (*world.servers, *words))
        try:
            return talk(terminal)
        finally:
            terminal.child.close(force=True)

    return asyncio.to_thread(run)


class TestAtATerminal:
    async def test_three_answers_lead_to_an_answering_bot(self, world):
        """From nothing: the platform's token, Coze's token, the bot; then it runs, and answers."""
        loop = asyncio.get_running_loop()

        def talk(terminal):
            terminal.answers("Choose [1]", "1")
            terminal.answers("Telegram's bot token", world.telegram.token)
            terminal.answers("Coze's token", TOKEN)
            terminal.reads("Bob")
            terminal.answers("Choose a number", "1")
            terminal.answers("Start it now?", "y")
            asyncio.run_coroutine_threadsafe(answered(), loop).result(PATIENCE)
            terminal.child.sendintr()
            return terminal.ends()

        async def answered():
            ann = world.telegram.person("Ann")
            chat = world.telegram.private(ann)
            world.telegram.says(ann, "hello")
            await world.telegram.until(lambda: world.telegram.bot_texts(chat), within=PATIENCE)

        code, _ = await at_a_terminal(world, talk)

        assert 0 == code
        assert ADA_OR_BOB >= {world.loaded().bots["assistant"].bot_id}
        assert re.search(r"  # (Ada|Bob)$", world.config.read_text(), re.MULTILINE)

    async def test_each_wrong_answer_leads_back_to_the_right_one(self, world):
        world.slack.api.app_scopes.clear()

        def talk(terminal):
            terminal.answers("Choose [1]", "pigeons")
            terminal.reads("expected 1, 2 or 3")
            terminal.answers("Choose [1]", "both")
            terminal.answers("Telegram's bot token", "123456:" + "x" * 35)
            terminal.reads("does not know the token")
            terminal.answers("Telegram's bot token", world.telegram.token)
            terminal.answers("Slack's bot token", world.slack.app_token)
            terminal.reads("got an app-level token")
            terminal.answers("Slack's bot token", world.slack.bot_token)
            terminal.is_asked("Slack's app-level token")
            assert "https://bridge.invalid" not in terminal.child.before
            terminal.child.sendline(world.slack.app_token)
            terminal.reads("lacks the scope connections:write")
            world.slack.api.app_scopes.add("connections:write")
            terminal.answers("Slack's app-level token", world.slack.app_token)
            terminal.answers("Coze's token", "czu_x")
            terminal.reads("set `oauth` instead of a token")
            terminal.answers("Coze's token", TOKEN)
            terminal.answers("Choose a number", "7")
            terminal.reads("expected a number from 1 to 2, or the id of another bot")
            terminal.answers("Choose a number", "my bot")
            terminal.reads("expected the number after /bot/")
            terminal.answers("Choose a number", "https://www.coze.cn/space/1/bot/7379462189365199999?from=home")
            terminal.reads("7379462189365199999 is not there")
            terminal.answers("Choose a number", "ada")
            terminal.answers("Start it now?", "n")
            return terminal.ends()

        code, rest = await at_a_terminal(world, talk)

        assert 0 == code
        assert f"coze-bridge run --config {world.config}" in rest
        assert {"telegram", "slack"} == set(world.loaded().adapters)
        assert BOT == world.loaded().bots["assistant"].bot_id

    async def test_who_is_not_answered_keeps_the_token_and_tries_again_or_leaves_with_nothing_written(self, world):
        async def comes_back():
            world.telegram.faults.clear()

        loop = asyncio.get_running_loop()
        world.telegram.faults.add("*", status=502, times=1000)

        def talk(terminal):
            terminal.answers("Choose [1]", "1")
            terminal.answers("Telegram's bot token", world.telegram.token)
            terminal.reads("no answer from")
            terminal.answers("Press Enter to try again", "")
            terminal.child.expect_exact("Press Enter to try again")
            asyncio.run_coroutine_threadsafe(comes_back(), loop).result(PATIENCE)
            terminal.child.sendline("")
            terminal.is_asked("Coze's token")
            terminal.child.sendintr()
            return terminal.ends()

        code, rest = await at_a_terminal(world, talk)

        assert (130, []) == (code, world.written())
        assert "Nothing was written." in rest

    async def test_no_secret_is_shown_while_it_is_typed(self, world):
        def talk(terminal):
            terminal.child.logfile_read = shown = Shown()
            terminal.answers("Choose [1]", "1")
            terminal.answers("Telegram's bot token", world.telegram.token)
            terminal.answers("Coze's token", TOKEN)
            terminal.answers("Choose a number", "1")
            terminal.answers("Start it now?", "n")
            terminal.ends()
            return shown.text

        shown = await at_a_terminal(world, talk)

        assert "Coze's token" in shown
        assert TOKEN not in shown
        assert world.telegram.token not in shown

    async def test_whoever_does_not_want_to_overwrite_keeps_what_there_is(self, world):
        world.config.write_text("dear: yes\n")

        def talk(terminal):
            terminal.answers("Overwrite it? [y/N]", "")
            return terminal.ends()

        code, _ = await at_a_terminal(world, talk)

        assert (130, "dear: yes\n", ["config.yaml"]) == (code, world.config.read_text(), world.written())

    async def test_without_the_permission_to_list_the_id_is_typed(self, world):
        world.coze.lacking |= {"listBot", "listWorkspace"}

        def talk(terminal):
            terminal.answers("The bot's id, the number after /bot/", OTHER)
            terminal.answers("Start it now?", "n")
            return terminal.ends()

        code, _ = await at_a_terminal(world, talk, "--telegram-token", world.telegram.token, "--coze-token", TOKEN)

        assert (0, OTHER) == (code, world.loaded().bots["assistant"].bot_id)


ADA_OR_BOB = {BOT, OTHER}


class Shown:
    """What a terminal has shown."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass
