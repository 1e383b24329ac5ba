"""What was chosen for a memory: kept with the command, found with the next message, forgotten in the end."""

import pytest
from sqlalchemy import update

from bridge.sdk.choices import Choices
from bridge.store.admission import Admission
from bridge.store.choices import KEPT, forgetting_stale
from bridge.store.inbox import Inbox
from bridge.store.people import People
from bridge.store.statements import number
from bridge.store.tables import choices, now, sessions
from bridge.store.wakeup import Wakeup


@pytest.fixture
def inbox(database):
    """The inbox of one replica, on either database."""
    return Inbox(database, Wakeup(), owner="a", lease=30)


async def choose(inbox, say, scope, chosen, *, key):
    return await inbox.accept(say(scope, dedupe_keys=(key,)), Admission.in_order(scope).choosing(chosen))


async def test_the_latest_choice_of_each_memory_is_found_the_latest_first(inbox, say):
    for key, scope, bot in (("1", "person/a", "one"), ("2", "chat/b", "two"), ("3", "person/a", "three")):
        await choose(inbox, say, scope, Choices(bot=bot, start=key), key=key)

    found = await inbox.choices.latest(["person/a", "chat/b", "thread/c"])

    assert [("person/a", Choices(bot="three", start="3")), ("chat/b", Choices(bot="two", start="2"))] == found


async def test_a_repeated_command_chooses_nothing(inbox, say):
    await choose(inbox, say, "person/a", Choices(bot="one"), key="1")
    await choose(inbox, say, "person/a", Choices(bot="two"), key="2")
    await choose(inbox, say, "person/a", Choices(bot="one"), key="1")

    assert [("person/a", Choices(bot="two"))] == await inbox.choices.latest(["person/a"])


async def test_a_choice_goes_with_its_memory(inbox, database, say):
    """Long after it was made, and not while the memory has a conversation."""
    for key, scope in (("1", "person/old"), ("2", "person/used"), ("3", "person/new")):
        await choose(inbox, say, scope, Choices(bot="one"), key=key)
    used = {"bot": "one", "user_id": "u", "conversation_id": "c", "place": "p", "opened_at": 0.0, "used_at": 0.0}
    old = update(choices).where(choices.c.scope != "person/new").values(chosen_at=now() - KEPT - 1)
    for statement in (sessions.insert().values(scope="person/used", **used), old, forgetting_stale(number(10))):
        await database.write(lambda connection, it=statement: connection.execute(it) and None)

    found = await inbox.choices.latest(["person/old", "person/used", "person/new"])

    assert {"person/used", "person/new"} == {scope for scope, _ in found}


async def test_who_is_forgotten_has_chosen_nothing(inbox, database, say):
    """But what holds for others too, and names nobody, stays."""
    for key, scope in (("1", "person/mine"), ("2", "chat/ours")):
        await choose(inbox, say, scope, Choices(bot="one"), key=key)
    who = say("x").where.adapter, say("x").author.id
    exported = await People(database).export(*who)
    await People(database).erase(*who)

    assert ["person/mine"] == [row["scope"] for row in exported["choices"]]
    assert ["chat/ours"] == [scope for scope, _ in await inbox.choices.latest(["person/mine", "chat/ours"])]
