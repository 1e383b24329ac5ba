"""Deletes what has been kept for long enough, a batch at a time, along an index."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, delete, select, tuple_

from bridge.store.choices import forgetting_stale
from bridge.store.database import Database
from bridge.store.statements import number
from bridge.store.tables import DEAD, FINISHED, allowances, dedupe_keys, engaged_threads, inbox, leases, now, sessions

DEAD_AT_MOST: Final = 10_000
"""Dead letters kept; beyond, the oldest are deleted. Unreadable ones are cut, so that all together are below 700 MB."""

LEASE_KEPT: Final = 86_400.0
"""Seconds after its end until a lease is deleted that nobody has renewed."""


class Retention:
    """Deletes what has been kept for long enough."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prune(self, *, bodies: float, keys: float, limit: int = 1000) -> int:
        """
        Delete up to *limit* turns that ended *bodies* seconds ago, and ten times as many dedupe keys older than *keys* seconds.

        Up to *limit* allowances go with them that are full again. Gives how many turns.
        """
        few, many = number(limit), number(10 * limit)
        old = select(inbox.c.id).where(FINISHED, inbox.c.finished_at < now() - bodies).limit(few)
        stale = select(dedupe_keys.c.adapter, dedupe_keys.c.key).where(dedupe_keys.c.seen_at < now() - keys).limit(many)

        unchosen = forgetting_stale(few)
        full = select(allowances.c.key).where(allowances.c.full_at < now()).limit(few)
        full = full.with_for_update(skip_locked=True)  # whoever pays locks several, in an order of its own
        above = select(inbox.c.id).where(inbox.c.status == DEAD).order_by(inbox.c.id.desc()).offset(DEAD_AT_MOST)

        def write(connection: Connection) -> int:
            connection.execute(delete(dedupe_keys).where(tuple_(dedupe_keys.c.adapter, dedupe_keys.c.key).in_(stale)))
            connection.execute(delete(allowances).where(allowances.c.key.in_(full)))
            connection.execute(delete(leases).where(leases.c.until < now() - LEASE_KEPT))
            connection.execute(delete(inbox).where(inbox.c.id.in_(above.limit(few))))
            connection.execute(unchosen)
            return connection.execute(delete(inbox).where(inbox.c.id.in_(old))).rowcount

        return await self._database.write(write)

    async def prune_unused(self, seconds: float, *, bots: Collection[str], limit: int = 1000) -> None:
        """
        Delete up to *limit* threads in which nobody was heard for so many *seconds*, and memories that were not used for as long.

        Memories with *bots* are left alone, as they have to be deleted at the bots' sides first.
        """
        few = number(limit)
        threads = select(engaged_threads.c.place).where(engaged_threads.c.used_at < now() - seconds).limit(few)
        old = select(sessions.c.scope, sessions.c.bot).where(sessions.c.used_at < now() - seconds)
        lost = old.where(sessions.c.bot.not_in(bots)).limit(few)

        def write(connection: Connection) -> None:
            connection.execute(delete(engaged_threads).where(engaged_threads.c.place.in_(threads)))
            connection.execute(delete(sessions).where(tuple_(sessions.c.scope, sessions.c.bot).in_(lost)))

        await self._database.write(write)
