"""Everything that is kept about people: listed, exported, erased."""

import json
import time
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, select, text, update

from bridge.store.claim import FORGOTTEN_USER_ID, owner_of_conversation
from bridge.store.database import Database
from bridge.store.statements import number, wake_replicas
from bridge.store.tables import TurnStatus, choices, inbox, link_codes, links, now, pairings, pauses, people, sessions
from bridge.store.traces import Traces
from bridge.store.unseen import erase_unseen

SEARCHED: Final = 10_000
"""People that a search reads; a million would take a second."""

CHECKPOINT_TRIES: Final = 50
"""Tries to empty SQLite's write-ahead log, a tenth of a second apart: somebody may be reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """Somebody who has been heard."""

    adapter: str  #: its name in the config
    person: str  #: the platform's id
    user_id: str  #: what bots know them by
    since: float  #: seconds since 1970
    seen_at: float  #: when they were heard last, to the day


@dataclass(frozen=True, slots=True, kw_only=True)
class BotMemory:
    """A conversation with a bot."""

    scope: str  #: the key of the memory
    bot: str  #: its name in the config
    user_id: str  #: what the bot knows its owner by
    conversation_id: str  #: the bot's side's own id

    @property
    def owner(self) -> str:
        """Whose it is at the bot's side."""
        return owner_of_conversation(self.scope, self.user_id)


class People:
    """Everybody who has been heard."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, *, limit: int = 1000) -> list[KnownPerson]:
        """The people, newest first."""
        return await self._known(select(people).order_by(people.c.since.desc()).limit(limit))

    async def recent(self, *, containing: str = "", limit: int = 100) -> list[KnownPerson]:
        """
        People whose ``adapter:user`` contains that text, last heard first, among the `SEARCHED` who were heard last.

        Somebody who is not among these is found by the whole name. Both are quick in a database of any size.
        """
        last = select(people).order_by(people.c.seen_at.desc()).limit(SEARCHED).subquery()
        near = select(last).where((last.c.adapter + ":" + last.c.person).contains(containing, autoescape=True))
        found = await self._known(near.order_by(last.c.seen_at.desc()).limit(limit))
        adapter, _, person = containing.partition(":")
        return found or await self._known(select(people).where(people.c.adapter == adapter, people.c.person == person))

    async def memories(self, adapter: str, person: str) -> list[BotMemory]:
        """The conversations of that person alone, without those that they share."""

        def read(connection: Connection) -> list[BotMemory]:
            theirs = _MEMORIES.where(Traces.of_person(connection, adapter, person).sessions)
            return [BotMemory(**row) for row in connection.execute(theirs).mappings()]

        return await self._database.read(read)

    async def unused_memories(self, bot: str, seconds: float, *, limit: int) -> list[BotMemory]:
        """Conversations with that *bot*, of anybody, in which nothing was asked for so many seconds; the oldest first."""
        old = _MEMORIES.where(sessions.c.bot == bot, sessions.c.used_at < now() - seconds)
        return await self._memories(old.order_by(sessions.c.used_at).limit(number(limit)))

    async def export(self, adapter: str, person: str) -> dict[str, Any] | None:
        """All that is kept about that person, as values for JSON; None if that is nothing."""

        def read(connection: Connection) -> dict[str, Any]:
            traces = Traces.of_person(connection, adapter, person)
            kept = {
                "person": select(people).where(traces.person),
                "messages": select(inbox).where(traces.messages).order_by(inbox.c.id),
                "sessions": select(sessions).where(traces.sessions),
                "pairings": select(pairings).where(traces.named(pairings)),
                "choices": select(choices).where(traces.named(choices)),
                "links": select(links).where(traces.named(links)),
                "pauses": select(pauses).where(traces.pauses),
            }
            found = {what: [dict(row) for row in connection.execute(query).mappings()] for what, query in kept.items()}
            return found | {"messages": list(map(_readable, found["messages"]))}

        found = await self._database.read(read)
        return found if any(found.values()) else None

    async def erase(self, adapter: str, person: str) -> bool:
        """Delete all that is kept about that person; False if that was nothing. To be followed by `scrub`."""

        def write(connection: Connection) -> int:
            traces = Traces.of_person(connection, adapter, person)
            gone = [
                delete(pauses).where(traces.pauses),
                delete(inbox).where(traces.messages),
                delete(sessions).where(traces.sessions),
                update(sessions).where(traces.shared_sessions).values(user_id=FORGOTTEN_USER_ID),
                *(delete(table).where(traces.named(table)) for table in (choices, pairings, links, link_codes)),
                delete(people).where(traces.person),
            ]
            erased = sum(connection.execute(statement).rowcount for statement in gone)
            wake_replicas(self._database, connection, "links")
            wake_replicas(self._database, connection, "pauses")
            return erased

        return await self._database.write(write) > 0

    async def delete_memory(self, memory: BotMemory) -> None:
        """Delete our row of that conversation."""
        this = (sessions.c.scope == memory.scope, sessions.c.bot == memory.bot)
        gone = delete(sessions).where(*this, sessions.c.conversation_id == memory.conversation_id)
        await self._database.write(lambda connection: connection.execute(gone) and None)

    async def erase_unseen(self, seconds: float, *, limit: int) -> int:
        """Delete some people, *limit* at most, who were not heard for so many *seconds*; see `bridge.store.unseen`."""
        return await self._database.write(lambda connection: erase_unseen(connection, seconds, limit=limit))

    async def scrub(self) -> None:
        """Remove what was erased from the database's files, too."""
        await self._database.read(lambda connection: _scrub(connection.engine))

    async def _known(self, query: Any) -> list[KnownPerson]:
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [KnownPerson(**row) for row in rows]

    async def _memories(self, query: Any) -> list[BotMemory]:
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [BotMemory(**row) for row in rows]


_MEMORIES: Final = select(sessions.c.scope, sessions.c.bot, sessions.c.user_id, sessions.c.conversation_id)


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the inbox with its JSON parsed."""
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
    Remove what was deleted from the disk.

    SQLite overwrites what it deletes (`secure_delete`), so that only its write-ahead log still holds it.
    https://www.sqlite.org/pragma.html#pragma_secure_delete
    """
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum inbox, sessions, choices, people, pairings, pauses, links, link_codes"))
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
