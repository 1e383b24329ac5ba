"""
The running daemon: opens its parts in order, and closes them in reverse.

To shut down is to stop receiving, finish the turns that run and, once `worker.drain` has passed, release the rest for the next
process. An adapter survives outages of its platform by itself; one that cannot be opened is tried again.
"""

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from functools import partial
from importlib.metadata import version
from typing import Any, Final

from bridge.app.upkeep import Upkeep, suppress_later
from bridge.app.wiring import Wiring, open_store
from bridge.config.reload import Current
from bridge.config.settings import Settings
from bridge.engine.notifier import Notifier
from bridge.engine.worker import Worker
from bridge.parts.parts import Parts
from bridge.parts.registry import Kinds
from bridge.process import systemd
from bridge.process.memory import freeze_gc
from bridge.sdk import daemon_telemetry
from bridge.sdk.supervision import supervise
from bridge.store.database import open_database
from bridge.store.inbox import Inbox
from bridge.web import server

OPEN_TIMEOUT: Final = 2.0
"""Seconds the worker waits for the adapters at start; one whose platform is away must not hold up the others."""


class Bridge:
    """The running daemon."""

    def __init__(self, current: Current, kinds: Kinds) -> None:
        self._current = current
        self._kinds = kinds
        self._parts = Parts(current)
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._stopping = asyncio.Event()
        self._because = ""
        self._began = time.monotonic()

    @property
    def unready(self) -> dict[str, str]:
        """Why adapters receive nothing, by name; empty if all receive."""
        return self._parts.adapters.unready

    @property
    def opened(self) -> bool:
        """Whether an adapter is open yet."""
        return bool(self._parts.adapters)

    def stop(self, because: str = "asked to") -> None:
        """Begin to shut down; `run` returns once everything is closed."""
        self._because = because
        self._stopping.set()

    def reload(self) -> None:
        """Read the config file again soon; the log says whether it was taken."""
        self._parts.reload()

    async def run(self) -> None:
        """Answer people until `stop`."""
        settings, parts = self._current.settings, self._parts
        async with AsyncExitStack() as stack:
            url = settings.database.get_secret_value()
            database = await stack.enter_async_context(open_database(url, keys=settings.privacy.keys))
            store = open_store(database, owner=self._owner, lease=settings.worker.lease)
            if not database.shared:
                await store.inbox.requeue_expired(alone=True)  # no other process can be at work on them
            stack.push_async_callback(parts.close)
            await parts.open_bots()
            notifier = await stack.enter_async_context(Notifier(parts.adapters))
            wiring = Wiring(current=self._current, kinds=self._kinds, parts=parts, store=store, notifier=notifier)
            await wiring.refresh()
            parts.build_adapters(wiring.surroundings)
            upkeep = Upkeep(current=self._current, parts=parts, store=store, paused=wiring.paused)
            daemon = wiring.daemon(replicas=lambda: upkeep.replicas)
            await stack.enter_async_context(server.serve(_address(settings), daemon))
            systemd.sd_notify("READY=1")  # although an adapter whose platform is away may still have to be opened
            keeping = [supervise("parts", partial(parts.run, wiring.surroundings)), self._log_when_ready()]
            keeping += [supervise("bot checks", wiring.checks.run), supervise("history", daemon.history.run)]
            await self._work(wiring.worker, store.inbox, [*keeping, *upkeep.tasks()], patience=settings.worker.drain)
            await store.leases.release()

    async def _work(
        self, worker: Worker, inbox: Inbox, keeping: list[Coroutine[Any, Any, None]], *, patience: float
    ) -> None:
        async with asyncio.TaskGroup() as tasks:
            others = [tasks.create_task(other) for other in keeping]
            tasks.create_task(supervise("worker", partial(self._begin, worker, inbox)), name="worker")
            await self._stopping.wait()
            systemd.sd_notify("STOPPING=1")
            daemon_telemetry.bridge_stopping(because=self._because, running=worker.running)
            await self._parts.adapters.stop()
            daemon_telemetry.bridge_stopped(left=await worker.drain(patience))
            for other in others:
                other.cancel()

    async def _begin(self, worker: Worker, inbox: Inbox) -> None:
        """Run the worker once every adapter was tried, as a turn is postponed for seconds if its adapter is not open yet."""
        with suppress(TimeoutError):
            async with asyncio.timeout(OPEN_TIMEOUT):
                while not self._parts.adapters.all_tried:  # noqa: ASYNC110 - adapters tell how they are when asked
                    await asyncio.sleep(0.01)
        with suppress_later():
            await inbox.batches.wait_on()
        await worker.run()

    async def _log_when_ready(self) -> None:
        """Log once that every adapter receives."""
        pause = 0.01
        while self.unready:
            await asyncio.sleep(pause)
            pause = min(1.0, pause * 1.2)  # a token that is wrong may stay so for days
        freeze_gc()
        seconds = time.monotonic() - self._began
        daemon_telemetry.bridge_started(
            version=version("coze-bridge"), adapters=list(self._parts.adapters), seconds=seconds
        )


def _address(settings: Settings) -> str | None:
    listen = settings.http.listen
    return f"{listen.host}:{listen.port}" if listen else None
