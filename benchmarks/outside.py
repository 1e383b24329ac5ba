"""
The outside world of one measurement: three simulators, and a bot that speaks at a bot's pace.

Every stamp is taken here, on one monotonic clock, so nothing that is measured tells how fast it was.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

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
database: "{database}"
http:
  listen: 127.0.0.1:{port}
  public_url: {public_url}
  admin_token: ${{BENCHMARK_ADMIN_TOKEN:-}}
coze: {{main: {{base_url: "{coze}", token: {token}}}}}
adapters: {{{adapters}}}
bots: {{assistant: {{coze: main, bot_id: "{bot}"}}}}
defaults: {{limits: {{messages: null, tokens: null}}}}
privacy: {{keep_messages: {kept}}}
routes: [{{name: everyone, bot: assistant}}]
log: {{level: info, format: json}}
"""


PLATFORMS: Final = ("telegram", "slack")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything the daemon talks to."""

    coze: Coze
    telegram: Telegram
    slack: Slack
    rate: str | None = None  #: what Telegram lets the bot send, if it is not what its manual says
    database: str = ""  #: by its URL; an SQLite file of its own if empty
    kept: str = "7d"  #: how long finished messages are kept
    port: int = 0  #: at which both platforms call the daemon; 0: it polls the one and holds a socket to the other
    platforms: Sequence[str] = (
        PLATFORMS  #: on which the daemon is; what is measured of one is not to hold another's libraries
    )

    @property
    def heard(self) -> bool:
        """Whether somebody listens on each platform."""
        if self.port:
            heard = {
                "telegram": bool(self.telegram.called("setWebhook")),
                "slack": bool(self.slack.called("auth.test")),
            }
        else:
            heard = {"telegram": self.telegram.polling(), "slack": bool(self.slack.sockets.open)}
        return all(heard[platform] for platform in self.platforms)

    def config(self, folder: str) -> str:
        """The daemon's config for this world, with its database in *folder*."""
        adapters = {"telegram": self._on_telegram(), "slack": self._on_slack()}
        return CONFIG.format(
            database=self.database or f"sqlite:///{folder}/bridge.db",
            coze=self.coze.url,
            token=TOKEN,
            adapters=", ".join(f"{platform}: {{{adapters[platform]}}}" for platform in self.platforms),
            port=self.port,
            public_url=f"http://127.0.0.1:{self.port}" if self.port else "null",
            bot=BOT,
            kept=self.kept,
        )

    def _on_telegram(self) -> str:
        receive, rate = "webhook" if self.port else "polling", f", rate: {self.rate}" if self.rate else ""
        where = f'api_url: "{self.telegram.url}", token: "{self.telegram.token}"'
        return f"kind: telegram, {where}, receive: {receive}{rate}"

    def _on_slack(self) -> str:
        called, holds = f"signing_secret: {self.slack.signing_secret}", f"app_token: {self.slack.app_token}"
        where = f'api_url: "{self.slack.api_url}", bot_token: {self.slack.bot_token}'
        return f"kind: slack, {where}, {called if self.port else holds}"

    def forget(self) -> None:
        """Let go of what was said on Telegram and at Coze, so that a long run does not fill this process."""
        telegram, coze, updates = self.telegram, self.coze, self.telegram.bot().updates
        for noted in (telegram.calls, telegram.drafts, telegram.actions, updates.ever, updates.given):
            noted.clear()
        for chat in telegram.world.private.values():
            chat.messages.clear()
        for asked in (coze.calls, coze.chats, coze.playbacks):
            asked.clear()
        for conversation in coze.conversations.values():
            conversation.messages.clear()
            conversation.chats.clear()


@asynccontextmanager
async def world(
    port: int = 0,
    *,
    rate: str | None = None,
    platforms: Sequence[str] = PLATFORMS,
    database: str = "",
    kept: str = "7d",
) -> AsyncIterator[World]:
    """A Coze, a Telegram and a Slack, empty and quiet; with a *port* they call the daemon there, which is on these *platforms*."""
    async with Coze() as coze, Telegram() as telegram, Slack() as slack:
        coze.responder = _speak
        coze.every = EVERY
        slack.echoes = False  # half of the simulator's work, and none of ours
        slack.events_url = f"http://127.0.0.1:{port}/webhooks/slack" if port else None
        yield World(
            coze=coze,
            telegram=telegram,
            slack=slack,
            port=port,
            rate=rate,
            platforms=platforms,
            database=database,
            kept=kept,
        )


def _speak(_turn: Turn) -> Script:
    return (Say(PIECES),)
