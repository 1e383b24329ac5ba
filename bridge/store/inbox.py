"""
Messages from the moment they are heard until they are answered or given up: a verb each, a transaction each.

```
accept ─► waiting ──claim──► running ──settle──► done
             ▲                 │  │
             └─postpone,release┘  └──bury──► dead ──retry──► waiting
```

Order and concurrency are a property of `claim`: only the head of each line can be claimed.
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
from bridge.sdk.model import Asked, Begun, Inbound, Place, Shown
from bridge.store import claim
from bridge.store.claim import MESSAGE, Answered, Claimed, Stage, dump
from bridge.store.database import Database
from bridge.store.tables import DEAD, DONE, RUNNING, WAITING, inbox, leases, now, people, seen, sessions, threads
from bridge.store.wakeup import Bell

GATHERING = 1.2
"""Seconds after a piece of a batch in which the next may come: apps send albums and long texts within one."""


class Accepted(Enum):
    """What became of a message that was handed in."""

    KEPT = "kept"
    REPEATED = "repeated"
    NOT_FOR_US = "not for us"


class Inbox:
    """Messages accepted and not yet let go."""

    def __init__(self, database: Database, bell: Bell, *, owner: str, lease: float) -> None:
        self._database = database
        self._bell = bell
        self._owner = owner
        self._lease = lease
        self._sql = _Statements(postgresql.insert if database.shared else sqlite.insert, shared=database.shared)
        self._heads = claim.claim_heads(owner, lease)

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
        message kept from a thread makes us part of it. A batch is due when no further piece has come for `GATHERING`
        seconds.
        """
        row = {
            "adapter": message.where.adapter,
            "person": message.author.id,
            "line": f"{scope} thumbs" if message.rating else f"{scope} now" if urgent else scope,
            "scope": scope,
            "message": MESSAGE.dump_json(message).decode(),
        }

        def write(connection: Connection) -> Accepted:
            begun = self._begun(connection, row, message.batch) if message.batch else None
            if only_if_engaged and not connection.scalar(self._sql.engaged, {"place": str(message.where)}):
                return Accepted.NOT_FOR_US
            if only_if_joining and begun is None:
                return Accepted.NOT_FOR_US
            if not self._see(connection, row["adapter"], message.keys):
                return Accepted.REPEATED
            self._write_down(connection, row, message, begun)
            return Accepted.KEPT

        accepted = await self._database.write(write)
        if accepted is Accepted.KEPT:
            self._bell.ring()
        return accepted

    def _begun(self, connection: Connection, piece: dict[str, str], batch: str) -> Any:
        """The row of what its author has said of the *batch* so far, while nobody has claimed it."""
        newest = connection.execute(self._sql.newest, {"of": piece["line"], "by": piece["person"]}).first()
        return newest if newest and MESSAGE.validate_json(newest.message).batch == batch else None

    def _write_down(self, connection: Connection, row: dict[str, str], message: Inbound, begun: Any) -> None:
        user = {"adapter": row["adapter"], "person": row["person"], "user_id": f"u-{uuid.uuid4().hex}"}
        if not message.pushed:  # by nobody
            connection.execute(self._sql.know, user)
        if begun is None:
            connection.execute(self._sql.gather if message.batch else self._sql.keep, row)
        else:
            whole = MESSAGE.validate_json(begun.message).joined(message)
            connection.execute(self._sql.join, {"number": begun.id, "whole": MESSAGE.dump_json(whole).decode()})
        if message.where.thread:
            connection.execute(self._sql.engage, {"place": str(message.where)})

    def _see(self, connection: Connection, adapter: str, keys: Sequence[str]) -> bool:
        """Whether all the *keys* are new; from now on none is."""
        named = {f"key_{index}": key for index, key in enumerate(keys)}
        new = connection.execute(self._sql.see(len(keys)), {"adapter": adapter, **named}).all()
        return len(new) == len(keys)

    # Through

    async def claim(self, limit: int) -> list[Claimed]:
        """Take up to *limit* messages that are due, each the head of its line; oldest first."""

        def write(connection: Connection) -> list[Claimed]:
            return claim.claimed(connection, connection.execute(self._heads, {"limit": limit}).all())

        return await self._database.write(write)

    async def renew(self, ids: Sequence[int]) -> set[int]:
        """Keep our claims for another lease; gives those that are still ours."""
        held = update(inbox).where(inbox.c.id.in_(ids), inbox.c.owner == self._owner, inbox.c.status == RUNNING)
        renewed = held.values(lease_until=now() + self._lease).returning(inbox.c.id)
        return await self._database.write(lambda connection: set(connection.scalars(renewed)))

    async def reap(self, *, alone: bool = False) -> int:
        """Let messages wait again whose owner did not renew in time; *alone*: whoever the owner was."""
        stale = update(inbox).where(inbox.c.status == RUNNING)
        if not alone:
            stale = stale.where(inbox.c.lease_until < now())
        freed = stale.values(status=WAITING, owner=None, lease_until=None)
        return await self._database.write(lambda connection: connection.execute(freed).rowcount)

    async def shift(self, seconds: float) -> None:
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

    async def hasten(self) -> int:
        """Let everything that was postponed be tried again now: what was away is back."""
        due = update(inbox).where(inbox.c.status == WAITING, inbox.c.due > now()).values(due=now())
        hastened = await self._database.write(lambda connection: connection.execute(due).rowcount)
        self._bell.ring()
        return hastened

    # A turn's progress

    async def asking(self, claimed: Claimed, *, bot: str, conversation_id: str) -> None:
        """
        Write down that this bot is about to be asked in that conversation.

        It is the scope's memory from now on; one that replaces another is so only once the bot has taken the question.
        """

        def write(connection: Connection) -> None:
            self._hold(connection, claimed, stage=Stage.ASKING, bot=bot, conversation_id=conversation_id, chat_id=None)
            if claimed.conversations.get(bot, conversation_id) == conversation_id:
                self._remember(connection, claimed, bot, conversation_id)

        await self._database.write(write, patient=True)

    def asked(self, claimed: Claimed, begun: Begun, *, bot: str, shown: Iterable[Shown]) -> asyncio.Future[None]:
        """Write down the chat at the bot's side, and which message is about to appear."""
        conversation_id = begun.conversation_id
        values = {"conversation_id": conversation_id, "chat_id": begun.chat_id, "shown": dump(shown)}

        def write(connection: Connection) -> None:
            self._hold(connection, claimed, stage=Stage.ASKED, **values)
            if conversation_id != claimed.conversations.get(bot):
                self._remember(connection, claimed, bot, conversation_id)

        return self._database.write(write, patient=True)

    async def unasked(self, claimed: Claimed) -> None:
        """Write down that the bot has surely not taken the question, or will never answer it: it may be asked again."""
        await self._keep(claimed, stage=Stage.ACCEPTED, chat_id=None)

    def answered(
        self,
        claimed: Claimed,
        *,
        answer: str,
        tokens: int,
        shown: Iterable[Shown],
        offers: tuple[str, ...] = (),
        waits: str | None = None,
    ) -> asyncio.Future[None]:
        """Write down the whole answer, what the bot *waits* for from now on, and which messages are about to appear."""
        said = {"answer": answer, "offers": json.dumps(offers), "tokens": tokens}
        values = {"stage": Stage.ANSWERED, **said, "shown": dump(shown)}

        def write(connection: Connection) -> None:
            self._hold(connection, claimed, **values)
            if waits or claimed.waiting:
                connection.execute(self._sql.wait, {"of": claimed.scope, "turn": claimed.id, "now": waits})

        return self._database.write(write, patient=True)

    def showing(self, claimed: Claimed, shown: Iterable[Shown]) -> asyncio.Future[None]:
        """Write down what stands where."""
        return self._keep(claimed, shown=dump(shown))

    async def telling(self, claimed: Claimed) -> None:
        """Write down that the person is about to hear of the trouble; once is enough."""
        await self._database.write(lambda connection: self._hold(connection, claimed, told=True))

    # Out

    async def settle(self, claimed: Claimed, *, shown: Iterable[Shown] = ()) -> None:
        """Answered: let it go."""
        await self._keep(claimed, self._sql.settle, shown=dump(shown))

    async def postpone(self, claimed: Claimed, *, seconds: float, because: str, strike: bool = False) -> None:
        """Try again in so many seconds; *strike*: count it like a crash, which few turns survive."""
        postpone = self._sql.ours.values(
            status=WAITING,
            due=now() + seconds,
            reason=because,
            postponements=inbox.c.postponements + int(not strike),
            owner=None,
            lease_until=None,
        )
        await self._keep(claimed, postpone)

    async def bury(self, claimed: Claimed, *, because: str) -> None:
        """Give up, and say why; an operator may revive it."""
        bury = self._sql.ours.values(status=DEAD, finished_at=now(), reason=because, lease_until=None)
        await self._keep(claimed, bury)

    async def release(self, claims: Iterable[Claimed], *, seconds: float = 0.0) -> None:
        """Leave running turns to whoever comes next, in so many *seconds* at the earliest; nobody is to blame."""
        due, claims_before = now() + seconds, inbox.c.claims - 1
        free = self._sql.ours.values(status=WAITING, owner=None, lease_until=None, due=due, claims=claims_before)
        held = [{"our_id": one.id, "our_owner": self._owner, "our_epoch": one.epoch} for one in claims]

        def write(connection: Connection) -> None:
            for ours in held:
                connection.execute(free, ours)
            self._notify(connection)

        await self._database.write(write)

    # Stopping

    async def stop(self, scope: str) -> bool:
        """Ask whoever answers in that scope to stop; False if nobody does."""
        running = update(inbox).where(inbox.c.line == scope, inbox.c.status == RUNNING).values(stopping=True)

        def write(connection: Connection) -> bool:
            found = connection.execute(running).rowcount > 0
            self._notify(connection, "stop")
            return found

        found = await self._database.write(write)
        self._bell.ring(stop=found)
        return found

    async def waiting(self, line: str) -> int:
        """How many messages wait in that line."""
        unfinished = inbox.c.status < literal_column("2")  # as the index says it: SQLite draws no conclusions
        counted = select(func.count()).where(inbox.c.line == line, unfinished, inbox.c.status == WAITING)
        return await self._database.write(lambda connection: connection.scalar(counted) or 0)

    async def stopped(self, ids: Sequence[int]) -> list[int]:
        """Which of our running turns somebody wants stopped."""
        wanted = select(inbox.c.id).where(inbox.c.id.in_(ids), inbox.c.stopping, inbox.c.status == RUNNING)
        return await self._database.write(lambda connection: list(connection.scalars(wanted)))

    # Looking back

    async def newest_scope(self, scopes: Sequence[str], under: str) -> str | None:
        """The scope of the newest unfinished message of those *scopes*, or of any that begins with *under*."""
        ours = inbox.c.scope.in_(scopes) | inbox.c.scope.startswith(under, autoescape=True)
        newest = select(inbox.c.scope).where(inbox.c.status < literal_column("2"), ours).order_by(inbox.c.id.desc())
        return await self._database.read(lambda connection: connection.scalar(newest.limit(1)))

    async def answered_by(self, key: str, where: Place) -> Answered | None:
        """
        The bot that answered the turn with that *key*, and where; None if it is not known, or not any more.

        A press brings the key back, and could bring any: only turns of that very chat are told of.
        """
        turn = {"turn": claim.number_of(key), "by": where.adapter}
        row = await self._database.read(lambda connection: connection.execute(_ANSWERED_BY, turn).first())
        if row is None or row.message is None or MESSAGE.validate_json(row.message).where.chat != where.chat:
            return None
        asked = Asked(conversation_id=row.conversation_id, chat_id=row.chat_id)
        return Answered(bot=row.bot, owner=claim.owner_of(row.scope, row.user_id), asked=asked)

    # Keeping house

    async def forget(self, *, bodies: float, keys: float, limit: int = 1000) -> int:
        """
        Remove up to *limit* turns ended so many seconds ago, and some dedupe keys as old as *keys*; gives how many turns.

        Some: ten for each turn that may go, where a message has two or three.
        """
        few, many = _number(limit), _number(10 * limit)
        ended = inbox.c.status > literal_column("1")  # as the index says it
        old = select(inbox.c.id).where(ended, inbox.c.finished_at < now() - bodies).limit(few)
        stale = select(seen.c.adapter, seen.c.key).where(seen.c.seen_at < now() - keys).limit(many)

        def write(connection: Connection) -> int:
            connection.execute(delete(seen).where(tuple_(seen.c.adapter, seen.c.key).in_(stale)))
            return connection.execute(delete(inbox).where(inbox.c.id.in_(old))).rowcount

        return await self._database.write(write)

    # Within a transaction

    def _keep(self, claimed: Claimed, statement: Any = None, **values: Any) -> asyncio.Future[None]:
        """As `_hold`, in a transaction of its own; while the database is away it waits, as nobody else knows of it."""
        return self._database.write(
            lambda connection: self._hold(connection, claimed, statement, **values), patient=True
        )

    def _hold(self, connection: Connection, claimed: Claimed, statement: Any = None, **values: Any) -> None:
        """Write *values*, and what *statement* computes, on a turn that is still ours."""
        ours = {"our_id": claimed.id, "our_owner": self._owner, "our_epoch": claimed.epoch}
        if not connection.execute(self._sql.ours if statement is None else statement, {**ours, **values}).rowcount:
            raise LeaseLost(f"turn {claimed.id} is not ours any more")

    def _remember(self, connection: Connection, claimed: Claimed, bot: str, conversation_id: str) -> None:
        session = {"scope": claimed.scope, "bot": bot, "user_id": claimed.user_id, "conversation_id": conversation_id}
        connection.execute(self._sql.remember, {**session, "place": str(claimed.message.where)})

    def _notify(self, connection: Connection, payload: str = "") -> None:
        if self._database.shared:
            connection.execute(_NOTIFY, {"payload": payload})


