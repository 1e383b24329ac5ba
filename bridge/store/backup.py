"""A consistent copy of an SQLite database, also while the daemon writes to it."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from bridge.sdk.errors import BridgeError, ConfigError
from bridge.store.database import parse_url

BUSY_SECONDS = 10.0


def backup(database: str, target: Path) -> int:
    """
    Copy the SQLite file that *database* names to *target*, which must not exist; gives its size in bytes.

    The copy is one read transaction's view, has no free pages in which forgotten rows could be found, and belongs to its
    owner alone (0600). Its schema is not migrated: it is there to go back to. https://sqlite.org/lang_vacuum.html#vacuuminto
    """
    url = parse_url(database)
    if url.get_backend_name() != "sqlite":
        raise ConfigError("database: expected SQLite; copy a PostgreSQL with pg_dump")
    source = Path(str(url.database))
    if not source.is_file():
        raise BridgeError(f"expected a database to copy, got no file {source}")
    _create(target)
    try:
        _copy(source, target)
    except sqlite3.Error as failure:
        with suppress(FileNotFoundError):
            target.unlink()
        raise BridgeError(f"cannot copy {source}: {failure}") from failure
    return target.stat().st_size


def _create(target: Path) -> None:
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as failure:
        raise BridgeError(f"{target} exists; choose another name, nothing is overwritten") from failure
    except OSError as failure:
        raise BridgeError(f"cannot write {target}: {failure.strerror}") from failure


def _copy(source: Path, target: Path) -> None:
    address = f"{source.resolve().as_uri()}?mode=rw"  # as the daemon opens it, but never a new file
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    with closing(sqlite3.connect(target)) as copy:
        (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
