"""
One answer: from the question to its last message on the screen, whoever began it.

```
accepted ─► asking ─► asked ─► answered ─► done
    │          │         │          └ only show it
    │          │         └ fetch it: the chat is known by its id
    │          └ look whether the question was taken; ask if it was not
    └ ask
```

Each stage is on disk before the deed that makes it true for the outside world, so a turn cut off is continued.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import NoReturn

from bridge.attachments.inbound import Brought
from bridge.engine.ledger import TurnLedger
from bridge.engine.question import question_text
from bridge.reply.delivery import Delivery
from bridge.reply.draft import BETWEEN, Draft
from bridge.sdk import telemetry
from bridge.sdk.crashpoints import here
from bridge.sdk.errors import (
    BridgeError,
    ChatFailed,
    ConversationLost,
    Later,
    Never,
    Occupied,
    RateLimited,
    Refused,
    Unreachable,
)
from bridge.sdk.i18n import Word, say
from bridge.sdk.model import Asked, Begun, BotEvent, Buttons, Context, Question, Sought
from bridge.sdk.ports import Bot, ReplySink
from bridge.store.claim import Claimed, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A claimed message and how its worker reaches the turn."""

    claimed: Claimed
    stop: asyncio.Event  #: set when the person wants the answer to stop
    fence: Callable[[], None]  #: raises LeaseLost unless the claim is surely still ours


