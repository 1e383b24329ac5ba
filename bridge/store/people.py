"""Everything that is kept about one person: listed, handed out, erased."""

import json
import time
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, select, text

from bridge.store.database import Database
from bridge.store.tables import TurnStatus, inbox, people, sessions

CHECKPOINT_TRIES: Final = 50
"""Tries to empty SQLite's write-ahead log, a tenth of a second apart: somebody may be reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """Somebody who has been heard."""

    adapter: str
    person: str  #: the platform's id
    user_id: str  #: what bots know them by
    since: float  #: seconds since 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMemory:
    """A conversation with a bot that is this person's alone."""

    bot: str
    user_id: str
    conversation_id: str


class People:
    """All who have been heard."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, *, limit: int = 1000) -> list[KnownPerson]:
        """The people, newest first."""
        newest = select(people).order_by(people.c.since.desc()).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(newest).mappings().all())
        return [KnownPerson(**row) for row in rows]

    async def memories(self, adapter: str, person: str) -> list[OwnMemory]:
        """Their own conversations; what they share with others is not theirs alone."""
        owned = select(sessions.c.bot, sessions.c.user_id, sessions.c.conversation_id).where(_own(adapter, person))
        rows = await self._database.read(lambda connection: connection.execute(owned).mappings().all())
        return [OwnMemory(**row) for row in rows]

    async def export(self, adapter: str, person: str) -> dict[str, Any] | None:
        """All that is kept, as JSON can say it; None if that is nothing."""

        def read(connection: Connection) -> dict[str, Any]:
            said = select(inbox).where(inbox.c.adapter == adapter, inbox.c.person == person).order_by(inbox.c.id)
            known = select(people).where(people.c.adapter == adapter, people.c.person == person)
            own = select(sessions).where(_own(adapter, person))
            return {
                "person": [dict(row) for row in connection.execute(known).mappings()],
                "messages": [_readable(dict(row)) for row in connection.execute(said).mappings()],
                "sessions": [dict(row) for row in connection.execute(own).mappings()],
            }

        found = await self._database.read(read)
        return found if any(found.values()) else None

    async def erase(self, adapter: str, person: str) -> bool:
        """Forget them, and let no page of the file or its log keep it; False if nothing was known."""

        def write(connection: Connection) -> int:
            gone = [
                delete(inbox).where(inbox.c.adapter == adapter, inbox.c.person == person),
                delete(sessions).where(_own(adapter, person)),
                delete(people).where(people.c.adapter == adapter, people.c.person == person),
            ]
            return sum(connection.execute(statement).rowcount for statement in gone)

        erased = await self._database.write(write)
        await self._database.read(lambda connection: _scrub(connection.engine))
        return erased > 0


def _own(adapter: str, person: str) -> Any:
    """What finds the sessions that are this person's alone."""
    known = select(people.c.user_id).where(people.c.adapter == adapter, people.c.person == person)
    return sessions.c.user_id.in_(known) & sessions.c.scope.startswith("person/", autoescape=True)


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the inbox with its JSON as such."""
    return row | {
        "status": TurnStatus(row["status"]).name.lower(),
        "message": _parsed(row["message"]),
        "parts": _parsed(row["parts"]),
        "follow_ups": _parsed(row["follow_ups"]),
    }


def _parsed(stored: str | None) -> Any:
    try:
        return json.loads(stored or "null")
    except ValueError:
        return stored


def _scrub(engine: Engine) -> None:
    """
    Let what was deleted be gone from the disk.

    SQLite overwrites what it deletes (`secure_delete`), and only its write-ahead log still holds it.
    https://www.sqlite.org/pragma.html#pragma_secure_delete
    """
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum inbox, sessions, people"))
        return
    raw = engine.raw_connection()
    try:
        for _ in range(CHECKPOINT_TRIES):
            busy, *_rest = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return
            time.sleep(0.1)
    finally:
        raw.close()
