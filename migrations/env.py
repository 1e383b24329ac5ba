"""How Alembic reaches the database: in one transaction, one process at a time."""

from alembic import context
from sqlalchemy import text

from bridge.store.database import connect
from bridge.store.tables import metadata

ONE_AT_A_TIME = 0x_C0_2E
"""The advisory lock under which replicas that start together migrate one after the other; any number of our own."""


def _run() -> None:
    engine = connect(context.config.attributes["url"])
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        context.configure(connection=connection, target_metadata=metadata)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


_run()
