"""The accounts of one person: the one that is named, and all that are linked with it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, select, tuple_

from bridge.store.tables import links

Accounts = Sequence[tuple[str, str]]
"""Each an adapter and the platform's id there; of somebody who is linked there are several."""


def accounts_of(connection: Connection, adapter: str, person: str) -> Accounts:
    """All that are the same person."""
    me = f"{adapter}:{person}"
    host = connection.scalar(select(links.c.host).where(links.c.person == me)) or me
    guests = connection.scalars(select(links.c.person).where(links.c.host == host))
    names = (one.partition(":") for one in dict.fromkeys((me, host, *guests)))
    return [(of, user) for of, _, user in names]


def of_accounts(table: Table, accounts: Accounts) -> Any:
    """The rows of a table that tells people by adapter and id."""
    return tuple_(table.c.adapter, table.c.person).in_(accounts)
