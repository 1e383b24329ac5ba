"""
The database: opened, locked, and migrated to this version's schema.

An SQLite file belongs to one process at a time, by a lock file beside it; any number of replicas may share a PostgreSQL.
"""

import asyncio
import fcntl
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from bridge.sdk import daemon_telemetry
from bridge.sdk.charges import Charge
from bridge.sdk.errors import ConfigError, Unreachable
from bridge.store.sealing import Sealing, seal_with
from bridge.store.writer import Writer

T = TypeVar("T")

INTAKE_CONNECTIONS = 4
"""Transactions of a replica in which what comes in is kept, at most, at a time on PostgreSQL; a connection opens when first needed."""

SCHEMA = "0001"
"""The newest revision in `migrations/versions`; known here so that a start without news need not load Alembic."""

LOCK_PATIENCE = 5.0
"""Seconds a second process waits for the first to let go: longer than a restart takes, shorter than a person waits."""

SETTINGS = {
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    # What we ask is found along an index. A planner whose statistics are of a quieter minute reads and sorts a whole
    # backlog for each claim instead: thirty milliseconds for half a one.
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
}
"""What PostgreSQL is told with every connection."""

MIGRATION_TRIES = 10
MIGRATION_PAUSE = 0.2
"""Seconds between two of them, so that the replicas at work get through."""

IN_THE_WAY = frozenset({"40P01", "55P03"})
"""A deadlock, or a lock not had in time: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # an acknowledged message survives a power cut
    "busy_timeout=5000",
    "foreign_keys=ON",
    "journal_size_limit=67108864",
    "temp_store=MEMORY",
    "secure_delete=ON",  # what is forgotten does not stay in free pages
    "trusted_schema=OFF",
)


@dataclass(frozen=True, slots=True)
class Database:
    """Where everything is written and read."""

    url: str
    engine: Engine
    writer: Writer
    intake: Writer  #: of what people say, change and stop; the same one on SQLite, where only one transaction can run
    sealing: Sealing = field(default_factory=Sealing)  #: how columns of the type `Sealed` are encrypted

    @property
    def shared(self) -> bool:
        """Whether other replicas may be at work on it."""
        return self.engine.dialect.name == "postgresql"

    def write(
        self,
        operation: Callable[[Connection], T],
        *,
        retry_while_away: bool = False,
        charges: Sequence[Charge] = (),
    ) -> asyncio.Future[T]:
        """As `Writer.write`."""
        return self.writer.write(operation, retry_while_away=retry_while_away, charges=charges)

    def take_in(
        self, operation: Callable[[Connection], T], *, keys: Iterable[str], charges: Sequence[Charge] = ()
    ) -> asyncio.Future[T]:
        """
        As `write`, but on a shared database beside it and what has none of its *keys*.

        They name all that it may lock and others may, too, such as the chat in which a message was said; *charges* are among them.
        """
        return self.intake.write(operation, charges=charges, keys={*keys, *(charge.key for charge in charges)})

    async def read(self, query: Callable[[Connection], T]) -> T:
        """What *query* finds, on a connection for reading; it is slower than `write`, so not for the way of a message."""
        return await asyncio.to_thread(self._read, query)

    def _read(self, query: Callable[[Connection], T]) -> T:
        try:
            with self.engine.connect() as connection:
                return query(connection)
        except DBAPIError as failure:
            raise _trouble(failure) from failure


def parse_url(database: str) -> URL:
    """The database's URL with the driver we use; ConfigError says what would be right."""
    try:
        url = make_url(database)
    except (ArgumentError, ValueError):  # a port that is no number; their words quote what may be a password
        raise _wrong_url(database) from None
    if url.port is not None and not 0 < url.port < 1 << 16:
        raise _wrong_url(database)
    match url.get_backend_name():
        case "sqlite" if url.database and url.database != ":memory:":
            return url.set(drivername="sqlite")
        case "postgresql":
            return url.set(drivername="postgresql+psycopg")
    raise _wrong_url(database)


def _trouble(failure: DBAPIError) -> Unreachable:
    """Of a kind that is tried again, also where somebody has to do something first: put a backup in place, or grant a right."""
    if isinstance(failure, (OperationalError, InterfaceError)):
        return Unreachable(f"the database is away: {failure.orig}")
    mend = "; put a backup in its place" if isinstance(failure.orig, sqlite3.DatabaseError) else ""
    return Unreachable(f"the database cannot be used: {failure.orig}{mend}")


def _wrong_url(database: str) -> ConfigError:
    """Told by its scheme alone: the rest may hold a password."""
    scheme, colon, _ = database.partition("://")
    got = f"{scheme}://…" if colon and scheme.replace("+", "").isalnum() else "something else"
    return ConfigError(f"expected sqlite:///FILE or postgresql://USER@HOST:PORT/NAME, got {got}")


