"""What is kept in memory of the database, learnt again when it changes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from bridge.sdk.errors import Later

REFRESH_EVERY: Final = 60.0
"""Seconds after which what other processes have written is known, where no notification told."""


async def follow(changed: asyncio.Event, refresh: Callable[[], Awaitable[None]]) -> None:
    """Call *refresh* at each change, and now and then, until cancelled; while the database is away nothing is learnt."""
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(REFRESH_EVERY):
                await changed.wait()
        changed.clear()
        with suppress(Later):
            await refresh()
