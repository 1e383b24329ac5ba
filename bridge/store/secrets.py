"""The secrets that adapters keep, such as tokens: sealed rows, which all replicas share."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select

from bridge.sdk.errors import Later
from bridge.store.database import Database
from bridge.store.leases import Leases
from bridge.store.sealing import is_sealed
from bridge.store.statements import insert_of
from bridge.store.tables import adapter_secrets as kept
from bridge.store.tables import now

ALONE_SECONDS: Final = 60.0
"""Seconds after which the holder of a lock is taken for dead: longer than any call to a platform takes."""

RETRY_SECONDS: Final = 0.1
"""Seconds between two tries to get a lock."""


class AdapterSecrets:
    """The `bridge.sdk.secret_store.SecretStore` of one adapter."""

    def __init__(self, database: Database, adapter: str) -> None:
        self._database = database
        self._adapter = adapter
        self._insert = insert_of(database)

    async def all(self, kind: str) -> Mapping[str, str]:
        """Each value of that *kind*, by key."""
        found = select(kept.c.key, kept.c.value).where(self._of(kind), _is_valid())
        rows = await self._database.read(lambda connection: connection.execute(found).all())
        return {row.key: row.value for row in rows if not is_sealed(row.value)}

    async def get(self, kind: str, key: str) -> str | None:
        """One value; None if there is none, or not any more."""
        found = select(kept.c.value).where(self._of(kind), kept.c.key == key, _is_valid())
        return _opened(await self._database.read(lambda connection: connection.scalar(found)))

    async def put(
        self, kind: str, key: str, value: str, *, valid_for: float | None = None, at_most: int | None = None
    ) -> bool:
        """Keep a value, sealed; values of its kind that are not valid any more are deleted."""
        row = {"adapter": self._adapter, "kind": kind, "key": key, "value": value}
        until = None if valid_for is None else now() + valid_for
        put = self._insert(kept).values(**row, valid_until=until)
        replace = put.on_conflict_do_update(
            index_elements=["adapter", "kind", "key"],
            set_={"value": put.excluded.value, "valid_until": put.excluded.valid_until},
        )
        counted = select(func.count()).where(self._of(kind), kept.c.key != key)

        def write(connection: Connection) -> bool:
            connection.execute(delete(kept).where(self._of(kind), ~_is_valid()))
            if at_most is not None and (connection.scalar(counted) or 0) >= at_most:
                return False
            connection.execute(replace)
            return True

        return await self._database.write(write)

    async def take(self, kind: str, key: str) -> str | None:
        """One value, which nobody gets a second time."""
        taken = delete(kept).where(self._of(kind), kept.c.key == key, _is_valid()).returning(kept.c.value)
        return _opened(await self._database.write(lambda connection: connection.scalar(taken)))

    async def delete(self, kind: str, key: str) -> None:
        """Delete one value; fine if there is none."""
        gone = delete(kept).where(self._of(kind), kept.c.key == key)
        await self._database.write(lambda connection: connection.execute(gone))

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        """A lock over all replicas: a lease with an owner of its own, so that two tasks of one process exclude each other too."""
        leases = Leases(self._database, owner=f"alone {uuid.uuid4().hex}", seconds=ALONE_SECONDS)
        whole = f"{self._adapter} {name}"
        while not await leases.acquire_or_renew(whole):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(RETRY_SECONDS)
        try:
            yield
        finally:
            with suppress(Later):  # it runs out by itself
                await leases.release(whole)

    def _of(self, kind: str) -> ColumnElement[bool]:
        return (kept.c.adapter == self._adapter) & (kept.c.kind == kind)


def _opened(value: str | None) -> str | None:
    """The *value*; None where no key in use has opened it."""
    return None if value is None or is_sealed(value) else value


def _is_valid() -> ColumnElement[bool]:
    return or_(kept.c.valid_until.is_(None), kept.c.valid_until > now())
