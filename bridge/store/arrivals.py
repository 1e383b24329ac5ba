"""How a message becomes a row: the statements that keep it, and their order within the transaction."""

import uuid
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from sqlalchemy import Column, Connection, bindparam, select

from bridge.sdk.model import ChatType, Inbound
from bridge.sdk.unreadable import Unreadable
from bridge.store import stops
from bridge.store.admission import Admission, Ends, Precondition
from bridge.store.batches import BATCH_DUE, Batches
from bridge.store.choices import ChosenInMemories
from bridge.store.claim import MESSAGE
from bridge.store.copies import COPY_DUE, Copies
from bridge.store.database import Database
from bridge.store.dedupe import DedupeKeys
from bridge.store.payments import OverLimit, pay
from bridge.store.statements import insert_into, insert_of
from bridge.store.tables import DEAD, WAITING, engaged_threads, inbox, now, people

DAY: Final = 86400.0
"""Seconds after which it is written again that a person was heard, or a thread used: to the day is exact enough."""


class Accepted(Enum):
    """What became of a message that was handed in."""

    KEPT = "kept"
    COMPLETED = "completed"  #: a message that was kept before says more by it
    REPEATED = "repeated"
    NOT_FOR_US = "not for us"


class Arrivals:
    """The statements, built once."""

    def __init__(self, database: Database, batches: Batches, choices: ChosenInMemories) -> None:
        self._database = database
        self._insert = insert_of(database)
        self._choices = choices
        self._batches = batches
        self._copies = Copies(database)
        self._keys = DedupeKeys(database)
        self._find_engaged = select(engaged_threads.c.used_at).where(engaged_threads.c.place == bindparam("place"))
        thread = insert_into(self._insert, engaged_threads, "place", used_at=now())
        self._engage = _once_a_day(thread, engaged_threads.c.used_at)
        person = insert_into(self._insert, people, "adapter", "person", "user_id", since=now(), seen_at=now())
        self._see_person = _once_a_day(person, people.c.seen_at)
        kept = ("adapter", "person", "queue_key", "scope", "message", "ended")
        message = insert_into(self._insert, inbox, *kept, status=WAITING, accepted_at=now())
        dead = {"status": DEAD, "accepted_at": now(), "finished_at": now()}
        self._insert_dead = insert_into(self._insert, inbox, *kept, "reason", **dead)
        self._insert_message, self._insert_batch = message, message.values(due=BATCH_DUE)
        self._insert_partial = message.values(due=COPY_DUE)

    def writing(self, message: Inbound, admission: Admission) -> Callable[[Connection], Accepted | OverLimit]:
        """The operation, in one transaction, that keeps *message*."""
        row = _row(message, admission)

        def write(connection: Connection) -> Accepted | OverLimit:
            open_batch = self._batches.find_open(connection, queue_key=admission.queue_key, piece=message)
            if not self._is_met(connection, admission.condition, message, joins=open_batch is not None):
                return Accepted.NOT_FOR_US
            new = self._keys.record(connection, row["adapter"], message.dedupe_keys)
            if new < len(message.dedupe_keys):
                return self._join_copy(connection, message, admission) if new and message.is_copy else Accepted.REPEATED
            charges = admission.charges if open_batch is None else ()
            if charges and (over := pay(connection, charges)):
                return over
            row["ended"] = stops.request_stop(self._database, connection, admission.scope, admission.ends)
            if admission.forgets:
                stops.begin_afresh(connection, admission.scope)
            if admission.chosen is not None:
                self._choices.keep(
                    connection, admission.scope, admission.chosen, by=f"{row['adapter']}:{row['person']}"
                )
            self._insert_or_extend(connection, row, message, open_batch)
            return Accepted.KEPT

        return write

    def putting_aside(self, unreadable: Unreadable) -> Callable[[Connection], Accepted]:
        """The operation, in one transaction, that keeps it as a dead letter."""
        message = unreadable.as_message()
        row = _row(message, Admission.in_order(f"unreadable/{unreadable.adapter}"))

        def write(connection: Connection) -> Accepted:
            if not self._keys.record(connection, unreadable.adapter, message.dedupe_keys):
                return Accepted.REPEATED
            connection.execute(self._insert_dead, {**row, "reason": unreadable.reason})
            return Accepted.KEPT

        return write

    def _is_met(self, connection: Connection, condition: Precondition, message: Inbound, *, joins: bool) -> bool:
        match condition:
            case Precondition.NONE:
                return True
            case Precondition.JOINING:
                return joins
            case Precondition.ENGAGED if message.follows is not None:
                return self._keys.knows(connection, message.where.adapter, message.follows)
            case Precondition.ENGAGED:
                return connection.scalar(self._find_engaged, {"place": str(message.where)}) is not None

    def _join_copy(self, connection: Connection, copy: Inbound, admission: Admission) -> Accepted:
        """Add what another *copy* of a kept message says beyond it."""
        joined = self._copies.merge(connection, copy, scope=admission.scope, queue_key=admission.queue_key)
        if isinstance(joined, bool):
            return Accepted.COMPLETED if joined else Accepted.REPEATED
        self._insert_or_extend(connection, _row(joined, Admission.in_order(admission.scope)), joined, None)
        return Accepted.KEPT

    def _insert_or_extend(self, connection: Connection, row: dict[str, Any], message: Inbound, open_batch: Any) -> None:
        user = {"adapter": row["adapter"], "person": row["person"], "user_id": f"u-{uuid.uuid4().hex}"}
        if not message.pushed:  # by nobody
            connection.execute(self._see_person, user)
        if open_batch is None:
            connection.execute(self._insert_of(message), row)
        else:
            self._batches.extend(connection, open_batch, message)
        if message.where.thread and message.chat_type is not ChatType.PRIVATE:  # there all is heard anyway
            connection.execute(self._engage, {"place": str(message.where)})

    def _insert_of(self, message: Inbound) -> Any:
        """The statement for a first piece or copy, which differ in when the message is due."""
        if message.batch:
            return self._insert_batch
        return self._insert_partial if message.is_partial else self._insert_message


def _once_a_day(insert: Any, at: Column[float]) -> Any:
    """*insert*; where the row exists, its time *at* is set to now, but once a day only."""
    row = [*at.table.primary_key]
    return insert.on_conflict_do_update(index_elements=row, set_={at.name: now()}, where=at < now() - DAY)


def _row(message: Inbound, admission: Admission) -> dict[str, Any]:
    return {
        "adapter": message.where.adapter,
        "person": message.author.id,
        "queue_key": admission.queue_key,
        "scope": admission.scope,
        "message": MESSAGE.dump_json(message).decode(),
        "ended": Ends.NOTHING,
    }
