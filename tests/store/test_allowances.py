"""What people may ask for is shared, survives, and is never more than it says, on SQLite and on PostgreSQL."""

import asyncio
from random import Random

import pytest
from sqlalchemy import event, select, update

from bridge.sdk.asking import ChatStarted
from bridge.sdk.charges import Charge
from bridge.sdk.errors import Garbled
from bridge.store.admission import Admission
from bridge.store.arrivals import Accepted
from bridge.store.inbox import Inbox
from bridge.store.payments import OverLimit
from bridge.store.retention import Retention
from bridge.store.tables import allowances, now
from bridge.store.tables import inbox as rows
from bridge.store.wakeup import Wakeup

DAY = 86400.0
WHILE_WE_LOOK = 0.05
"""More questions than time gives while a test runs."""


def charge(key: str = "ann", *, of: int = 3, spent: float = 1.0, window: float = DAY) -> Charge:
    """So many of *of* a day."""
    return Charge(key=key, cost=spent * window / of, window=window)


def ask(*charges: Charge, scope: str = "a") -> Admission:
    return Admission.in_order(scope).costing(charges)


async def pass_time(database, seconds):
    """Let the buckets believe that so many seconds have passed."""
    back = {name: allowances.c[name] - seconds for name in ("full_at", "told_until")}
    await database.write(lambda connection: connection.execute(update(allowances).values(**back)))


async def test_so_many_are_kept_and_no_more(inbox, say):
    told = [await inbox.accept(say(), ask(charge())) for _ in range(5)]

    assert [Accepted.KEPT] * 3 == told[:3]
    assert all(isinstance(one, OverLimit) for one in told[3:])


async def test_who_has_asked_for_enough_hears_when_to_come_back_once_a_window(inbox, say, database):
    for _ in range(3):
        await inbox.accept(say(), ask(charge()))
    first, second = [await inbox.accept(say(), ask(charge())) for _ in range(2)]
    await pass_time(database, DAY)
    for _ in range(3):
        assert Accepted.KEPT is await inbox.accept(say(), ask(charge()))
    later = await inbox.accept(say(), ask(charge()))

    assert (True, False, True) == (first.is_news, second.is_news, later.is_news)
    assert first.wait == pytest.approx(DAY / 3, abs=60)


async def test_time_gives_back(inbox, say, database):
    for _ in range(4):
        await inbox.accept(say(), ask(charge()))
    await pass_time(database, DAY / 3)

    assert Accepted.KEPT is await inbox.accept(say(), ask(charge()))
    assert isinstance(await inbox.accept(say(), ask(charge())), OverLimit)


async def test_a_bucket_never_holds_more_than_a_window(inbox, say, database):
    await inbox.accept(say(), ask(charge()))
    await pass_time(database, 100 * DAY)

    assert 3 == [await inbox.accept(say(), ask(charge())) for _ in range(6)].count(Accepted.KEPT)


async def test_all_of_several_rates_are_taken_or_none(inbox, say):
    wide, narrow = charge("wide", of=10), charge("narrow", of=1)
    await inbox.accept(say(), ask(wide, narrow))
    for _ in range(20):
        assert isinstance(await inbox.accept(say(), ask(wide, narrow)), OverLimit)
    left = await inbox.allowances.left([wide, narrow])

    assert {"wide": pytest.approx(0.9, abs=0.01), "narrow": pytest.approx(0.0, abs=0.01)} == left


async def test_who_is_stopped_leaves_no_row_and_a_redelivery_costs_nothing(inbox, say, database):
    message = say()
    for _ in range(10):
        await inbox.accept(message, ask(charge()))
    for _ in range(3):
        await inbox.accept(say(), ask(charge()))
    kept = await database.read(lambda connection: connection.execute(select(rows.c.id)).all())

    assert 3 == len(kept)


async def test_an_answer_is_charged_when_it_is_written_down_even_into_debt(inbox, say, database):
    question, answer = charge(spent=0.0, of=100), charge(spent=250.0, of=100)
    await inbox.accept(say(), ask(question))
    [claimed] = await inbox.claim(1)
    await inbox.progress.record_asking(claimed, bot="b", conversation_id="c")
    await inbox.progress.record_asked(claimed, ChatStarted(conversation_id="c", chat_id="1"), bot="b", parts=())
    await inbox.progress.record_answer(claimed, answer="hi", tokens=250, parts=(), charges=[answer])
    over = await inbox.accept(say(), ask(question))
    await pass_time(database, 1.6 * DAY)

    assert isinstance(over, OverLimit)
    assert over.wait == pytest.approx(1.5 * DAY, abs=60)
    assert Accepted.KEPT is await inbox.accept(say(), ask(question))


async def test_a_restart_and_another_replica_know_what_is_left(inbox, rival, say, database):
    for replica in (inbox, rival, Inbox(database, Wakeup(), owner="new", lease=30.0)):
        assert Accepted.KEPT is await replica.accept(say(), ask(charge()))

    assert isinstance(await rival.accept(say(), ask(charge())), OverLimit)


async def test_many_at_once_get_exactly_what_there_is(inbox, rival, say):
    told = await asyncio.gather(
        *(
            replica.accept(say(), ask(charge(of=37), charge("us", of=1000), scope=str(number)))
            for number in range(150)
            for replica in (inbox, rival)
        )
    )

    assert 37 == told.count(Accepted.KEPT)


