"""Every table has a bound: what nobody uses and nobody was heard of goes, and what is in use stays."""

import pytest
from sqlalchemy import Connection, text

from bridge.sdk.model import ChatType, Person, Place
from bridge.sdk.unreadable import Unreadable
from bridge.store import former_chats, retention
from bridge.store.admission import Admission, Precondition
from bridge.store.arrivals import Accepted
from bridge.store.leases import Leases
from bridge.store.links import Linked, Links, Side
from bridge.store.pairings import Pairings
from bridge.store.pauses import Pauses
from bridge.store.people import People
from bridge.store.retention import Retention
from bridge.store.sessions import Sessions

DAY = 86_400.0
HOME = Place(adapter="helpdesk", chat="7")


async def done(database, statement):
    await database.write(lambda connection: connection.execute(text(statement)) and None)


async def column(database, query):
    def read(connection: Connection) -> list[object]:
        return list(connection.scalars(text(query)))

    return await database.read(read)


async def remembered(inbox, message, scope, bot="assistant"):
    """Have *message* be asked in a conversation of its own."""
    await inbox.accept(message, Admission.in_order(scope))
    [turn] = await inbox.claim(1)
    await inbox.progress.record_asking(turn, bot=bot, conversation_id=f"of {scope}")
    await inbox.settle(turn)


async def test_it_is_written_down_once_a_day_that_somebody_was_heard_and_a_thread_used(database, inbox, say):
    ages = "select seen_at from people union all select used_at from engaged_threads"
    await inbox.accept(say(thread="1"), Admission.in_order("a"))
    first = await column(database, ages)
    await inbox.accept(say(thread="1"), Admission.in_order("a"))
    assert first == await column(database, ages), "no row is written for what is true to the day"

    for age in ("people set seen_at = seen_at", "engaged_threads set used_at = used_at"):
        await done(database, f"update {age} - {2 * DAY}")
    await inbox.accept(say(thread="1"), Admission.in_order("a"))
    assert [True, True] == [new >= old for new, old in zip(await column(database, ages), first, strict=True)]


async def test_where_all_is_heard_anyway_no_thread_is_remembered(database, inbox, say):
    await inbox.accept(say(thread="1", chat_type=ChatType.PRIVATE), Admission.in_order("a"))

    assert [] == await column(database, "select place from engaged_threads")


async def test_what_recognises_a_delivery_does_not_tell_who_was_heard(database, inbox, say):
    message = say(dedupe_keys=("update:4711", "message:123456789:1"))
    await inbox.accept(message, Admission.in_order("a"))
    keys = await column(database, "select key from dedupe_keys")

    assert [32, 32] == [len(str(key)) for key in keys]
    assert not [key for key in keys if "4711" in str(key) or "123456789" in str(key)]
    assert Accepted.REPEATED == await inbox.accept(message, Admission.in_order("a"))


async def test_a_thread_that_nobody_used_is_joined_no_more(database, inbox, say):
    for thread in ("old", "new"):
        await inbox.accept(say(thread=thread), Admission.in_order("a"))
    await done(database, f"update engaged_threads set used_at = used_at - {2 * DAY} where place like '%old'")
    await Retention(database).prune_unused(DAY, bots=())
    again = {thread: say("again", thread=thread) for thread in ("old", "new")}
    condition = Admission.in_order("a", Precondition.ENGAGED)

    assert Accepted.NOT_FOR_US == await inbox.accept(again["old"], condition)
    assert Accepted.KEPT == await inbox.accept(again["new"], condition)


