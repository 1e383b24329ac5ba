"""Who shares which conversation with which bot: looked at and forgotten, by people and by commands."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from bridge.store.database import Database
from bridge.store.tables import sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One scope's memory with one bot."""

    scope: str
    bot: str
    user_id: str
    conversation_id: str
    place: str
    opened_at: float
    used_at: float
    resume_token: str | None  #: the bot's side knows by it what the next message answers


class Sessions:
    """All that is remembered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, *, containing: str = "", limit: int = 100) -> list[Session]:
        """The sessions whose scope contains a text, last used first."""
        found = select(sessions).where(sessions.c.scope.contains(containing, autoescape=True))
        newest = found.order_by(sessions.c.used_at.desc()).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(newest).mappings().all())
        return [Session(**row) for row in rows]

    async def forget(self, scope: str, *, bot: str | None = None) -> int:
        """Let the next question begin a fresh conversation; gives how many there were to forget."""
        gone = delete(sessions).where(sessions.c.scope == scope)
        if bot is not None:
            gone = gone.where(sessions.c.bot == bot)
        return await self._database.write(lambda connection: connection.execute(gone).rowcount)
