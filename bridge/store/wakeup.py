"""What wakes a worker: something to claim, or a request to stop."""

import asyncio
from contextlib import suppress
from typing import Final

POLL: Final = 1.0
LONGEST_POLL: Final = 5.0
"""Seconds between polls for what has become due or was missed: the shorter after a write, the longer when idle."""


class Wakeup:
    """Set by every write, also by those of other replicas; a hint only, as the truth is in the tables."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._stop = False
        self._set_at = 0.0

    @property
    def next_poll(self) -> float:
        """Seconds until the next poll: an eighth of the time without a write, so that what was postponed is late by no more than that."""
        return min(LONGEST_POLL, max(POLL, (_clock() - self._set_at) / 8))

    def set(self, *, stop: bool = False) -> None:
        """Wake the worker; *stop*: it should look for requests to stop."""
        self._stop = self._stop or stop
        self._set_at = _clock()
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Return once it is set, or after so many *seconds*; gives whether to look for requests to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._event.clear()
        wanted, self._stop = self._stop, False
        return wanted


def _clock() -> float:
    return asyncio.get_running_loop().time()