@pytest.mark.parametrize("seed", range(3))
async def test_however_often_and_whenever_somebody_asks_they_get_what_a_bucket_gives(inbox, rival, say, database, seed):
    """Beside a bucket of numbers: so many at most, won back in a window, for each person by themselves."""
    random = Random(seed)
    sizes = {name: random.randint(1, 9) for name in ("ann", "bob", "cid")}
    left = {name: float(size) for name, size in sizes.items()}
    for _ in range(8):
        for name, size in sizes.items():
            times = random.randint(0, 2 * size)
            told = [await random.choice((inbox, rival)).accept(say(), ask(charge(name, of=size))) for _ in range(times)]

            assert min(times, int(left[name] + WHILE_WE_LOOK)) == told.count(Accepted.KEPT)
            left[name] -= told.count(Accepted.KEPT)
        eighths = random.choice((0, 1, 3, 8, 20))
        await pass_time(database, eighths * DAY / 8)
        left = {name: min(size, left[name] + size * eighths / 8) for name, size in sizes.items()}


async def test_what_comes_together_is_paid_for_in_one_statement(inbox, say, database):
    paid, committed = [], []
    engine = database.writer._engine
    event.listen(engine, "commit", committed.append)
    event.listen(
        engine, "before_cursor_execute", lambda *told: paid.append(told[2]) if "allowances" in told[2] else None
    )
    await asyncio.gather(*(inbox.accept(say(), ask(charge(str(n)), charge("us", of=1000))) for n in range(200)))

    assert len(paid) <= len(committed) < 200


async def test_what_comes_together_and_is_not_kept_costs_nothing(inbox, say):
    message, rates = say(), (charge("ann", of=10), charge("us", of=100))
    others = [say() for _ in range(6)]
    told = await asyncio.gather(*(inbox.accept(each, ask(*rates)) for each in [message] * 5 + others))
    left = await inbox.allowances.left(rates)

    assert 7 == told.count(Accepted.KEPT)
    assert {"ann": pytest.approx(0.3, abs=0.01), "us": pytest.approx(0.93, abs=0.01)} == left


async def test_who_comes_together_and_is_over_a_limit_takes_nothing_from_another(inbox, say):
    narrow, wide = charge("narrow", of=2), charge("wide", of=100)
    told = await asyncio.gather(*(inbox.accept(say(), ask(narrow, wide)) for _ in range(20)))
    over = [one for one in told if isinstance(one, OverLimit)]

    assert (2, 18) == (told.count(Accepted.KEPT), len(over))
    assert 1 == [one.is_news for one in over].count(True)
    assert {"wide": pytest.approx(0.98, abs=0.001)} == await inbox.allowances.left([wide])


async def test_a_neighbour_that_fails_makes_nobody_pay_twice(inbox, say, database):
    def fail(_connection):
        raise Garbled("no")

    told = await asyncio.gather(
        *(inbox.accept(say(), ask(charge(of=10))) for _ in range(3)),
        database.write(fail),
        *(inbox.accept(say(), ask(charge(of=10))) for _ in range(3)),
        return_exceptions=True,
    )

    assert 6 == told.count(Accepted.KEPT)
    assert {"ann": pytest.approx(0.4, abs=0.01)} == await inbox.allowances.left([charge()])


async def test_a_rate_of_which_nothing_was_taken_needs_no_row(inbox, say, database):
    tokens = charge("tokens", spent=0.0)
    for _ in range(3):
        assert Accepted.KEPT is await inbox.accept(say(), ask(charge("messages"), tokens))
    keys = await database.read(lambda connection: list(connection.scalars(select(allowances.c.key))))

    assert ["messages"] == keys
    assert {"tokens": 1.0} == await inbox.allowances.left([tokens])


async def test_a_full_bucket_is_forgotten_and_one_in_use_is_kept(inbox, say, database):
    await inbox.accept(say(), ask(charge("short", window=10.0)))
    await inbox.accept(say(), ask(charge("long")))
    await pass_time(database, 20.0)
    await Retention(database).prune(bodies=DAY, keys=DAY)

    assert ["long"] == await database.read(lambda connection: list(connection.scalars(select(allowances.c.key))))


async def test_a_bucket_that_somebody_pays_from_just_now_is_not_waited_for(inbox, say, database):
    """Who pays holds several at once: waiting for one of them could end in a deadlock."""
    for key in ("busy", "idle"):
        await inbox.accept(say(), ask(charge(key, window=10.0)))
    await pass_time(database, 20.0)
    busy = select(allowances.c.key).where(allowances.c.key == "busy").with_for_update()
    with database.engine.connect() as paying:
        if database.shared:
            paying.execute(busy).all()
        async with asyncio.timeout(4):  # our statements give up waiting for a lock after five
            await Retention(database).prune(bodies=DAY, keys=DAY)
        left = list(paying.scalars(select(allowances.c.key)))

    assert (["busy"] if database.shared else []) == left


async def test_a_clock_that_was_set_gives_nothing_away_and_locks_nobody_out(inbox, say, database):
    for _ in range(3):
        await inbox.accept(say(), ask(charge()))
    before = await database.read(lambda connection: connection.scalar(select(allowances.c.full_at - now())))
    await inbox.follow_clock_change(500.0)
    after = await database.read(lambda connection: connection.scalar(select(allowances.c.full_at - now())))

    assert after - before == pytest.approx(0.0 if database.shared else 500.0, abs=60)
