"""
Time as the simulation has it: it stands still while anything can happen, and leaps to the next timer when nothing can.

Which replica a callback belongs to is read from its context, so one of them can be frozen, as SIGSTOP does.
"""

import asyncio
import heapq
import selectors
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from typing import Any

EPOCH = 1_700_000_000.0
"""What the clock on the wall shows when a simulation begins."""

REPLICA: ContextVar[str | None] = ContextVar("REPLICA", default=None)
"""Whose code is running; None for the outside world."""


class Deadlock(Exception):
    """Nothing can ever happen again."""


class _Leap(selectors.SelectSelector):
    """No file is ever ready here: waiting makes time pass instead."""

    def __init__(self, loop: "VirtualLoop") -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        self._loop.pause(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on which an hour takes as long as what happens in it."""

    def __init__(self) -> None:
        self._now = 0.0
        self._between: list[Callable[[], None]] = []
        self._frozen: dict[str, list[asyncio.Handle]] = {}
        super().__init__(_Leap(self))

    def time(self) -> float:
        """Seconds since the simulation began."""
        return self._now

    def between(self, deed: Callable[[], None]) -> None:
        """Do something at a moment when no callback runs."""
        self._between.append(deed)

    def pause(self, timeout: float | None) -> None:
        """Nothing is ready for so many seconds: let them pass."""
        if self._between:
            deeds, self._between = self._between, []
            for deed in deeds:
                deed()
        elif timeout is None:
            raise Deadlock("expected a timer or something ready, got neither")
        else:
            self._now += max(timeout, 0.0)

    # Freezing one replica

    def freeze(self, name: str) -> None:
        """Let nothing of that replica run; only to be called `between`."""
        self._frozen[name] = []
        for queue in (self._ready, self._scheduled):  # type: ignore[attr-defined]  # asyncio's own, stable since 3.4
            kept = [handle for handle in queue if not self._holds(handle)]
            queue.clear()
            queue.extend(kept)
        heapq.heapify(self._scheduled)  # type: ignore[attr-defined]  # as above

    def thaw(self, name: str) -> None:
        """Let it run again; only to be called `between`. What was due meanwhile is due now."""
        for handle in self._frozen.pop(name, []):
            if isinstance(handle, asyncio.TimerHandle):
                heapq.heappush(self._scheduled, handle)  # type: ignore[attr-defined]  # as above
            else:
                self._ready.append(handle)  # type: ignore[attr-defined]  # as above

    def _holds(self, handle: asyncio.Handle) -> bool:
        name = handle._context.get(REPLICA)  # type: ignore[attr-defined]  # a handle's context has no public name
        if name not in self._frozen:
            return False
        self._frozen[name].append(handle)
        return True

    def call_soon(  # type: ignore[override]  # typeshed ties the arguments' types to the callback's
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """As asyncio's, but nothing is soon for the frozen."""
        if not self._frozen:
            return super().call_soon(callback, *args, context=context)
        handle = asyncio.Handle(callback, args, self, context or copy_context())
        if not self._holds(handle):
            self._ready.append(handle)  # type: ignore[attr-defined]  # as above
        return handle


class Clock:
    """What stands in for the module `time` where the core reads clocks."""

    CLOCK_BOOTTIME = 7
    CLOCK_MONOTONIC = 1

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def time(self) -> float:
        return EPOCH + self._loop.time()

    def monotonic(self) -> float:
        return 1000.0 + self._loop.time()

    def clock_gettime(self, _clock: int) -> float:
        return 1000.0 + self._loop.time()

    def julianday(self, _when: str) -> float:
        """SQLite's function, through which the store reads the clock."""
        return self.time() / 86400.0 + 2440587.5