async def test_a_memory_left_alone_goes_whoever_shared_it(database, inbox, say):
    for scope, bot in (("chat/1", "gone"), ("person/2", "gone"), ("chat/3", "here"), ("chat/4", "gone")):
        await remembered(inbox, say(), scope, bot)
    await done(database, f"update sessions set used_at = used_at - {2 * DAY} where scope <> 'chat/4'")
    people = People(database)

    assert ["of chat/3"] == [memory.conversation_id for memory in await people.unused_memories("here", DAY, limit=9)]
    await Retention(database).prune_unused(DAY, bots=["here"])
    assert {"chat/3", "chat/4"} == {session.scope for session in await Sessions(database).search()}
    [memory] = await people.unused_memories("here", DAY, limit=9)
    await people.delete_memory(memory)
    assert ["chat/4"] == [session.scope for session in await Sessions(database).search()]


async def test_who_was_not_heard_of_is_forgotten_with_their_pairing(database, inbox, say):
    """Unless a conversation of theirs is still there: the bot's side is asked to forget that one first."""
    pairings, people = Pairings(database), People(database)
    for chat in ("1", "2", "3"):
        await remembered(inbox, say(chat=chat), f"person/helpdesk//{chat}/{chat}")
        await pairings.approve(await pairings.request_code(f"helpdesk:{chat}", HOME, None) or "")
    for table in ("people set seen_at = seen_at", "pairings set let_in_at = let_in_at"):
        await done(database, f"update {table} - {2 * DAY} where person not like '%3'")
    await done(database, "delete from sessions where scope like '%1'")

    assert 1 == await people.erase_unseen(DAY, limit=9)
    assert ["2", "3"] == sorted(person.person for person in await people.search())
    assert ["helpdesk:2", "helpdesk:3"] == sorted(one.person for one in await pairings.all())
    assert 0 == await people.erase_unseen(DAY, limit=9)


async def test_who_was_let_in_and_never_heard_is_forgotten_as_late(database):
    pairings = Pairings(database)
    for person in ("helpdesk:1", "helpdesk:2"):
        await pairings.approve(await pairings.request_code(person, HOME, None) or "")
    await done(database, f"update pairings set let_in_at = let_in_at - {2 * DAY} where person like '%1'")
    await People(database).erase_unseen(DAY, limit=9)

    assert ["helpdesk:2"] == [one.person for one in await pairings.all()]


async def test_an_account_is_kept_as_long_as_one_that_it_is_linked_with(database, inbox, say):
    """Whichever of them is still heard; and once nobody is, all go, with their link."""
    people, links = People(database), Links(database)
    for chat in ("1", "2", "3"):
        await inbox.accept(say(chat=chat), Admission.in_order(f"chat/{chat}"))
    host, guest = (Side(person=f"helpdesk:{chat}", where=HOME, language=None) for chat in "12")
    assert isinstance(await links.redeem(str(await links.offer(host)), guest, "person/2"), Linked)
    for heard, left in (("2", ["1", "2"]), ("1", ["1", "2"]), ("3", ["3"])):
        await done(database, f"update people set seen_at = seen_at - {2 * DAY}")
        await inbox.accept(say(chat=heard, dedupe_keys=(heard,)), Admission.in_order(f"chat/{heard}"))
        await people.erase_unseen(DAY, limit=9)

        assert left == sorted(person.person for person in await people.search())
        assert ("3" != heard) == bool(await links.homes())


async def test_a_pause_ends_when_people_are_forgotten_and_with_who_is_erased(database, inbox, say):
    pauses, people = Pauses(database), People(database)
    scopes = {chat: f"person/helpdesk//{chat}/{chat}" for chat in ("1", "2")}
    for chat, scope in scopes.items():
        await remembered(inbox, say(chat=chat), scope)
        assert await pauses.pause([f"helpdesk:{chat}"])
        assert await pauses.pause([scope])
    exported = await people.export("helpdesk", "1")
    assert exported is not None
    assert {"helpdesk:1", scopes["1"]} == {row["subject"] for row in exported["pauses"]}

    assert await people.erase("helpdesk", "1")
    assert {"helpdesk:2", scopes["2"]} == set(await pauses.all())
    await done(database, f"update pauses set since = since - {2 * DAY} where subject = 'helpdesk:2'")
    await people.erase_unseen(DAY, limit=9)
    assert {scopes["2"]} == set(await pauses.all())


