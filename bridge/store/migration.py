"""Moves the memories and the unfinished turns of a chat that goes on under another id."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, or_, select, update

from bridge.sdk.model import Inbound, Place
from bridge.store.claim import MESSAGE, read_stored
from bridge.store.database import Database
from bridge.store.tables import RUNNING, UNFINISHED, WAITING, inbox, sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A chat's old and new place, and its scopes before and after."""

    old: Place  #: the chat under its old id
    new: Place  #: the chat under its new id
    scopes: Mapping[str, str]  #: the new one for each old one that everybody shares
    beginning: tuple[str, str]  #: the prefix of the scopes of single people, old and new

    def scope(self, old: str) -> str:
        """The new scope in place of *old*."""
        before, after = self.beginning
        return after + old.removeprefix(before) if old.startswith(before) else self.scopes.get(old, old)

    def message(self, old: Inbound) -> Inbound:
        """The message as it is answered now: message ids begin anew, so it replies to none."""
        return replace(old, where=self.new, former_chat=self.old.chat, reply_context={})


_SESSIONS: Final = select(sessions.c.scope, sessions.c.bot)
_MOVE_SESSION: Final = (
    update(sessions)
    .where(sessions.c.scope == bindparam("old"), sessions.c.bot == bindparam("of"))
    .values(scope=bindparam("new"), place=bindparam("at"))
)
_WAITING: Final = select(inbox.c.id, inbox.c.scope, inbox.c.queue_key, inbox.c.message, inbox.c.edit)
_MOVE_WAITING: Final = (
    update(inbox)
    .where(inbox.c.id == bindparam("number"), inbox.c.status == WAITING)
    .values(
        scope=bindparam("new_scope"),
        queue_key=bindparam("new_queue"),
        message=bindparam("new_message"),
        edit=bindparam("new_edit"),
        parts="[]",
    )
)
_RUNNING: Final = select(inbox.c.id, inbox.c.scope, inbox.c.queue_key)
_MOVE_RUNNING: Final = (
    update(inbox)
    .where(inbox.c.id == bindparam("number"), inbox.c.status == RUNNING)
    .values(scope=bindparam("new_scope"), queue_key=bindparam("new_queue"))
)


async def follow_migration(database: Database, migration: Migration) -> int:
    """Move the rows of the old place; a memory that has begun at the new one stays. Gives how many rows; idempotent."""

    def write(connection: Connection) -> int:
        moved = _move_sessions(connection, migration) + _move_waiting(connection, migration)
        return moved + _move_running(connection, migration)

    return await database.write(write)


def _move_sessions(connection: Connection, migration: Migration) -> int:
    held = [(row.scope, row.bot) for row in connection.execute(_SESSIONS.where(_belongs(sessions.c.scope, migration)))]
    moved = 0
    for old, bot in held:
        new = migration.scope(old)
        begun = select(func.count()).where(sessions.c.scope == new, sessions.c.bot == bot)
        if not connection.scalar(begun):
            connection.execute(_MOVE_SESSION, {"old": old, "of": bot, "new": new, "at": str(migration.new)})
            moved += 1
    return moved


def _move_waiting(connection: Connection, migration: Migration) -> int:
    """Move what waits; a row that cannot be read is left to the claim, which reports it."""
    waiting = _WAITING.where(UNFINISHED, inbox.c.status == WAITING, _belongs(inbox.c.scope, migration))
    readable = [(row, message) for row in connection.execute(waiting).all() if (message := read_stored(row.message))]
    for row, message in readable:
        values = _placed(row, migration)
        edit = read_stored(row.edit)
        values |= {"new_message": _moved(message, migration), "new_edit": edit and _moved(edit, migration)}
        connection.execute(_MOVE_WAITING, values)
    return len(readable)


def _move_running(connection: Connection, migration: Migration) -> int:
    """
    Move what runs to its queue at the new place, so that it can be stopped there, and the next question waits for it.

    Its message is left as it is for its worker. Of one queue never two run at once: where one runs at the new place, the other stays.
    """
    running = _RUNNING.where(UNFINISHED, inbox.c.status == RUNNING, _belongs(inbox.c.scope, migration))
    moved = 0
    for row in connection.execute(running).all():
        values = _placed(row, migration)
        begun = select(func.count()).where(inbox.c.queue_key == values["new_queue"], inbox.c.status == RUNNING)
        if not connection.scalar(begun):
            moved += connection.execute(_MOVE_RUNNING, values).rowcount
    return moved


def _placed(row: Any, migration: Migration) -> dict[str, Any]:
    """The scope and the queue of *row* at the new place, as the statements want them."""
    scope = migration.scope(row.scope)
    return {"number": row.id, "new_scope": scope, "new_queue": scope + row.queue_key.removeprefix(row.scope)}


def _moved(message: Inbound, migration: Migration) -> str:
    return MESSAGE.dump_json(migration.message(message)).decode()


def _belongs(scope: Any, migration: Migration) -> Any:
    return or_(scope.in_(list(migration.scopes)), scope.startswith(migration.beginning[0], autoescape=True))
