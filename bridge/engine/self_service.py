"""What people may learn and do about themselves outside any answer."""

from collections.abc import Callable
from dataclasses import dataclass

from bridge.engine.turning_away import TurningAway
from bridge.routing.rules import Rules
from bridge.sdk.model import Inbound


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalAffairs:
    """The `SelfService` of this daemon."""

    rules: Callable[[], Rules]
    turning_away: TurningAway

    async def may_talk(self, visitor: Inbound) -> bool:
        """Whether the rules let them; who is refused is turned away as for a message, so once a day at most."""
        decision = self.rules().decide(visitor)
        if decision.refusal is None or await self.turning_away.is_let_in(visitor, decision):
            return True
        await self.turning_away.turn_away(visitor, decision)
        return False
