"""
Copies everything from one database into another, empty one: from SQLite to PostgreSQL, and back.

All or nothing: the copy is one transaction, so that a move that was cut short can be begun again.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, Table, insert, literal_column, or_, select, text

from bridge.sdk.errors import BridgeError, ConfigError
from bridge.store.database import Database, open_database, parse_url
from bridge.store.inbox import Inbox
from bridge.store.tables import (
    RUNNING,
    adapter_secrets,
    allowances,
    choices,
    dedupe_keys,
    engaged_threads,
    former_chats,
    inbox,
    leases,
    link_codes,
    links,
    now,
    pairings,
    pauses,
    people,
    sessions,
)
from bridge.store.wakeup import Wakeup

TABLES = (
    inbox,
    dedupe_keys,
    engaged_threads,
    people,
    sessions,
    choices,
    links,
    link_codes,
    allowances,
    pairings,
    pauses,
    adapter_secrets,
    former_chats,
)
"""What is copied: all but leases, whose owners have stopped."""

PAGE = 1000
"""Rows in memory at once."""


async def move(source: str, target: str) -> dict[str, int]:
    """Copy everything, and let what was running wait again; gives the number of rows by table."""
    if parse_url(source) == parse_url(target):
        raise ConfigError("--to: that is the database that the config names now; name another")
    async with open_database(source) as old, open_database(target) as new:
        if old.shared and await old.read(_at_work):
            raise BridgeError(
                "expected every replica to be stopped, got one that holds a lease; wait for it to run out"
            )
        moved = await new.write(lambda connection: _copy(old, connection))
        await Inbox(new, Wakeup(), owner="move", lease=0.0).requeue_expired(alone=True)
        return moved


def _at_work(connection: Connection) -> bool:
    running = select(inbox.c.id).where(inbox.c.status == RUNNING, inbox.c.lease_until > now())
    held = select(leases.c.name).where(leases.c.until > now())
    return bool(connection.scalar(select(or_(running.exists(), held.exists()))))


def _copy(old: Database, into: Connection) -> dict[str, int]:
    if full := [table.name for table in TABLES if into.scalar(select(literal_column("1")).select_from(table).limit(1))]:
        raise BridgeError(f"expected an empty database to move to, got rows in {', '.join(full)}")
    with old.engine.connect() as connection:
        moved = {table.name: sum(_pages(table, connection, into)) for table in TABLES}
        _number_on(connection, into)
    return moved


def _pages(table: Table, old: Connection, into: Connection) -> Iterator[int]:
    rows = old.execution_options(yield_per=PAGE).execute(select(table).order_by(*table.primary_key))
    for page in rows.mappings().partitions():
        into.execute(insert(table), [dict(row) for row in page])
        yield len(page)


def _number_on(old: Connection, into: Connection) -> None:
    """Continue the numbers of turns, also where the newest rows are deleted: a number that bots know must not come again."""
    last = old.scalar(_LAST[old.dialect.name]) or 0
    into.execute(_NUMBER_ON[into.dialect.name], {"last": last})


_LAST = {
    "sqlite": text("select seq from sqlite_sequence where name = 'inbox'"),
    "postgresql": text("select last_value from inbox_id_seq where is_called"),
}
_NUMBER_ON = {
    "sqlite": text("replace into sqlite_sequence (rowid, name, seq) values (1, 'inbox', :last)"),
    "postgresql": text("select setval('inbox_id_seq', :last + 1, false)"),
}
