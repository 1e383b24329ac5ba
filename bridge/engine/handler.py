"""One turn: what a claimed message calls for, and what to say when that cannot be done."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from bridge.attachments.turn import Carriers, TurnAttachments
from bridge.engine import dead_letters, push, ratings, saying
from bridge.engine.answer import Answer
from bridge.engine.bot_choice import BotChoice
from bridge.engine.claimed_turn import ClaimedTurn
from bridge.engine.commands import Commands
from bridge.engine.completing import with_details
from bridge.engine.idle_memory import forget_if_left_alone
from bridge.engine.ledger import TurnLedger
from bridge.engine.private_words import words_of_message
from bridge.engine.responses import Response
from bridge.engine.trouble import TroubleNotice, notify_failure
from bridge.engine.turn_buttons import retry_button
from bridge.engine.turning_away import TurningAway
from bridge.routing.access import identity_of
from bridge.routing.limits import answer_charges
from bridge.routing.rules import Decision, Rules
from bridge.sdk import redaction, telemetry
from bridge.sdk.answers import NO_BUTTONS, Buttons
from bridge.sdk.errors import Later, Never, QuestionEdited, Unreachable
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import ChatType, CommandName, Inbound
from bridge.sdk.ports import Accept, Adapter, Bot, ReplySink
from bridge.store.claim import Stage, Turn
from bridge.store.inbox import Inbox
from bridge.store.sessions import Sessions

NOTIFY_AFTER = 5.0
"""Seconds of trouble, past or announced, after which the person hears of it; attempts are short: 20 s are never reached."""

NOTIFY_AT_ATTEMPT = 3
"""Quick failures may repeat this often before the person hears of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnHandler:
    """Handles claimed turns: answers the question, or does what the message says."""

    rules: Callable[[], Rules]
    adapters: Mapping[str, Adapter]  #: those that are open
    choice: BotChoice  #: which bot answers
    inbox: Inbox
    sessions: Sessions
    accept: Accept  #: the way in, for what could not be read the first time
    commands: Commands
    turning_away: TurningAway
    carriers: Carriers = field(default_factory=Carriers)

    async def handle(self, work: ClaimedTurn) -> None:
        """Answer, or do what the message says, and settle it. Raises `Later` or `Never` after telling the person."""
        message, began = work.claimed.message, time.monotonic()
        if work.edited.done() and work.claimed.stage is Stage.ACCEPTED:
            raise QuestionEdited("its author asks something else by now")
        if message.rating is not None:
            decision = self.rules().decide(message)
            return await ratings.pass_on(
                work.claimed, message.rating, decision, bots=self.choice.bots, inbox=self.inbox
            )
        adapter = self._adapter(message.where.adapter)
        if message.unreadable is not None:
            return await dead_letters.read_again(work.claimed, adapter, accept=self.accept, inbox=self.inbox)
        if message.pushed:
            return await push.deliver(work, adapter, self.inbox)
        self.choice.check_circuit(work.claimed, self.rules())
        notice = TroubleNotice(self.inbox, work.claimed)
        async with adapter.reply(message, work.fence) as sink:
            try:
                await self._respond(work, sink, adapter, notice)
            except Later as failure:
                trouble = time.monotonic() - began + (failure.retry_after or 0.0)
                if trouble > NOTIFY_AFTER or work.claimed.attempt >= NOTIFY_AT_ATTEMPT:
                    await notice.give(failure.message_id, sink.notify)
                raise
            except Never as failure:
                work.fence()
                await notify_failure(sink.notify, failure, message.author.language)
                raise

    async def notify_gave_up(self, claimed: Turn) -> None:
        """Tell the author, if that is possible, that the message is given up; of a rating, push or dead letter nothing is said."""
        if not claimed.message.is_question and claimed.message.command is None:
            return
        buttons = Buttons(turn=retry_button(claimed)) if claimed.message.is_question else NO_BUTTONS
        with suppress(Later, Never):
            async with self._adapter(claimed.message.where.adapter).reply(claimed.message) as sink:
                await sink.notify(translate(MessageId.GAVE_UP, claimed.message.author.language), buttons)

    def _adapter(self, name: str) -> Adapter:
        if name in self.adapters:
            return self.adapters[name]
        known = name in self.rules().settings.adapters
        raise Unreachable(
            f"the adapter {name!r} is not open yet" if known else f"the config has no adapter {name!r} now"
        )

    async def _respond(self, work: ClaimedTurn, sink: ReplySink, adapter: Adapter, notice: TroubleNotice) -> None:
        work = await with_details(await self._as_retried(work), adapter, self.rules())
        claimed, message = work.claimed, work.claimed.message
        redaction.also_spoken(lambda: words_of_message(message))
        rules = self.rules()  # nothing waits between here and the choice of the bot: both are of the same config
        decision = rules.decide(message)
        text = "" if self._is_dropped_as_paused(claimed, decision) else _instead(claimed, decision)
        if text is not None:
            response = Response(text=text)
        elif message.command is not None and not message.is_question:
            response = await self.commands.execute(claimed, message.command, decision, adapter.format_command)
            telemetry.turn_commanded(command=message.command)
        else:
            await self._answer(work, sink, adapter, decision, notice=notice, rules=rules)
            return
        if response.text:
            await saying.say(response, key=claimed.key, sink=sink, ledger=self._ledger(work, decision))
        if response.file:
            await sink.attach(response.file)
        if response.leaves_row:
            await self.inbox.settle(claimed)

    def _is_dropped_as_paused(self, claimed: Turn, decision: Decision) -> bool:
        """Whether a question that no bot was asked yet is dropped, because it was paused while it waited."""
        message = claimed.message
        is_asked = claimed.stage is Stage.ACCEPTED and (message.is_question or message.command is None)
        return is_asked and not claimed.stop_requested and self.turning_away.drop_if_paused(message, decision)

    async def _as_retried(self, work: ClaimedTurn) -> ClaimedTurn:
        """The turn of ``/retry`` with the newest question of its memory in the command's place, on disk too; others unchanged."""
        claimed = work.claimed
        if claimed.message.command is not CommandName.RETRY:
            return work
        question = await self.inbox.past.newest_question(claimed)
        if question is None:
            return work
        message = claimed.message.asking_again(question)
        await self.inbox.progress.record_question(claimed, message)
        return replace(work, claimed=replace(claimed, message=message))

    def _ledger(self, work: ClaimedTurn, decision: Decision) -> TurnLedger:
        cost_of = partial(answer_charges, decision.allowances, identity_of(work.claimed.message))
        return TurnLedger(self.inbox, work.claimed, work.fence, cost_of)

    async def _answer(
        self,
        work: ClaimedTurn,
        sink: ReplySink,
        adapter: Adapter,
        decision: Decision,
        *,
        notice: TroubleNotice,
        rules: Rules,
    ) -> None:
        claimed = work.claimed
        name, bot = self.choice.choose(claimed, decision)
        route = decision.route.name if decision.route else ""
        telemetry.turn_begun(route=route, bot=name, attempt=claimed.attempt, stage=claimed.stage)
        claimed = await forget_if_left_alone(claimed, name, decision.rules.forget_after, self.sessions)
        work = replace(work, claimed=claimed)
        bot = bot.for_owner(claimed.conversation_owner)
        ledger = self._ledger(work, decision)
        answer = Answer(
            work=work,
            sink=sink,
            ledger=ledger,
            name=name,
            bot=bot,
            context=rules.context(claimed.message, decision),
            notice=notice,
            attachments=self._attachments(claimed.message, adapter, bot, sink, ledger),
            rateable=rules.settings.bots[name].feedback,
            answer_is_known=await self._quotes_newest_answer(claimed, name),
        )
        circuit = self.choice.circuit(name)
        try:
            await answer.run()
        except Unreachable:
            circuit.failed(time.monotonic())
            raise
        if circuit.succeeded():
            await self.inbox.retry_postponed_now()

    def _attachments(
        self, message: Inbound, adapter: Adapter, bot: Bot, sink: ReplySink, ledger: TurnLedger
    ) -> TurnAttachments:
        return TurnAttachments(
            carriers=self.carriers, message=message, adapter=adapter, bot=bot, sink=sink, ledger=ledger
        )

    async def _quotes_newest_answer(self, claimed: Turn, bot: str) -> bool:
        """Whether the message quotes the newest answer of *bot* in this memory, or what the bot was quoted with the last question."""
        quote, newest = claimed.message.quote, claimed.answered_turns.get(bot)
        if quote is None or quote.ref is None or newest is None:
            return False
        return await self.inbox.past.knows(newest, quote, claimed.message.where)


def _instead(claimed: Turn, decision: Decision) -> str | None:
    """What to say instead of an answer; empty: say nothing; None: answer."""
    message = claimed.message
    if claimed.stage is not Stage.ACCEPTED:
        return None
    if claimed.stop_requested:
        return translate(MessageId.STOP_DONE, message.author.language) if message.is_question else ""
    if decision.refusal and not decision.by_pairing:  # the rules were others when it was accepted
        telemetry.message_refused(adapter=message.where.adapter, because=decision.refusal)
        return _in_private(message, MessageId.NOT_ALLOWED)
    if message.command is not None and not message.is_question:
        return None
    if decision.route is None or message.is_empty:
        return _in_private(message, MessageId.NOT_READABLE if decision.route else MessageId.NO_ROUTE)
    return "" if decision.route.discard else decision.route.reply


def _in_private(message: Inbound, message_id: MessageId) -> str:
    """The sentence, in a private chat; nothing in a group."""
    return translate(message_id, message.author.language) if message.chat_type is ChatType.PRIVATE else ""
