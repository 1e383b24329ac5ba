"""The write-ahead ledger of one answer: what is about to be sent is written down first, what stands is written down after."""

from typing import Protocol

from bridge.sdk.model import Shown


class Ledger(Protocol):
    """Where it is written what stands on the screen, so that another process can go on."""

    def check(self) -> None:
        """Raise LeaseLost unless the turn is surely still ours; asked right before each deed."""

    def shown(self, index: int) -> Shown | None:
        """What is written about that part."""

    def foresee(self, index: int) -> None:
        """Let the next write say that a message for that part may be sent from now on."""

    async def intend(self, index: int) -> None:
        """Return once it is durably written that a message for that part may be sent."""

    def stands(self, shown: Shown) -> None:
        """Write down what stands; the next deed need not wait for it."""