@pytest.mark.parametrize("scope", ["chat/helpdesk//1", "thread/helpdesk//1/7", "person/helpdesk//1/1"])
async def test_whatever_a_private_chat_remembers_goes_with_the_person(database, inbox, say, scope):
    """With what was pushed there, too; a chat that is only called alike stays, and of what is shared the name at the bots goes."""
    people, shared = (
        People(database),
        ("chat/helpdesk//-1", "thread/helpdesk//-1/1", "chat/acme//1", "chat/helpdesk//11"),
    )
    for number, of in enumerate((scope, *shared)):
        await remembered(inbox, say(chat="1"), of, bot=f"bot {number}")
    pushed = say("for you alone", chat="1", author=Person(id=""), pushed=True)
    await inbox.accept(pushed, Admission.in_order(scope))
    [person] = await people.search()
    assert [f"of {scope}"] == [memory.conversation_id for memory in await people.memories("helpdesk", "1")]

    assert await people.erase("helpdesk", "1")
    left = await Sessions(database).search()
    assert set(shared) == {session.scope for session in left}
    assert person.user_id not in {session.user_id for session in left}
    assert [] == await column(database, "select message from inbox")


async def test_of_too_many_dead_letters_the_oldest_go(database, inbox, monkeypatch):
    monkeypatch.setattr(retention, "DEAD_AT_MOST", 3)
    for number in range(5):
        raw = Unreadable(adapter="helpdesk", dedupe_key=str(number), raw="{}", reason="unreadable")
        assert Accepted.KEPT == await inbox.put_aside(raw)
    await Retention(database).prune(bodies=DAY, keys=DAY)

    assert [3, 4, 5] == await column(database, "select id from inbox order by id")


async def test_a_dead_letter_is_bounded(database, inbox):
    await inbox.put_aside(Unreadable(adapter="helpdesk", dedupe_key="1", raw="ü" * 10**6, reason="r" * 10**6))
    [length] = await column(database, "select length(message) + length(reason) from inbox")

    assert length < 70_000


async def test_a_lease_that_nobody_renews_goes(database):
    leases = Leases(database, owner="us", seconds=30.0)
    for name in ("poll old", "poll new"):
        await leases.acquire_or_renew(name)
    await done(database, f"update leases set until = until - {2 * DAY} where name = 'poll old'")
    await Retention(database).prune(bodies=DAY, keys=DAY)

    assert ["poll new"] == await column(database, "select name from leases")


@pytest.mark.parametrize("table", ["people", "pairings"])
async def test_a_person_is_erased_from_every_table_that_knows_them(database, inbox, say, table):
    people, pairings = People(database), Pairings(database)
    await pairings.approve(await pairings.request_code("helpdesk:7", HOME, None) or "")
    if table == "people":
        await remembered(inbox, say(), "person/helpdesk//7/7")
    exported = await people.export("helpdesk", "7")
    assert exported is not None
    assert exported["person" if table == "people" else table]
    assert ["helpdesk:7"] == [row["person"] for row in exported["pairings"]]

    assert await people.erase("helpdesk", "7")
    assert await people.export("helpdesk", "7") is None
    assert not await people.erase("helpdesk", "7")


async def test_of_chats_that_moved_the_newest_are_remembered(database, monkeypatch, say):
    monkeypatch.setattr(former_chats, "_SURPLUS", former_chats._SURPLUS.offset(None).offset(3))
    known = former_chats.FormerChats(database)
    for number in range(5):
        await known.record(
            Place(adapter="helpdesk", chat=f"-{number}"), Place(adapter="helpdesk", chat=f"-100{number}")
        )
    again = former_chats.FormerChats(database)
    await again.load()

    assert [None, None, "-2", "-3", "-4"] == [again.named(say(chat=f"-100{n}")).former_chat for n in range(5)]
