"""Leases: a row with an owner and an end by the database's clock, for what only one replica may do at a time."""

from sqlalchemy import Connection, bindparam, delete, func, select

from bridge.store.database import Database
from bridge.store.statements import insert_of
from bridge.store.tables import leases, now

_REPLICA = "replica "
_REPLICAS = leases.c.name.startswith(_REPLICA)
_GONE = delete(leases).where(_REPLICAS, leases.c.until < now())
_COUNTED = select(func.count()).where(_REPLICAS)


class Leases:
    """The leases this replica holds or would like to hold."""

    def __init__(self, database: Database, *, owner: str, seconds: float) -> None:
        self._database = database
        self._owner = owner
        mine = insert_of(database)(leases).values(name=bindparam("name"), owner=owner, until=now() + seconds)
        acquire = mine.on_conflict_do_update(
            index_elements=["name"],
            set_={"owner": owner, "until": now() + seconds},
            where=(leases.c.owner == owner) | (leases.c.until < now()),
        )
        self._acquire = acquire.returning(leases.c.name)

    async def register_replica(self) -> int:
        """Count as a replica for the length of a lease; gives the number of replicas."""

        def write(connection: Connection) -> int:
            connection.execute(self._acquire, {"name": f"{_REPLICA}{self._owner}"})
            connection.execute(_GONE)
            return connection.scalar(_COUNTED) or 1

        return await self._database.write(write)

    async def acquire_or_renew(self, name: str) -> bool:
        """Take or renew the lease of that name; False while somebody else has it."""
        return await self._database.write(
            lambda connection: connection.scalar(self._acquire, {"name": name}) is not None
        )

    async def release(self, name: str | None = None) -> None:
        """Let others have that lease at once; without a name, all of ours."""
        ours = delete(leases).where(leases.c.owner == self._owner)
        mine = ours if name is None else ours.where(leases.c.name == name)
        await self._database.write(lambda connection: connection.execute(mine))
