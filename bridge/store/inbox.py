"""
Messages from when they are accepted until they are answered or given up: a verb for each step, a transaction for each verb.

```
accept ─► waiting ──claim──► running ──settle──► done
             ▲                 │  │
             └─postpone,release┘  └──dead_letter──► dead ──retry──► waiting
```

Order and concurrency are a property of `claim`: only the head of each queue can be claimed.
What a crash could lose is a column: how far the turn is (`Stage`), the chat at the bot's side, the messages that were sent.
A write to a running row takes effect only for the holder of its lease (owner and epoch); for others it raises `LeaseLost`.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, case, func, select, update

from bridge.sdk import telemetry
from bridge.sdk.answers import SentPart
from bridge.sdk.charges import Charge
from bridge.sdk.cleaning import storable
from bridge.sdk.model import Inbound, Place
from bridge.sdk.unreadable import Unreadable
from bridge.store import claim, statements, stops
from bridge.store.admission import Admission, Ends
from bridge.store.allowances import Allowances
from bridge.store.arrivals import Accepted, Arrivals
from bridge.store.batches import Batches
from bridge.store.choices import ChosenInMemories
from bridge.store.claim import Turn, dump_parts
from bridge.store.database import Database
from bridge.store.edits import Edited, Edits
from bridge.store.former_chats import FormerChats
from bridge.store.held import HELD, REOPEN_HELD, UNCHANGED, HeldTurns
from bridge.store.migration import Migration, follow_migration
from bridge.store.other_replicas import OtherReplicas
from bridge.store.past import PastMessages
from bridge.store.payments import OverLimit
from bridge.store.progress import Progress
from bridge.store.stops import Interruption
from bridge.store.tables import DEAD, DONE, RUNNING, UNFINISHED, WAITING, allowances, inbox, leases, now
from bridge.store.wakeup import Wakeup


class Inbox:
    """The durable queue of messages: accepted, and not yet settled."""

    def __init__(self, database: Database, wakeup: Wakeup, *, owner: str, lease: float) -> None:
        self._database = database
        self._wakeup = wakeup
        self._others = OtherReplicas(database)
        self._owner = owner
        self._lease = lease
        self._heads = claim.claim_statement(owner, lease)
        self.allowances = Allowances(database)  #: what people may still ask for
        self.choices = ChosenInMemories(database)  #: what people have chosen for their memories
        self.batches = Batches(database)  #: questions that come in pieces
        self._arrivals = Arrivals(database, self.batches, self.choices)
        self.former_chats = FormerChats(database)  #: under which ids chats went before
        self._edits = Edits(database)
        self._held = HeldTurns(database, owner)
        self.past = PastMessages(database)  #: what is still known of what was heard and answered
        self.progress = Progress(database, self._held, self.allowances)  #: how far the turns are that we have claimed

    # Accepting

    async def accept(self, message: Inbound, admission: Admission) -> Accepted | OverLimit:
        """
        Keep *message*, unless it was kept before, its condition is not met, or an allowance is used up.

        A message kept from a thread makes us part of it. A batch is due when no further piece has come for
        `BATCH_WINDOW` seconds; a copy that lacks something, when its other copy has come or `COPY_WINDOW` has passed.
        """
        keys = (*_keys(message), admission.scope)
        keep = self._arrivals.writing(message, admission)
        kept = self._database.take_in(keep, keys=keys, charges=admission.charges)
        if not self._database.shared:
            self._wakeup.set()  # a claim that is handed in by now shares its transaction
        accepted = await kept
        if accepted in (Accepted.KEPT, Accepted.COMPLETED):
            self._wakeup.set(stop=admission.ends is not Ends.NOTHING or accepted is Accepted.COMPLETED)
            self._others.wake()
        return accepted

    async def apply_edit(self, edit: Inbound, scopes: Sequence[str], charges: Sequence[Charge]) -> Edited | OverLimit:
        """Apply *edit* to a message that was kept in one of these *scopes*; see `bridge.store.edits`."""
        apply = self._edits.writing(edit, scopes, charges)
        edited = await self._database.take_in(apply, keys=(*_keys(edit), *scopes), charges=charges)
        if edited in (Edited.INTERRUPTED, Edited.REOPENED):
            self._wakeup.set(stop=edited is Edited.INTERRUPTED)
        return edited

    async def put_aside(self, unreadable: Unreadable) -> Accepted:
        """Keep what cannot be read as a dead letter, unless it was kept before."""
        keep = self._arrivals.putting_aside(unreadable)
        return await self._database.take_in(keep, keys=_keys(unreadable.as_message()))

    async def follow_migration(self, migration: Migration) -> int:
        """Move what belongs to a chat that goes on under another id; gives how many rows."""
        await self.former_chats.record(migration.old, migration.new)
        await self._database.take_in(lambda _: None, keys=(_chat_key(migration.old),))  # behind what was said there
        moved = await follow_migration(self._database, migration)
        self._wakeup.set()
        return moved

    # Claiming

    async def claim(self, limit: int) -> list[Turn]:
        """Take up to *limit* messages that are due, each the head of its queue; oldest first. An unreadable row becomes a dead letter."""

        def write(connection: Connection) -> claim.Claims:
            claims = claim.load_claims(connection, connection.execute(self._heads, {"limit": limit}).all())
            for number, because in claims.unreadable.items():
                connection.execute(_DEAD_UNREADABLE, {"number": number, "because": because})
            return self.batches.taking_up(connection, claims)

        claims = await self._database.write(write)
        for number, because in claims.unreadable.items():
            telemetry.turn_unreadable(turn=number, because=because)
            self._wakeup.set()  # what stood behind it
        return claims.turns

    async def renew(self, ids: Sequence[int]) -> set[int]:
        """Renew our leases of those turns; gives those that are still ours."""
        held = update(inbox).where(inbox.c.id.in_(ids), inbox.c.lease_owner == self._owner, inbox.c.status == RUNNING)
        renewed = held.values(lease_until=now() + self._lease).returning(inbox.c.id)
        return await self._database.write(lambda connection: set(connection.scalars(renewed)))

    async def requeue_expired(self, *, alone: bool = False) -> int:
        """
        Requeue the turns whose owner did not renew its lease in time; *alone*: all that run, as there can be no other replica.

        Another owner is taken for dead, which counts as a crash; this process itself was only slow, which does not.
        """
        freed = _REQUEUE if alone else _REQUEUE_EXPIRED
        us = {} if alone else {"us": self._owner}
        return await self._database.write(lambda connection: connection.execute(freed, us).rowcount)

    async def follow_clock_change(self, seconds: float) -> None:
        """
        Move every time that is still to come by so many *seconds*: somebody has set the machine's clock.

        A PostgreSQL counts by the clock of its server, so nothing is moved there.
        """
        if self._database.shared:
            return
        later = {name: inbox.c[name] + seconds for name in ("accepted_at", "due", "lease_until")}
        unfinished = update(inbox).where(UNFINISHED).values(**later)
        held = update(leases).values(until=leases.c.until + seconds)
        ahead = {name: allowances.c[name] + seconds for name in ("full_at", "told_until")}

        def write(connection: Connection) -> None:
            connection.execute(unfinished)
            connection.execute(held)
            connection.execute(update(allowances).values(**ahead))

        await self._database.write(write)

    async def retry_postponed_now(self) -> int:
        """Let everything that was postponed be tried again now: what was away is back."""
        due = update(inbox).where(inbox.c.status == WAITING, inbox.c.due > now()).values(due=now())
        retried = await self._database.write(lambda connection: connection.execute(due).rowcount)
        self._wakeup.set()
        return retried

    # Ending

    async def settle(self, claimed: Turn, *, parts: Iterable[SentPart] = ()) -> None:
        """Mark the turn as done; one whose question was edited meanwhile begins anew."""
        await self._held.write_end(claimed, _SETTLE, parts=dump_parts(parts))

    async def reopen(self, claimed: Turn) -> None:
        """Let a turn begin anew whose question was edited, once the chat of the old one is cancelled."""
        await self._held.write(claimed, REOPEN_HELD)

    async def postpone(self, claimed: Turn, *, seconds: float, because: str, counts_as_crash: bool = False) -> None:
        """Let it be claimed again in so many *seconds*, or at once if it was asked to stop; *counts_as_crash*: as a crash."""
        postpone = HELD.values(
            status=WAITING,
            due=now() + case((inbox.c.stop_requested, 0.0), else_=seconds),
            reason=storable(because),
            retries=inbox.c.retries + int(not counts_as_crash),
            lease_owner=None,
            lease_until=None,
        )
        await self._held.write(claimed, postpone)

    async def dead_letter(self, claimed: Turn, *, because: str) -> None:
        """Give the turn up, with a reason; an operator may revive it. One whose question was edited meanwhile begins anew."""
        dead_letter = UNCHANGED.values(status=DEAD, finished_at=now(), reason=storable(because), lease_until=None)
        await self._held.write_end(claimed, dead_letter)

    async def release(self, claims: Iterable[Turn], *, seconds: float = 0.0) -> None:
        """Let running turns be claimed again, in so many *seconds* at the earliest; it does not count as an attempt."""
        due, attempts_before = now() + seconds, inbox.c.attempts - 1
        free = HELD.values(status=WAITING, lease_owner=None, lease_until=None, due=due, attempts=attempts_before)
        held = [self._held.key(claimed) for claimed in claims]

        def write(connection: Connection) -> None:
            for ours in held:
                connection.execute(free, ours)
            statements.wake_replicas(self._database, connection)

        await self._database.write(write)

    # Stopping

    async def request_stop(self, scope: str, ends: Ends) -> Ends:
        """Request a stop of what *ends* names in that scope; gives what there was of it."""
        ended = await self._database.write(
            lambda connection: stops.request_stop(self._database, connection, scope, ends)
        )
        self._wakeup.set(stop=ended is not Ends.NOTHING)
        return ended

    async def request_stop_of_turn(self, turn: int) -> bool:
        """Request a stop of one turn, which runs or waits for another try; False if its whole answer is known already."""
        ended = await self._database.write(
            lambda connection: stops.request_stop_of_turn(self._database, connection, turn)
        )
        self._wakeup.set(stop=ended)
        return ended

    async def request_stop_at(self, scopes: tuple[str, Sequence[str]]) -> int:
        """Request a stop of what runs in those scopes, one in full and the prefixes of others; gives how many turns."""
        where = stops.within(*scopes)
        stopped = await self._database.write(
            lambda connection: stops.request_stop_at(self._database, connection, where)
        )
        self._wakeup.set(stop=stopped > 0)
        return stopped

    async def retry_postponed_at(self, scopes: tuple[str, Sequence[str]]) -> None:
        """Let turns of those scopes that wait for another try be tried now."""
        where = stops.within(*scopes)
        await self._database.write(lambda connection: stops.hurry_at(self._database, connection, where))
        self._wakeup.set()

    async def queue_length(self, queue_key: str) -> int:
        """How many messages wait in that queue."""
        counted = select(func.count()).where(inbox.c.queue_key == queue_key, UNFINISHED, inbox.c.status == WAITING)
        return await self._database.write(lambda connection: connection.scalar(counted) or 0)

    async def is_answering(self, scope: str) -> bool:
        """Whether a turn of that scope runs, or waits for another try."""
        return await self._database.read(lambda connection: stops.stoppable(connection, scope) is not Ends.NOTHING)

    async def interrupted(self, ids: Sequence[int]) -> list[Interruption]:
        """Which of our running turns were asked to stop, or have an edited question."""
        wanted = inbox.c.stop_requested | inbox.c.edit.is_not(None)
        found = select(inbox.c.id, inbox.c.edit.is_(None)).where(inbox.c.id.in_(ids), wanted, inbox.c.status == RUNNING)
        rows = await self._database.write(lambda connection: connection.execute(found).all())
        return [Interruption(turn=number, for_good=bool(unchanged)) for number, unchanged in rows]


def _keys(message: Inbound) -> tuple[str, str]:
    """By what is ordered what people hand in: the chat and the author."""
    return _chat_key(message.where), f"person {message.where.adapter} {message.author.id}"


def _chat_key(where: Place) -> str:
    return f"chat {where.adapter} {where.chat}"


_REQUEUE: Final = (
    update(inbox).where(inbox.c.status == RUNNING).values(status=WAITING, lease_owner=None, lease_until=None)
)
_REQUEUE_EXPIRED: Final = _REQUEUE.where(inbox.c.lease_until < now()).values(
    retries=inbox.c.retries + case((inbox.c.lease_owner == bindparam("us"), 1), else_=0)
)
_SETTLE: Final = UNCHANGED.values(status=DONE, finished_at=now(), lease_until=None)
_DEAD_UNREADABLE = (
    update(inbox)
    .where(inbox.c.id == bindparam("number"))
    .values(status=DEAD, finished_at=now(), reason=bindparam("because"), lease_until=None, edit=None)
)
