"""The demo: the real daemon with simulated platforms and a simulated Coze, without an account, a token or a network."""

import asyncio
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bridge.app.bridge import Bridge
from bridge.config.loading import load
from bridge.config.reload import Current
from bridge.parts.registry import Kinds
from simulators.coze import BOT, TOKEN, Coze
from simulators.page import Console, Page
from simulators.slack import Slack
from simulators.telegram import Telegram

CONFIG = """\
database: sqlite:///{folder}/demo.db
http: {{listen: {listen}, admin_token: "{admin_token}"}}
coze: {{demo: {{base_url: "{coze}", token: {token}}}}}
adapters:
  helpdesk: {{kind: telegram, api_url: "{telegram}", token: "{telegram_token}"}}
  acme: {{kind: slack, api_url: "{slack}", bot_token: {slack_bot}, app_token: {slack_app}}}
bots: {{assistant: {{coze: demo, bot_id: "{bot}", feedback: true}}}}
routes: [{{name: everyone, bot: assistant}}]
log: {{level: {level}}}
"""

PATIENCE = 30.0
"""Seconds to wait for a whole answer: the demo's bot needs two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlatforms:
    """The outside, and the daemon in the middle of it."""

    coze: Coze
    telegram: Telegram
    slack: Slack


@asynccontextmanager
async def running_demo(console: Console | None = None) -> AsyncIterator[DemoPlatforms]:
    """A Coze, a Telegram and a Slack on loopback, with a daemon that answers people there, and perhaps has a *console*."""
    with tempfile.TemporaryDirectory(prefix="coze-bridge-") as folder:
        async with Coze() as coze, Telegram() as telegram, Slack() as slack:
            kinds = Kinds()
            path = _write(Path(folder), coze, telegram, slack, console)
            bridge = Bridge(Current(path, lambda: load(path, kinds, {}), lambda _: ()), kinds)
            living = asyncio.create_task(bridge.run(), name="bridge")
            try:
                await _ready(bridge, living)
                yield DemoPlatforms(coze=coze, telegram=telegram, slack=slack)
            finally:
                bridge.stop("the demo is over")
                await living


async def show(port: int, say: Callable[[str], None]) -> None:
    """The demo with its page, until cancelled."""
    console = Console(f"http://127.0.0.1:{_free_port()}", secrets.token_urlsafe())
    async with (
        running_demo(console) as outside,
        Page(outside.telegram, outside.slack, port=port, console=console) as page,
    ):
        say(page.url)
        await asyncio.Event().wait()


async def once(text: str, say: Callable[[str], None]) -> None:
    """Say *text* on both platforms, and tell line by line what people see there; TimeoutError without an answer."""
    async with running_demo() as outside:
        await _on_telegram(outside.telegram, text, say)
        await _on_slack(outside.slack, text, say)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _write(folder: Path, coze: Coze, telegram: Telegram, slack: Slack, console: Console | None) -> Path:
    path = folder / "config.yaml"
    path.write_text(
        CONFIG.format(
            folder=folder,
            listen=urlsplit(console.url).netloc if console else "null",
            admin_token=console.token if console else "",
            coze=coze.url,
            token=TOKEN,
            telegram=telegram.url,
            telegram_token=telegram.token,
            slack=slack.api_url,
            slack_bot=slack.bot_token,
            slack_app=slack.app_token,
            bot=BOT,
            level="warning",
        )
    )
    return path


async def _ready(bridge: Bridge, living: asyncio.Task[None]) -> None:
    async with asyncio.timeout(PATIENCE):
        while bridge.unready or not bridge.opened:
            if living.done():
                await living
            await asyncio.sleep(0.02)


async def _on_telegram(telegram: Telegram, text: str, say: Callable[[str], None]) -> None:
    ann = telegram.person("Ann", language="en", username="ann")
    chat = telegram.private(ann)
    seen = _Seen("telegram", say)
    telegram.listen(lambda: seen.look(telegram.draft(chat)))
    say(f"telegram  Ann: {text}")
    telegram.says(ann, text)
    await telegram.until(lambda: telegram.bot_texts(chat), within=PATIENCE)
    seen.whole("\n".join(telegram.bot_texts(chat)))


async def _on_slack(slack: Slack, text: str, say: Callable[[str], None]) -> None:
    ann = slack.person("ann")
    channel = slack.channel("help", members=[ann])
    seen = _Seen("slack", say)
    say(f"slack     Ann in #help: @bot {text}")
    ts = slack.says(ann, text, channel, mention=True)
    slack.listen(lambda: seen.look(next(iter(slack.bot_texts(channel, ts)), None)))
    await slack.until(lambda: _finished(slack, channel, ts), within=PATIENCE)
    seen.whole("\n".join(slack.bot_texts(channel, ts)))


def _finished(slack: Slack, channel: str, ts: str) -> bool:
    answers = [message for message in slack.messages(channel, ts) if message.ts != ts]
    return bool(answers) and not any(message.streaming for message in answers)


class _Seen:
    """What somebody sees of one answer, told once for each time it grows."""

    def __init__(self, platform: str, say: Callable[[str], None]) -> None:
        self._platform = platform
        self._say = say
        self._text = ""

    def look(self, text: str | None) -> None:
        """Tell what stands there, if it is news."""
        if text and text != self._text:
            self._text = text
            self._say(f"{self._platform:9} … {text[-100:]!r}")

    def whole(self, text: str) -> None:
        """Tell the finished answer."""
        self._say(f"{self._platform:9} Bot: {text}")
