"""What replicas share: leases, wake-ups, queues; and a machine whose clock is set."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, select, text, update

from bridge.engine.claimed_turn import ClaimedTurn
from bridge.engine.worker import Worker
from bridge.sdk.errors import Later
from bridge.sdk.model import Inbound
from bridge.store import notify
from bridge.store.admin import InboxAdmin
from bridge.store.admission import Admission, Ends
from bridge.store.arrivals import Accepted
from bridge.store.claim import claim_statement
from bridge.store.database import Database, open_database
from bridge.store.inbox import Inbox
from bridge.store.leases import Leases
from bridge.store.tables import inbox as rows
from bridge.store.wakeup import Wakeup

HOUR = 3600.0


def leases(database: Database, owner: str, *, seconds: float = 30.0) -> Leases:
    return Leases(database, owner=owner, seconds=seconds)


class TestADrain:
    async def test_what_is_claimed_meanwhile_is_left_to_whoever_comes_next(self, database, say):
        """Begun, it would find a house that is being closed."""
        wakeup, turns = Wakeup(), _Turns()
        inbox = Inbox(database, wakeup, owner="us", lease=30.0)
        worker = Worker(inbox=inbox, wakeup=wakeup, handler=turns, concurrency=9, lease=30.0)
        await inbox.accept(say(), Admission.in_order("a"))

        working = asyncio.create_task(worker.run())
        await asyncio.sleep(0)  # it claims by now
        assert 0 == await worker.drain(0.0)
        await working

        assert turns.taken.empty()
        [claimed] = await inbox.claim(1)
        assert 1 == claimed.attempt

    async def test_what_it_finishes_keeps_its_lease(self, database, say):
        """Else an answer that outlasts one is handed over, although the operator would wait for it."""
        async with _busy_worker(database, say(), lease=0.6) as busy:
            draining = asyncio.create_task(busy.worker.drain(60.0))
            await asyncio.sleep(0)  # it drains by now
            await _renewed(database)
            await _renewed(database)
            busy.may_end.set()

            assert 0 == await draining

    async def test_what_it_finishes_can_still_be_stopped(self, tmp_path, say):
        async with (
            open_database(f"sqlite:///{tmp_path / 'bridge.db'}") as database,
            _busy_worker(database, say()) as busy,
        ):
            draining = asyncio.create_task(busy.worker.drain(60.0))
            await asyncio.sleep(0)
            assert await busy.inbox.request_stop_of_turn(busy.work.claimed.id)
            await busy.work.stop
            busy.may_end.set()

            assert 0 == await draining

    async def test_what_takes_longer_is_released(self, database, say):
        async with _busy_worker(database, say()) as busy:
            assert 1 == await busy.worker.drain(0.0)

        assert [busy.work.claimed.id] == [claimed.id for claimed in await busy.inbox.claim(1)]


class TestLeases:
    async def test_one_holds_it_and_may_hold_it_longer(self, database):
        us, them = leases(database, "us"), leases(database, "them")

        assert await us.acquire_or_renew("poll")
        assert await us.acquire_or_renew("poll")
        assert not await them.acquire_or_renew("poll")
        assert await them.acquire_or_renew("another")

    async def test_replicas_are_counted_while_they_renew(self, database):
        us, them, gone = leases(database, "us"), leases(database, "them"), leases(database, "gone", seconds=-1.0)

        assert 1 == await us.register_replica()
        assert 2 == await them.register_replica()
        await gone.register_replica()
        assert 2 == await us.register_replica()
        await them.release()
        assert 1 == await us.register_replica()

    async def test_who_does_not_renew_loses_it(self, database):
        us, them = leases(database, "us", seconds=-1.0), leases(database, "them")
        await us.acquire_or_renew("poll")

        assert await them.acquire_or_renew("poll")
        assert not await us.acquire_or_renew("poll")

    async def test_freed_it_is_there_for_others_at_once(self, database):
        us, them = leases(database, "us"), leases(database, "them")
        for name in ("poll", "another", "third"):
            await us.acquire_or_renew(name)

        await them.release("third")  # nobody frees what another holds
        await us.release("poll")
        assert (True, False) == (await them.acquire_or_renew("poll"), await them.acquire_or_renew("another"))

        await us.release()
        assert await them.acquire_or_renew("another")
        assert not await us.acquire_or_renew("poll")

    @pytest.mark.postgres
    async def test_of_many_who_race_one_wins(self, postgres_url):
        async with open_database(postgres_url) as one, open_database(postgres_url) as other:
            for name in map(str, range(20)):
                racing = [
                    leases(database, owner).acquire_or_renew(name) for database, owner in ((one, "us"), (other, "them"))
                ]

                assert [False, True] == sorted(await asyncio.gather(*racing))


@pytest.mark.postgres
class TestWakeups:
    async def test_a_write_here_wakes_the_worker_there(self, postgres_url, say):
        async with open_database(postgres_url) as here:
            ours, theirs = Wakeup(), Wakeup()
            async with _listening(postgres_url, theirs):
                inbox = Inbox(here, ours, owner="us", lease=30.0)
                await inbox.accept(say(), Admission.in_order("a"))
                assert not await _wakes(theirs)

                [claimed] = await inbox.claim(1)
                await inbox.request_stop("a", Ends.RUNNING)
                assert await _wakes(theirs)

                await inbox.release([claimed])
                assert not await _wakes(theirs)

                await InboxAdmin(here).retry(claimed.id)  # by a command, in a process without a worker
                assert not await _wakes(theirs)

    async def test_a_wakeup_survives_a_cut_connection(self, postgres_url, say, monkeypatch):
        monkeypatch.setattr(notify, "RECONNECT_SECONDS", 0.01)
        async with open_database(postgres_url) as here:
            wakeup = Wakeup()
            async with _listening(postgres_url, wakeup):
                cut = text("select pg_terminate_backend(pid, 5000) from pg_stat_activity where query = 'LISTEN bridge'")
                assert await here.write(lambda connection: connection.scalar(cut))

                assert await _wakes(wakeup)  # it listens again, and looks for what it missed
                await Inbox(here, Wakeup(), owner="us", lease=30.0).accept(say(), Admission.in_order("a"))
                assert not await _wakes(wakeup)


@pytest.mark.postgres
class TestQueues:
    """Two replicas commit in any order; of one queue never two run."""

    async def test_what_is_committed_late_waits_for_its_successor(self, postgres_url, say):
        async with open_database(postgres_url) as database:
            inbox = Inbox(database, Wakeup(), owner="us", lease=30.0)
            await inbox.accept(say("late"), Admission.in_order("a"))
            await inbox.accept(say("early"), Admission.in_order("a"))
            await _set(database, status=2)  # not to be seen yet
            await _set(database, rows.c.id == 2, status=0)
            [early] = await inbox.claim(10)
            await _set(database, rows.c.id == 1, status=0)

            assert [] == await inbox.claim(10)
            await inbox.settle(early)
            assert ["late"] == [claimed.message.text for claimed in await inbox.claim(10)]

    async def test_even_when_neither_sees_the_other(self, postgres_url, say):
        async with open_database(postgres_url) as database, open_database(postgres_url) as other:
            us, them = (Inbox(each, Wakeup(), owner="us", lease=30.0) for each in (database, other))
            await us.accept(say("late"), Admission.in_order("a"))
            await us.accept(say("early"), Admission.in_order("a"))
            await us.accept(say("elsewhere"), Admission.in_order("b"))
            await _set(database, rows.c.queue_key == "a", status=2)
            await _set(database, rows.c.id == 2, status=0)

            with other.engine.begin() as connection:  # it claims, and has not committed yet
                assert {2, 3} == {row.id for row in connection.execute(claim_statement("them", 30.0), {"limit": 10})}
                await _set(database, rows.c.id == 1, status=0)
                racing = asyncio.ensure_future(us.claim(10))
                blocked = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
                async with asyncio.timeout(10):
                    while not await database.read(lambda connection: connection.scalar(blocked)):  # noqa: ASYNC110 - a server does not say that somebody waits
                        await asyncio.sleep(0)

            with pytest.raises(Later, match="busy: UniqueViolation"):
                await racing
            assert [] == await them.claim(10)


class TestClock:
    """An SQLite's clock is the machine's, and people set those."""

    @pytest.mark.parametrize("hours", [-1, 1])
    async def test_what_is_due_and_what_is_held_stays_so(self, tmp_path, say, hours):
        async with open_database(f"sqlite:///{tmp_path / 'bridge.db'}") as database:
            us, them = (Inbox(database, Wakeup(), owner=owner, lease=30.0) for owner in ("us", "them"))
            await us.accept(say(), Admission.in_order("held"))
            [held] = await us.claim(1)
            for scope in ("due", "later"):
                await us.accept(say(), Admission.in_order(scope))
            for claimed, seconds in zip(await us.claim(2), (-1.0, 60.0), strict=True):
                await us.postpone(claimed, seconds=seconds, because="away")
            await leases(database, "us").acquire_or_renew("poll")

            await _set_clock(database, hours)
            await us.follow_clock_change(hours * HOUR)

            assert 0 == await them.requeue_expired()
            assert not await leases(database, "them").acquire_or_renew("poll")
            assert ["due"] == [claimed.queue_key for claimed in await us.claim(10)]
            assert {held.id} == await us.renew([held.id])

    async def test_the_worker_notices(self, tmp_path, say, monkeypatch):
        """Set back an hour, what was to be tried again now would otherwise be tried in an hour."""
        async with open_database(f"sqlite:///{tmp_path / 'bridge.db'}") as database:
            wakeup, turns = Wakeup(), _Turns()
            inbox = Inbox(database, wakeup, owner="us", lease=0.3)
            worker = Worker(inbox=inbox, wakeup=wakeup, handler=turns, concurrency=9, lease=0.3)
            await inbox.accept(say(), Admission.in_order("a"))
            [claimed] = await inbox.claim(1)
            await inbox.postpone(claimed, seconds=0.0, because="away")
            true = time.time
            monkeypatch.setattr(time, "time", lambda: true() - HOUR)
            await _set_clock(database, -1)

            working = asyncio.create_task(worker.run())
            async with asyncio.timeout(20):
                assert claimed.id == (await turns.taken.get()).claimed.id
            await worker.drain(0.0)
            await working

    @pytest.mark.postgres
    async def test_a_postgresql_has_its_own(self, postgres_url, say):
        async with open_database(postgres_url) as database:
            inbox = Inbox(database, Wakeup(), owner="us", lease=30.0)
            assert Accepted.KEPT == await inbox.accept(say(), Admission.in_order("a"))
            await inbox.claim(1)

            await inbox.follow_clock_change(-HOUR)

            assert 0 == await inbox.requeue_expired()


class _Turns:
    """Takes every turn, and says so; each ends once it may."""

    def __init__(self) -> None:
        self.taken: asyncio.Queue[ClaimedTurn] = asyncio.Queue()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def handle(self, work: ClaimedTurn) -> None:
        self.taken.put_nowait(work)
        await self.may_end.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Busy:
    """A worker and the turn that it is at."""

    worker: Worker
    inbox: Inbox
    work: ClaimedTurn
    may_end: asyncio.Event


@asynccontextmanager
async def _busy_worker(database: Database, message: Inbound, *, lease: float = 30.0) -> AsyncIterator[_Busy]:
    """A worker with one turn that lasts; the block drains it, and the worker ends by that."""
    wakeup, turns = Wakeup(), _Turns()
    turns.may_end.clear()
    inbox = Inbox(database, wakeup, owner="us", lease=lease)
    worker = Worker(inbox=inbox, wakeup=wakeup, handler=turns, concurrency=9, lease=lease)  # type: ignore[arg-type]  # all that a worker asks of one
    await inbox.accept(message, Admission.in_order("a"))
    async with asyncio.timeout(60):
        working = asyncio.create_task(worker.run())
        yield _Busy(worker=worker, inbox=inbox, work=await turns.taken.get(), may_end=turns.may_end)
        await working


async def _renewed(database: Database) -> None:
    """Return once the only turn's lease lasts longer than it does now."""
    until = await _lease_until(database)
    while until == await _lease_until(database):  # noqa: ASYNC110 - a row tells how it is when asked
        await asyncio.sleep(0.02)


