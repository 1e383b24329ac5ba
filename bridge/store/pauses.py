"""The people and conversations that an admin has paused: nothing that is said there reaches a bot."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, select

from bridge.store.database import Database
from bridge.store.statements import insert_into, insert_of, wake_replicas
from bridge.store.tables import now, pauses, people, sessions


class Pauses:
    """All that is paused: a person as ``adapter:user``, a conversation by its scope."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = insert_into(insert_of(database), pauses, "subject", since=now()).on_conflict_do_nothing()

    async def all(self) -> dict[str, float]:
        """Since when each is paused, in seconds since 1970, the newest first."""
        newest = select(pauses).order_by(pauses.c.since.desc())
        rows = await self._database.read(lambda connection: connection.execute(newest).all())
        return {row.subject: row.since for row in rows}

    async def pause(self, subjects: Collection[str]) -> bool:
        """Pause those of the *subjects* that are known; False if none is, or all are paused already."""

        def write(connection: Connection) -> bool:
            paused = [connection.execute(self._insert, {"subject": one}) for one in subjects if _known(connection, one)]
            wake_replicas(self._database, connection, "pauses")
            return any(each.rowcount for each in paused)

        return await self._database.write(write)

    async def unpause(self, subjects: Collection[str]) -> bool:
        """End the pauses of *subjects*; False if none was paused."""
        gone = delete(pauses).where(pauses.c.subject.in_(subjects))

        def write(connection: Connection) -> bool:
            resumed = connection.execute(gone).rowcount
            wake_replicas(self._database, connection, "pauses")
            return resumed > 0

        return await self._database.write(write)


def _known(connection: Connection, subject: str) -> bool:
    adapter, _, person = subject.partition(":")
    heard = select(people.c.person).where(people.c.adapter == adapter, people.c.person == person)
    remembered = select(sessions.c.scope).where(sessions.c.scope == subject).limit(1)
    return any(connection.scalar(query) is not None for query in (heard, remembered))
