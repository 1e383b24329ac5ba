"""The sessions: each scope's conversation with each bot."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, select

from bridge.store.database import Database
from bridge.store.tables import sessions

SEARCHED: Final = 10_000
"""Sessions that a search reads; a million would take a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One scope's memory with one bot."""

    scope: str  #: the key of the memory
    bot: str  #: its name in the config
    user_id: str  #: what the bot knows its owner by
    conversation_id: str  #: the bot's side's own id
    place: str  #: where it was asked in last, as text
    opened_at: float  #: seconds since 1970
    used_at: float  #: seconds since 1970, of the last question
    resume_token: str | None  #: the bot's side knows by it what the next message answers
    answered_turn: int | None  #: the newest turn that was answered in it


class Sessions:
    """All sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, *, containing: str = "", limit: int = 100) -> list[Session]:
        """The sessions whose scope contains a text, last used first."""
        found = select(sessions).where(sessions.c.scope.contains(containing, autoescape=True))
        return await self._read(found.order_by(sessions.c.used_at.desc()).limit(limit))

    async def recent(self, *, containing: str = "", limit: int = 100) -> list[Session]:
        """As `search`, but only among the `SEARCHED` last used, or by the whole scope: quick in a database of any size."""
        last = select(sessions).order_by(sessions.c.used_at.desc()).limit(SEARCHED).subquery()
        near = select(last).where(last.c.scope.contains(containing, autoescape=True))
        found = await self._read(near.order_by(last.c.used_at.desc()).limit(limit))
        return found or await self._read(select(sessions).where(sessions.c.scope == containing))

    async def begin_afresh(self, scope: str, *, bot: str | None = None) -> int:
        """Let the next question begin a fresh conversation; gives how many sessions were deleted."""
        gone = delete(sessions).where(sessions.c.scope == scope)
        if bot is not None:
            gone = gone.where(sessions.c.bot == bot)
        return await self._database.write(lambda connection: connection.execute(gone).rowcount)

    async def _read(self, query: Any) -> list[Session]:
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [Session(**row) for row in rows]