_GATHERED = now() + GATHERING
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
        self._see: dict[int, Any] = {}
        self._insert = insert
        self.engaged = select(threads.c.since).where(threads.c.place == bindparam("place"))
        self.know = _new(insert, people, "adapter", "person", "user_id", since=now()).on_conflict_do_nothing()
        self.engage = _new(insert, threads, "place", since=now()).on_conflict_do_nothing()
        self.ours = update(inbox).where(
            inbox.c.id == bindparam("our_id"),
            inbox.c.owner == bindparam("our_owner"),
            inbox.c.epoch == bindparam("our_epoch"),
            inbox.c.status == RUNNING,
        )
        self.settle = self.ours.values(status=DONE, finished_at=now(), lease_until=None)
        kept = ("adapter", "person", "line", "scope", "message")
        self.keep = _new(insert, inbox, *kept, status=WAITING, accepted_at=now())
        self.gather = self.keep.values(due=_GATHERED)
        unclaimed = (inbox.c.status == WAITING, inbox.c.claims == 0)
        mine = (
            inbox.c.line == bindparam("of"),
            inbox.c.person == bindparam("by"),
            inbox.c.status < literal_column("2"),
        )
        newest = select(inbox.c.id, inbox.c.message).where(*mine, *unclaimed)
        self.newest = newest.order_by(inbox.c.id.desc()).limit(1)
        joined = update(inbox).where(inbox.c.id == bindparam("number"), *unclaimed)
        self.join = joined.values(message=bindparam("whole"), due=_GATHERED)
        if shared:
            self.keep, self.gather, self.join = (
                each.returning(_NOTIFIED) for each in (self.keep, self.gather, self.join)
            )
        session = ("scope", "bot", "user_id", "conversation_id", "place")
        remember = _new(insert, sessions, *session, opened_at=now(), used_at=now())
        fresh = {name: remember.excluded[name] for name in ("user_id", "conversation_id", "used_at")}
        asked = select(inbox.c.bot).where(inbox.c.id == bindparam("turn")).scalar_subquery()
        waiting = update(sessions).where(sessions.c.scope == bindparam("of"), sessions.c.bot == asked)
        self.wait = waiting.values(waits=bindparam("now"))
        self.remember = remember.on_conflict_do_update(index_elements=["scope", "bot"], set_=fresh)

    def see(self, number: int) -> Any:
        """Remember so many keys, and give those that nobody has remembered before."""
        if number not in self._see:
            keys = (_text(f"key_{index}") for index in range(number))
            each = [select(_text("adapter"), key, now()).where(true()) for key in keys]  # true: for SQLite's parser
            unseen = self._insert(seen).from_select(["adapter", "key", "seen_at"], union_all(*each))
            self._see[number] = unseen.on_conflict_do_nothing().returning(seen.c.key)
        return self._see[number]


def _number(value: int) -> ColumnElement[int]:
    """As a literal: PostgreSQL takes a limit that it does not know for a tenth of the table."""
    return literal_column(str(value))


def _text(name: str) -> ColumnElement[str]:
    return cast(bindparam(name), Text)


def _new(insert: Any, table: Table, *given: str, **computed: Any) -> Any:
    return insert(table).values(**{name: bindparam(name) for name in given}, **computed)
