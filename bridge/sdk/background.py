"""Tasks that nobody waits for: kept until they end, so that none is collected half done, and ended with what began them."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

MOST: Final = 10_000
"""Tasks at once; a further deed is not done, for none of them is one that somebody waits for."""


class Background:
    """An adapter's tasks beside its hearing and its answers; `MOST` at once."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, deed: Coroutine[Any, Any, None]) -> None:
        """Do that meanwhile; it handles its failures itself."""
        if len(self._tasks) >= MOST:
            deed.close()
            return
        task = asyncio.create_task(deed)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait_for_all(self) -> None:
        """Wait for what has begun, whatever becomes of it; each bounds itself."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def cancel_all(self) -> None:
        """End what has begun."""
        for task in self._tasks:
            task.cancel()
        await self.wait_for_all()
