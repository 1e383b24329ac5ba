"""The eyes on a question: a reaction that says, among others, that it is being answered."""

import asyncio
from contextlib import suppress
from typing import Final

from adapters.telegram.api import TelegramApi
from bridge.sdk.errors import BridgeError

EYES: Final = "👀"
"""One of the few reactions that every chat knows; https://core.telegram.org/bots/api#reactiontypeemoji."""


class SeenMark:
    """Stands on one question for as long as it is answered; nobody needs it, so a refusal is the end of it."""

    def __init__(self, api: TelegramApi, chat: str, question: int) -> None:
        self._api = api
        self._chat = chat
        self._question = question
        self._putting: asyncio.Task[None] | None = None

    def put(self) -> None:
        """Begin to put it there; nobody waits for that."""
        self._putting = asyncio.create_task(self._react(EYES))

    async def take_away(self) -> None:
        """Take it away, if it stands; also what an earlier process has put there."""
        if self._putting is not None:
            await self._putting
            await self._react(None)

    async def _react(self, emoji: str | None) -> None:
        with suppress(BridgeError):
            await self._api.react(self._chat, self._question, emoji)
