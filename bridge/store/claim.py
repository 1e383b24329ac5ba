"""A message that somebody works on: what is known of it, and how it is claimed."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, bindparam, func, literal_column, select, update

from bridge.model import Inbound, Shown
from bridge.store.tables import RUNNING, WAITING, inbox, now, people, sessions

MESSAGE = TypeAdapter(Inbound)


class Stage(StrEnum):
    """How far a turn is; what it says has happened, has."""

    ACCEPTED = "accepted"
    ASKING = "asking"  #: the question may have reached the bot
    ASKED = "asked"  #: the chat at the bot's side is known by its id
    ANSWERED = "answered"  #: the whole answer is here; what is left is to show it


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message that is ours to answer, and everything already done about it."""

    id: int
    epoch: int
    line: str
    scope: str
    message: Inbound
    user_id: str
    stage: Stage
    accepted_at: float
    attempt: int = 1
    crashes: int = 0  #: how often whoever worked on it never came back
    bot: str | None = None
    conversation_id: str | None = None
    chat_id: str | None = None
    answer: str | None = None
    shown: tuple[Shown, ...] = ()
    told: bool = False  #: the person knows that there is trouble
    conversations: dict[str, str] = field(default_factory=dict)  #: this scope's memory, by bot
    waiting: dict[str, str] = field(default_factory=dict)  #: by bot, the token of what this message may answer

    @property
    def key(self) -> str:
        """Ours, and the same after every restart; stored with the question at the bot's side."""
        return f"turn-{self.id}"


_MEMORY = select(sessions.c.bot, sessions.c.conversation_id, sessions.c.waits).where(
    sessions.c.scope == bindparam("scope")
)
_USER = select(people.c.user_id).where(people.c.adapter == bindparam("adapter"), people.c.person == bindparam("person"))


def claim_heads(owner: str, lease: float) -> Any:
    """
    The claim.

    The head of a line is the row that runs, else the smallest unfinished id: one revived by an operator, or committed
    late by another replica, may be smaller than the one that runs. Asked for as scalar subqueries: the same thing said
    with NOT EXISTS makes PostgreSQL scan every live row for every candidate once many rows are finished.
    """
    head, other, busy = inbox.alias("head"), inbox.alias("other"), inbox.alias("busy")
    running = select(busy.c.id).where(busy.c.line == head.c.line, busy.c.status == RUNNING).scalar_subquery()
    smallest = (
        select(func.min(other.c.id))
        .where(other.c.line == head.c.line, other.c.status < literal_column("2"))
        .scalar_subquery()
    )
    heads = (
        select(head.c.id)
        .where(head.c.status == WAITING, head.c.due <= now(), head.c.id == func.coalesce(running, smallest))
        .order_by(head.c.id)
        .limit(bindparam("limit"))
        .with_for_update(of=head, skip_locked=True)
        .cte("heads")  # as a plain subquery PostgreSQL may run it again for each row, and claim more than the limit
    )
    return (
        update(inbox)
        .where(inbox.c.id.in_(select(heads.c.id)), inbox.c.status == WAITING)
        .values(
            status=RUNNING,
            owner=owner,
            epoch=inbox.c.epoch + 1,
            claims=inbox.c.claims + 1,
            lease_until=now() + lease,
            stopping=False,
        )
        .returning(inbox)
    )


def claimed(connection: Connection, row: Row[Any]) -> Claimed:
    """The claim that a row just became, with what is remembered of its person and scope."""
    user = connection.scalar(_USER, {"adapter": row.adapter, "person": row.person})
    memory = connection.execute(_MEMORY, {"scope": row.scope}).all()
    return Claimed(
        id=row.id,
        epoch=row.epoch,
        line=row.line,
        scope=row.scope,
        message=MESSAGE.validate_json(row.message),
        user_id=str(user),
        stage=Stage(row.stage),
        accepted_at=row.accepted_at,
        attempt=row.claims,
        crashes=row.claims - row.postponements - 1,
        bot=row.bot,
        conversation_id=row.conversation_id,
        chat_id=row.chat_id,
        answer=row.answer,
        shown=tuple(Shown(**shown) for shown in json.loads(row.shown)),
        told=row.told,
        conversations={session.bot: session.conversation_id for session in memory},
        waiting={session.bot: session.waits for session in memory if session.waits is not None},
    )


def dump(shown: Iterable[Shown]) -> str:
    """What stands where, as the column keeps it."""
    return json.dumps([asdict(part) for part in shown])
