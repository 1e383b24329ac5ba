"""
Messages from the moment they are heard until they are answered or given up: a verb each, a transaction each.

```
accept ─► waiting ──claim──► running ──settle──► done
             ▲                 │  │
             └─postpone,release┘  └──dead_letter──► dead ──retry──► waiting
```

Order and concurrency are a property of `claim`: only the head of each queue can be claimed.
What a crash could lose is a column: how far the turn is (`Stage`), the chat at the bot's side, what has been shown where.
Whoever writes on a running row proves that it is still theirs (owner and epoch), or gets `LeaseLost`.
"""

import asyncio
import json
import uuid
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bridge.sdk.errors import LeaseLost
from bridge.sdk.model import ChatRef, ChatStarted, Inbound, Place, SentPart
from bridge.store import claim
from bridge.store.claim import MESSAGE, AnsweredTurn, Stage, Turn, dump_parts
from bridge.store.database import Database
from bridge.store.tables import (
    DEAD,
    DONE,
    RUNNING,
    WAITING,
    dedupe_keys,
    engaged_threads,
    inbox,
    leases,
    now,
    people,
    sessions,
)
from bridge.store.wakeup import Wakeup

BATCH_WINDOW = 1.2
"""Seconds after a piece of a batch in which the next may come: apps send albums and long texts within one."""


class Accepted(Enum):
    """What became of a message that was handed in."""

    KEPT = "kept"
    REPEATED = "repeated"
    NOT_FOR_US = "not for us"


