"""Sentences outside any turn, such as that somebody may not talk: sent at best effort, and never waited for."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Self

from bridge.sdk import daemon_telemetry
from bridge.sdk.errors import Later, Never
from bridge.sdk.model import Inbound
from bridge.sdk.ports import Adapter

AT_ONCE: Final = 100
"""Sentences on their way at most; a further one is dropped, as none of them matters enough to be kept."""


class Notifier:
    """Says sentences in tasks of its own; what is still on its way at the end of the ``async with`` block is dropped."""

    def __init__(self, adapters: Mapping[str, Adapter]) -> None:
        self._adapters = adapters  # those that are open
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failure: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def notify(self, message: Inbound, text: str) -> bool:
        """Begin to say *text* where *message* was said; False if there is no room for it now."""
        adapter = self._adapters.get(message.where.adapter)
        if adapter is None or len(self._tasks) >= AT_ONCE:
            return False
        task = asyncio.create_task(_say(adapter, message, text), name="notifier")
        self._tasks.add(task)
        task.add_done_callback(self._end)
        return True

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()):
            daemon_telemetry.notice_failed(error=type(bug).__name__)


async def _say(adapter: Adapter, message: Inbound, text: str) -> None:
    with suppress(Later, Never):
        async with adapter.reply(message) as sink:
            await sink.notify(text)
