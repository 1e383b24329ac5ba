"""Tasks that nobody waits for: referenced until they end, as asyncio asks, and cancelled with their owner."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

MOST: Final = 10_000
"""Tasks at once; a further one is not begun, as nobody waits for any of them."""


class Background:
    """An adapter's tasks beside receiving and answering; `MOST` at once."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, deed: Coroutine[Any, Any, None]) -> None:
        """Run *deed* as a task; it has to handle its own failures."""
        if len(self._tasks) >= MOST:
            deed.close()
            return
        task = asyncio.create_task(deed)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait_for_all(self) -> None:
        """Wait for every task, however it ends; each has a time limit of its own."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def cancel_all(self) -> None:
        """Cancel every task, and wait until all have ended."""
        for task in self._tasks:
            task.cancel()
        await self.wait_for_all()
