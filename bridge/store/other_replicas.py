"""
Wakes the other replicas for what this one has accepted.

PostgreSQL lets one transaction with a NOTIFY commit at a time, from before it is made durable until after: with one in each
transaction that accepts, none of them could be made durable beside another. So it has a transaction of its own, which changes
nothing and is not waited for. If we die before it, the others poll.
https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/commands/async.c
"""

import asyncio
from functools import partial
from typing import Any

from bridge.store import statements
from bridge.store.database import Database


class OtherReplicas:
    """Whoever else is at work on the database; on an SQLite nobody."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_running = False
        self._is_wanted = False

    def wake(self) -> None:
        """Wake them soon: one notification runs at a time, and the next serves all that has come meanwhile."""
        self._is_wanted = self._database.shared
        if self._is_wanted and not self._is_running:
            self._notify()

    def _notify(self) -> None:
        self._is_running, self._is_wanted = True, False
        wake = partial(statements.wake_replicas, self._database)
        self._database.take_in(wake, keys=("notification",)).add_done_callback(self._notified)

    def _notified(self, _done: asyncio.Future[Any]) -> None:
        self._is_running = False
        if self._is_wanted:
            self._notify()
