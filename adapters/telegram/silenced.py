"""
Groups in which a bot may not write at the moment.

A question from there is not sent to the Coze bot, as its answer could not be posted; it waits until the right is back.
Telegram announces changes of the bot's own rights (``my_chat_member``), but not when a whole group is muted or unmuted;
so a waiting question asks Telegram from time to time. It asks by a sign of typing, which some chats show though they take no
text; so after a refused text, questions wait for a while before that sign counts.
"""

from typing import Final

from adapters.telegram.api import TelegramApi
from adapters.telegram.errors import RightsMissing
from bridge.sdk.errors import Later
from bridge.sdk.model import Inbound
from bridge.sdk.sending import loop_time

SILENCED_MOST: Final = 10_000
"""Groups remembered; for a forgotten one, a question is only asked in vain."""

ASKED_AGAIN_AFTER: Final = 10.0
"""Seconds after a refused text for which Telegram is not asked about that group; not documented."""


class Silenced:
    """The groups in which one bot may not write, as far as this process knows; the newest at the end."""

    def __init__(self) -> None:
        self._chats: dict[str, float] = {}  # when Telegram may be asked, on the loop's clock

    def learn(self, message: Inbound) -> None:
        """Learn from a *message* that announces a change of the bot's rights."""
        if message.may_speak is not None:
            (self.discard if message.may_speak else self.add)(message.where.chat)

    def add_refused(self, chat: str) -> None:
        """Note that the chat has refused a text for want of rights."""
        self.add(chat, ask_at=loop_time() + ASKED_AGAIN_AFTER)

    def add(self, chat: str, *, ask_at: float = 0.0) -> None:
        """Note that the bot may not write there."""
        self._chats[chat] = ask_at
        if len(self._chats) > SILENCED_MOST:
            del self._chats[next(iter(self._chats))]

    def discard(self, chat: str) -> None:
        """Note that it may be able to write there again."""
        self._chats.pop(chat, None)

    async def check_may_write(self, chat: str, api: TelegramApi, *, thread: int | None) -> None:
        """Raise `Later` if the bot still may not write there; Telegram is asked only about chats noted here."""
        if chat not in self._chats:
            return
        if loop_time() < self._chats[chat]:
            raise Later("the bot may not write there: a text was refused a moment ago")
        try:
            await api.typing(chat, thread=thread)
        except RightsMissing as refusal:
            raise Later(f"the bot may not write there: {refusal.detail}") from refusal
        self.discard(chat)
