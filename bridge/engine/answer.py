"""
One answer: from the question to its last message on the screen, whichever process began it.

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
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, Final, NoReturn

from bridge.attachments.turn import TurnAttachments
from bridge.engine.claimed_turn import ClaimedTurn
from bridge.engine.ledger import TurnLedger
from bridge.engine.trouble import TroubleNotice
from bridge.engine.turn_buttons import retry_button, stop_button
from bridge.engine.turn_chat import TurnChat
from bridge.reply.delivery import Delivery
from bridge.reply.draft import MESSAGE_SEPARATOR, Draft
from bridge.sdk import telemetry, tracing
from bridge.sdk.answers import Buttons
from bridge.sdk.asking import BotEvent, ChatRef, ChatStarted, Context
from bridge.sdk.crashpoints import here
from bridge.sdk.errors import (
    ChatFailed,
    ChatGone,
    ConversationLost,
    Later,
    Never,
    Occupied,
    QuestionEdited,
    RateLimited,
    Refused,
    Unreachable,
)
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.ports import Bot, ReplySink
from bridge.store.claim import Stage

PARTS_WITHOUT_FILE: Final = 6
"""More messages than this are hard to keep: the answer is also sent whole, as a file."""
SILENCE_LONGEST: Final = 15.0
"""Seconds without any response of the bot's side after which the person is told that we still wait."""


