"""How a message enters the inbox: whose memory, which queue, on what condition; decided by the rules, carried out here."""

from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from typing import Self

from bridge.sdk.charges import Charge
from bridge.sdk.choices import Choices


class Precondition(Enum):
    """What must be true of what is stored for a message to be kept."""

    NONE = "none"
    ENGAGED = "engaged"  #: we are already part of its thread, or of what it follows
    JOINING = "joining"  #: it is a further piece of a batch that nobody has claimed


class Ends(IntEnum):
    """What a message ends of what was asked in its scope before; also, what there was to end."""

    NOTHING = 0
    RUNNING = 1  #: the answer that runs
    TRIED = 2  #: that, and what waits for another try; of what there was: only something that waited


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """How a message is to be kept."""

    scope: str  #: whose memory the answer uses
    queue_key: str  #: messages of one queue are answered one after the other
    condition: Precondition = Precondition.NONE  #: what must be true for it to be kept
    ends: Ends = Ends.NOTHING  #: of what is in the scope already, in the transaction that keeps the message
    forgets: bool = False  #: whether the scope's memory goes, in the same transaction
    chosen: Choices | None = (
        None  #: what holds in the scope from now on, in the same transaction; None: what held before
    )
    charges: tuple[Charge, ...] = ()  #: what asking costs; it is kept only if all of it is there

    def costing(self, charges: tuple[Charge, ...]) -> Self:
        """The same, with those *charges*."""
        return replace(self, charges=charges) if charges else self

    def choosing(self, chosen: Choices | None) -> Self:
        """The same, with what is *chosen* by it."""
        return self if chosen is None else replace(self, chosen=chosen)

    @classmethod
    def in_order(
        cls,
        scope: str,
        condition: Precondition = Precondition.NONE,
        *,
        ends: Ends = Ends.NOTHING,
        forgets: bool = False,
    ) -> Self:
        """Behind all that was said in the *scope* before."""
        return cls(scope=scope, queue_key=scope, condition=condition, ends=ends, forgets=forgets)

    @classmethod
    def past_answers(
        cls,
        scope: str,
        condition: Precondition = Precondition.NONE,
        *,
        ends: Ends = Ends.NOTHING,
        forgets: bool = False,
    ) -> Self:
        """Without waiting for the answers before it."""
        return cls(scope=scope, queue_key=_past_answers(scope), condition=condition, ends=ends, forgets=forgets)

    @classmethod
    def among_ratings(cls, scope: str, condition: Precondition = Precondition.NONE) -> Self:
        """Behind other ratings alone."""
        return cls(scope=scope, queue_key=f"{scope} thumbs", condition=condition)


def queues_of(scope: str) -> tuple[str, str]:
    """The queues in which what was said in that *scope* may wait."""
    return scope, _past_answers(scope)


def _past_answers(scope: str) -> str:
    return f"{scope} now"
