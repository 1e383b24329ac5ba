"""The daemon's housekeeping: counts replicas, deletes old rows, follows notifications, and reports to systemd."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from bridge.app.wiring import OpenStore
from bridge.config.reload import Current
from bridge.engine.forgetting import forget_unseen
from bridge.engine.pausing import Paused
from bridge.parts.parts import Parts
from bridge.process import systemd
from bridge.sdk import daemon_telemetry
from bridge.sdk.errors import Later
from bridge.sdk.supervision import supervise
from bridge.store.people import People
from bridge.store.retention import Retention

CLEAN_EVERY: Final = 60.0
"""Seconds between two rounds of deleting old rows."""

KEYS_KEPT: Final = 7 * 86400.0
"""Seconds a delivery is recognised as repeated: platforms redeliver for a day at most, and number anew after a week."""


class Upkeep:
    """The housekeeping tasks of one daemon."""

    def __init__(self, *, current: Current, parts: Parts, store: OpenStore, paused: Paused) -> None:
        self._current = current
        self._parts = parts
        self._store = store
        self._paused = paused
        self.replicas = 1  #: that share the database, as far as we know

    def tasks(self) -> Iterator[Coroutine[Any, Any, None]]:
        """The tasks to run beside the worker, until cancelled."""
        database, wakeup = self._store.database, self._store.wakeup
        yield database.writer.watch()
        yield database.intake.watch()
        yield supervise("watchdog", systemd.watchdog)
        yield supervise("cleaner", self._clean)
        yield supervise("links", self._paused.linked.follow)
        yield supervise("pauses", self._paused.follow)
        if database.shared:
            from bridge.store import notify  # noqa: PLC0415 - its driver takes a while to load, and SQLite needs none

            changed = {"links": self._paused.linked.changed, "pauses": self._paused.changed}
            yield supervise("notifications", partial(notify.listen_for_notifications, database.url, wakeup, changed))
            yield supervise("former chats", self._store.inbox.former_chats.run)
            yield supervise("replicas", self._track_replicas)

    async def _track_replicas(self) -> None:
        """Count the replicas again and again, and tell the adapters, which divide their rate limits."""
        told = 0
        while True:
            with suppress_later():
                self.replicas = await self._store.leases.register_replica()
                if self.replicas != told:
                    daemon_telemetry.replicas_counted(replicas=self.replicas)
                told = self.replicas
            self._parts.adapters.share_among(self.replicas)
            await asyncio.sleep(self._current.settings.worker.lease / 3)

    async def _clean(self) -> None:
        retention, people = Retention(self._store.database), People(self._store.database)
        while True:
            await asyncio.sleep(CLEAN_EVERY)
            privacy = self._current.settings.privacy
            kept = min(privacy.keep_messages, privacy.keep_people)
            with suppress_later():
                while await retention.prune(bodies=kept, keys=max(KEYS_KEPT, kept)):  # noqa: ASYNC110 - a batch each
                    await asyncio.sleep(0)  # between batches the messages on their way go first
                await forget_unseen(people, self._parts.bots, retention, privacy.keep_people)


@contextmanager
def suppress_later() -> Iterator[None]:
    """Log a `Later`, as while the database is away, and go on: it is tried again in the next round."""
    try:
        yield
    except Later as failure:
        daemon_telemetry.database_away(because=failure.detail, seconds=CLEAN_EVERY)
