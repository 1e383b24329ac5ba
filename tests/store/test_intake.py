"""PostgreSQL makes what several chats hand in durable at the same time, and what one of them hands in, one after the other."""

import asyncio
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import psycopg
import pytest
from sqlalchemy import select, text

from bridge.sdk.charges import Charge
from bridge.sdk.errors import Garbled, Unreachable
from bridge.store.admission import Admission, Ends
from bridge.store.arrivals import Accepted
from bridge.store.database import INTAKE_CONNECTIONS, SETTINGS, open_database, parse_url
from bridge.store.edits import Edited
from bridge.store.inbox import Inbox
from bridge.store.tables import inbox as rows
from bridge.store.wakeup import Wakeup

pytestmark = pytest.mark.postgres

DAY = Charge(key="all of us", cost=1.0, window=1000.0)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """However slow this machine is, PostgreSQL waits for the locks that a test holds."""
    for setting in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        monkeypatch.setitem(SETTINGS, setting, "2min")


@pytest.fixture
async def database(postgres_url):
    """One that is shared."""
    async with open_database(postgres_url) as database:
        yield database


def connected(url):
    """A connection of somebody else."""
    return psycopg.AsyncConnection.connect(parse_url(url).set(drivername="postgresql").render_as_string(False))


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Sees who waits for whom."""

    connection: psycopg.AsyncConnection  #: of its own: within a transaction this view does not change

    async def until_wanted(self, times=1):
        """Return once so many transactions wait for a row."""
        waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        while (times,) != await (await self.connection.execute(waits)).fetchone():  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.01)


@asynccontextmanager
async def held(url, *chats):
    """While this lasts, nothing that is said in a thread of those chats becomes durable: its row is another's."""
    async with await connected(url) as other, await connected(url) as onlooker:
        await onlooker.set_autocommit(True)
        for chat in chats:
            await other.execute("insert into engaged_threads values (%s, 0)", [f"helpdesk/{chat}/t"])
        yield Onlooker(onlooker)
        await other.rollback()


def in_thread(say, chat, words="hello", **more):
    return say(words, chat=chat, thread="t", **more)


async def kept(database, chat):
    """What was said in the *chat*, in the order in which it is answered."""
    said = select(rows.c.message).where(rows.c.queue_key == chat).order_by(rows.c.id)
    found = await database.read(lambda connection: connection.scalars(said).all())
    return [message.partition('"text":"')[2].partition('"')[0] for message in found]


def handing_in(inbox, message, *charges):
    admission = Admission.in_order(message.where.chat).costing(charges)
    return asyncio.ensure_future(inbox.accept(message, admission))


async def test_a_chat_does_not_wait_for_the_transaction_of_another(database, inbox, say):
    async with held(database.url, "a") as rows_held:
        waiting = handing_in(inbox, in_thread(say, "a"))
        await rows_held.until_wanted()
        for chat in "bcdefghijk":
            assert Accepted.KEPT == await handing_in(inbox, in_thread(say, chat))
        assert not waiting.done()

    assert Accepted.KEPT == await waiting


async def test_what_one_chat_says_waits_for_what_it_said_before(database, inbox, say):
    async with held(database.url, "a") as rows_held:
        first = handing_in(inbox, in_thread(say, "a", "first"))
        await rows_held.until_wanted()
        second = handing_in(inbox, say("second", chat="a"))  # nothing but its order keeps it
        await handing_in(inbox, in_thread(say, "b"))
        assert not any(one.done() for one in (first, second))
        assert [] == await kept(database, "a")

    assert [Accepted.KEPT, Accepted.KEPT] == await asyncio.gather(first, second)
    assert ["first", "second"] == await kept(database, "a")


async def test_what_one_person_says_in_two_chats_keeps_its_order(database, inbox, say):
    ann = in_thread(say, "a").author
    async with held(database.url, "a") as rows_held:
        first = handing_in(inbox, in_thread(say, "a", author=ann))
        await rows_held.until_wanted()
        second = handing_in(inbox, say(chat="b", author=ann))
        await handing_in(inbox, say(chat="c"))
        assert not any(one.done() for one in (first, second))

    assert [Accepted.KEPT, Accepted.KEPT] == await asyncio.gather(first, second)
    assert ["a", "b"] == [claimed.queue_key for claimed in await inbox.claim(10) if claimed.queue_key != "c"]


async def test_what_is_paid_from_one_allowance_is_paid_together(database, inbox, say):
    """One transaction would wait for the other at the allowance's row, and for that one's disk."""
    async with held(database.url, "a") as rows_held:
        waiting = [handing_in(inbox, in_thread(say, "a"), DAY)]
        await rows_held.until_wanted()
        waiting += [handing_in(inbox, say(chat=chat), DAY) for chat in "bcdef"]
        await handing_in(inbox, say(chat="free"))
        assert not any(one.done() for one in waiting)
        await rows_held.until_wanted(1)

    assert {Accepted.KEPT} == {*await asyncio.gather(*waiting)}
    assert 6 == len(await inbox.claim(10)) - 1


