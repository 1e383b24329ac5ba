"""How Alembic reaches the database: in one transaction, one process at a time."""

from alembic import context
from sqlalchemy import Connection, text

from bridge.store import indexes  # noqa: F401 - adds them to the tables
from bridge.store.database import SETTINGS, connect
from bridge.store.tables import metadata

ONE_AT_A_TIME = 0x_C0_2E
"""The advisory lock under which replicas that start together migrate one after the other; any number of our own."""


def _run() -> None:
    engine = connect(context.config.attributes["url"])
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                _take_turns(connection)
            context.configure(connection=connection, target_metadata=metadata)
            with context.begin_transaction():
                context.run_migrations()
    finally:
        engine.dispose()


def _take_turns(connection: Connection) -> None:
    """Wait for who migrates already, and take as long as a big table needs; but let nobody wait long behind us for a table."""
    connection.execute(text("set local statement_timeout = 0"))
    connection.execute(text("set local lock_timeout = 0"))
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
    connection.execute(text(f"set local lock_timeout = '{SETTINGS['lock_timeout']}'"))


_run()
