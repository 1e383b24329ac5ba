"""What operators read, and what nobody must: secrets and private text, on every way that can fail."""

import asyncio
import json
import logging
import os
import sys
import threading
from contextlib import asynccontextmanager

import aiohttp
import pytest
import structlog
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bridge.process import logs
from bridge.sdk import daemon_telemetry, telemetry
from simulators.coze import BOT, Coze
from simulators.coze.script import Cut, Fail, Raw, Say
from simulators.slack import Slack
from simulators.telegram import Telegram
from tests.ports import free_port

CANARY = "9CaNaRy9"
TELEGRAM_TOKEN = f"7123456789:AAE{CANARY}abcdefghijklmnopqrstuvw"
SLACK_BOT_TOKEN = f"xoxb-123456789-{CANARY}"
SLACK_APP_TOKEN = f"xapp-1-A0SIM-{CANARY}"
COZE_TOKEN = f"pat_{CANARY}abcdefghijklmnopqrstuvw"
KEY = f"-----BEGIN PRIVATE KEY-----\nMIIEvQ{CANARY}\nAAAA\n-----END PRIVATE KEY-----\n"
DATABASE = f"postgresql://bridge:{CANARY}@127.0.0.1:1/bridge"
SIGNED = f"eyJhbGciOiJSUzI1NiJ9.{CANARY}eyJpc3Mi.c2lnbmF0dXJl"
SECRETS = [TELEGRAM_TOKEN, SLACK_BOT_TOKEN, SLACK_APP_TOKEN, COZE_TOKEN, KEY, DATABASE, SIGNED]

ENDS = ("turn.answered", "turn.postponed", "turn.dead_lettered", "turn.crashed")

OPENING = "conversation.create"
"""What is called for somebody new alone, and by no turn of anybody else that is tried again meanwhile."""

QUESTION = f"my secret is {CANARY}"
ANSWER = f"I will keep {CANARY} to myself."


