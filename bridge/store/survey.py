"""Looks at a database without changing it: whether a daemon is at work on it, and where people were answered."""

import fcntl
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, select
from sqlalchemy.engine import URL

from bridge.store.database import SCHEMA, open_for_reading, parse_url, revision
from bridge.store.tables import leases, now, pairings, sessions

MOST_PLACES = 500
"""Conversations looked at, the latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The state of a database."""

    file: Path | None  #: of an SQLite, from the root; None for a PostgreSQL
    exists: bool  #: whether there is one
    revision: str | None = None  #: of its schema; None: it is empty
    running: bool = False  #: whether a daemon is at work on it
    places: tuple[str, ...] = ()  #: as in `sessions`, last used first


def survey(database: str) -> Survey:
    """The state of *database*; raises `Unreachable` while it is away."""
    url, file = parse_url(database), sqlite_file(database)
    if file is not None and not file.exists():
        return Survey(file=file, exists=False)
    at = revision(database)
    running, places = _rows(url, locked=file) if at == SCHEMA else (file is not None and is_locked(file), ())
    return Survey(file=file, exists=True, revision=at, running=running, places=places)


def sqlite_file(database: str) -> Path | None:
    """Where that SQLite is, from the root: a relative path counts from the working directory. None for a PostgreSQL."""
    url = parse_url(database)
    return Path(str(url.database)).absolute() if url.get_backend_name() == "sqlite" else None


def relative_file(database: str) -> Path | None:
    """Where that SQLite is, from the root, if its address says it from the working directory only."""
    url = parse_url(database)
    return None if Path(str(url.database)).is_absolute() else sqlite_file(database)


def conversations(database: str) -> list[tuple[str, str]]:
    """The scope and the bot of every conversation, last used first; none where there is no database of this schema."""
    latest = select(sessions.c.scope, sessions.c.bot).order_by(sessions.c.used_at.desc())
    return [(scope, bot) for scope, bot in _found(database, latest)]


def is_let_in(database: str, person: str) -> bool:
    """Whether *person*, as ``adapter:user``, was let in by a code; raises `Unreachable` while the database is away."""
    theirs = select(pairings.c.person).where(pairings.c.person == person, pairings.c.let_in_at.is_not(None))
    return bool(_found(database, theirs))


def _found(database: str, query: Select[Any]) -> Sequence[Any]:
    """What *query* finds; nothing where there is no database of this schema."""
    file = sqlite_file(database)
    if (file is not None and not file.exists()) or revision(database) != SCHEMA:
        return ()
    with open_for_reading(parse_url(database)) as connection:
        return connection.execute(query).all()


def is_locked(file: Path) -> bool:
    """Whether a daemon holds the lock of that SQLite file."""
    try:
        lock = Path(f"{file}.lock").open("rb")  # noqa: SIM115 - closed below, with what it locks
    except OSError:
        return False
    with closing(lock):
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _rows(url: URL, *, locked: Path | None) -> tuple[bool, tuple[str, ...]]:
    with open_for_reading(url) as connection:
        running = is_locked(locked) if locked else _held(connection)
        latest = select(sessions.c.place).order_by(sessions.c.used_at.desc()).limit(MOST_PLACES)
        return running, tuple(dict.fromkeys(connection.scalars(latest)))


def _held(connection: Connection) -> bool:
    """Whether a replica renews a lease."""
    return connection.scalar(select(leases.c.name).where(leases.c.until > now()).limit(1)) is not None
