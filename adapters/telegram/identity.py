"""
Who the bot is, asked again from time to time: @BotFather can rename it while we run.

We notice within an hour, or within a minute if a message mentions a bot that is not the one we know.
"""

from collections.abc import Iterator
from typing import Any, Final

from adapters.telegram.api import TelegramApi, TelegramIdentity
from bridge.sdk.errors import BridgeError

KNOWN_FOR: Final = 3600.0
"""Seconds after which the name is asked again."""
KNOWN_AT_LEAST: Final = 60.0
"""Seconds before it is asked again because a message names an unknown bot."""

Json = dict[str, Any]


class KnownIdentity:
    """The bot behind one token; times are those of a monotonic clock."""

    def __init__(self, api: TelegramApi) -> None:
        self._api = api
        self._learned_at = 0.0
        self.me: TelegramIdentity | None = None

    async def learn(self, now: float) -> None:
        """Ask who the bot is."""
        self.me = await self._api.me()
        self._learned_at = now

    async def learn_if_doubtful(self, updates: list[Any], now: float) -> None:
        """Ask again before *updates* are read, if the name may have changed; if that fails, the old name is kept."""
        age = now - self._learned_at
        if age < KNOWN_AT_LEAST or not (age > KNOWN_FOR or any(map(self._names_an_unknown_bot, updates))):
            return
        self._learned_at = now  # also if it fails: the next try must not delay people again
        try:
            self.me = await self._api.me()
        except BridgeError:
            return

    def _names_an_unknown_bot(self, update: Any) -> bool:
        known = self.me.username.lower() if self.me else ""
        return any(name.endswith("bot") and name != known for name in _names(update))


def _names(update: Any) -> Iterator[str]:
    """
    The @names in *updates*, in lower case; a bot's ends in "bot".

    https://core.telegram.org/bots/features#botfather
    """
    match update:
        case {"message": {"text": str(text)} | {"caption": str(text)}}:
            words = text.lower().split()
            yield from (word.lstrip("@").rstrip(",:.!?;") for word in words if word.startswith("@"))
