"""
The writes that wait for a transaction, and which of them may go at once.

Several transactions may run at a time. Writes that lock the same rows, or are to be seen in the order in which they came, share a
key: they go together in one transaction, or one after the other.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from bridge.sdk.charges import Charge

BATCH = 500
"""Writes in one transaction at most; more only delays the first of them."""

RETRY_SECONDS = 1.0
"""Seconds until writes that wait for an absent database are tried again, if no other write comes earlier."""


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """One operation, and who waits for it."""

    operation: Callable[[Connection], Any]
    done: asyncio.Future[Any]
    retry_while_away: bool = False
    charges: Sequence[Charge] = ()
    keys: frozenset[str] = frozenset()
    handed_in_at: float = field(default_factory=time.monotonic)


class WriteQueue:
    """What waits, in the order in which it came, and the keys of what runs."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Write] = []
        self._running: set[str] = set()
        self.ending = False  #: no more is to come

    def put(self, write: Write) -> None:
        """Let a thread take it that waits in `gather`."""
        with self._changed:
            self._waiting.append(write)
            self._changed.notify()

    def gather(self, *, over: Iterable[Write], held: Sequence[Write]) -> list[Write]:
        """
        Wait for what may go, at least one write; none once the end was announced. The thread's last batch is *over*.

        What is *held* goes before it, after `RETRY_SECONDS` at the latest.
        """
        with self._changed:
            self._running.difference_update(*(write.keys for write in over))
            while not (batch := self._pick()) and not self.ending:
                if not self._changed.wait(RETRY_SECONDS if held else None):
                    break
            self._running.update(*(write.keys for write in batch))
            if self._waiting:
                self._changed.notify()
            return [*held, *batch]

    def _pick(self) -> list[Write]:
        """Remove what may go: no write that runs, or came earlier and stays, shares a key with it."""
        batch: list[Write] = []
        staying: list[Write] = []
        blocked = set(self._running)
        for write in self._waiting:
            if len(batch) < BATCH and blocked.isdisjoint(write.keys):
                batch.append(write)
            else:
                staying.append(write)
                blocked |= write.keys
        self._waiting = staying
        return batch

    def end(self) -> None:
        """Announce the end: what waits is still gathered."""
        with self._changed:
            self.ending = True
            self._changed.notify_all()

    def drain(self) -> list[Write]:
        """Remove all that waits."""
        with self._changed:
            waiting, self._waiting = self._waiting, []
            return waiting
