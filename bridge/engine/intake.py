"""
The way in: what an adapter hands in is stored, or dropped as the rules say, before its platform is acknowledged.

The rules decide once. People who may not talk here are turned away before anything is kept; then messages that are not for
the bot are dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bridge.config.route_settings import Busy
from bridge.engine.choosing import DecidedMessage, choosing, with_choices
from bridge.engine.presses import Presses
from bridge.engine.turning_away import TurningAway
from bridge.routing.access import identity_of, person_of
from bridge.routing.limits import question_charges, rating_charge
from bridge.routing.rules import Audience, Decision, Rules
from bridge.routing.scopes import scopes_at, scopes_of, scopes_of_author, scopes_within
from bridge.sdk import chat_telemetry, telemetry
from bridge.sdk.crashpoints import here
from bridge.sdk.editing import as_first_heard, may_be_first_heard
from bridge.sdk.errors import Bug, Never
from bridge.sdk.i18n import MessageId, time_ahead, translate
from bridge.sdk.model import CommandName, Inbound, Place
from bridge.sdk.supervision import bugs_expected
from bridge.sdk.unreadable import Unreadable
from bridge.store.admission import Admission, Ends, Precondition
from bridge.store.arrivals import Accepted
from bridge.store.claim import MESSAGE
from bridge.store.edits import Edited
from bridge.store.inbox import Inbox
from bridge.store.migration import Migration
from bridge.store.payments import OverLimit

CONDITIONS: Final = {
    Audience.US: Precondition.NONE,
    Audience.US_IF_ENGAGED: Precondition.ENGAGED,
    Audience.OTHERS: Precondition.JOINING,
}

_ENDING: Final = frozenset({CommandName.STOP, CommandName.NEW})
_OF_A_MEMORY: Final = frozenset(
    {
        CommandName.START,
        CommandName.STOP,
        CommandName.NEW,
        CommandName.RETRY,
        CommandName.STATUS,
        CommandName.BOT,
    }
)
"""The commands that are about one memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Stores the messages that adapters receive."""

    rules: Callable[[], Rules]
    inbox: Inbox
    turning_away: TurningAway
    notify: Callable[[Inbound, str], bool]  #: as `Notifier.notify`
    at_home: Callable[[Inbound], Inbound] = lambda message: message  #: as `LinkedPeople.at_home`

    async def accept(self, message: Inbound | Unreadable) -> MessageId | None:
        """
        Return once *message* is on disk, or need not be; raises `Unreachable` while the database is away.

        Gives the sentence to show at once to a person who pressed a button below an answer; else None.

        What cannot be stored is kept as a dead letter: unacknowledged, the platform would bring it again and again,
        and nothing else meanwhile.
        """
        if isinstance(message, Unreadable):
            await self._put_aside(message)
            return None
        try:
            with bugs_expected("accept"):
                return await self._keep(message)
        except (Never, Bug) as failure:
            await self._put_aside(
                Unreadable(
                    adapter=message.where.adapter,
                    dedupe_key=" ".join(message.dedupe_keys),
                    raw=MESSAGE.dump_json(message).decode(),
                    reason=f"not kept: {failure.detail}",
                )
            )
        return None

    async def _put_aside(self, unreadable: Unreadable) -> None:
        if await self.inbox.put_aside(unreadable) is Accepted.REPEATED:
            telemetry.message_repeated(adapter=unreadable.adapter)
        else:
            telemetry.update_unreadable(
                adapter=unreadable.adapter, update=unreadable.dedupe_key, because=unreadable.reason
            )

    async def _keep(self, message: Inbound) -> MessageId | None:
        if message.moved_to is not None:
            await self._follow(message.where, replace(message.where, chat=message.moved_to))
            return None
        if message.may_speak is not None:
            await self._apply_membership(message.where, may_speak=message.may_speak)
            return None
        rules, message = self.rules(), self.at_home(self.inbox.former_chats.named(message))
        decision = rules.decide(message)
        if refusal := await self.turning_away.turn_away(message, decision):
            return refusal if message.turn_key else None
        if message.turn_key is not None:
            return await self._press(message, decision, rules)
        if message.edits is not None:
            await self._edit(message, decision, rules)
        else:
            await self._keep_allowed(message, decision, rules)
        return None

    async def _press(self, message: Inbound, decision: Decision, rules: Rules) -> MessageId | None:
        """Stop or repeat the answer below which a button was pressed; gives the sentence to show at once, if any."""
        presses = Presses(self.inbox)
        if message.command is CommandName.STOP:
            return await presses.stop(message, decision)
        again = await presses.asked_again(message)
        if isinstance(again, MessageId):
            return again
        is_kept = await self._keep_allowed(again, rules.decide(again), rules)
        return MessageId.RETRYING if is_kept else None

    async def _keep_allowed(self, message: Inbound, decision: Decision, rules: Rules) -> bool:
        """Keep the message of an author who may talk here, if it is for us; gives whether it is on disk, from now or from before."""
        adapter = message.where.adapter
        decided = choosing(await self._meant(message, decision, rules), rules)
        message, decision = decided.message, decided.decision
        if decision.audience is Audience.OTHERS and message.batch is None:
            telemetry.message_overheard(adapter=adapter)
            return False
        if decision.route is not None and decision.route.discard:
            telemetry.message_discarded(adapter=adapter, because=decision.route.name)
            return False
        here("message: not written")
        accepted = await self.inbox.accept(
            _as_kept(message, decision), _admission(message, decision).choosing(decided.chosen)
        )
        here("message: written, not acknowledged")
        self._report(message, accepted)
        return accepted in {Accepted.KEPT, Accepted.REPEATED}

    def _report(self, message: Inbound, accepted: Accepted | OverLimit) -> None:
        adapter = message.where.adapter
        match accepted:
            case Accepted.KEPT:
                telemetry.message_accepted(adapter=adapter, conversation=str(message.where))
            case Accepted.COMPLETED:
                telemetry.message_completed(adapter=adapter)
            case Accepted.REPEATED:
                telemetry.message_repeated(adapter=adapter)
            case Accepted.NOT_FOR_US:
                telemetry.message_overheard(adapter=adapter)
            case OverLimit():
                self._tell_over_limit(message, accepted)

    async def _edit(self, edit: Inbound, decision: Decision, rules: Rules) -> None:
        """Apply an edit to the question that it changes, or keep it as a new question; the same rules hold for it."""
        if decision.route is not None and decision.route.discard:
            telemetry.message_discarded(adapter=edit.where.adapter, because=decision.route.name)
            return
        charges = question_charges(decision.allowances, identity_of(edit))
        edited = await self.inbox.apply_edit(edit, scopes_of(edit), charges)
        if isinstance(edited, OverLimit):
            self._tell_over_limit(edit, edited)
            return
        telemetry.message_edited(adapter=edit.where.adapter, outcome=edited)
        if edited is Edited.NOTHING and may_be_first_heard(edit):
            await self._keep_allowed(as_first_heard(edit), decision, rules)

    async def _meant(self, message: Inbound, decision: Decision, rules: Rules) -> DecidedMessage:
        """The message with the choices of its memory, and the decision; a bare word such as "stop" is a question if nothing runs."""
        placed = await self._placed(message)
        if rules.ask_for_choices:
            meant = await with_choices(placed, rules, self.inbox.choices)
        else:
            meant = DecidedMessage(message=placed, decision=decision if placed is message else rules.decide(placed))
        message = meant.message
        if not message.only_stops or not message.text:
            return meant
        if await self.inbox.is_answering(meant.decision.scope):
            return replace(meant, message=replace(message, text="", only_stops=False))
        question = replace(message, command=None, only_stops=False)
        return DecidedMessage(message=question, decision=rules.decide(question))

    async def _placed(self, message: Inbound) -> Inbound:
        """The message moved into the thread that its command is about: the newest one of its author."""
        if not message.is_beside_threads or message.command not in _OF_A_MEMORY:
            return message
        own, threads = scopes_of_author(message)
        at = message.where
        place = await self.inbox.past.newest_place(at.adapter, message.author.id, scope=own, under=threads)
        return replace(message, where=replace(at, thread=place.thread)) if place else message

    def _tell_over_limit(self, message: Inbound, over: OverLimit) -> None:
        telemetry.message_over_limit(adapter=message.where.adapter)
        if (over.is_news or message.is_told_alone) and message.rating is None:
            language = message.author.language
            when = time_ahead(over.wait, language)
            self.notify(message, translate(MessageId.SLOW_DOWN, language, when=when))

    async def _apply_membership(self, where: Place, *, may_speak: bool) -> None:
        """Stop the answers in a place that we were shut out of; try what waits for one where we may speak again."""
        if may_speak:
            await self.inbox.retry_postponed_at(scopes_within(where))
        elif stopped := await self.inbox.request_stop_at(scopes_within(where)):
            chat_telemetry.chat_left(adapter=where.adapter, stopped=stopped)

    async def _follow(self, old: Place, new: Place) -> None:
        """Move what is remembered of the *old* place to the *new* one, which it has become."""
        (shared, beginning), (shared_there, beginning_there) = scopes_at(old), scopes_at(new)
        scopes = dict(zip(shared, shared_there, strict=True))
        migration = Migration(old=old, new=new, scopes=scopes, beginning=(beginning, beginning_there))
        moved = await self.inbox.follow_migration(migration)
        chat_telemetry.chat_migrated(adapter=old.adapter, old=old.chat, new=new.chat, moved=moved)


def _as_kept(message: Inbound, decision: Decision) -> Inbound:
    """The message; complete where the route replies by a fixed sentence, which no further copy could change."""
    says_itself = decision.route is not None and decision.route.reply is not None
    return replace(message, is_copy=False, is_partial=False) if says_itself and message.is_copy else message


def _admission(message: Inbound, decision: Decision) -> Admission:
    """How the message is queued: commands pass the questions that wait, and end or forget things in the same transaction."""
    scope, condition, forgets = decision.scope, CONDITIONS[decision.audience], message.command is CommandName.NEW
    if message.rating is not None:
        charge = rating_charge(message.rating.turn_key, person_of(message))
        return Admission.among_ratings(scope, condition).costing((charge,))
    ends, is_asked, way = Ends.NOTHING, message.is_question, Admission.in_order
    if message.command is not None:
        ends = Ends.TRIED if message.command in _ENDING else Ends.NOTHING
        is_asked = message.is_question or message.command is CommandName.RETRY
        way = Admission.in_order if is_asked else Admission.past_answers
    elif decision.rules.busy is Busy.INTERRUPT:
        ends = Ends.RUNNING
    charges = question_charges(decision.allowances, identity_of(message)) if is_asked else ()
    return way(scope, condition, ends=ends, forgets=forgets).costing(charges)
