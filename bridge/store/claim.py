"""Turns: how messages are claimed, and what is known of one that was."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Row, bindparam, func, literal_column, select, update

from bridge.sdk.answers import SentPart
from bridge.sdk.asking import ChatRef
from bridge.sdk.model import Inbound
from bridge.store.admission import Ends
from bridge.store.sealing import Unopened, legible
from bridge.store.tables import RUNNING, WAITING, inbox, now, people, sessions

MESSAGE = TypeAdapter(Inbound)
_FOLLOW_UPS = TypeAdapter(tuple[str, ...])
_PARTS = TypeAdapter(tuple[SentPart, ...])
_PART_FIELDS = tuple(field.name for field in fields(SentPart))

FORGOTTEN_USER_ID = "u-somebody"
"""What bots know people by who were erased while a message of theirs still waited."""

_KEY = "turn-"


class Stage(StrEnum):
    """How far a turn is."""

    ACCEPTED = "accepted"
    ASKING = "asking"  #: the question may have reached the bot
    ASKED = "asked"  #: the chat at the bot's side is known by its id
    ANSWERED = "answered"  #: the whole answer is here; what is left is to show it


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message that is ours to answer, and everything already done about it."""

    id: int  #: its row in the inbox; the order in which messages came
    epoch: int  #: the fencing token: how often it was claimed; whoever holds an older one writes nothing
    queue_key: str  #: turns of one queue are answered one after the other
    scope: str  #: whose memory the answer uses
    message: Inbound  #: what was said
    user_id: str  #: the author, as the bot's side knows them: opaque, the same in all its conversations
    stage: Stage  #: how far an earlier claim has come
    accepted_at: float  #: when it was written down, by the database's clock; seconds since 1970
    attempt: int = 1  #: this one's number, from 1
    crashes: int = 0  #: how often a process died while it ran
    bot: str | None = None  #: by name, once it was asked; a turn that goes on stays with it
    conversation_id: str | None = None  #: where the bot was asked; None before
    chat_id: str | None = None  #: of the bot's side, once it took the question
    answer: str | None = None  #: all of it, once the bot has said it; what remains is to show it
    follow_ups: tuple[str, ...] = ()  #: questions that the bot proposed with its answer
    parts: tuple[SentPart, ...] = ()  #: what is known of the messages that show the answer
    stop_requested: bool = False  #: somebody wanted it stopped before it was claimed
    is_edited: bool = False  #: its author has changed the question since; what is asked must be stopped first
    ended: Ends = Ends.NOTHING  #: what there was to end when this message arrived
    failure_notified: bool = False  #: the person knows that there is trouble
    conversations: dict[str, str] = field(default_factory=dict)  #: this scope's memory, by bot
    resume_tokens: dict[str, str] = field(default_factory=dict)  #: by bot, the token of what this message may answer
    answered_turns: dict[str, int] = field(default_factory=dict)  #: by bot, the newest turn answered in this memory
    last_used: dict[str, float] = field(default_factory=dict)  #: by bot, when this memory was last asked in; since 1970

    @property
    def key(self) -> str:
        """Its name outside of the database, the same after every restart; messages of its answer and their buttons carry it."""
        return f"{_KEY}{self.id}"

    @property
    def question_key(self) -> str:
        """The key that is stored with the question at the bot's side; an edited question has another."""
        return f"{self.key}~{self.message.revision}" if self.message.revision else self.key

    @property
    def chat_ref(self) -> ChatRef | None:
        """The chat in which it is answered, once that is known."""
        if self.conversation_id is None or self.chat_id is None:
            return None
        return ChatRef(conversation_id=self.conversation_id, chat_id=self.chat_id)

    @property
    def conversation_owner(self) -> str:
        """Whose the conversation is at the bot's side."""
        return owner_of_conversation(self.scope, self.user_id)


def number_of(key: str) -> int | None:
    """The id of the turn with that `Turn.key`; None if it cannot be one."""
    number = key.removeprefix(_KEY)
    return int(number) if key != number and number.isdecimal() and len(number) < 19 else None  # noqa: PLR2004 - of 64 bits


def owner_of_conversation(scope: str, user_id: str) -> str:
    """Who owns the conversations of that *scope* at the bots' sides: the person or, where several share it, the scope itself."""
    if scope.startswith("person/"):
        return user_id
    return f"c-{blake2b(scope.encode(), digest_size=16).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTurn:
    """The turn that a button below its answer is about."""

    id: int  #: its row in the inbox
    question: Inbound  #: what was asked


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredTurn:
    """Who has answered a turn, and where."""

    bot: str  #: by its name in the config
    conversation_owner: str  #: whose the conversation is, as `Bot.for_owner` wants to know
    chat: ChatRef  #: the run of the bot that answered


_MEMORY = select(
    sessions.c.scope,
    sessions.c.bot,
    sessions.c.conversation_id,
    sessions.c.resume_token,
    sessions.c.answered_turn,
    sessions.c.used_at,
).where(sessions.c.scope.in_(bindparam("scopes", expanding=True)))
_USERS = select(people.c.adapter, people.c.person, people.c.user_id).where(
    people.c.person.in_(bindparam("persons", expanding=True)),
    people.c.adapter.in_(bindparam("adapters", expanding=True)),
)