class Answer:
    """One answer in the making."""

    def __init__(
        self,
        *,
        work: ClaimedTurn,
        sink: ReplySink,
        ledger: TurnLedger,
        name: str,
        bot: Bot,
        context: Context,
        notice: TroubleNotice,
        attachments: TurnAttachments,
        rateable: bool = False,
        answer_is_known: bool = False,
    ) -> None:
        self._work = work
        self._claimed = work.claimed
        self._language = work.claimed.message.author.language
        self._ledger = ledger
        self._name = name
        self._notice = notice
        self._attachments = attachments
        self._rateable = rateable
        self._draft = Draft()
        self._is_memory_reset = False  # a new conversation replaces a lost one, and the person is still to be told
        self._responding = asyncio.Event()  # the bot's side has the question, as far as we know
        self._delivery = self._delivery_to(sink)
        self._chat = TurnChat(
            claimed=work.claimed,
            ledger=ledger,
            name=name,
            bot=bot,
            context=context,
            attachments=attachments,
            notify=self._delivery.notify,
            answer_is_known=answer_is_known,
        )

    def _delivery_to(self, sink: ReplySink) -> Delivery:
        draft = self._draft  # and not ourselves: a circle would stay in memory until it is looked for
        return Delivery(
            sink,
            self._ledger,
            key=self._claimed.key,
            text=lambda: draft.text,
            first_words=partial(_record_first_words, self._claimed.accepted_at),
            growing=Buttons(turn=stop_button(self._claimed)),
            steps=lambda: draft.steps,
            stopped=self._work.stop.give,
        )

    async def run(self) -> None:
        """Ask, show the answer while it grows, and deliver it whole; raises `QuestionEdited` if its author changed the question."""
        async with self._delivery as delivery:
            if self._work.edited.done():
                await self._give_way()
            text, follow_ups = self._claimed.answer, self._claimed.follow_ups
            if self._claimed.stage is not Stage.ANSWERED or text is None:
                text = await self._collect()
                follow_ups = self._draft.follow_ups
                delivery.plan_parts(len(delivery.parts(text)))
                written = self._ledger.record_answer(
                    text, follow_ups=follow_ups, tokens=self._draft.tokens, resume_token=self._draft.resume_token
                )
                if text != self._draft.text:
                    await written  # the bot's side could not tell it again
                here("answered")
            parts = await delivery.finish(text, self._buttons(text, follow_ups))
            if parts > PARTS_WITHOUT_FILE:
                await self._attachments.send_whole(text)
            await self._attachments.send(text)
            if self._draft.spoken is not None:
                await self._attachments.send_spoken(self._draft.spoken)
        await self._ledger.settle()
        seconds = max(0.0, time.time() - self._claimed.accepted_at)
        telemetry.turn_answered(seconds=seconds, parts=parts, tokens=self._draft.tokens)

    def _buttons(self, text: str, follow_ups: tuple[str, ...]) -> Buttons:
        """The buttons below the whole answer; its last words, which survive a crash, tell whether it broke off."""
        broke_off = text.endswith(translate(MessageId.BROKEN_OFF, self._language))
        return Buttons(
            follow_ups=follow_ups,
            rating=self._claimed.key if self._rateable and self._chat.ref else None,
            turn=retry_button(self._claimed) if broke_off else None,
        )

    async def _collect(self) -> str:
        """The whole answer; if it ended early, what there is of it, with a mark that says why."""
        if self._work.stop.done():
            return await self._stopped()
        streaming = asyncio.create_task(self._stream_or_retry(), name="streaming")
        watching = asyncio.create_task(self._notice_silence(), name="watching")
        edited, place_lost = self._work.edited, self._delivery.place_lost
        ends: tuple[asyncio.Future[Any], ...] = (streaming, self._work.stop, edited, place_lost)
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if streaming.done():
                return await self._collected(streaming)
            streaming.cancel()
            await asyncio.gather(streaming, return_exceptions=True)
            if edited.done():
                await self._give_way()
            return await (self._abandon(place_lost.result()) if place_lost.done() else self._stopped())
        finally:
            for task in (tasks := (streaming, watching)):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _notice_silence(self) -> None:
        """Tell the person once the bot's side has been silent for `SILENCE_LONGEST`; the attempt goes on."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_LONGEST):
                await self._responding.wait()
                return
        telemetry.bot_silent(bot=self._name, seconds=SILENCE_LONGEST)
        await self._notice.give(MessageId.STILL_WAITING, self._delivery.notify)

    async def _collected(self, streaming: asyncio.Task[None]) -> str:
        try:
            await streaming
        except Never as failure:
            if not self._draft.text:
                raise
            telemetry.answer_broken_off(because=failure.detail, log_id=failure.log_id)
            return self._draft.text + MESSAGE_SEPARATOR + translate(MessageId.BROKEN_OFF, self._language)
        if self._draft.text:
            return self._draft.text
        # a bot that says nothing is a failure, so it asks back, or was stopped by a process that died of it
        return translate(
            MessageId.WAITS_FOR_ANSWER if self._draft.resume_token else MessageId.STOPPED_MARK, self._language
        )

    async def _abandon(self, gone: ChatGone) -> NoReturn:
        """Cancel the chat, as its answer cannot be shown any more."""
        with suppress(Later, Never):
            await self._chat.cancel()
        raise gone

    async def _give_way(self) -> NoReturn:
        """Cancel the chat of the old question, so that the edited one can be asked; waits for the preview on its way, if any."""
        await self._delivery.stop_previews()
        with suppress(Never):  # one that cannot be cancelled goes on, and nobody listens
            await self._chat.cancel()
        raise QuestionEdited("its author asks something else by now")

    async def _stopped(self) -> str:
        """Cancel at the bot's side; gives what was said until then, with a mark."""
        with suppress(
            Later, Never
        ):  # the person's wish comes first; a chat that cannot be cancelled goes on, and nobody listens
            if chat_ref := await self._chat.cancel():
                await self._hear_out(chat_ref)
        telemetry.turn_stopped()
        mark = translate(MessageId.STOPPED_MARK, self._language)
        return self._draft.text + MESSAGE_SEPARATOR + mark if self._draft.text else mark

    async def _hear_out(self, chat_ref: ChatRef) -> None:
        """Fetch what the cancelled chat had said, as another process may have shown it to people."""
        if not self._draft.text:
            async with aclosing(self._chat.resume(chat_ref)) as events:
                async for event in events:
                    self._draft.apply(event)

    async def _stream_or_retry(self) -> None:
        with tracing.span("chat", bot=self._name):
            try:
                await self._consume(await self._chat.ask_or_resume())
            except ConversationLost as failure:
                if self._draft.text or self._chat.asked_in is None:
                    raise
                if self._chat.is_conversation_new:
                    raise _misconfigured(failure) from failure
                await self._ask_anew()

    async def _ask_anew(self) -> None:
        """Ask once more, in a new conversation."""
        telemetry.conversation_replaced(bot=self._name)
        self._is_memory_reset = True
        try:
            await self._consume(await self._chat.ask(anew=True))
        except ConversationLost as failure:  # a new one cannot be lost: what is not there is the bot
            raise _misconfigured(failure) from failure

    async def _consume(self, events: AsyncGenerator[BotEvent, None]) -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    self._responding.set()
                    if isinstance(event, ChatStarted):
                        await self._begin(event)
                    elif self._draft.apply(event):
                        self._delivery.notify_changed()
        except (Unreachable, RateLimited, Occupied):
            if self._chat.ref is None:
                await self._ledger.record_not_asked()
            raise
        except ChatFailed as failure:
            await self._fail(failure)
        except Refused:
            if self._chat.ref is not None and not self._draft.text:
                await self._ledger.record_not_asked()  # that chat is over: an operator's retry begins another
            raise

    async def _fail(self, failure: ChatFailed) -> NoReturn:
        """Let the question be asked once more, unless people have seen a part of the answer."""
        if self._draft.text or self._ledger.has_several_messages:
            raise Refused(failure.detail, log_id=failure.log_id) from failure
        await self._ledger.record_not_asked()
        raise failure

    async def _begin(self, begun: ChatStarted) -> None:
        self._delivery.plan_preview()
        self._chat.begin(begun)
        if self._is_memory_reset:
            self._is_memory_reset = False
            with suppress(Later, Never):
                await self._delivery.notify(translate(MessageId.MEMORY_RESET, self._language))


def _record_first_words(accepted_at: float) -> None:
    telemetry.record_first_words(seconds=max(0.0, time.time() - accepted_at))


def _misconfigured(failure: ConversationLost) -> Refused:
    return Refused(failure.detail, message_id=MessageId.BOT_MISCONFIGURED, log_id=failure.log_id)
