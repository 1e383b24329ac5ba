"""What is kept for how long: what nobody needs any more is removed, a batch at a time, along an index."""

from sqlalchemy import Connection, delete, literal_column, select, tuple_

from bridge.store.database import Database
from bridge.store.statements import number
from bridge.store.tables import allowances, dedupe_keys, inbox, now


class Retention:
    """Removes what has had its time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prune(self, *, bodies: float, keys: float, limit: int = 1000) -> int:
        """
        Remove up to *limit* turns ended so many seconds ago, and some dedupe keys as old as *keys*; gives how many turns.

        Some: ten for each turn that may go, where a message has two or three. As many allowances that are full again.
        """
        few, many = number(limit), number(10 * limit)
        ended = inbox.c.status > literal_column("1")  # as the index says it
        old = select(inbox.c.id).where(ended, inbox.c.finished_at < now() - bodies).limit(few)
        stale = select(dedupe_keys.c.adapter, dedupe_keys.c.key).where(dedupe_keys.c.seen_at < now() - keys).limit(many)

        full = select(allowances.c.key).where(allowances.c.full_at < now()).limit(few)

        def write(connection: Connection) -> int:
            connection.execute(delete(dedupe_keys).where(tuple_(dedupe_keys.c.adapter, dedupe_keys.c.key).in_(stale)))
            connection.execute(delete(allowances).where(allowances.c.key.in_(full)))
            return connection.execute(delete(inbox).where(inbox.c.id.in_(old))).rowcount

        return await self._database.write(write)
