"""Requests to stop turns: one that runs is marked for its worker, one that waits for another try is not tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from bridge.store import statements
from bridge.store.admission import Ends
from bridge.store.claim import Stage
from bridge.store.database import Database
from bridge.store.tables import RUNNING, UNFINISHED, WAITING, inbox, now, sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """A running turn that is not to go on as it is."""

    turn: int  #: its number
    for_good: bool  #: it is to stop; else its question was edited, and it begins anew


_IN_SCOPE: Final = (inbox.c.queue_key == bindparam("of"), UNFINISHED)
_IS_POSTPONED: Final = (inbox.c.status == WAITING) & (inbox.c.retries > literal_column("0"))

_FIND: Final = select(
    func.coalesce(func.sum(case((inbox.c.status == RUNNING, 1), else_=0)), 0).label("running"),
    func.coalesce(func.sum(case((_IS_POSTPONED, 1), else_=0)), 0).label("postponed"),
).where(*_IN_SCOPE)
_STOP_RUNNING: Final = update(inbox).where(*_IN_SCOPE, inbox.c.status == RUNNING).values(stop_requested=True)
_STOP_ALL: Final = (
    update(inbox)
    .where(*_IN_SCOPE, (inbox.c.status == RUNNING) | _IS_POSTPONED)
    .values(stop_requested=True, due=case((_IS_POSTPONED, now()), else_=inbox.c.due))
)
_STOP_TURN: Final = (
    update(inbox)
    .where(inbox.c.id == bindparam("turn"), UNFINISHED, inbox.c.stage != Stage.ANSWERED)
    .values(stop_requested=True, due=case((_IS_POSTPONED, now()), else_=inbox.c.due))
)
_FORGET: Final = delete(sessions).where(sessions.c.scope == bindparam("of"))


def request_stop(database: Database, connection: Connection, scope: str, ends: Ends) -> Ends:
    """
    Request a stop of what *ends* names, and give what there was of it.

    A turn that waits for another try is made due at once: the worker that claims it finds the request, and ends it.
    """
    if ends is Ends.NOTHING:
        return Ends.NOTHING
    found = connection.execute(_FIND, {"of": scope}).one()
    if found.running or (found.postponed and ends is Ends.TRIED):
        connection.execute(_STOP_ALL if ends is Ends.TRIED else _STOP_RUNNING, {"of": scope})
        statements.wake_replicas(database, connection, "stop")
    if found.running:
        return Ends.RUNNING
    return Ends.TRIED if found.postponed and ends is Ends.TRIED else Ends.NOTHING


def request_stop_of_turn(database: Database, connection: Connection, turn: int) -> bool:
    """Request a stop of one turn; False if its whole answer is known already."""
    stopped = bool(connection.execute(_STOP_TURN, {"turn": turn}).rowcount)
    if stopped:
        statements.wake_replicas(database, connection, "stop")
    return stopped


def within(chat: str, beginnings: Sequence[str]) -> ColumnElement[bool]:
    """The condition for rows of the scope *chat*, or of one that begins with one of *beginnings*."""
    return or_(inbox.c.scope == chat, *(inbox.c.scope.startswith(each, autoescape=True) for each in beginnings))


def request_stop_at(database: Database, connection: Connection, where: ColumnElement[bool]) -> int:
    """Request a stop of every turn that runs there; gives how many."""
    stop = update(inbox).where(UNFINISHED, inbox.c.status == RUNNING, where).values(stop_requested=True)
    stopped = connection.execute(stop).rowcount
    if stopped:
        statements.wake_replicas(database, connection, "stop")
    return stopped


def hurry_at(database: Database, connection: Connection, where: ColumnElement[bool]) -> None:
    """Let turns that wait there for another try be tried now."""
    connection.execute(update(inbox).where(inbox.c.status == WAITING, _IS_POSTPONED, where).values(due=now()))
    statements.wake_replicas(database, connection)


def stoppable(connection: Connection, scope: str) -> Ends:
    """What there is to stop in that *scope*."""
    found = connection.execute(_FIND, {"of": scope}).one()
    if found.running:
        return Ends.RUNNING
    return Ends.TRIED if found.postponed else Ends.NOTHING


def begin_afresh(connection: Connection, scope: str) -> None:
    """Let the next question of that scope begin a fresh conversation."""
    connection.execute(_FORGET, {"of": scope})
