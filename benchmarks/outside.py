"""
The outside world of one measurement: three simulators, and a bot that speaks at a bot's pace.

Every stamp is taken here, on one monotonic clock, so nothing that is measured tells how fast it was.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from simulators.coze import BOT, TOKEN, Coze
from simulators.coze.script import Say, Script, Turn
from simulators.slack import Slack
from simulators.telegram import Telegram

DELTAS = 40
EVERY = 0.02
"""Seconds between deltas: fifty a second, as a quick model speaks."""

END = "That is all."
"""What every answer ends with, so that a half one is not taken for a whole one."""

_WORDS = "The **keeper** counted the ships again, and again there was one too many: `42`, where the book had said forty-one. "
_TEXT = _WORDS * 6  # as much formatting as a usual answer has
_SIZE = len(_TEXT) // (DELTAS - 1)
PIECES = (*(_TEXT[at * _SIZE : (at + 1) * _SIZE] for at in range(DELTAS - 1)), f" {END}")

CONFIG = """\
database: sqlite:///{folder}/bridge.db
http:
  listen: 127.0.0.1:{port}
  public_url: {public_url}
  admin_token: ${{BENCHMARK_ADMIN_TOKEN:-}}
coze: {{main: {{base_url: "{coze}", token: {token}}}}}
adapters:
  telegram: {{kind: telegram, api_url: "{telegram}", token: "{telegram_token}", receive: {receive}{rate}}}
  slack: {{kind: slack, api_url: "{slack}", bot_token: {slack_bot}, {slack_in}}}
bots: {{assistant: {{coze: main, bot_id: "{bot}"}}}}
defaults: {{limits: {{messages: null, tokens: null}}}}
routes: [{{name: everyone, bot: assistant}}]
log: {{level: info, format: json}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything the daemon talks to."""

    coze: Coze
    telegram: Telegram
    slack: Slack
    rate: str | None = None  #: what Telegram lets the bot send, if it is not what its manual says
    port: int = 0  #: at which both platforms call the daemon; 0: it polls the one and holds a socket to the other

    @property
    def heard(self) -> bool:
        """Whether somebody listens on both platforms."""
        if self.port:
            return bool(self.telegram.called("setWebhook") and self.slack.called("auth.test"))
        return self.telegram.polling() and bool(self.slack.sockets.open)

    def config(self, folder: str) -> str:
        """The daemon's config for this world, with its database in *folder*."""
        return CONFIG.format(
            folder=folder,
            coze=self.coze.url,
            token=TOKEN,
            telegram=self.telegram.url,
            telegram_token=self.telegram.token,
            slack=self.slack.api_url,
            slack_bot=self.slack.bot_token,
            slack_in=f"signing_secret: {self.slack.signing_secret}"
            if self.port
            else f"app_token: {self.slack.app_token}",
            receive="webhook" if self.port else "polling",
            port=self.port,
            public_url=f"http://127.0.0.1:{self.port}" if self.port else "null",
            rate=f", rate: {self.rate}" if self.rate else "",
            bot=BOT,
        )

    def forget(self) -> None:
        """Let go of what was said on Telegram and noted of each call, so that a long run does not fill this process."""
        for remembered in (
            self.coze.calls,
            self.coze.chats,
            self.telegram.calls,
            self.telegram.drafts,
            self.telegram.actions,
        ):
            remembered.clear()
        for chat in self.telegram.world.private.values():
            chat.messages.clear()


@asynccontextmanager
async def world(port: int = 0, *, rate: str | None = None) -> AsyncIterator[World]:
    """A Coze, a Telegram and a Slack, empty and quiet; with a *port* they call the daemon there."""
    async with Coze() as coze, Telegram() as telegram, Slack() as slack:
        coze.responder = _speak
        coze.every = EVERY
        slack.echoes = False  # half of the simulator's work, and none of ours
        slack.events_url = f"http://127.0.0.1:{port}/webhooks/slack" if port else None
        yield World(coze=coze, telegram=telegram, slack=slack, port=port, rate=rate)


def _speak(_turn: Turn) -> Script:
    return (Say(PIECES),)
