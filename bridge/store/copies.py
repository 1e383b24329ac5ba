"""
Further copies of a message that is kept: what they say beyond it is joined to its row, or asked on its own.

    not asked yet       the row is completed; a worker that has claimed it loses the lease, and it is claimed anew
    being answered      as if its author had edited it: the answer stops, and is given anew in the same place
    answered            what the row lacks becomes the next question of that memory

Which of these holds is read from the row in the same transaction, so that neither a crash nor another replica matters.
"""

from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, literal_column, select, update

from bridge.sdk import copies
from bridge.sdk.model import Inbound
from bridge.store.admission import queues_of
from bridge.store.claim import MESSAGE, Stage, read_stored
from bridge.store.database import Database
from bridge.store.edits import interrupt_turn
from bridge.store.statements import number
from bridge.store.tables import FINISHED, RUNNING, UNFINISHED, WAITING, TurnStatus, inbox, now

COPY_WINDOW: Final = 0.5
"""Seconds for which a copy that shows that it lacks something waits for another; both are usually sent within milliseconds."""

COPY_DUE: Final = now() + COPY_WINDOW

LATEST: Final = 600.0
"""Seconds after the end of a turn within which another copy of its message may come; platforms repeat within five minutes."""

_AT_ONCE: Final = 20
"""Messages of one person in one queue that are looked at."""

_KNOWN: Final = (inbox.c.id, inbox.c.queue_key, inbox.c.message, inbox.c.stage, inbox.c.status, inbox.c.edit)
_UNFINISHED: Final = (
    select(*_KNOWN)
    .where(
        inbox.c.queue_key.in_(bindparam("queues", expanding=True)),
        inbox.c.person == bindparam("by"),
        UNFINISHED,
    )
    .order_by((inbox.c.id + 0).desc())  # as in admin.py
    .limit(number(_AT_ONCE))
    .with_for_update()
)
_ENDED: Final = (
    select(*_KNOWN)
    .where(
        FINISHED,
        inbox.c.finished_at > now() - LATEST,
        inbox.c.scope == bindparam("of"),
        inbox.c.person == bindparam("by"),
    )
    .order_by(inbox.c.finished_at.desc())
    .limit(number(_AT_ONCE))
)
_RUNS: Final = inbox.c.status == RUNNING
_COMPLETE: Final = (
    update(inbox)
    .where(inbox.c.id == bindparam("number"))
    .values(
        message=bindparam("whole"),
        queue_key=bindparam("queue"),
        status=WAITING,
        due=case((inbox.c.retries > literal_column("0"), inbox.c.due), else_=now()),
        lease_owner=None,
        lease_until=None,
        epoch=inbox.c.epoch + 1,
        attempts=case((_RUNS, inbox.c.attempts - 1), else_=inbox.c.attempts),
    )
)


class Copies:
    """The messages of which another copy may come."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def merge(self, connection: Connection, copy: Inbound, *, scope: str, queue_key: str) -> bool | Inbound:
        """Whether the *copy* has completed the row of its message; where that was asked already, the question that is left."""
        row = self._find(connection, copy, scope)
        if row is None:
            return False
        first = MESSAGE.validate_json(row.edit or row.message)
        both = copies.whole(first, copy)
        if not _may_be_completed(row, first):
            return self._join_asked(connection, row, copies.remainder(first, copy), both)
        if both is first:
            return False
        queue = row.queue_key if both.command is first.command else queue_key
        completed = {"number": row.id, "queue": queue, "whole": MESSAGE.dump_json(both).decode()}
        connection.execute(_COMPLETE, completed)
        return True

    def _join_asked(self, connection: Connection, row: Any, left: Inbound | None, both: Inbound) -> bool | Inbound:
        """Ask *both* anew where the first is being answered; else give what is *left* of the copy, to be asked on its own."""
        if left is None:
            return False
        if row.status <= TurnStatus.RUNNING and both.is_question:
            interrupt_turn(self._database, connection, row.id, both)
            return True
        return left

    def _find(self, connection: Connection, copy: Inbound, scope: str) -> Any:
        """The row of the message that *copy* is a copy of, unfinished ones first."""
        where = {"of": scope, "by": copy.author.id}
        for statement in (_UNFINISHED, _ENDED):
            for row in connection.execute(statement, where | {"queues": queues_of(scope)}):
                first = read_stored(row.message)
                if first and not set(first.dedupe_keys).isdisjoint(copy.dedupe_keys):
                    return row
        return None


def _may_be_completed(row: Any, first: Inbound) -> bool:
    """Whether nothing was done about the message yet: no bot was asked, and no command executed."""
    is_waiting = row.status == TurnStatus.WAITING
    return (
        row.edit is None
        and row.stage == Stage.ACCEPTED
        and (is_waiting or (row.status == TurnStatus.RUNNING and first.is_question))
    )
