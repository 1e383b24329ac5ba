"""The accounts of one person: a given one, and all that are linked with it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, select, tuple_

from bridge.store.tables import links

Accounts = Sequence[tuple[str, str]]
"""Each an adapter and the platform's id there; several where the person is linked."""


def accounts_of(connection: Connection, adapter: str, person: str) -> Accounts:
    """All accounts of that person."""
    me = f"{adapter}:{person}"
    host = connection.scalar(select(links.c.host).where(links.c.person == me)) or me
    guests = connection.scalars(select(links.c.person).where(links.c.host == host))
    names = (one.partition(":") for one in dict.fromkeys((me, host, *guests)))
    return [(of, user) for of, _, user in names]


def of_accounts(table: Table, accounts: Accounts) -> Any:
    """The condition for rows of those accounts, in a table with the columns ``adapter`` and ``person``."""
    return tuple_(table.c.adapter, table.c.person).in_(accounts)
