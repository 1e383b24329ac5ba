"""What wakes a worker: something to claim, or somebody who wants an answer to stop."""

import asyncio
from contextlib import suppress


class Bell:
    """Rung by whoever writes, also in another replica; a wake-up only, never the truth, which is in the tables."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._stops = False

    def ring(self, *, stop: bool = False) -> None:
        """Wake the worker; *stop*: it should look who wants to stop."""
        self._stops = self._stops or stop
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """Return when rung, at the latest after so many seconds; whether somebody wants to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()
        stops, self._stops = self._stops, False
        return stops
