"""What people have chosen for a memory: which bot answers there, and the deep link by which it began."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, Connection, Delete, bindparam, delete, func, select

from bridge.sdk.choices import Choices
from bridge.store.database import Database
from bridge.store.statements import insert_into, insert_of
from bridge.store.tables import choices, now, sessions

KEPT: Final = 400 * 86400.0
"""Seconds after which a choice is deleted whose memory does not exist any more."""

_FIND: Final = (
    select(choices.c.scope, choices.c.bot, choices.c.start)
    .where(choices.c.scope.in_(bindparam("scopes", expanding=True)))
    .order_by(choices.c.chosen_at.desc())
)
_ITS_MEMORY: Final = select(func.min(sessions.c.scope)).where(sessions.c.scope == choices.c.scope).scalar_subquery()
"""As a scalar: NOT EXISTS makes PostgreSQL read all sessions."""


class ChosenInMemories:
    """The choices of all memories."""

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = insert_into(insert_of(database), choices, "scope", "person", "bot", "start", chosen_at=now())
        fresh = {name: insert.excluded[name] for name in ("bot", "start", "chosen_at")}
        self._upsert = insert.on_conflict_do_update(index_elements=["scope"], set_=fresh)

    async def latest(self, scopes: Iterable[str]) -> list[tuple[str, Choices]]:
        """What was chosen in those *scopes*, the latest first."""
        asked = {"scopes": sorted(scopes)}
        rows = await self._database.read(lambda connection: connection.execute(_FIND, asked).all())
        return [(row.scope, Choices(bot=row.bot, start=row.start)) for row in rows]

    def keep(self, connection: Connection, scope: str, chosen: Choices, *, by: str) -> None:
        """Store what is chosen in *scope*; *by*, as ``adapter:user``, is stored where the memory is theirs alone."""
        person = by if scope.startswith("person/") else None
        connection.execute(self._upsert, {"scope": scope, "person": person, "bot": chosen.bot, "start": chosen.start})


def forgetting_stale(limit: ColumnElement[int]) -> Delete:
    """The statement that deletes some choices of memories that do not exist any more."""
    stale = select(choices.c.scope).where(choices.c.chosen_at < now() - KEPT, _ITS_MEMORY.is_(None)).limit(limit)
    return delete(choices).where(choices.c.scope.in_(stale))
