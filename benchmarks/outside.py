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
http: {{listen: "127.0.0.1:0"}}
coze: {{main: {{base_url: "{coze}", token: {token}}}}}
adapters:
  telegram: {{kind: telegram, api_url: "{telegram}", token: "{telegram_token}"}}
  slack: {{kind: slack, api_url: "{slack}", bot_token: {slack_bot}, app_token: {slack_app}}}
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

    @property
    def heard(self) -> bool:
        """Whether somebody listens on both platforms."""
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
            slack_app=self.slack.app_token,
            bot=BOT,
        )


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """A Coze, a Telegram and a Slack, empty and quiet."""
    async with Coze() as coze, Telegram() as telegram, Slack() as slack:
        coze.brain = _speak
        coze.every = EVERY
        slack.echoes = False  # half of the simulator's work, and none of ours
        yield World(coze=coze, telegram=telegram, slack=slack)


def _speak(_turn: Turn) -> Script:
    return (Say(PIECES),)
