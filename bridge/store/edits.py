"""
Edits: what becomes of a turn whose question was edited, in the transaction that stores the edit.

A question that was not asked yet is replaced. One that is being answered is marked: its worker cancels the chat at the bot's side
and lets the turn begin anew. The newest answered one of its memory begins anew at once. The parts of the old answer stay written
down, so that the new one takes their place. Everything older is left alone.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, union, update

from bridge.sdk.charges import Charge
from bridge.sdk.editing import changes_question, is_said_in, revised
from bridge.sdk.model import Inbound
from bridge.store import statements
from bridge.store.claim import MESSAGE, Stage, read_stored
from bridge.store.database import Database
from bridge.store.dedupe import DedupeKeys
from bridge.store.payments import OverLimit, pay
from bridge.store.tables import DEAD, DONE, UNFINISHED, WAITING, TurnStatus, inbox, now, sessions

LOOKED_THROUGH: Final = 100
"""Unfinished messages of a queue among which the edited one is looked for, newest first."""


class Edited(StrEnum):
    """What became of an edit."""

    NOTHING = "nothing"  #: the message is not known any more, or says the same, or newer ones were answered
    REPEATED = "repeated"
    REPLACED = "replaced"  #: it had not been asked yet
    INTERRUPTED = "interrupted"  #: its answer is to stop, and to begin anew
    REOPENED = "reopened"  #: it had been answered, and will be once more


REOPENED: Final[dict[str, Any]] = {
    "status": WAITING,
    "due": now(),
    "accepted_at": now(),
    "attempts": 0,
    "retries": 0,
    "lease_owner": None,
    "lease_until": None,
    "finished_at": None,
    "edit": None,
    "stage": Stage.ACCEPTED,
    "bot": None,
    "conversation_id": None,
    "chat_id": None,
    "answer": None,
    "follow_ups": "[]",
    "failure_notified": False,
    "stop_requested": False,
    "reason": None,
}
"""The columns of a turn that begins anew; its parts stay, as the new answer takes their place."""

_FOUND: Final = select(inbox.c.id, inbox.c.person, inbox.c.status, inbox.c.stage, inbox.c.message, inbox.c.edit)
_UNFINISHED: Final = (
    _FOUND.where(inbox.c.queue_key.in_(bindparam("scopes", expanding=True)), UNFINISHED)
    .order_by(inbox.c.id.desc())
    .limit(LOOKED_THROUGH)
)
_ANSWERED: Final = select(sessions.c.answered_turn).where(sessions.c.scope.in_(bindparam("scopes", expanding=True)))
_GIVEN_UP: Final = select(inbox.c.id).where(
    inbox.c.scope.in_(bindparam("scopes", expanding=True)), inbox.c.status == DEAD
)
_NEWEST_ENDED: Final = (
    _FOUND.where(inbox.c.id.in_(union(_ANSWERED, _GIVEN_UP)), inbox.c.status.in_((DONE, DEAD)))
    .order_by(inbox.c.id.desc())
    .limit(1)
)
_LOCKED: Final = _FOUND.where(inbox.c.id == bindparam("number")).with_for_update()
_WRITE: Final = update(inbox).where(inbox.c.id == bindparam("number"))
_REPLACE: Final = _WRITE.values(message=bindparam("whole"))
_MARK: Final = _WRITE.values(edit=bindparam("whole"))
_HURRY: Final = _WRITE.where(inbox.c.status == WAITING).values(due=now())
_REOPEN: Final = _WRITE.values(**REOPENED, message=bindparam("whole"))
_ASK_NOTHING_BACK: Final = (
    update(sessions).where(sessions.c.answered_turn == bindparam("number")).values(resume_token=None)
)


class Edits:
    """The statements, built once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = DedupeKeys(database)

    def writing(
        self, edit: Inbound, scopes: Sequence[str], charges: Sequence[Charge]
    ) -> Callable[[Connection], Edited | OverLimit]:
        """
        The operation, in one transaction, that applies *edit* to the message that it changes.

        *scopes*: where that may have been asked. *charges*: what another answer costs, if there will be one.
        """

        def write(connection: Connection) -> Edited | OverLimit:
            row = _find(connection, edit, scopes)
            if row is None or (whole := _revised(row, edit)) is None:
                return Edited.NOTHING
            if self._keys.record(connection, edit.where.adapter, edit.dedupe_keys) < len(edit.dedupe_keys):
                return Edited.REPEATED
            outcome = _outcome(row)
            is_paid = outcome is Edited.REPLACED or row.edit is not None
            if charges and not is_paid and (over := pay(connection, charges)):
                return over
            self._apply(connection, outcome, row.id, whole)
            return outcome

        return write

    def _apply(self, connection: Connection, outcome: Edited, number: int, whole: Inbound) -> None:
        values = {"number": number, "whole": MESSAGE.dump_json(whole).decode()}
        match outcome:
            case Edited.REPLACED:
                connection.execute(_REPLACE, values)
            case Edited.INTERRUPTED:
                interrupt_turn(self._database, connection, number, whole)
            case Edited.REOPENED:
                connection.execute(_REOPEN, values)
                connection.execute(_ASK_NOTHING_BACK, {"number": number})
                statements.wake_replicas(self._database, connection)


def interrupt_turn(database: Database, connection: Connection, number: int, whole: Inbound) -> None:
    """Let that running turn stop, and begin anew with the question *whole*."""
    connection.execute(_MARK, {"number": number, "whole": MESSAGE.dump_json(whole).decode()})
    connection.execute(_HURRY, {"number": number})
    statements.wake_replicas(database, connection, "stop")


def _find(connection: Connection, edit: Inbound, scopes: Sequence[str]) -> Any:
    """The row of the message that *edit* changes, locked; None if it is not known, or newer ones were asked since."""
    known = {"scopes": list(scopes)}
    unfinished = connection.execute(_UNFINISHED, known).all()
    candidates = unfinished or connection.execute(_NEWEST_ENDED, known).all()
    number = next((row.id for row in candidates if _is_changed_by(edit, row)), None)
    return None if number is None else connection.execute(_LOCKED, {"number": number}).one()


def _is_changed_by(edit: Inbound, row: Any) -> bool:
    message = read_stored(row.message)
    return (
        message is not None
        and message.is_question
        and (row.person, message.command) == (edit.author.id, edit.command)
        and is_said_in(message, edit.edits or "")
    )


def _revised(row: Any, edit: Inbound) -> Inbound | None:
    """The edited question; None if it is what it was before, or a newer edit is known already."""
    before = read_stored(row.edit or row.message)
    if before is None or edit.sent_at < before.sent_at:
        return None
    after = revised(before, edit)
    return after if changes_question(before, after) else None


def _outcome(row: Any) -> Edited:
    if row.status >= TurnStatus.DONE:
        return Edited.REOPENED
    is_unasked = row.status == TurnStatus.WAITING and row.stage == Stage.ACCEPTED
    return Edited.REPLACED if is_unasked else Edited.INTERRUPTED