@pytest.fixture
def configured():
    """Logging as the daemon has it, and as it was before at the end."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    before = (root.handlers[:], root.level, logging.raiseExceptions)
    yield logs.configure
    root.handlers[:], root.level, logging.raiseExceptions = before
    sys.excepthook, threading.excepthook = hooks
    logging.getLogger(logs.OURS).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


class TestMasking:
    @given(secret=st.sampled_from(SECRETS), before=st.text(max_size=9), after=st.text(max_size=9))
    def test_no_secret_survives_whatever_stands_around_it(self, secret, before, after):
        text = logs.mask(f"{before} {secret} {after}")

        assert CANARY not in text

    @pytest.mark.parametrize("secret", SECRETS)
    @pytest.mark.parametrize(
        "around", ['"{}"', "({})", "token={}", "{},", "['{}']", "Bearer {}", "https://x.org/?t={}"]
    )
    def test_no_secret_survives_in_code_or_an_address(self, secret, around):
        assert CANARY not in logs.mask(around.format(secret))

    def test_a_bots_token_is_masked_inside_an_address(self):
        masked = logs.mask(f"https://api.telegram.org/bot{TELEGRAM_TOKEN}/getMe")

        assert "https://api.telegram.org/bot<secret>/getMe" == masked

    def test_of_a_databases_address_only_the_password_goes(self):
        assert "postgresql://<secret>@127.0.0.1:1/bridge" == logs.mask(DATABASE)
        assert "http://127.0.0.1:8080/readyz" == logs.mask("http://127.0.0.1:8080/readyz")

    @pytest.mark.parametrize(
        "text", ["turn 17 was answered", "2026-01-01T10:00:00", "compat_layer_is_there", "a:b", "sqlite:///bridge.db"]
    )
    def test_everything_else_stays(self, text):
        assert text == logs.mask(text)


@pytest.mark.parametrize("style", ["json", "text"])
class TestConfigured:
    @pytest.mark.parametrize("secret", SECRETS)
    def test_no_field_of_an_event_shows_a_secret(self, configured, capsys, style, secret):
        configured("debug", style)
        log = structlog.get_logger("bridge")
        log.warning("a.b", plain=secret, listed=[secret], deep={"x": {"y": (secret,)}}, failure=ValueError(secret))
        written = capsys.readouterr().err

        assert "a.b" in written
        assert CANARY not in written

    @pytest.mark.parametrize("secret", SECRETS)
    def test_no_library_shows_a_secret(self, configured, capsys, style, secret):
        configured("debug", style)
        logging.getLogger("somebody").error("cannot call %s", secret)
        written = capsys.readouterr().err

        assert "cannot call" in written
        assert CANARY not in written

    @pytest.mark.parametrize("logger", [structlog.get_logger("bridge"), logging.getLogger("x")])
    def test_of_an_exception_only_its_kind_and_way_are_told(self, configured, capsys, style, logger):
        """The words of a UnicodeEncodeError, for one, are the whole text."""
        configured("debug", style)
        private = QUESTION
        try:
            try:
                {}[private]
            except KeyError as failure:
                raise ValueError(private) from failure
        except ValueError:
            logger.exception("a.b")
        written = capsys.readouterr().err

        assert CANARY not in written
        assert written.index("KeyError") < written.index("ValueError")
        assert "test_logs.py" in written

    def test_of_what_a_library_had_in_hand_only_the_first_line_is_told(self, configured, capsys, style):
        configured("debug", style)

        async def work():
            asyncio.get_running_loop().call_exception_handler(
                {"message": "Task exception was never retrieved", "future": QUESTION, "exception": ValueError(QUESTION)}
            )

        asyncio.run(work())
        written = capsys.readouterr().err

        assert "Task exception was never retrieved" in written
        assert CANARY not in written

    @pytest.mark.parametrize("name", ["httpx", "telegram.Bot", "slack_sdk", "markdown_it.rules_block", "whatever"])
    def test_of_libraries_only_the_warnings_are_told(self, configured, capsys, style, name):
        """Some print addresses with tokens in them, or what people wrote; also if they set their own level."""
        configured("debug", style)
        library = logging.getLogger(name)
        library.setLevel(logging.DEBUG)
        library.info("POST https://api.telegram.org/bot…/getMe")
        library.warning("look")
        library.setLevel(logging.NOTSET)

        assert 1 == len(capsys.readouterr().err.splitlines())

    def test_what_ends_the_process_or_a_thread_is_told_without_its_words(self, configured, capsys, style):
        configured("info", style)
        group = BaseExceptionGroup("all of it", [ValueError(QUESTION), KeyError(ANSWER)])
        sys.excepthook(type(group), group, group.__traceback__)
        thread = threading.Thread(target=lambda: {}[QUESTION])
        thread.start()
        thread.join()
        written = capsys.readouterr().err

        assert 2 == written.count("bridge.crashed")
        assert CANARY not in written
        assert "KeyError" in written


def test_elsewhere_a_line_is_json_with_the_ids_of_its_turn(configured, capsys):
    configured("info", "json")
    with telemetry.turn(turn=17, conversation="helpdesk/42", adapter="helpdesk", accepted_at=0.0):
        telemetry.turn_answered(seconds=1.23456, parts=2, tokens=7)
    (line,) = lines(capsys)

    assert ("turn.answered", 17, "helpdesk/42", 1.235) == (
        line["event"],
        line["turn"],
        line["conversation"],
        line["seconds"],
    )
    assert line["timestamp"].endswith("Z")


def test_what_is_below_the_level_is_not_written(configured, capsys):
    configured("warning", "json")
    daemon_telemetry.bridge_stopped(left=0)

    assert [] == lines(capsys)


class House:
    """The real daemon, at the level that tells most, among platforms that go wrong and quote."""

    def __init__(self, folder, style):
        self.folder, self.style, self.port = folder, style, free_port()
        self.coze = Coze(tokens=(COZE_TOKEN,))
        self.telegram = Telegram(tokens={TELEGRAM_TOKEN: "testbot"})
        self.slack = Slack()
        self.slack.bot_token, self.slack.app_token = SLACK_BOT_TOKEN, SLACK_APP_TOKEN
        self.read = ""

    @asynccontextmanager
    async def running(self, heard="bridge.started"):
        """The daemon, from a line of its log with that word on."""
        config = self.folder / "config.yaml"
        async with self.coze, self.telegram, self.slack:
            config.write_text(yaml.safe_dump(self.settings()))
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bridge", "run", "--config", str(config)),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                limit=1 << 24,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_PROXY": "127.0.0.1"},
            )
            try:
                await self.until(heard)
                yield self
            finally:
                self.process.terminate()
                self.read += (await self.process.stdout.read()).decode()
                await self.process.wait()

    def settings(self):
        telegram = {"kind": "telegram", "token": TELEGRAM_TOKEN, "api_url": self.telegram.url}
        slack = {"kind": "slack", "bot_token": SLACK_BOT_TOKEN, "app_token": SLACK_APP_TOKEN}
        return {
            "database": f"sqlite:///{self.folder / 'bridge.db'}",
            "http": {"listen": f"127.0.0.1:{self.port}"},
            "coze": {"main": {"base_url": self.coze.url, "token": COZE_TOKEN}},
            "adapters": {"helpdesk": telegram, "acme": slack | {"api_url": self.slack.api_url}},
            "bots": {"assistant": {"coze": "main", "bot_id": BOT}},
            "routes": [{"name": "everyone", "bot": "assistant"}],
            "worker": {"drain": "100ms"},
            "log": {"level": "debug", "format": self.style},
        }

    async def until(self, *words):
        """Read the log until a line with one of *words*."""
        async with asyncio.timeout(30):
            while True:
                line = (await self.process.stdout.readline()).decode()
                self.read += line
                if any(word in line for word in words):
                    return
                assert line, self.read

    async def get(self, path):
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{self.port}{path}") as answer:
            return await answer.text()

    async def on_telegram(self, *steps, ends=ENDS):
        """Have somebody new ask what the bot answers with *steps*, and wait for the line that says how that *ends*."""
        self.coze.will_play(*steps)
        self.telegram.says(self.telegram.person("Ann"), QUESTION)
        await self.until(*ends)

    async def on_slack(self, *steps, ends=ENDS):
        """The same in a channel of its own."""
        self.coze.will_play(*steps)
        ann = self.slack.person("ann")
        self.slack.says(ann, QUESTION, self.slack.channel("help", members=[ann]), mention=True)
        await self.until(*ends)


def refusal(description, status=400):
    return {"status": status, "body": {"ok": False, "error_code": status, "description": description}}


@pytest.mark.parametrize("style", ["json", "text"])
async def test_whatever_goes_wrong_the_daemon_tells_no_secret_and_nothing_private(tmp_path, style):
    """Every far side fails in every way it has, and quotes what it was sent; the log is at its most talkative."""
    async with House(tmp_path, style).running() as daemon:
        await _trouble_with_coze(daemon)
        await _trouble_with_telegram(daemon)
        await _trouble_with_slack(daemon)
        for path in ("/metrics", "/readyz", "/healthz"):
            assert CANARY not in await daemon.get(path)

    told = {"turn.answered", "turn.dead_lettered", "turn.postponed", "stream.cut", "side.limited", "send.uncertain"}
    assert set() == {event for event in told | {"update.unreadable"} if event not in daemon.read}
    assert CANARY not in daemon.read
    assert "bridge.crashed" not in daemon.read


async def _trouble_with_coze(daemon):
    say = Say((ANSWER,))
    await daemon.on_telegram(say, ends=("turn.answered",))
    await daemon.on_telegram(Fail(code=4000, msg="no"), ends=("turn.dead_lettered",))
    await daemon.on_telegram(Fail(code=5000, msg="no"), ends=("turn.postponed",))
    await daemon.on_telegram(say, Cut(), ends=("stream.cut",))
    await daemon.on_telegram(Raw(f"event:conversation.message.delta\ndata:{{nonsense {CANARY}\n\n".encode()))
    daemon.coze.faults.add(OPENING, status=502, body=f"<html>{QUESTION}</html>")
    await daemon.on_telegram(say, ends=("turn.postponed",))
    daemon.coze.faults.add(OPENING, status=401, body={"code": 4100, "msg": f"authentication is invalid: {COZE_TOKEN}"})
    await daemon.on_telegram(say, ends=("turn.answered",))
    daemon.coze.faults.add(OPENING, status=200, body={"code": 4200, "msg": f"not there for {COZE_TOKEN}: {QUESTION}"})
    await daemon.on_telegram(say, ends=("turn.dead_lettered",))


async def _trouble_with_telegram(daemon):
    telegram = daemon.telegram
    for trouble in (
        refusal(f"Bad Request: can't parse entities: '{QUESTION}'"),
        refusal(f"Forbidden: bot was blocked by the user {TELEGRAM_TOKEN}", 403),
        {"status": 502},
        {"status": 429, "headers": {"Retry-After": "1"}},
        {"status": 400, "body": f"no such page /bot{TELEGRAM_TOKEN}/sendMessage"},
        {"cut": True},
    ):
        telegram.faults.add("sendMessage", **trouble)
        await daemon.on_telegram(Say((ANSWER,)))
    telegram.update("message", {"message_id": QUESTION, "text": QUESTION, "chat": {"type": "private"}, "from": {}})
    await daemon.until("update.unreadable")
    telegram.faults.add("getUpdates", status=502)
    telegram.says(telegram.person("Bob"), QUESTION)
    await daemon.until("adapter.disconnected")


async def _trouble_with_slack(daemon):
    slack, say = daemon.slack, Say((ANSWER,))
    quoting = {"ok": False, "error": "invalid_arguments", "response_metadata": {"messages": [QUESTION]}}
    for method in ("chat.startStream", "chat.stopStream", "chat.postMessage", "chat.update"):
        slack.faults.add(method, status=200, body=quoting)
        await daemon.on_slack(say)
        slack.faults.add(method, status=500, body=f"<html>{QUESTION}</html>")
        await daemon.on_slack(say)
    slack.faults.add("chat.postMessage", cut=True)
    await daemon.on_slack(Say((f"half a character: \ud800 {ANSWER}",)))


async def test_a_wrong_token_is_told_without_it(tmp_path):
    """By /readyz too, which says why an adapter does not hear."""
    daemon = House(tmp_path, "json")
    daemon.telegram.accounts.clear()
    daemon.slack.app_token, daemon.slack.bot_token = "xapp-another", "xoxb-another"
    async with daemon.running("adapter.disconnected"):
        await daemon.until("adapter.disconnected")
        reasons = json.loads(await daemon.get("/readyz"))["reasons"]

    assert {"helpdesk", "acme"} == set(reasons)
    assert CANARY not in json.dumps(reasons) + daemon.read