class Answer:
    """One answer in the making."""

    def __init__(
        self,
        *,
        work: Work,
        sink: ReplySink,
        ledger: TurnLedger,
        name: str,
        bot: Bot,
        context: Context,
        bring: Callable[[], Awaitable[Brought]],
        attach: Callable[[str], Awaitable[None]],
        rateable: bool = False,
    ) -> None:
        self._work = work
        self._claimed = work.claimed
        self._language = work.claimed.message.author.language
        self._sink = sink
        self._ledger = ledger
        self._name = name
        self._bot = bot
        self._context = context
        self._bring = bring
        self._attach = attach
        self._rateable = rateable
        self._brought: Brought | None = None  # a question that is put again takes the same files
        self._draft = Draft()
        self._asked = _asked(work.claimed)
        self._asking_in: str | None = None  # the conversation in which the question may have been taken
        self._asking_since = 0.0  # seconds since 1970; 0: not by this process
        self._is_memory_reset = False  # which is said once the new conversation is proved to be one
        self._words_seen = False
        self._delivery = Delivery(
            sink, ledger, key=work.claimed.key, text=lambda: self._draft.text, first_words=self._first_words
        )

    async def give(self) -> None:
        """Let the bot answer, show it while it grows, and make it stand."""
        async with self._delivery as delivery:
            text, offers = self._claimed.answer, self._claimed.offers
            if self._claimed.stage is not Stage.ANSWERED or text is None:
                text = await self._hear()
                offers = self._draft.offers
                delivery.expect(len(delivery.parts(text)))
                written = self._ledger.answered(text, offers=offers, tokens=self._draft.tokens, waits=self._draft.waits)
                if text != self._draft.text:
                    await written  # the bot's side could not tell it again
                here("answered")
            rating = self._claimed.key if self._rateable and self._asked else None
            parts = await delivery.finish(text, Buttons(offers=offers, rating=rating))
            await self._attach(text)
        await self._ledger.settle()
        seconds = max(0.0, time.time() - self._claimed.accepted_at)
        telemetry.answered(seconds=seconds, parts=parts, tokens=self._draft.tokens)

    async def _hear(self) -> str:
        """The whole answer; what there is of it, and a word why, if it ends early."""
        listening = asyncio.create_task(self._listen(), name="listening")
        stopping = asyncio.create_task(self._work.stop.wait(), name="stopping")
        try:
            await asyncio.wait({listening, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not listening.done():
                return await self._stop(listening)
            return await self._heard(listening)
        finally:
            listening.cancel()
            stopping.cancel()
            await asyncio.gather(listening, stopping, return_exceptions=True)

    async def _heard(self, listening: asyncio.Task[None]) -> str:
        try:
            await listening
        except Never as failure:
            if not self._draft.text:
                raise
            telemetry.broken_off(because=failure.detail, log_id=failure.log_id)
            return self._draft.text + BETWEEN + say(Word.BROKEN_OFF, self._language)
        if self._draft.text:
            return self._draft.text
        # a bot that says nothing is a failure, so it asks back, or was stopped by a process that died of it
        return say(Word.WAITS_FOR_ANSWER if self._draft.waits else Word.STOPPED_MARK, self._language)

    async def _stop(self, listening: asyncio.Task[None]) -> str:
        """Cancel at the bot's side; what was said stays, with a mark."""
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        with suppress(Later, Never):  # the wish of the person first; a chat that cannot be cancelled goes on unheard
            await self._cancel()
        telemetry.cancelled()
        mark = say(Word.STOPPED_MARK, self._language)
        return self._draft.text + BETWEEN + mark if self._draft.text else mark

    async def _cancel(self) -> None:
        asked = self._asked or await self._taken_unheard()
        if asked is None:
            return
        await self._bot.cancel(asked)
        if self._draft.text:
            return
        with suppress(Later, Never):  # what another process heard people may have seen; perhaps there is nothing
            async with aclosing(self._bot.rejoin(asked)) as events:
                async for event in events:
                    self._draft.take(event)

    async def _taken_unheard(self) -> Asked | None:
        """The chat of a question that was cut off on its way, if the bot took it all the same."""
        if self._asking_in is None:
            return None
        return await self._bot.find(self._sought(self._asking_in))

    def _sought(self, conversation_id: str) -> Sought:
        """The question on its way; where another process sent it, all that is known is that it was accepted before."""
        recordings = self._brought.texts if self._brought else ()
        return Sought(
            key=self._claimed.key,
            conversation_id=conversation_id,
            text=question_text(self._claimed.message, recordings=recordings),
            since=self._asking_since or self._claimed.accepted_at,
        )

    async def _listen(self) -> None:
        try:
            await self._follow(await self._events())
        except ConversationLost as failure:
            if self._draft.text or self._asking_in is None:
                raise
            if self._asking_in != self._claimed.conversations.get(self._name):
                raise _misconfigured(failure) from failure
            await self._ask_anew()

    async def _ask_anew(self) -> None:
        """Ask once more, in a new conversation."""
        telemetry.conversation_replaced(bot=self._name)
        self._is_memory_reset = True
        try:
            await self._follow(await self._ask(anew=True))
        except ConversationLost as failure:  # a new one cannot be lost: what is not there is the bot
            raise _misconfigured(failure) from failure

    async def _events(self) -> AsyncGenerator[BotEvent, None]:
        """The bot's answer from wherever the turn stands."""
        claimed = self._claimed
        if self._asked is None and claimed.stage is Stage.ASKING and claimed.conversation_id:
            self._asked = await self._bot.find(self._sought(claimed.conversation_id))
        if self._asked is None:
            return await self._ask()
        return self._bot.rejoin(self._asked)

    async def _ask(self, *, anew: bool = False) -> AsyncGenerator[BotEvent, None]:
        claimed = self._claimed
        self._brought = self._brought or await self._bring()
        known = None if anew else claimed.conversations.get(self._name)
        conversation_id = known or await self._bot.open(claimed.user_id)
        await self._ledger.asking(bot=self._name, conversation_id=conversation_id)
        self._ledger.check()
        self._asking_in, self._asking_since = conversation_id, time.time()
        question = Question(
            key=claimed.key,
            user_id=claimed.user_id,
            conversation_id=conversation_id,
            text=question_text(claimed.message, recordings=self._brought.texts),
            files=self._brought.files,
            context=self._context,
            resume=None if anew else claimed.waiting.get(self._name),
        )
        return self._bot.ask(question)

    async def _follow(self, events: AsyncGenerator[BotEvent, None]) -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, Begun):
                        await self._begin(event)
                    elif self._draft.take(event):
                        self._delivery.grow()
        except (Unreachable, RateLimited, Occupied):
            if self._asked is None:
                await self._ledger.unasked()
            raise
        except ChatFailed as failure:
            await self._fail(failure)

    async def _fail(self, failure: ChatFailed) -> NoReturn:
        """Let the question be asked once more, unless people saw some of the answer."""
        if self._draft.text or self._ledger.spread:
            raise Refused(failure.detail, log_id=failure.log_id) from failure
        await self._ledger.unasked()
        raise failure

    async def _begin(self, begun: Begun) -> None:
        self._asked = Asked(conversation_id=begun.conversation_id, chat_id=begun.chat_id)
        self._delivery.expect(1)
        self._ledger.asked(begun, bot=self._name)
        telemetry.asked(chat=begun.chat_id)
        if self._is_memory_reset:  # before anything is shown: calls to a sink never overlap
            self._is_memory_reset = False
            with suppress(Later, Never):
                await self._sink.tell(say(Word.MEMORY_RESET, self._language))

    def _first_words(self) -> None:
        if not self._words_seen:
            self._words_seen = True
            telemetry.first_words(seconds=max(0.0, time.time() - self._claimed.accepted_at))


def _asked(claimed: Claimed) -> Asked | None:
    if claimed.conversation_id is None or claimed.chat_id is None:
        return None
    return Asked(conversation_id=claimed.conversation_id, chat_id=claimed.chat_id)


def _misconfigured(failure: ConversationLost) -> Refused:
    return Refused(failure.detail, says="bot_misconfigured", log_id=failure.log_id)


async def tell(sink: ReplySink, failure: BridgeError, language: str | None) -> None:
    """Say what went wrong in the person's words; if that fails too, the operator still reads it."""
    with suppress(Later, Never):
        await sink.tell(say(Word(failure.says), language))
