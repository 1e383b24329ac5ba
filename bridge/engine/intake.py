"""
What a platform hands in becomes a row, or is let go; this is the last line before the platform is acknowledged.

The rules are asked here for two things alone: whether the message is meant for a bot at all, and whose memory it belongs
to, which is the queue it waits in. Who answers it is decided when it is claimed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bridge.config.settings import Busy
from bridge.routing.router import ShouldAnswer
from bridge.routing.rulebook import Rulebook
from bridge.sdk import telemetry
from bridge.sdk.crashpoints import here
from bridge.sdk.model import CommandName, Inbound
from bridge.store.admission import Admission, Condition
from bridge.store.inbox import Accepted, Inbox

CONDITIONS: Final = {
    ShouldAnswer.YES: Condition.NONE,
    ShouldAnswer.IF_ENGAGED: Condition.ENGAGED,
    ShouldAnswer.NO: Condition.JOINING,
}


@dataclass(frozen=True, slots=True)
class Intake:
    """The way in."""

    rules: Callable[[], Rulebook]
    inbox: Inbox

    async def accept(self, message: Inbound) -> None:
        """Return once *message* is on disk, or need not be; raises `Unreachable` when the disk is."""
        adapter = message.where.adapter
        rules = self.rules()
        decision = rules.decide(message)
        should_answer = rules.should_answer(message, decision)
        if should_answer is ShouldAnswer.NO and message.batch is None:
            telemetry.message_overheard(adapter=adapter)
            return
        if decision.route is not None and decision.route.discard:
            telemetry.message_discarded(adapter=adapter, because=decision.route.name)
            return
        here("message: not written")
        accepted = await self.inbox.accept(
            message, _admission(message, rules.scope(message, decision), CONDITIONS[should_answer])
        )
        here("message: written, not acknowledged")
        match accepted:
            case Accepted.KEPT:
                telemetry.message_accepted(adapter=adapter, conversation=str(message.where))
                if decision.rules.busy is Busy.INTERRUPT and message.is_question:
                    await self.inbox.request_stop(rules.scope(message, decision))
            case Accepted.REPEATED:
                telemetry.message_repeated(adapter=adapter)
            case Accepted.NOT_FOR_US:
                telemetry.message_overheard(adapter=adapter)


def _admission(message: Inbound, scope: str, condition: Condition) -> Admission:
    if message.rating is not None:
        return Admission.among_ratings(scope, condition)
    if message.command is CommandName.STOP:
        return Admission.past_answers(scope, condition)
    return Admission.in_order(scope, condition)
