"""What wakes a worker: something to claim, or somebody who wants an answer to stop."""

import asyncio
from contextlib import suppress


class Wakeup:
    """Set by whoever writes, also in another replica; a hint only, never the truth, which is in the tables."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._stop = False

    def set(self, *, stop: bool = False) -> None:
        """Wake the worker; *stop*: it should look who wants to stop."""
        self._stop = self._stop or stop
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Return once it is set, at the latest after so many seconds; whether somebody wants to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._event.clear()
        wanted, self._stop = self._stop, False
        return wanted
