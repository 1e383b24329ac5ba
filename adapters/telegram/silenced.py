"""
Groups in which a bot may not write at the moment.

A question from there is not sent to the Coze bot, as its answer could not be posted; it waits until the right is back.
Telegram announces changes of the bot's own rights (``my_chat_member``), but not when a whole group is muted or unmuted;
so a waiting question asks Telegram from time to time.
"""

from adapters.telegram.api import TelegramApi
from adapters.telegram.errors import RightsMissing
from bridge.sdk.errors import Later
from bridge.sdk.model import Inbound

SILENCED_MOST = 10_000
"""Groups remembered; for a forgotten one, a question is only asked in vain."""


class Silenced:
    """The groups in which one bot may not write, as far as this process knows; the newest at the end."""

    def __init__(self) -> None:
        self._chats: dict[str, None] = {}

    def learn(self, message: Inbound) -> None:
        """Learn from a *message* that announces a change of the bot's rights."""
        if message.may_speak is not None:
            (self.discard if message.may_speak else self.add)(message.where.chat)

    def add(self, chat: str) -> None:
        """Note that the bot may not write there."""
        self._chats[chat] = None
        if len(self._chats) > SILENCED_MOST:
            del self._chats[next(iter(self._chats))]

    def discard(self, chat: str) -> None:
        """Note that it may be able to write there again."""
        self._chats.pop(chat, None)

    async def check_may_write(self, chat: str, api: TelegramApi, *, thread: int | None) -> None:
        """Raise `Later` if the bot still may not write there; Telegram is asked only about chats noted here."""
        if chat not in self._chats:
            return
        try:
            await api.typing(chat, thread=thread)
        except RightsMissing as refusal:
            raise Later(f"the bot may not write there: {refusal.detail}") from refusal
        self.discard(chat)
