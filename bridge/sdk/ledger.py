"""The write-ahead ledger of one answer: what is about to be sent is written down first, what stands is written down after."""

from collections.abc import Mapping
from typing import Protocol

from bridge.sdk.answers import SentPart
from bridge.sdk.model import Ref


class Ledger(Protocol):
    """Where it is written what stands on the screen, so that another process can go on."""

    def check_lease(self) -> None:
        """Raise LeaseLost unless the turn is surely still ours; asked right before each deed."""

    def shown(self, index: int) -> SentPart | None:
        """What is written about that part."""

    def plan(self, index: int, after: str | None = None) -> None:
        """Let the next write say that a message for that part may be sent from now on, and *after* which it would stand."""

    def record_after(self, index: int, after: str | None) -> None:
        """Write down *after* which message a planned one would stand by now; `commit_intent` waits for that."""

    async def beside(self) -> Mapping[str, frozenset[Ref]] | None:
        """Our messages that are known, since the turn was accepted, by chat; None if one in its own may be missing."""

    async def commit_intent(self, index: int) -> None:
        """Return once it is durably written that a message for that part may be sent."""

    def record_sent(self, shown: SentPart) -> None:
        """Write down what stands; the next deed need not wait for it."""
