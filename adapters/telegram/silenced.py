"""
Where a bot may not speak for the time being: groups that have taken its right to write.

What is asked there is not handed to a bot, which would answer for nobody; it waits until the right is back. Telegram tells
of a change of the bot's own (``my_chat_member``), but not when a whole group is muted and unmuted, so that a question
that waits tries whether it may be answered.
"""

from adapters.telegram.api import TelegramApi
from adapters.telegram.errors import RightsMissing
from bridge.sdk.errors import Later
from bridge.sdk.model import Inbound

SILENCED_MOST = 10_000
"""Groups that are remembered; more would only have a question asked in vain."""


class Silenced:
    """The groups of one bot in which it may not write, as far as this process knows; the newest at the end."""

    def __init__(self) -> None:
        self._chats: dict[str, None] = {}

    def learn(self, message: Inbound) -> None:
        """Heed what *message* tells of a chat, if it tells anything."""
        if message.may_speak is not None:
            (self.discard if message.may_speak else self.add)(message.where.chat)

    def add(self, chat: str) -> None:
        """The bot may not write there."""
        self._chats[chat] = None
        if len(self._chats) > SILENCED_MOST:
            del self._chats[next(iter(self._chats))]

    def discard(self, chat: str) -> None:
        """Perhaps it may again."""
        self._chats.pop(chat, None)

    async def check_may_write(self, chat: str, api: TelegramApi, *, thread: int | None) -> None:
        """Raise `Later` where the bot still may not write; where nothing is known against it, nothing is asked."""
        if chat not in self._chats:
            return
        try:
            await api.typing(chat, thread=thread)
        except RightsMissing as refusal:
            raise Later(f"the bot may not write there: {refusal.detail}") from refusal
        self.discard(chat)
