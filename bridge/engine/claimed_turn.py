"""A claimed message, with the signals by which its worker reaches the turn."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bridge.store.claim import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedTurn:
    """A turn that a worker runs."""

    claimed: Turn
    stop: asyncio.Event  #: set when the person wants the answer to stop
    edited: asyncio.Event  #: set when the person has changed the question
    fence: Callable[[], None]  #: raises LeaseLost unless the claim is surely still ours
