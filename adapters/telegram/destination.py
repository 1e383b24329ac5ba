"""Where one answer goes in Telegram: chat, topic, the message it replies to, and which of these were refused so far."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeVar

from adapters.telegram.api import Anchor
from adapters.telegram.errors import ChatMoved, ThreadGone
from adapters.telegram.pace import ChatCall
from adapters.telegram.shared import TelegramSharedState
from bridge.sdk import chat_telemetry
from bridge.sdk.errors import MessageGone
from bridge.sdk.forms import Form
from bridge.sdk.model import ChatType, Inbound
from bridge.sdk.ports import Fence

T = TypeVar("T")

GENERAL_TOPIC: Final = 1  # the typing sign wants it, no message may have it; https://core.telegram.org/api/forum


class TelegramDestination:
    """The chat and topic of *message*; follows a group that continues under another id."""

    def __init__(self, shared: TelegramSharedState, message: Inbound, fence: Fence) -> None:
        context = message.reply_context
        self._shared = shared
        self._fence = fence
        self._is_threaded = True  #: False once the topic has refused a message
        self.chat = message.where.chat
        self.thread = int(message.where.thread) if message.where.thread else None  #: the topic
        self.typing_thread = GENERAL_TOPIC if context.get("general") else self.thread
        """The topic by the number that a typing sign wants."""
        self.is_private = message.chat_type is ChatType.PRIVATE
        self.shows_typing = message.chat_type is not ChatType.CHANNEL  #: whether the place shows who is typing
        self.has_moved = False  #: whether the chat continues under another id
        self.is_pressed = "press" in context  #: whether the question was asked by a button below an answer
        question = None if message.pushed else context.get("message_id")
        self.question = None if question is None else int(question)
        """The message that is answered; None where there is none."""
        if self.question is not None:
            shared.message_ids.record(self.chat, self.question)

    @property
    def _reply_to(self) -> int | None:
        """The message that an answer replies to; in a private chat only after a press, whose message may be far above."""
        return None if self.is_private and not self.is_pressed else self.question

    def placed(self, form: Form) -> Form:
        """*form*, outside the topic if that has refused a message before."""
        return form if self._is_threaded else replace(form, threaded=False)

    def anchor(self, form: Form) -> Anchor:
        """
        Where a message in that *form* goes.

        If the topic takes nothing any more, the message replies to the question, which places it in that same topic: the readers
        of another topic never see the answer. Raises `ThreadGone` if there is no question to reply to.
        """
        if form.threaded or self.thread is None:
            wanted = form.replies and not (form.follows or form.is_file)
            return Anchor(thread=self.thread, reply_to=self._reply_to if wanted else None)
        self._is_threaded = False
        if self.question is None:
            raise ThreadGone("the topic takes no message, and there is no question to stay with")
        return Anchor(reply_to=self.question, firm=True)

    async def send(self, call: Callable[[], Awaitable[T]], *, kind: str) -> T:
        """Send *call* once the chat's budget allows it and the turn is still ours; follows a group that has moved."""
        try:
            return await self._shared.sender.send(ChatCall(chat=self.chat), call, kind=kind, fence=self._fence)
        except ChatMoved as refusal:
            chat_telemetry.chat_moved(adapter=self._shared.adapter)
            if self.has_moved or refusal.new_chat is None:
                raise
            self._follow(refusal.new_chat)
            if kind in ("edit", "delete"):  # of an earlier message, which stays behind
                raise MessageGone("it is in a chat that continues under another id") from refusal
        return await self.send(call, kind=kind)

    def _follow(self, chat: str) -> None:
        """Continue in *chat*, which this one has become: message ids start again there, and earlier messages stay as they are."""
        self.has_moved, self.chat = True, chat
        self.thread = self.typing_thread = self.question = None