async def _lease_until(database: Database) -> float:
    return await database.write(lambda connection: connection.scalars(select(rows.c.lease_until)).one())


class _listening:  # noqa: N801 - reads as what it does
    """Listen while the block lasts; begun once it surely hears."""

    def __init__(self, url: str, wakeup: Wakeup) -> None:
        self._wakeup = wakeup
        self._task = asyncio.ensure_future(notify.listen_for_notifications(url, wakeup, {}))

    async def __aenter__(self) -> None:
        assert await _wakes(self._wakeup)

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def _wakes(wakeup: Wakeup) -> bool:
    """Whether the next wake-up, which must come, is about somebody who wants to stop."""
    async with asyncio.timeout(20):
        return await wakeup.wait(60)


async def _set(database: Database, which: Any = True, **values: object) -> None:  # noqa: FBT002 - an SQL condition
    changed = update(rows).where(which).values(**values)
    await database.write(lambda connection: connection.execute(changed).rowcount)


async def _set_clock(database: Database, hours: float) -> None:
    """Let SQLite's 'now' be so much later than it is, whatever `time.time` says by now."""
    begun, mark = 2440587.5 + time.clock_gettime(time.CLOCK_REALTIME) / 86400 + hours / 24, time.monotonic()

    def julianday(_: str) -> float:
        return begun + (time.monotonic() - mark) / 86400

    def replace(connection: Connection) -> None:
        for _ in range(2):  # statements that are prepared already follow only when a function of ours is replaced
            file: Any = connection.connection.driver_connection
            file.create_function("julianday", 1, julianday)

    await database.write(replace)
