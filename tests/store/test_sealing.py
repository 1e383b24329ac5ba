"""What people and bots say is encrypted where a key is set, on both databases; keys rotate, and a lost key costs its own rows alone."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, MetaData, text

from bridge.sdk.answers import SentPart
from bridge.sdk.model import Ref
from bridge.sdk.unreadable import Unreadable
from bridge.store.admin import InboxAdmin
from bridge.store.admission import Admission
from bridge.store.arrivals import Accepted
from bridge.store.database import Database, open_database
from bridge.store.inbox import Inbox
from bridge.store.move import move
from bridge.store.people import People
from bridge.store.sealing import Sealing, Unopened
from bridge.store.wakeup import Wakeup

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
ZEBRA = "the zebra is called Ottokar 的"
NO_KEY = "unreadable: no key of privacy.encryption_key opens it"


@asynccontextmanager
async def inbox_with(database_url: str, *keys: str) -> AsyncIterator[tuple[Database, Inbox]]:
    """The database of that address, opened with these keys."""
    async with open_database(database_url, keys=keys) as database:
        yield database, Inbox(database, Wakeup(), owner="us", lease=30.0)


async def stored(database: Database) -> str:
    """Every value of every row of every table, as it stands in the database."""

    def read(connection: Connection) -> list[object]:
        known = MetaData()
        known.reflect(connection)
        names = [table.name for table in known.sorted_tables]
        return [tuple(row) for name in names for row in connection.execute(text(f'select * from "{name}"'))]

    return str(await database.read(read))


async def said(inbox: Inbox) -> list[str]:
    """The words of all that can be claimed."""
    return [turn.message.text for turn in await inbox.claim(10)]


async def test_nothing_that_is_said_can_be_read_and_all_of_it_comes_back(database_url, say):
    parts = (SentPart(index=0, ref=Ref("zebra-7"), digest="zebra-digest"),)
    async with inbox_with(database_url, NEW) as (database, inbox):
        await inbox.accept(say(ZEBRA), Admission.in_order("a"))
        for piece in ("zebra one", "zebra two"):
            await inbox.accept(say(piece, batch="paste"), Admission.in_order("b"))
        await inbox.put_aside(Unreadable(adapter="helpdesk", dedupe_key="1", raw="zebra?", reason="unreadable"))
        [turn] = await inbox.claim(1)
        await inbox.progress.record_question(turn, say(f"{ZEBRA}!"))
        await inbox.progress.record_answer(
            turn, answer=f"No, {ZEBRA}", tokens=1, follow_ups=("Which zebra?",), parts=parts
        )
        await inbox.postpone(turn, seconds=0, because="away")
        assert "zebra" not in await stored(database)

        [again] = await inbox.claim(1)

    known = (again.message.text, again.answer, again.follow_ups, again.parts)
    assert (f"{ZEBRA}!", f"No, {ZEBRA}", ("Which zebra?",), parts) == known


async def test_no_file_of_the_database_holds_it(tmp_path, say):
    async with inbox_with(f"sqlite:///{tmp_path}/bridge.db", NEW) as (_, inbox):
        await inbox.accept(say(ZEBRA), Admission.in_order("a"))
        files = {path.name: path.read_bytes() for path in tmp_path.glob("bridge.db*")}

    assert {"bridge.db", "bridge.db-wal", "bridge.db-shm", "bridge.db.lock"} == files.keys()
    assert not [name for name, content in files.items() if b"Ottokar" in content]
    assert b"sealed:" in b"".join(files.values())


async def test_without_a_key_it_is_stored_as_ever(database_url, say):
    async with inbox_with(database_url) as (database, inbox):
        await inbox.accept(say(ZEBRA), Admission.in_order("a"))

        assert ZEBRA in await stored(database)


@pytest.mark.parametrize(
    ("before", "after"),
    [((), (NEW,)), ((OLD,), (NEW, OLD)), ((OLD,), (OLD, NEW)), ((OLD, NEW), (OLD,)), ((), ())],
    ids=["set later", "rotated", "another beside it", "the second gone", "never any"],
)
async def test_what_was_written_under_the_keys_of_before_is_read(database_url, say, before, after):
    async with inbox_with(database_url, *before) as (_, inbox):
        await inbox.accept(say(ZEBRA), Admission.in_order("a"))
    async with inbox_with(database_url, *after) as (_, inbox):
        await inbox.accept(say("later"), Admission.in_order("b"))

        assert [ZEBRA, "later"] == await said(inbox)


@pytest.mark.parametrize("keys", [(), (NEW,)], ids=["no key", "another key"])
async def test_what_no_key_opens_is_dead_alone_until_the_key_is_back(database_url, say, keys: Sequence[str]):
    async with inbox_with(database_url, OLD) as (_, inbox):
        await inbox.accept(say(ZEBRA), Admission.in_order("a"))
    async with inbox_with(database_url, *keys) as (database, inbox):
        await inbox.accept(say("fine"), Admission.in_order("b"))
        assert ["fine"] == await said(inbox)
        dead = await InboxAdmin(database).show(1)
        assert dead is not None
        assert ("dead", NO_KEY) == (dead.status, dead.reason)
        exported = await People(database).export("helpdesk", "7")
        assert exported is not None
        assert str(exported["messages"][0]["message"]).startswith("sealed:")

        database.sealing.use([NEW, OLD])  # as a reload does
        assert await InboxAdmin(database).retry(1)
        assert [ZEBRA] == await said(inbox)


async def test_a_row_that_was_cut_or_changed_is_dead_alone(database_url, say):
    async with inbox_with(database_url, NEW) as (database, inbox):
        for scope in ("cut", "fine"):
            await inbox.accept(say(scope), Admission.in_order(scope))
        cut = text("update inbox set message = substr(message, 1, length(message) - 8) where id = 1")
        await database.write(lambda connection: connection.execute(cut).rowcount)

        assert ["fine"] == await said(inbox)


async def test_a_batch_whose_beginning_is_lost_begins_again(database_url, say):
    async with inbox_with(database_url, OLD) as (_, inbox):
        await inbox.accept(say("one", batch="paste"), Admission.in_order("a"))
    async with inbox_with(database_url, NEW) as (_, inbox):
        assert Accepted.KEPT == await inbox.accept(say("two", batch="paste"), Admission.in_order("a"))


async def test_a_person_is_exported_in_plain_words(database_url, say):
    async with inbox_with(database_url, NEW) as (database, inbox):
        await inbox.accept(say(ZEBRA), Admission.in_order("a"))
        exported = await People(database).export("helpdesk", "7")

    assert exported is not None
    assert [ZEBRA] == [row["message"]["text"] for row in exported["messages"]]


async def test_a_database_is_moved_without_its_key(tmp_path, say):
    old, new = (f"sqlite:///{tmp_path}/{name}.db" for name in ("old", "new"))
    async with inbox_with(old, NEW) as (_, inbox):
        await inbox.accept(say(ZEBRA), Admission.in_order("a"))
    await move(old, new)
    async with inbox_with(new, NEW) as (database, inbox):
        assert "Ottokar" not in await stored(database)
        assert [ZEBRA] == await said(inbox)


@given(words=st.text(max_size=300))
def test_whatever_is_sealed_is_opened_by_its_own_key_alone(words):
    sealed = Sealing([OLD]).seal(words)

    assert words == Sealing([NEW, OLD]).unseal(sealed)
    assert words == Sealing([OLD]).unseal(words), "plain text is read as it is"
    for other in (Sealing([NEW]), Sealing()):
        with pytest.raises(Unopened):
            other.unseal(sealed)


def test_a_text_that_only_begins_like_a_sealed_one_is_plain():
    for words in ("sealed:", "sealed: with a kiss", "sealed:gAAAA and more"):
        assert words == Sealing([NEW]).unseal(words) == Sealing().unseal(words)
