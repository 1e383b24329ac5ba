"""What wakes a worker: something to claim, or somebody who wants an answer to stop."""

import asyncio
from contextlib import suppress
from typing import Final

POLL: Final = 1.0
LONGEST_POLL: Final = 5.0
"""Seconds between looks for what has become due or was written unnoticed; each wakes an idle process."""


class Wakeup:
    """Set by whoever writes, also in another replica; a hint only, never the truth, which is in the tables."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._stop = False
        self._set_at = 0.0

    @property
    def next_poll(self) -> float:
        """Seconds until a look at the latest: an eighth of those without a write, and what was put off is late by no more."""
        return min(LONGEST_POLL, max(POLL, (_clock() - self._set_at) / 8))

    def set(self, *, stop: bool = False) -> None:
        """Wake the worker; *stop*: it should look who wants to stop."""
        self._stop = self._stop or stop
        self._set_at = _clock()
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Return once it is set, at the latest after so many seconds; whether somebody wants to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._event.clear()
        wanted, self._stop = self._stop, False
        return wanted


def _clock() -> float:
    return asyncio.get_running_loop().time()