class Inbox:
    """Messages accepted and not yet let go."""

    def __init__(self, database: Database, wakeup: Wakeup, *, owner: str, lease: float) -> None:
        self._database = database
        self._wakeup = wakeup
        self._owner = owner
        self._lease = lease
        self._sql = _Statements(postgresql.insert if database.shared else sqlite.insert, shared=database.shared)
        self._heads = claim.claim_statement(owner, lease)

    # In

    async def accept(
        self,
        message: Inbound,
        *,
        scope: str,
        urgent: bool = False,
        only_if_engaged: bool = False,
        only_if_joining: bool = False,
    ) -> Accepted:
        """
        Keep *message*, unless it was kept before.

        *urgent*: it must not wait for the answers before it; a rating waits for other ratings alone. *only_if_engaged*:
        it counts only if we are already part of its thread. *only_if_joining*: only as a further piece of a batch. A
        message kept from a thread makes us part of it. A batch is due when no further piece has come for `BATCH_WINDOW`
        seconds.
        """
        row = {
            "adapter": message.where.adapter,
            "person": message.author.id,
            "queue_key": f"{scope} thumbs" if message.rating else f"{scope} now" if urgent else scope,
            "scope": scope,
            "message": MESSAGE.dump_json(message).decode(),
        }

        def write(connection: Connection) -> Accepted:
            open_batch = self._open_batch(connection, row, message.batch) if message.batch else None
            if only_if_engaged and not connection.scalar(self._sql.find_engaged_thread, {"place": str(message.where)}):
                return Accepted.NOT_FOR_US
            if only_if_joining and open_batch is None:
                return Accepted.NOT_FOR_US
            if not self._record_dedupe_keys(connection, row["adapter"], message.dedupe_keys):
                return Accepted.REPEATED
            self._insert_or_extend(connection, row, message, open_batch)
            return Accepted.KEPT

        accepted = await self._database.write(write)
        if accepted is Accepted.KEPT:
            self._wakeup.set()
        return accepted

    def _open_batch(self, connection: Connection, piece: dict[str, str], batch: str) -> Any:
        """The row of what its author has said of the *batch* so far, while nobody has claimed it."""
        newest = connection.execute(
            self._sql.newest_unclaimed, {"of": piece["queue_key"], "by": piece["person"]}
        ).first()
        return newest if newest and MESSAGE.validate_json(newest.message).batch == batch else None

    def _insert_or_extend(self, connection: Connection, row: dict[str, str], message: Inbound, open_batch: Any) -> None:
        user = {"adapter": row["adapter"], "person": row["person"], "user_id": f"u-{uuid.uuid4().hex}"}
        if not message.pushed:  # by nobody
            connection.execute(self._sql.insert_person, user)
        if open_batch is None:
            connection.execute(self._sql.insert_batch if message.batch else self._sql.insert_message, row)
        else:
            whole = MESSAGE.validate_json(open_batch.message).merged_with(message)
            connection.execute(
                self._sql.extend_batch, {"number": open_batch.id, "whole": MESSAGE.dump_json(whole).decode()}
            )
        if message.where.thread:
            connection.execute(self._sql.insert_engaged_thread, {"place": str(message.where)})

    def _record_dedupe_keys(self, connection: Connection, adapter: str, keys: Sequence[str]) -> bool:
        """Whether all the *keys* are new; from now on none is."""
        named = {f"key_{index}": key for index, key in enumerate(keys)}
        new = connection.execute(self._sql.insert_dedupe_keys(len(keys)), {"adapter": adapter, **named}).all()
        return len(new) == len(keys)

    # Through

    async def claim(self, limit: int) -> list[Turn]:
        """Take up to *limit* messages that are due, each the head of its queue; oldest first."""

        def write(connection: Connection) -> list[Turn]:
            return claim.load_claims(connection, connection.execute(self._heads, {"limit": limit}).all())

        return await self._database.write(write)

    async def renew(self, ids: Sequence[int]) -> set[int]:
        """Keep our claims for another lease; gives those that are still ours."""
        held = update(inbox).where(inbox.c.id.in_(ids), inbox.c.lease_owner == self._owner, inbox.c.status == RUNNING)
        renewed = held.values(lease_until=now() + self._lease).returning(inbox.c.id)
        return await self._database.write(lambda connection: set(connection.scalars(renewed)))

    async def requeue_expired(self, *, alone: bool = False) -> int:
        """Let messages wait again whose owner did not renew in time; *alone*: whoever the owner was."""
        stale = update(inbox).where(inbox.c.status == RUNNING)
        if not alone:
            stale = stale.where(inbox.c.lease_until < now())
        freed = stale.values(status=WAITING, lease_owner=None, lease_until=None)
        return await self._database.write(lambda connection: connection.execute(freed).rowcount)

    async def follow_clock_change(self, seconds: float) -> None:
        """
        Move every time that is still to come: somebody set the machine's clock, and the times were meant by the old one.

        The clock of a PostgreSQL is its server's, and not ours to follow.
        """
        if self._database.shared:
            return
        later = {name: inbox.c[name] + seconds for name in ("accepted_at", "due", "lease_until")}
        unfinished = update(inbox).where(inbox.c.status < literal_column("2")).values(**later)
        held = update(leases).values(until=leases.c.until + seconds)

        def write(connection: Connection) -> None:
            connection.execute(unfinished)
            connection.execute(held)

        await self._database.write(write)

    async def retry_postponed_now(self) -> int:
        """Let everything that was postponed be tried again now: what was away is back."""
        due = update(inbox).where(inbox.c.status == WAITING, inbox.c.due > now()).values(due=now())
        retried = await self._database.write(lambda connection: connection.execute(due).rowcount)
        self._wakeup.set()
        return retried

    # A turn's progress

    async def record_asking(self, claimed: Turn, *, bot: str, conversation_id: str) -> None:
        """
        Write down that this bot is about to be asked in that conversation.

        It is the scope's memory from now on; one that replaces another is so only once the bot has taken the question.
        """

        def write(connection: Connection) -> None:
            self._update_held(
                connection, claimed, stage=Stage.ASKING, bot=bot, conversation_id=conversation_id, chat_id=None
            )
            if claimed.conversations.get(bot, conversation_id) == conversation_id:
                self._remember(connection, claimed, bot, conversation_id)

        await self._database.write(write, retry_while_away=True)

    def record_asked(
        self, claimed: Turn, begun: ChatStarted, *, bot: str, parts: Iterable[SentPart]
    ) -> asyncio.Future[None]:
        """Write down the chat at the bot's side, and which message is about to appear."""
        conversation_id = begun.conversation_id
        values = {"conversation_id": conversation_id, "chat_id": begun.chat_id, "parts": dump_parts(parts)}

        def write(connection: Connection) -> None:
            self._update_held(connection, claimed, stage=Stage.ASKED, **values)
            if conversation_id != claimed.conversations.get(bot):
                self._remember(connection, claimed, bot, conversation_id)

        return self._database.write(write, retry_while_away=True)

    async def record_not_asked(self, claimed: Turn) -> None:
        """Write down that the bot has surely not taken the question, or will never answer it: it may be asked again."""
        await self._write_held(claimed, stage=Stage.ACCEPTED, chat_id=None)

    def record_answer(
        self,
        claimed: Turn,
        *,
        answer: str,
        tokens: int,
        parts: Iterable[SentPart],
        follow_ups: tuple[str, ...] = (),
        resume_token: str | None = None,
    ) -> asyncio.Future[None]:
        """Write down the whole answer, what the bot waits for from now on, and which messages are about to appear."""
        said = {"answer": answer, "follow_ups": json.dumps(follow_ups), "tokens": tokens}
        values = {"stage": Stage.ANSWERED, **said, "parts": dump_parts(parts)}

        def write(connection: Connection) -> None:
            self._update_held(connection, claimed, **values)
            if resume_token or claimed.resume_tokens:
                connection.execute(
                    self._sql.set_resume_token, {"of": claimed.scope, "turn": claimed.id, "now": resume_token}
                )

        return self._database.write(write, retry_while_away=True)

    def record_parts(self, claimed: Turn, parts: Iterable[SentPart]) -> asyncio.Future[None]:
        """Write down what stands where."""
        return self._write_held(claimed, parts=dump_parts(parts))

    async def record_failure_notice(self, claimed: Turn) -> None:
        """Write down that the person is about to hear of the trouble; once is enough."""
        await self._database.write(lambda connection: self._update_held(connection, claimed, failure_notified=True))

    # Out

    async def settle(self, claimed: Turn, *, parts: Iterable[SentPart] = ()) -> None:
        """Answered: let it go."""
        await self._write_held(claimed, self._sql.settle, parts=dump_parts(parts))

    async def postpone(self, claimed: Turn, *, seconds: float, because: str, counts_as_crash: bool = False) -> None:
        """Try again in so many seconds; *counts_as_crash*: count it like a crash, which few turns survive."""
        postpone = self._sql.ours.values(
            status=WAITING,
            due=now() + seconds,
            reason=because,
            retries=inbox.c.retries + int(not counts_as_crash),
            lease_owner=None,
            lease_until=None,
        )
        await self._write_held(claimed, postpone)

    async def dead_letter(self, claimed: Turn, *, because: str) -> None:
        """Give up: move it to the dead letters, and say why; an operator may revive it."""
        dead_letter = self._sql.ours.values(status=DEAD, finished_at=now(), reason=because, lease_until=None)
        await self._write_held(claimed, dead_letter)

    async def release(self, claims: Iterable[Turn], *, seconds: float = 0.0) -> None:
        """Leave running turns to whoever comes next, in so many *seconds* at the earliest; nobody is to blame."""
        due, attempts_before = now() + seconds, inbox.c.attempts - 1
        free = self._sql.ours.values(
            status=WAITING, lease_owner=None, lease_until=None, due=due, attempts=attempts_before
        )
        held = [{"our_id": one.id, "our_owner": self._owner, "our_epoch": one.epoch} for one in claims]

        def write(connection: Connection) -> None:
            for ours in held:
                connection.execute(free, ours)
            self._notify(connection)

        await self._database.write(write)

    # Stopping

    async def request_stop(self, scope: str) -> bool:
        """Ask whoever answers in that scope to stop; False if nobody does."""
        running = update(inbox).where(inbox.c.queue_key == scope, inbox.c.status == RUNNING).values(stop_requested=True)

        def write(connection: Connection) -> bool:
            found = connection.execute(running).rowcount > 0
            self._notify(connection, "stop")
            return found

        found = await self._database.write(write)
        self._wakeup.set(stop=found)
        return found

    async def queue_length(self, queue_key: str) -> int:
        """How many messages wait in that queue."""
        unfinished = inbox.c.status < literal_column("2")  # as the index says it: SQLite draws no conclusions
        counted = select(func.count()).where(inbox.c.queue_key == queue_key, unfinished, inbox.c.status == WAITING)
        return await self._database.write(lambda connection: connection.scalar(counted) or 0)

    async def stop_requested_ids(self, ids: Sequence[int]) -> list[int]:
        """Which of our running turns somebody wants stopped."""
        wanted = select(inbox.c.id).where(inbox.c.id.in_(ids), inbox.c.stop_requested, inbox.c.status == RUNNING)
        return await self._database.write(lambda connection: list(connection.scalars(wanted)))

    # Looking back

    async def newest_scope(self, scopes: Sequence[str], under: str) -> str | None:
        """The scope of the newest unfinished message of those *scopes*, or of any that begins with *under*."""
        ours = inbox.c.scope.in_(scopes) | inbox.c.scope.startswith(under, autoescape=True)
        newest = select(inbox.c.scope).where(inbox.c.status < literal_column("2"), ours).order_by(inbox.c.id.desc())
        return await self._database.read(lambda connection: connection.scalar(newest.limit(1)))

    async def answered_by(self, key: str, where: Place) -> AnsweredTurn | None:
        """
        The bot that answered the turn with that *key*, and where; None if it is not known, or not any more.

        A press brings the key back, and could bring any: only turns of that very chat are told of.
        """
        turn = {"turn": claim.number_of(key), "by": where.adapter}
        row = await self._database.read(lambda connection: connection.execute(_ANSWERED_BY, turn).first())
        if row is None or row.message is None or MESSAGE.validate_json(row.message).where.chat != where.chat:
            return None
        asked = ChatRef(conversation_id=row.conversation_id, chat_id=row.chat_id)
        return AnsweredTurn(
            bot=row.bot, conversation_owner=claim.owner_of_conversation(row.scope, row.user_id), chat=asked
        )

    # Keeping house

    async def prune(self, *, bodies: float, keys: float, limit: int = 1000) -> int:
        """
        Remove up to *limit* turns ended so many seconds ago, and some dedupe keys as old as *keys*; gives how many turns.

        Some: ten for each turn that may go, where a message has two or three.
        """
        few, many = _number(limit), _number(10 * limit)
        ended = inbox.c.status > literal_column("1")  # as the index says it
        old = select(inbox.c.id).where(ended, inbox.c.finished_at < now() - bodies).limit(few)
        stale = select(dedupe_keys.c.adapter, dedupe_keys.c.key).where(dedupe_keys.c.seen_at < now() - keys).limit(many)

        def write(connection: Connection) -> int:
            connection.execute(delete(dedupe_keys).where(tuple_(dedupe_keys.c.adapter, dedupe_keys.c.key).in_(stale)))
            return connection.execute(delete(inbox).where(inbox.c.id.in_(old))).rowcount

        return await self._database.write(write)

    # Within a transaction

    def _write_held(self, claimed: Turn, statement: Any = None, **values: Any) -> asyncio.Future[None]:
        """As `_update_held`, in a transaction of its own; while the database is away it waits, as nobody else knows of it."""
        return self._database.write(
            lambda connection: self._update_held(connection, claimed, statement, **values), retry_while_away=True
        )

    def _update_held(self, connection: Connection, claimed: Turn, statement: Any = None, **values: Any) -> None:
        """Write *values*, and what *statement* computes, on a turn that is still ours."""
        ours = {"our_id": claimed.id, "our_owner": self._owner, "our_epoch": claimed.epoch}
        if not connection.execute(self._sql.ours if statement is None else statement, {**ours, **values}).rowcount:
            raise LeaseLost(f"turn {claimed.id} is not ours any more")

    def _remember(self, connection: Connection, claimed: Turn, bot: str, conversation_id: str) -> None:
        session = {"scope": claimed.scope, "bot": bot, "user_id": claimed.user_id, "conversation_id": conversation_id}
        connection.execute(self._sql.upsert_session, {**session, "place": str(claimed.message.where)})

    def _notify(self, connection: Connection, payload: str = "") -> None:
        if self._database.shared:
            connection.execute(_NOTIFY, {"payload": payload})


