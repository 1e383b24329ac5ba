"""One thread writes: what comes together is committed together, and what fails fails alone."""

import asyncio
import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event, text

from bridge.sdk.errors import Garbled, LeaseLost, Unreachable
from bridge.store.admission import Admission
from bridge.store.claim import Stage, Turn
from bridge.store.database import Database
from bridge.store.inbox import Inbox

KEEP = text("insert into engaged_threads (place, used_at) values (:place, 0)")


def keep(place: str):
    return lambda connection: connection.execute(KEEP, {"place": place}).rowcount


async def places(database: Database) -> set[str]:
    return set(
        await database.read(lambda connection: connection.scalars(text("select place from engaged_threads")).all())
    )


@contextmanager
def commits(database: Database):
    """How often the writer made something durable."""
    counted: list[Connection] = []
    count = counted.append
    event.listen(database.writer._engine, "commit", count)
    yield counted
    event.remove(database.writer._engine, "commit", count)


@contextmanager
def busy(database: Database):
    """The writer is at work on something while this lasts."""
    going, done = threading.Event(), threading.Event()

    def work(_connection: Connection) -> None:
        going.set()
        done.wait(20)

    working = database.write(work)
    going.wait(20)
    yield
    done.set()
    assert working is not None


async def test_what_came_while_one_transaction_ran_is_one_transaction(database):
    with commits(database) as counted:
        with busy(database):
            writes = [database.write(keep(str(number))) for number in range(300)]
        await asyncio.gather(*writes)

    assert 2 == len(counted)
    assert 300 == len(await places(database))


async def test_a_batch_has_an_end(database):
    with commits(database) as counted:
        with busy(database):
            writes = [database.write(keep(str(number))) for number in range(1200)]
        await asyncio.gather(*writes)

    assert 1 + 3 == len(counted)


@pytest.mark.parametrize(
    ("failing", "as_what"),
    [
        (lambda connection: connection.execute(text("insert into engaged_threads (place) values ('x')")), Garbled),
        (keep("half a pair \ud83d"), Garbled),
        (lambda connection: connection.execute(text("select cast(:n as bigint)"), {"n": 1 << 70}), Garbled),
    ],
    ids=["a rule", "half a character", "a number too large"],
)
async def test_what_fails_fails_alone(database, failing, as_what):
    with busy(database):
        before, bad, after = (database.write(deed) for deed in (keep("before"), failing, keep("after")))

    with pytest.raises(as_what):
        await bad
    assert [1, 1] == await asyncio.gather(before, after)
    assert {"before", "after"} == await places(database)


async def test_a_lost_turn_costs_its_neighbours_nothing(database, inbox, say):
    await inbox.accept(say(), Admission.in_order("a"))
    [claimed] = await inbox.claim(1)
    await inbox.settle(claimed)
    with busy(database):
        late, kept = inbox.progress.record_parts(claimed, []), database.write(keep("kept"))

    with pytest.raises(LeaseLost):
        await late
    assert 1 == await kept


async def test_who_gave_up_waiting_disturbs_nobody(database):
    with busy(database):
        gone, stays = database.write(keep("gone")), database.write(keep("stays"))
        gone.cancel()

    assert 1 == await stays
    assert {"gone", "stays"} == await places(database)


async def test_what_was_written_before_the_end_is_durable(database_url):
    """Going down means: first everything that was handed in."""
    from bridge.store.database import open_database  # noqa: PLC0415

    async with open_database(database_url) as database:
        with busy(database):
            writes = [database.write(keep(str(number))) for number in range(1200)]
    async with open_database(database_url) as database:
        assert 1200 == len(await places(database))
    assert {1} == {await write for write in writes}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_nobody_waits_for_a_writer_that_died(database):
    """Only a bug of ours can end it; whoever waits, or comes later, is told."""

    def bug(_connection: Connection) -> None:
        raise SystemExit

    with busy(database):
        writes = [database.write(deed) for deed in (keep("a"), bug, keep("b"))]
        many = [database.write(keep(str(number))) for number in range(1000)]
    outcomes = await asyncio.gather(*writes, *many, return_exceptions=True)

    assert {Unreachable} == {type(outcome) for outcome in outcomes}
    with pytest.raises(Unreachable):
        await database.write(keep("late"))


async def test_readers_do_not_wait_for_the_writer(database):
    """Nor the writer for them: an operator who looks slows nobody down."""
    await database.write(keep("before"))
    reading, look_on = threading.Event(), threading.Event()

    def read(connection: Connection) -> tuple[int, int]:
        first = connection.scalar(text("select count(*) from engaged_threads"))
        reading.set()
        look_on.wait(20)
        return first, connection.scalar(text("select count(*) from engaged_threads"))

    looking = asyncio.create_task(database.read(read))
    await asyncio.to_thread(reading.wait, 20)
    with busy(database):
        assert {"before"} == await places(database)
    await database.write(keep("after"))
    look_on.set()

    assert (1, 2 if database.shared else 1) == await looking


async def test_a_claim_is_ours_only_once_it_is_durable(database: Database, inbox: Inbox, say):
    """The future of a write is done after its commit, never before."""
    await inbox.accept(say(), Admission.in_order("a"))
    [claimed] = await inbox.claim(1)

    assert isinstance(claimed, Turn)
    assert Stage.ACCEPTED == claimed.stage
    status = text("select status from inbox")
    assert 1 == await database.read(lambda connection: connection.scalar(status))