def claim_statement(owner: str, lease: float) -> Any:
    """
    The statement that claims the heads of queues that are due.

    The head of a queue is the row that runs, else the smallest unfinished id: one revived by an operator, or committed
    late by another replica, may be smaller than the one that runs. Both are scalar subqueries: with NOT EXISTS, PostgreSQL
    scans every live row for every candidate once many rows are finished.
    """
    head, other, busy = inbox.alias("head"), inbox.alias("other"), inbox.alias("busy")
    running = select(busy.c.id).where(busy.c.queue_key == head.c.queue_key, busy.c.status == RUNNING).scalar_subquery()
    smallest = (
        select(func.min(other.c.id))
        .where(other.c.queue_key == head.c.queue_key, other.c.status < literal_column("2"))
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
            lease_owner=owner,
            epoch=inbox.c.epoch + 1,
            attempts=inbox.c.attempts + 1,
            lease_until=now() + lease,
        )
        .returning(inbox)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What became of the rows that were claimed together."""

    turns: list[Turn]  #: oldest first
    unreadable: dict[int, str]  #: by number, why a row cannot be read; another version wrote it, or a disk garbled it


def load_claims(connection: Connection, rows: Sequence[Row[Any]]) -> Claims:
    """The claims that *rows* just became, with what is remembered of their people and scopes."""
    claims = Claims(turns=[], unreadable={})
    if not rows:
        return claims
    who = {"persons": [row.person for row in rows], "adapters": list({row.adapter for row in rows})}
    users = {(row.adapter, row.person): str(row.user_id) for row in connection.execute(_USERS, who)}
    memory: dict[str, list[Any]] = {}
    for session in connection.execute(_MEMORY, {"scopes": [row.scope for row in rows]}):
        memory.setdefault(session.scope, []).append(session)
    for row in sorted(rows, key=lambda row: int(row.id)):
        user = users.get((row.adapter, row.person), FORGOTTEN_USER_ID)
        try:
            claims.turns.append(_turn(row, user, memory.get(row.scope, [])))
        except (ValueError, TypeError) as failure:
            claims.unreadable[int(row.id)] = _why_unreadable(failure)
    return claims


def _why_unreadable(failure: ValueError | TypeError) -> str:
    """In words that quote nothing of what people wrote."""
    if isinstance(failure, Unopened):
        return f"unreadable: {failure}"
    if not isinstance(failure, ValidationError):
        return f"unreadable: {failure if isinstance(failure, TypeError) else type(failure).__name__}"
    first = failure.errors(include_url=False, include_context=False, include_input=False)[0]
    field_path = ".".join(map(str, first["loc"]))
    return f"unreadable: {failure.title}{f'.{field_path}' if field_path else ''}: {first['type']}"


def read_stored(message: str | None) -> Inbound | None:
    """The message of a row; None where it is erased, or cannot be read."""
    try:
        return MESSAGE.validate_json(message or "")
    except (ValueError, TypeError):
        return None


def _turn(row: Row[Any], user: str, memory: Iterable[Row[Any]]) -> Turn:
    return Turn(
        id=row.id,
        epoch=row.epoch,
        queue_key=row.queue_key,
        scope=row.scope,
        message=MESSAGE.validate_json(legible(row.message or "")),
        user_id=user,
        stage=Stage(row.stage),
        accepted_at=row.accepted_at,
        attempt=row.attempts,
        crashes=row.attempts - row.retries - 1,
        bot=row.bot,
        conversation_id=row.conversation_id,
        chat_id=row.chat_id,
        answer=row.answer and legible(row.answer),
        follow_ups=_FOLLOW_UPS.validate_json(legible(row.follow_ups)),
        parts=_parts_at(Stage(row.stage), load_parts(row.parts)),
        is_edited=row.edit is not None,
        failure_notified=row.failure_notified,
        stop_requested=row.stop_requested,
        ended=Ends(row.ended),
        conversations={session.bot: session.conversation_id for session in memory},
        last_used={session.bot: session.used_at for session in memory},
        resume_tokens={session.bot: session.resume_token for session in memory if session.resume_token is not None},
        answered_turns={session.bot: session.answered_turn for session in memory if session.answered_turn is not None},
    )


def _parts_at(stage: Stage, parts: tuple[SentPart, ...]) -> tuple[SentPart, ...]:
    """The *parts* at that *stage*; of an answer that has not begun, finished parts are an older answer's, and to be replaced."""
    if stage not in (Stage.ACCEPTED, Stage.ASKING):
        return parts
    return tuple(replace(part, digest="") for part in parts if part.ref is not None or not part.digest)


def dump_parts(parts: Iterable[SentPart]) -> str:
    """The *parts* as JSON, for the column of that name."""
    return json.dumps([{name: getattr(part, name) for name in _PART_FIELDS} for part in parts])


def read_parts(parts: str) -> tuple[SentPart, ...]:
    """As `load_parts`; nothing where it cannot be read."""
    with suppress(ValueError):
        return load_parts(parts)
    return ()


def load_parts(parts: str) -> tuple[SentPart, ...]:
    """The parts of a column of that name; `ValueError` where it cannot be read."""
    return _PARTS.validate_json(legible(parts))