@asynccontextmanager
async def open_database(database: str, *, alone: bool = True, keys: Sequence[str] = ()) -> AsyncIterator[Database]:
    """
    The database, of this version's schema; closed at the end.

    *alone*: lock an SQLite file against a second daemon; commands beside a daemon go without.
    *keys*: of `Sealing`.
    """
    url = parse_url(database)
    lock = await _lock(url) if alone else None
    try:
        await asyncio.to_thread(migrate, database)
        writing = connect(url, pool_size=1 + INTAKE_CONNECTIONS, max_overflow=0)
        reading = connect(url, reading=True, pool_size=2)
        sealing = Sealing(keys)
        for engine in (writing, reading):
            seal_with(engine, sealing)
        try:
            async with _writers(writing) as (writer, intake):
                yield Database(database, reading, writer, intake, sealing)
        finally:
            writing.dispose()
            reading.dispose()
    finally:
        if lock:
            lock.close()


@asynccontextmanager
async def _writers(engine: Engine) -> AsyncIterator[tuple[Writer, Writer]]:
    """The one for all, and that of the intake."""
    async with Writer(engine) as writer:
        if engine.dialect.name != "postgresql":
            yield writer, writer
            return
        async with Writer(engine, connections=INTAKE_CONNECTIONS) as intake:
            yield writer, intake


def connect(url: URL, *, reading: bool = False, **pool: Any) -> Engine:
    """An engine with the settings measured to be right for our few short transactions."""
    if url.get_backend_name() == "postgresql":
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        known = {"connect_timeout": 5, "options": options, "application_name": "coze-bridge"}
        return create_engine(url, connect_args=known, pool_pre_ping=True, pool_recycle=1800, **pool)
    if sqlite3.sqlite_version_info < (3, 35):
        raise ConfigError(f"expected SQLite 3.35 or newer, got {sqlite3.sqlite_version}")
    _keep_private(Path(str(url.database)))
    engine = create_engine(url, connect_args={"check_same_thread": False}, **pool)
    event.listen(engine, "connect", _configure)
    _begin_by(engine, "BEGIN" if reading else "BEGIN IMMEDIATE")
    return engine


def _keep_private(file: Path) -> None:
    """Create a new database file for its owner alone; SQLite gives its other files the same mode, and reports errors itself."""
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_by(engine: Engine, statement: str) -> None:
    """
    Let transactions begin by *statement*: one that reads first and then writes may fail at once with "database is locked".

    The documented way is an event listener, which costs every statement a tenth of its time.
    https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable
    """
    dialect: Any = engine.dialect  # every engine has one of its own
    dialect.do_begin = lambda connection: connection.execute(statement)


async def _lock(url: URL) -> IO[str] | None:
    """The lock of an SQLite file, held until closed; the system frees it however the process dies."""
    if url.get_backend_name() != "sqlite":
        return None
    path = Path(f"{url.database}.lock")
    try:
        lock = open(path, "w", opener=_private)  # noqa: ASYNC230, SIM115 - once, before anything runs; held
    except OSError as failure:
        raise ConfigError(f"database: cannot write to {path.parent.resolve()}: {failure.strerror}") from failure
    for _ in range(int(LOCK_PATIENCE / 0.1)):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(0.1)
        else:
            return lock
    lock.close()
    raise ConfigError(
        f"database: {url.database} is in use by another coze-bridge; stop that one, or share a PostgreSQL instead"
    )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def migrate(database: str) -> bool:
    """Bring the database to `SCHEMA`; False if it was there already. ConfigError if a newer version made it."""
    at = revision(database)
    if at == SCHEMA:
        return False
    from alembic.config import Config  # noqa: PLC0415 - half a second that most starts need not spend
    from alembic.script import ScriptDirectory  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config(attributes={"url": parse_url(database)})
    config.set_main_option("script_location", "migrations:")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if at is not None and at not in known:
        raise ConfigError(f"database: its schema {at} is newer than this version knows ({SCHEMA}); upgrade coze-bridge")
    try:
        _upgrade(config)
    except CommandError as failure:
        raise ConfigError(f"database: {failure}") from failure
    except DBAPIError as failure:
        raise _trouble(failure) from failure
    daemon_telemetry.database_migrated(revision=SCHEMA)
    return True


def _upgrade(config: Any) -> None:
    """Migrate in one transaction, and try again where it and those of replicas at work blocked each other."""
    from alembic import command  # noqa: PLC0415

    for left in reversed(range(MIGRATION_TRIES)):
        try:
            command.upgrade(config, "head")
        except DBAPIError as failure:
            if not left or getattr(failure.orig, "sqlstate", None) not in IN_THE_WAY:
                raise
            time.sleep(MIGRATION_PAUSE)
        else:
            return


def revision(database: str) -> str | None:
    """The schema's revision, None for an empty database."""
    with open_for_reading(parse_url(database)) as connection:
        if not connection.dialect.has_table(connection, "alembic_version"):
            return None
        found = connection.scalar(text("select version_num from alembic_version"))
        return None if found is None else str(found)


@contextmanager
def open_for_reading(url: URL) -> Iterator[Connection]:
    """A connection for one look at a database that is not open; `Unreachable` while it is away."""
    engine = connect(url, reading=True)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as failure:
        raise _trouble(failure) from failure
    finally:
        engine.dispose()