async def test_many_chats_at_once_each_keep_their_order(database, inbox, say):
    said = [in_thread(say, f"chat {number % 23}", str(number)) for number in range(600)]

    assert {Accepted.KEPT} == {*await asyncio.gather(*(handing_in(inbox, message) for message in said))}
    for chat in range(23):
        assert [str(number) for number in range(600) if chat == number % 23] == await kept(database, f"chat {chat}")


async def test_an_edit_and_a_stop_find_what_was_said_in_the_same_breath(database, inbox, say):
    """They are handed in before anything that they are about is durable."""
    message = in_thread(say, "a", "wrong")
    edit = say("right", chat="a", thread="t", edits=message.dedupe_keys[1], author=message.author, dedupe_keys=("e",))
    async with held(database.url, "a") as rows_held:
        said = handing_in(inbox, message)
        await rows_held.until_wanted()
        edited = asyncio.ensure_future(inbox.apply_edit(edit, ["a"], ()))
        ending = Admission.in_order("a", ends=Ends.TRIED)
        stopping = asyncio.ensure_future(inbox.accept(in_thread(say, "a", "stop"), ending))
        await handing_in(inbox, say(chat="b"))
        assert not any(one.done() for one in (said, edited, stopping))

    assert [Accepted.KEPT, Edited.REPLACED, Accepted.KEPT] == await asyncio.gather(said, edited, stopping)
    assert ["right", "stop"] == await kept(database, "a")


async def test_what_fails_fails_alone(database, inbox, say):
    def fails(connection):
        connection.execute(text("insert into engaged_threads (place) values ('x')"))

    async with held(database.url, "a") as rows_held:
        first = handing_in(inbox, in_thread(say, "a", "first"))
        await rows_held.until_wanted()
        bad, good = database.take_in(fails, keys=("chat helpdesk a",)), handing_in(inbox, say("good", chat="a"))

    with pytest.raises(Garbled):
        await bad
    assert [Accepted.KEPT, Accepted.KEPT] == await asyncio.gather(first, good)
    assert ["first", "good"] == await kept(database, "a")


async def test_more_chats_than_connections_share_transactions(database, inbox, say):
    chats = [f"chat {number}" for number in range(INTAKE_CONNECTIONS)]
    async with held(database.url, *chats) as rows_held:
        waiting = []
        for number, chat in enumerate(chats, 1):
            waiting.append(handing_in(inbox, in_thread(say, chat)))
            await rows_held.until_wanted(number)
        others = [handing_in(inbox, say(chat=f"other {number}")) for number in range(50)]
        assert 0 == await inbox.queue_length("other 0")  # what is no intake goes on

    assert {Accepted.KEPT} == {*await asyncio.gather(*waiting, *others)}


async def test_what_was_handed_in_before_the_end_is_durable(postgres_url, say):
    async with open_database(postgres_url) as database:
        inbox = Inbox(database, Wakeup(), owner="us", lease=30.0)
        handed_in = [handing_in(inbox, in_thread(say, chat)) for chat in "bcdefgh" * 30]
        await asyncio.sleep(0)  # they have begun
    assert {Accepted.KEPT} == {*await asyncio.gather(*handed_in)}

    async with open_database(postgres_url) as database:
        assert 30 == len(await kept(database, "b"))


async def test_two_transactions_that_wait_for_each_other_cost_nobody_a_message(database):
    """PostgreSQL ends ours; it is done anew, and whoever handed it in learns nothing of it."""

    def cross(connection):
        for place in ("first", "helpdesk/a/t"):
            connection.execute(text("insert into engaged_threads values (:place, 0)"), {"place": place})
        return "done"

    async with await connected(database.url) as other, held(database.url) as rows_held:
        await other.execute("set deadlock_timeout = '1min'")  # so that it is not the other one
        await other.execute("insert into engaged_threads values ('helpdesk/a/t', 0)")
        crossing = database.take_in(cross, keys=("a",))
        await rows_held.until_wanted()
        await other.execute("insert into engaged_threads values ('first', 0)")  # which waits until ours is ended
        await other.rollback()

        assert "done" == await crossing


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_thread_that_dies_is_seen_and_nobody_waits_for_it(database, inbox, say):
    def bug(_connection):
        raise SystemExit

    async with held(database.url, "a") as rows_held:
        behind = [handing_in(inbox, in_thread(say, "a"))]
        await rows_held.until_wanted()
        behind += [database.take_in(bug, keys=("chat helpdesk a",))]
        late = handing_in(inbox, say(chat="a"))
        await handing_in(inbox, say(chat="b"))
    outcomes = await asyncio.gather(*behind, late, return_exceptions=True)

    assert [Unreachable, Unreachable] == [type(outcome) for outcome in outcomes[1:]]
    with pytest.raises(RuntimeError, match="writer has died"):
        await database.intake.watch()
    with pytest.raises(Unreachable):
        await handing_in(inbox, say(chat="c"))


async def test_other_replicas_are_told_of_what_was_accepted(database, inbox, say):
    """Once it can be seen: what one accepts who has no room another claims."""
    async with await connected(database.url) as other:
        await other.set_autocommit(True)
        await other.execute("listen bridge")
        async with aclosing(other.notifies()) as told:
            for number in range(5):
                heard = asyncio.ensure_future(anext(told))
                await handing_in(inbox, say(chat="a"))
                await heard
                assert number + 1 == await inbox.queue_length("a")
