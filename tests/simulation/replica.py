"""One replica: the whole core as `bridge.app.wiring` builds it, on a store without threads, with far sides in memory."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from bridge.config.settings import PrivacySettings
from bridge.engine.bot_choice import BotChoice
from bridge.engine.commands import Commands
from bridge.engine.handler import TurnHandler
from bridge.engine.intake import Intake
from bridge.engine.letting_in import LettingIn
from bridge.engine.linking import LinkedPeople, Linking
from bridge.engine.notifier import Notifier
from bridge.engine.pausing import Paused
from bridge.engine.privacy import Privacy
from bridge.engine.turning_away import TurningAway
from bridge.engine.worker import Worker
from bridge.routing.rules import Rules
from bridge.sdk.charges import Charge
from bridge.sdk.errors import BridgeError, Later, Unreachable
from bridge.sdk.model import Inbound
from bridge.store.database import Database
from bridge.store.inbox import Inbox
from bridge.store.links import Links
from bridge.store.pairings import Pairings
from bridge.store.pauses import Pauses
from bridge.store.payments import Payments
from bridge.store.people import People
from bridge.store.sessions import Sessions
from bridge.store.tables import metadata
from bridge.store.wakeup import Wakeup
from bridge.store.write_queue import RETRY_SECONDS
from tests.simulation.clock import REPLICA, Clock
from tests.simulation.coze import Bot, Coze
from tests.simulation.platform import Adapter, Platform
from tests.simulation.wire import Died, Process, Wire

T = TypeVar("T")

LEASE = 6.0
"""Seconds; a fifth of it is more than the slowest call takes there and back."""

CONCURRENCY = 20


def open_store(clock: Clock) -> tuple[Engine, sqlite3.Connection]:
    """An empty database in memory that reads the simulation's clock, and the connection under it."""
    engine = _engine()
    with engine.connect() as connection:
        driver = cast(sqlite3.Connection, connection.connection.driver_connection)
        driver.create_function("julianday", 1, clock.julianday)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    return engine, driver


@cache
def _engine() -> Engine:
    """One for all simulations of this process: what it has compiled once it need not compile again."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


class InlineWriter:
    """
    Stands in for `bridge.store.writer.Writer`: as there, writes gather for a moment and are committed together.

    What has not been committed when its process dies is lost.
    """

    def __init__(self, wire: Wire, engine: Engine, process: Process) -> None:
        self._wire = wire
        self._engine = engine
        self._process = process
        self._gathered: list[tuple[Callable[[Connection], Any], asyncio.Future[Any], bool, Sequence[Charge]]] = []
        self._payments = Payments(shared=False)

    def write(
        self,
        operation: Callable[[Connection], T],
        *,
        retry_while_away: bool = False,
        charges: Sequence[Charge] = (),
        keys: Iterable[str] = (),
    ) -> asyncio.Future[T]:
        """As the writer's."""
        done: asyncio.Future[T] = self._wire.loop.create_future()
        done.add_done_callback(lambda _: done.cancelled() or done.exception())
        if not self._process.alive:
            done.cancel()
            return done
        if not self._gathered:
            # in the replica's own context: its writer is frozen with it
            self._wire.loop.call_later(self._wire.random.uniform(0.0002, 0.003), self._commit)
        self._gathered.append((operation, done, retry_while_away, charges))
        return done

    def _commit(self) -> None:
        batch, self._gathered = self._gathered, []
        if not self._process.alive:
            return
        for operation, done, retry_while_away, charges in batch:
            outcome = self._do(operation, charges)
            if retry_while_away and isinstance(outcome, Unreachable):
                self._gathered.append((operation, done, retry_while_away, charges))
            elif done.done():
                continue
            elif isinstance(outcome, BridgeError):
                done.set_exception(outcome)
            else:
                done.set_result(outcome)
        if self._gathered:
            self._wire.loop.call_later(RETRY_SECONDS, self._commit)

    def _do(self, operation: Callable[[Connection], Any], charges: Sequence[Charge]) -> Any:
        if self._wire.away:
            return Unreachable("the database is away")
        try:
            with self._engine.begin() as connection, self._payments.opened(connection, charges):
                return operation(connection)
        except BridgeError as failure:
            return failure


class SharedWakeup(Wakeup):
    """A wake-up that also reaches the other replicas when somebody wants to stop, as NOTIFY does."""

    def __init__(self, others: Callable[[], list["SharedWakeup"]]) -> None:
        super().__init__()
        self._others = others

    def set(self, *, stop: bool = False) -> None:
        """Wake the worker here and, for a stop, there."""
        super().set(stop=stop)
        if stop:
            for other in self._others():
                Wakeup.set(other, stop=True)


class Replica:
    """One life of the daemon."""

    def __init__(
        self,
        process: Process,
        wire: Wire,
        engine: Engine,
        *,
        rules: Rules,
        platforms: list[Platform],
        coze: Coze,
        wakeups: Callable[[], list[SharedWakeup]],
        fail: Callable[[], None],
    ) -> None:
        self.process = process
        self._fail = fail
        self._wire = wire
        self.wakeup = SharedWakeup(wakeups)
        writer = InlineWriter(wire, engine, process)
        database = Database("sqlite://", engine, writer, writer)  # type: ignore[arg-type]  # a stand-in
        self.inbox = Inbox(database, self.wakeup, owner=process.name, lease=LEASE)
        self.adapters = {platform.style.name: Adapter(platform, process) for platform in platforms}
        notify = Notifier(self.adapters).notify
        linked = LinkedPeople(Links(database))
        turning_away = TurningAway(
            rules=lambda: rules, pairings=Pairings(database), paused=Paused(Pauses(database), linked), notify=notify
        )
        self._intake = Intake(rules=lambda: rules, inbox=self.inbox, turning_away=turning_away, notify=notify)
        letting_in = LettingIn(pairings=Pairings(database), inbox=self.inbox)
        privacy = Privacy(settings=PrivacySettings, people=People(database), bots={})
        linking = Linking(linked=linked, inbox=self.inbox, bots={})
        turns = TurnHandler(
            rules=lambda: rules,
            adapters=self.adapters,
            choice=BotChoice(bots={"assistant": Bot(coze, process)}),  # type: ignore[dict-item]  # nobody rates there
            inbox=self.inbox,
            sessions=Sessions(database),
            accept=self._intake.accept,
            commands=Commands(inbox=self.inbox, letting_in=letting_in, bots={}, personal_data=privacy, linking=linking),
            turning_away=turning_away,
        )
        self.worker = Worker(inbox=self.inbox, wakeup=self.wakeup, handler=turns, concurrency=CONCURRENCY, lease=LEASE)

    def begin(self, *, alone: bool) -> None:
        """Come to life."""
        self.run(self._live(alone=alone))

    def run(self, work: Any) -> "asyncio.Task[Any]":
        """Begin something inside this replica."""
        token = REPLICA.set(self.process.name)
        try:
            return self._wire.loop.create_task(work)
        finally:
            REPLICA.reset(token)

    async def accept(self, message: Inbound) -> None:
        """Take a message from a platform; once this returns, the platform forgets it."""
        if not self.process.alive:
            raise Died
        await self._intake.accept(message)
        if not self.process.alive:
            raise Died

    async def _live(self, *, alone: bool) -> None:
        try:
            if alone:
                await self.inbox.requeue_expired(alone=True)
        except Later:
            self._fail()  # the daemon does not start without its database; whoever runs it starts it again
        await self.worker.run()
