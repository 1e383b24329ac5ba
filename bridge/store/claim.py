"""A message that somebody works on: what is known of it, and how it is claimed."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, bindparam, func, literal_column, select, update

from bridge.sdk.model import Asked, Inbound, Shown
from bridge.store.tables import RUNNING, WAITING, inbox, now, people, sessions

MESSAGE = TypeAdapter(Inbound)

SOMEBODY = "u-somebody"
"""What bots know a person by whom we were told to forget while a message of theirs still waited."""


_KEY = "turn-"


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
    offers: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()
    told: bool = False  #: the person knows that there is trouble
    conversations: dict[str, str] = field(default_factory=dict)  #: this scope's memory, by bot
    waiting: dict[str, str] = field(default_factory=dict)  #: by bot, the token of what this message may answer

    @property
    def key(self) -> str:
        """Ours, and the same after every restart; stored with the question at the bot's side."""
        return f"{_KEY}{self.id}"

    @property
    def owner(self) -> str:
        """Whose the conversation is."""
        return owner_of(self.scope, self.user_id)


def number_of(key: str) -> int | None:
    """The number of the turn with that `key`, if it is one of ours."""
    number = key.removeprefix(_KEY)
    return int(number) if key != number and number.isdecimal() and len(number) < 19 else None  # noqa: PLR2004 - of 64 bits


def owner_of(scope: str, user_id: str) -> str:
    """Whose conversations those of that *scope* are: the person's or, where several share one, all of theirs."""
    if scope.startswith("person/"):
        return user_id
    return f"c-{blake2b(scope.encode(), digest_size=16).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Who has answered a turn, and where."""

    bot: str
    owner: str
    asked: Asked


_MEMORY = select(sessions.c.scope, sessions.c.bot, sessions.c.conversation_id, sessions.c.waits).where(
    sessions.c.scope.in_(bindparam("scopes", expanding=True))
)
_USERS = select(people.c.adapter, people.c.person, people.c.user_id).where(
    people.c.person.in_(bindparam("persons", expanding=True)),
    people.c.adapter.in_(bindparam("adapters", expanding=True)),
)


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


def claimed(connection: Connection, rows: Sequence[Row[Any]]) -> list[Claimed]:
    """The claims that *rows* just became, oldest first, with what is remembered of their people and scopes."""
    if not rows:
        return []
    who = {"persons": [row.person for row in rows], "adapters": list({row.adapter for row in rows})}
    users = {(row.adapter, row.person): str(row.user_id) for row in connection.execute(_USERS, who)}
    memory: dict[str, list[Any]] = {}
    for session in connection.execute(_MEMORY, {"scopes": [row.scope for row in rows]}):
        memory.setdefault(session.scope, []).append(session)
    oldest_first = sorted(rows, key=lambda row: int(row.id))
    return [
        _claimed(row, users.get((row.adapter, row.person), SOMEBODY), memory.get(row.scope, [])) for row in oldest_first
    ]


def _claimed(row: Row[Any], user: str, memory: Iterable[Row[Any]]) -> Claimed:
    return Claimed(
        id=row.id,
        epoch=row.epoch,
        line=row.line,
        scope=row.scope,
        message=MESSAGE.validate_json(row.message),
        user_id=user,
        stage=Stage(row.stage),
        accepted_at=row.accepted_at,
        attempt=row.claims,
        crashes=row.claims - row.postponements - 1,
        bot=row.bot,
        conversation_id=row.conversation_id,
        chat_id=row.chat_id,
        answer=row.answer,
        offers=tuple(json.loads(row.offers)),
        shown=tuple(Shown(**shown) for shown in json.loads(row.shown)),
        told=row.told,
        conversations={session.bot: session.conversation_id for session in memory},
        waiting={session.bot: session.waits for session in memory if session.waits is not None},
    )


def dump(shown: Iterable[Shown]) -> str:
    """What stands where, as the column keeps it."""
    return json.dumps([asdict(part) for part in shown])
