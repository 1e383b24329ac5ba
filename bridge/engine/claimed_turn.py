"""A claimed message, with the signals by which its worker reaches the turn."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bridge.store.claim import Turn


class Signal(asyncio.Future[None]):
    """Given once or never; `asyncio.wait` takes it as it is, where an event would need a task that waits for it."""

    def give(self) -> None:
        """Give it, unless it has been given."""
        if not self.done():
            self.set_result(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedTurn:
    """A turn that a worker runs."""

    claimed: Turn
    stop: Signal  #: given when the person wants the answer to stop
    edited: Signal  #: given when the person has changed the question
    fence: Callable[[], None]  #: raises LeaseLost unless the claim is surely still ours
