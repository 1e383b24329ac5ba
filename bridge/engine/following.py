"""Keeps a copy that this process has of rows in the database up to date."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from bridge.sdk.errors import Later

REFRESH_EVERY: Final = 60.0
"""Seconds after which the copy is read again where no notification came."""


async def follow(changed: asyncio.Event, refresh: Callable[[], Awaitable[None]]) -> None:
    """Call *refresh* whenever *changed* is set, and every `REFRESH_EVERY`, until cancelled; skip it while the database is away."""
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(REFRESH_EVERY):
                await changed.wait()
        changed.clear()
        with suppress(Later):
            await refresh()
