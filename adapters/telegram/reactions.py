"""The 👀 reaction, which shows in a group which question is being answered."""

import asyncio
from contextlib import suppress
from typing import Final

from adapters.telegram.api import TelegramApi
from bridge.sdk.errors import BridgeError

EYES: Final = "👀"
"""One of the few reactions that every chat knows; https://core.telegram.org/bots/api#reactiontypeemoji."""


class SeenMark:
    """The reaction on one question while it is being answered; it is optional, so the first refusal ends it."""

    def __init__(self, api: TelegramApi, chat: str, question: int) -> None:
        self._api = api
        self._chat = chat
        self._question = question
        self._putting: asyncio.Task[None] | None = None

    def put(self) -> None:
        """Begin to set the reaction, in the background."""
        self._putting = asyncio.create_task(self._react(EYES))

    async def take_away(self) -> None:
        """Remove the reaction, even if an earlier process has set it."""
        if self._putting is not None:
            await self._putting
            await self._react(None)

    async def _react(self, emoji: str | None) -> None:
        with suppress(BridgeError):
            await self._api.react(self._chat, self._question, emoji)
