"""The schema's history leads to the tables we know, from nothing and back to nothing, on either database."""

import asyncio
import subprocess
import sys

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bridge.sdk.errors import ConfigError
from bridge.store import indexes  # noqa: F401 - adds them to the tables
from bridge.store.database import SCHEMA, SETTINGS, connect, migrate, parse_url, revision
from bridge.store.tables import metadata


@pytest.fixture
def history(database_url) -> Config:
    """Alembic, about to migrate an empty database."""
    config = Config(attributes={"url": parse_url(database_url)})
    config.set_main_option("script_location", "migrations:")
    return config


def looking(url, look):
    engine = connect(parse_url(url))
    try:
        with engine.connect() as connection:
            return look(connection)
    finally:
        engine.dispose()


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_up_from_nothing_back_to_nothing_and_up_again(database_url, history):
    assert revision(database_url) is None
    assert migrate(database_url)
    assert set(metadata.tables) == looking(database_url, tables)

    command.downgrade(history, "base")
    assert set() == looking(database_url, tables)
    assert revision(database_url) is None

    assert migrate(database_url)
    assert SCHEMA == revision(database_url)
    assert not migrate(database_url)


def test_the_revision_we_know_is_the_newest(history):
    """A start without news does not load Alembic; it trusts this one word."""
    assert [SCHEMA] == ScriptDirectory.from_config(history).get_heads()


def test_the_tables_we_know_are_those_the_history_makes(database_url):
    migrate(database_url)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, metadata)

    assert [] == looking(database_url, differences)


def test_the_history_makes_the_same_indexes_that_we_know(database_url, tmp_path):
    """Autogenerate looks at an index' columns, not at its condition; the plans need both."""

    def conditions(connection: Connection) -> dict[str, str]:
        queries = {
            "sqlite": "select name, sql from sqlite_master where type = 'index' and sql is not null",
            "postgresql": "select indexname, indexdef from pg_indexes where schemaname = 'public'",
        }
        rows = connection.execute(text(queries[connection.dialect.name])).all()
        return {name: sql.partition(" WHERE ")[2].strip("()") for name, sql in rows if name != "alembic_version_pkc"}

    migrate(database_url)
    migrated = looking(database_url, conditions)
    engine = connect(parse_url(database_url))
    with engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    engine.dispose()

    assert migrated == looking(database_url, conditions)


def test_at_work_nobody_needs_the_indexes_nor_the_dialect_that_their_conditions_load():
    """PostgreSQL's is 2 MB, which a daemon with SQLite has no use for."""
    loads = "import bridge.app.bridge, sys; print([name for name in sys.modules if 'dialects.postgresql' in name or 'store.indexes' in name])"
    process = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)

    assert process.stdout == "[]\n"


def test_a_schema_of_a_newer_version_is_refused(database_url):
    migrate(database_url)
    engine = connect(parse_url(database_url))
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()

    with pytest.raises(ConfigError, match="its schema 9999 is newer than this version knows"):
        migrate(database_url)


@pytest.mark.postgres
async def test_replicas_that_start_together_migrate_once(postgres_url):
    """Whoever makes a table that is there already fails."""
    start = "import sys; from bridge.store.database import migrate; migrate(sys.argv[1])"

    async def replica() -> int:
        return await (await asyncio.create_subprocess_exec(sys.executable, "-c", start, postgres_url)).wait()

    assert [0] * 4 == await asyncio.gather(*(replica() for _ in range(4)))
    assert SCHEMA == revision(postgres_url)


IMPATIENT = {"lock_timeout": "100ms", "statement_timeout": "150ms"}
"""What statements on a message's way are told in these tests; a migration takes longer."""


@pytest.fixture
def in_the_way(postgres_url, monkeypatch):
    """Has somebody's open transaction do that, and migrates meanwhile; they end once it was seen to wait so often, so long."""
    for name, value in IMPATIENT.items():
        monkeypatch.setitem(SETTINGS, name, value)

    async def in_the_way(words: str, *, times: int, milliseconds: int) -> bool:
        with psycopg.connect(postgres_url) as theirs, psycopg.connect(postgres_url, autocommit=True) as watching:
            theirs.execute(words)
            migrating = asyncio.create_task(asyncio.to_thread(migrate, postgres_url))
            seen: set[tuple[int]] = set()
            while len(seen) < times and not migrating.done():
                seen |= set(watching.execute(WAITING, [milliseconds]).fetchall())
                await asyncio.sleep(0.01)
            theirs.rollback()
            return await migrating

    return in_the_way


WAITING = """
select pid from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'coze-bridge'
    and clock_timestamp() - query_start > %s * interval '1 ms'
"""


@pytest.mark.postgres
async def test_a_replica_waits_for_the_one_that_migrates_for_as_long_as_it_takes(in_the_way, postgres_url):
    assert await in_the_way(f"select pg_advisory_xact_lock({0xC02E})", times=1, milliseconds=500)
    assert SCHEMA == revision(postgres_url)


@pytest.mark.postgres
async def test_a_migration_that_others_at_work_keep_from_its_locks_is_tried_again(in_the_way, postgres_url):
    """Each try is a connection of its own: it was seen to give up, and to come back."""
    assert await in_the_way("create table alembic_version (version_num text)", times=2, milliseconds=20)
    assert SCHEMA == revision(postgres_url)
