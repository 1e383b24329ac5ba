"""Parts of SQL statements; each statement is built once, as building one costs more than running it."""

from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Connection, Table, Text, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects import sqlite

_NOTIFY: Final = select(func.pg_notify("bridge", bindparam("payload")))


class MaybeShared(Protocol):
    """A database, as far as statements differ by it."""

    @property
    def shared(self) -> bool:
        """Whether other replicas may be at work on it: a PostgreSQL."""


def insert_of(database: MaybeShared) -> Any:
    """The `insert` that knows the database's ON CONFLICT."""
    if not database.shared:
        return sqlite.insert
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - 2 MB that SQLite does not need

    return postgresql.insert


def insert_into(insert: Any, table: Table, *given: str, **computed: Any) -> Any:
    """An insert of the columns *given*, by their names, and of what is *computed*."""
    return insert(table).values(**{name: bindparam(name) for name in given}, **computed)


def number(value: int) -> ColumnElement[int]:
    """*value* as a literal: for a LIMIT by parameter, PostgreSQL plans as if it were a tenth of the table."""
    return literal_column(str(value))


def text_parameter(name: str) -> ColumnElement[str]:
    """A text parameter, where the statement does not tell its type."""
    return cast(bindparam(name), Text)


def wake_replicas(database: MaybeShared, connection: Connection, payload: str = "") -> None:
    """Wake the other replicas once this transaction is committed."""
    if database.shared:
        connection.execute(_NOTIFY, {"payload": payload})