_BATCH_DUE = now() + BATCH_WINDOW
_NOTIFY = select(func.pg_notify("bridge", bindparam("payload")))
_NOTIFIED = func.pg_notify("bridge", "")  # by the very statement that has something new: one way to the server less
_ANSWERED_BY = (
    select(inbox.c.message, inbox.c.scope, inbox.c.bot, inbox.c.conversation_id, inbox.c.chat_id, people.c.user_id)
    .join_from(inbox, people, (people.c.adapter == inbox.c.adapter) & (people.c.person == inbox.c.person))
    .where(inbox.c.id == bindparam("turn"), inbox.c.adapter == bindparam("by"), inbox.c.chat_id.is_not(None))
)


class _Statements:
    """What every message needs, built once; building a statement costs more than running it."""

    def __init__(self, insert: Any, *, shared: bool) -> None:
        self._key_inserts: dict[int, Any] = {}
        self._insert = insert
        self.find_engaged_thread = select(engaged_threads.c.since).where(engaged_threads.c.place == bindparam("place"))
        self.insert_person = _new(insert, people, "adapter", "person", "user_id", since=now()).on_conflict_do_nothing()
        self.insert_engaged_thread = _new(insert, engaged_threads, "place", since=now()).on_conflict_do_nothing()
        self.ours = update(inbox).where(
            inbox.c.id == bindparam("our_id"),
            inbox.c.lease_owner == bindparam("our_owner"),
            inbox.c.epoch == bindparam("our_epoch"),
            inbox.c.status == RUNNING,
        )
        self.settle = self.ours.values(status=DONE, finished_at=now(), lease_until=None)
        kept = ("adapter", "person", "queue_key", "scope", "message")
        self.insert_message = _new(insert, inbox, *kept, status=WAITING, accepted_at=now())
        self.insert_batch = self.insert_message.values(due=_BATCH_DUE)
        unclaimed = (inbox.c.status == WAITING, inbox.c.attempts == 0)
        mine = (
            inbox.c.queue_key == bindparam("of"),
            inbox.c.person == bindparam("by"),
            inbox.c.status < literal_column("2"),
        )
        newest = select(inbox.c.id, inbox.c.message).where(*mine, *unclaimed)
        self.newest_unclaimed = newest.order_by(inbox.c.id.desc()).limit(1)
        joined = update(inbox).where(inbox.c.id == bindparam("number"), *unclaimed)
        self.extend_batch = joined.values(message=bindparam("whole"), due=_BATCH_DUE)
        if shared:
            self.insert_message, self.insert_batch, self.extend_batch = (
                each.returning(_NOTIFIED) for each in (self.insert_message, self.insert_batch, self.extend_batch)
            )
        session = ("scope", "bot", "user_id", "conversation_id", "place")
        remember = _new(insert, sessions, *session, opened_at=now(), used_at=now())
        fresh = {name: remember.excluded[name] for name in ("user_id", "conversation_id", "used_at")}
        asked = select(inbox.c.bot).where(inbox.c.id == bindparam("turn")).scalar_subquery()
        waiting = update(sessions).where(sessions.c.scope == bindparam("of"), sessions.c.bot == asked)
        self.set_resume_token = waiting.values(resume_token=bindparam("now"))
        self.upsert_session = remember.on_conflict_do_update(index_elements=["scope", "bot"], set_=fresh)

    def insert_dedupe_keys(self, number: int) -> Any:
        """Remember so many keys, and give those that nobody has remembered before."""
        if number not in self._key_inserts:
            keys = (_text(f"key_{index}") for index in range(number))
            each = [select(_text("adapter"), key, now()).where(true()) for key in keys]  # true: for SQLite's parser
            unseen = self._insert(dedupe_keys).from_select(["adapter", "key", "seen_at"], union_all(*each))
            self._key_inserts[number] = unseen.on_conflict_do_nothing().returning(dedupe_keys.c.key)
        return self._key_inserts[number]


def _number(value: int) -> ColumnElement[int]:
    """As a literal: PostgreSQL takes a limit that it does not know for a tenth of the table."""
    return literal_column(str(value))


def _text(name: str) -> ColumnElement[str]:
    return cast(bindparam(name), Text)


def _new(insert: Any, table: Table, *given: str, **computed: Any) -> Any:
    return insert(table).values(**{name: bindparam(name) for name in given}, **computed)
