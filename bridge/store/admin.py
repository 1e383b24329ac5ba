"""The inbox as an operator sees it: what waits, runs and was given up, and how to retry or drop a message."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Update, func, literal_column, select, update

from bridge.store.database import Database
from bridge.store.statements import wake_replicas
from bridge.store.tables import DEAD, DONE, WAITING, TurnStatus, inbox, leases, now
from bridge.store.wakeup import Wakeup

LAST: Final = (1 << 63) - 1
"""The highest number that a message may have in either database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message in the inbox; never what it says."""

    id: int  #: the turn's number
    status: str  #: ``waiting``, ``running``, ``done`` or ``dead``
    stage: str  #: how far it is, see `Stage`
    adapter: str  #: its name in the config
    scope: str  #: the key of the memory that it belongs to
    age: float  #: seconds since it was accepted
    attempts: int  #: how often it was claimed
    bot: str | None  #: its name in the config; None: nobody was asked yet
    chat_id: str | None  #: the bot's side's own id of the chat
    reason: str | None  #: why it waits or was given up; quotes nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """A lease of a replica's."""

    lease: str  #: what is leased
    owner: str  #: the replica that has it
    ends_in: float  #: seconds


class InboxAdmin:
    """What operators ask of the inbox."""

    def __init__(self, database: Database, wakeup: Wakeup | None = None) -> None:
        self._database = database
        self._wakeup = wakeup or Wakeup()  # of the worker beside us, if there is one

    async def entries(self, *, status: TurnStatus | None = None, limit: int = 100) -> list[Entry]:
        """The newest messages of that status; without one, all that are not done."""
        wanted = (TurnStatus.WAITING, TurnStatus.RUNNING, TurnStatus.DEAD) if status is None else (status,)
        found = [one for each in wanted for one in await self._read(_of(each).limit(limit))]
        return sorted(found, key=lambda entry: entry.id, reverse=True)[:limit]

    async def show(self, number: int) -> Entry | None:
        """One message."""
        return next(iter(await self._read(_ENTRIES.where(inbox.c.id == number))), None)

    async def counts(self) -> dict[str, int]:
        """How many messages wait, run and are dead."""
        row = await self._database.read(lambda connection: connection.execute(_COUNTS).mappings().one())
        return dict(row)

    async def oldest_waiting(self) -> float:
        """Seconds since the message that waits longest was accepted; 0 if none waits."""
        ages = await self._database.read(lambda connection: connection.execute(_OLDEST).scalars().all())
        return float(ages[0]) if ages else 0.0

    async def replicas(self) -> list[Replica]:
        """All leases of the replicas at work on this database, those of what only one may do included."""
        rows = await self._database.read(lambda connection: connection.execute(_LEASES).all())
        return [Replica(lease=row.name, owner=row.owner, ends_in=row.ends_in) for row in rows]

    async def retry(self, number: int) -> bool:
        """Let a dead or postponed message be tried at once, from where it stopped; False if there is no such message."""
        again = {"status": WAITING, "due": 0, "attempts": 0, "retries": 0, "reason": None, "finished_at": None}
        revived = update(inbox).where(inbox.c.id == number, inbox.c.status.in_([WAITING, DEAD])).values(**again)
        return await self._mend(revived)

    async def drop(self, number: int) -> bool:
        """Let a waiting or dead message go unanswered; False if there is no such message."""
        gone = update(inbox).where(inbox.c.id == number, inbox.c.status.in_([WAITING, DEAD]))
        return await self._mend(gone.values(status=DONE, finished_at=now(), reason="dropped by an operator"))

    async def _mend(self, change: Update) -> bool:
        """Make *change*, and wake the workers, as the message or one behind it may be due; gives whether there was one."""

        def write(connection: Connection) -> bool:
            wake_replicas(self._database, connection)
            return connection.execute(change).rowcount > 0

        changed = await self._database.write(write)
        self._wakeup.set()
        return changed

    async def _read(self, query: Any) -> list[Entry]:
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [Entry(**{**row, "status": TurnStatus(row["status"]).name.lower()}) for row in rows]


_ENTRIES = select(
    inbox.c.id,
    inbox.c.status,
    inbox.c.stage,
    inbox.c.adapter,
    inbox.c.scope,
    (now() - inbox.c.accepted_at).label("age"),
    inbox.c.attempts,
    inbox.c.bot,
    inbox.c.chat_id,
    inbox.c.reason,
)


def _is(status: TurnStatus) -> Any:
    """Whether it has that status; as a literal, or no partial index would do."""
    return inbox.c.status == literal_column(str(int(status)))


def _of(status: TurnStatus) -> Any:
    """The newest of that status."""
    # The index of what runs is by queue: sorted by the bare id, every row ever answered would be walked over instead.
    by = inbox.c.id + 0 if status is TurnStatus.RUNNING else inbox.c.id
    return _ENTRIES.where(_is(status)).order_by(by.desc())


def _counted(status: TurnStatus) -> Any:
    counting = select(func.count()).where(_is(status))
    return counting.scalar_subquery().label(status.name.lower())


_COUNTS = select(*map(_counted, (TurnStatus.WAITING, TurnStatus.RUNNING, TurnStatus.DEAD)))
_OLDEST = select(now() - inbox.c.accepted_at).where(_is(TurnStatus.WAITING)).order_by(inbox.c.id).limit(1)
_LEASES = select(leases.c.name, leases.c.owner, (leases.c.until - now()).label("ends_in")).order_by(leases.c.name)
