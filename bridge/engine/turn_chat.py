"""
The chat at the bot's side that answers a turn: begun once, found again after a crash, resumed, cancelled.

The question is on disk as `asking` before it is on its way, and the chat's id as `asked` once it is known.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import suppress

from bridge.attachments.inbound import UploadedAttachments, names_of
from bridge.attachments.turn import TurnAttachments
from bridge.engine.ledger import TurnLedger
from bridge.engine.question import question_text
from bridge.sdk import telemetry
from bridge.sdk.asking import BotEvent, ChatRef, ChatStarted, Context, Question, Sought
from bridge.sdk.errors import Later, Never
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.ports import Bot
from bridge.store.claim import Stage, Turn


class TurnChat:
    """One turn's chat with its bot."""

    def __init__(
        self,
        *,
        claimed: Turn,
        ledger: TurnLedger,
        name: str,
        bot: Bot,
        context: Context,
        attachments: TurnAttachments,
        notify: Callable[[str], Awaitable[None]],
        answer_is_known: bool = False,
    ) -> None:
        self._claimed = claimed
        self._ledger = ledger
        self._name = name
        self._bot = bot
        self._context = context
        self._attachments = attachments
        self._notify = notify  # says a sentence where the answer will be
        self._uploaded: UploadedAttachments | None = None  # a question that is asked again takes the same files
        self._answer_is_known = answer_is_known  # the one that the question quotes is the newest in this memory
        self._asking_since = 0.0  # seconds since 1970; 0: not by this process
        self.asked_in: str | None = None  #: the conversation in which this process has asked
        self.ref = claimed.chat_ref  #: the chat, once it is known to have begun

    @property
    def is_conversation_new(self) -> bool:
        """Whether the question was asked in another conversation than the one that the memory holds."""
        return self.asked_in != self._claimed.conversations.get(self._name)

    async def ask_or_resume(self) -> AsyncGenerator[BotEvent, None]:
        """The bot's answer, from the stage that the turn has reached; the question is asked only if no chat is found for it."""
        claimed = self._claimed
        if self.ref is None and claimed.stage is Stage.ASKING and claimed.conversation_id:
            self.ref = await self._bot.find_chat(self._sought(claimed.conversation_id))
        return await self.ask() if self.ref is None else self.resume(self.ref)

    async def ask(self, *, anew: bool = False) -> AsyncGenerator[BotEvent, None]:
        """Ask, in the memory's conversation or, *anew*, in one that has just been opened; gives the answer."""
        claimed = self._claimed
        self._uploaded = self._uploaded or await self._upload()
        known = None if anew else claimed.conversations.get(self._name)
        conversation_id = known or await self._bot.open_conversation(claimed.user_id)
        await self._ledger.record_asking(bot=self._name, conversation_id=conversation_id)
        self._ledger.check_lease()
        self.asked_in, self._asking_since = conversation_id, time.time()
        question = Question(
            key=claimed.question_key,
            user_id=claimed.user_id,
            conversation_id=conversation_id,
            text=self._question_text(self._uploaded.texts, anew=anew),
            files=self._uploaded.files,
            context=self._context,
            resume_token=None if anew else claimed.resume_tokens.get(self._name),
        )
        return self._bot.ask(question)

    def resume(self, ref: ChatRef) -> AsyncGenerator[BotEvent, None]:
        """The answer of a chat that was begun before."""
        return self._bot.resume(ref)

    def begin(self, started: ChatStarted) -> None:
        """Note which chat answers, and have it written down."""
        self.ref = ChatRef(conversation_id=started.conversation_id, chat_id=started.chat_id)
        self._ledger.record_asked(started, bot=self._name)
        telemetry.turn_asked(chat=started.chat_id)

    async def cancel(self) -> ChatRef | None:
        """Stop the chat at the bot's side; gives it, or None if there is none."""
        if ref := self.ref or await self._find_unacknowledged():
            await self._bot.cancel(ref)
        return ref

    async def _find_unacknowledged(self) -> ChatRef | None:
        """The chat of a question that was cut off on its way, if the bot took it all the same."""
        claimed = self._claimed
        asked_in = self.asked_in or (claimed.conversation_id if claimed.stage is Stage.ASKING else None)
        return await self._bot.find_chat(self._sought(asked_in)) if asked_in else None

    def _sought(self, conversation_id: str) -> Sought:
        """What to look for at the bot's side; another process may have asked at any time since the message was accepted."""
        recordings = self._uploaded.texts if self._uploaded else ()
        return Sought(
            key=self._claimed.question_key,
            conversation_id=conversation_id,
            text=self._question_text(recordings),
            since=self._asking_since or self._claimed.accepted_at,
        )

    def _question_text(self, recordings: Iterable[str], *, anew: bool = False) -> str:
        known, hidden = self._answer_is_known and not anew, self._context.hidden
        return question_text(self._claimed.message, recordings=recordings, answer_is_known=known, hidden=hidden)

    async def _upload(self) -> UploadedAttachments:
        """Upload what came beside the text; its sender is told once what cannot be used, and the rest is asked about."""
        uploaded = await self._attachments.upload()
        if uploaded.left_out and self._claimed.attempt == 1:
            language = self._claimed.message.author.language
            names = names_of(uploaded.left_out, language)
            with suppress(Later, Never):
                await self._notify(translate(MessageId.FILE_LEFT_OUT, language, names=names))
        return uploaded
