"""Which accounts are one person's, and the codes by which they become so."""

import asyncio

import pytest
from sqlalchemy import func, select, update

from bridge.sdk.model import Place
from bridge.store.database import open_database
from bridge.store.links import VALID, Linked, LinkRefusal, Links, Side
from bridge.store.people import People
from bridge.store.tables import link_codes, links, now, people


def side(person, chat="1"):
    return Side(person=person, where=Place(adapter=person.partition(":")[0], chat=chat), language="en")


@pytest.fixture
async def known(database):
    """Three people who have been heard, on two platforms."""
    for adapter, person in (("a", "1"), ("b", "2"), ("b", "3")):
        row = people.insert().values(adapter=adapter, person=person, user_id=f"u-{person}", since=0.0, seen_at=0.0)
        await database.write(lambda connection, it=row: connection.execute(it) and None)
    return Links(database)


async def user_ids(database):
    return {one.person: one.user_id for one in await People(database).search()}


async def test_a_code_is_gone_with_its_time(database, known):
    code = await known.offer(side("a:1"))
    late = update(link_codes).values(made_at=now() - VALID - 1)
    await database.write(lambda connection: connection.execute(late) and None)
    refused = await known.redeem(code, side("b:2"), "person/b//2/2")
    await known.offer(side("b:3"))
    left = await database.read(lambda connection: connection.scalar(select(func.count()).select_from(link_codes)))

    assert (LinkRefusal.UNKNOWN, 1) == (refused, left)


async def test_several_accounts_may_be_one_person(database, known):
    first = await known.redeem(await known.offer(side("a:1")), side("b:2"), "person/b//2/2")
    second = await known.redeem(await known.offer(side("b:2")), side("b:3"), "person/b//3/3")
    homes = await known.homes()

    assert isinstance(first, Linked)
    assert isinstance(second, Linked)
    assert {"b:2": "a:1", "b:3": "a:1"} == {person: home.name for person, home in homes.items()}
    assert {"u-1"} == set((await user_ids(database)).values())


async def test_a_host_that_parts_lets_all_go_each_somebody_new(database, known):
    for guest in ("b:2", "b:3"):
        await known.redeem(await known.offer(side("a:1")), side(guest), "scope")
    others = await known.unlink("a:1")
    ids = await user_ids(database)

    assert {"b:2", "b:3"} == {one.person for one in others}
    assert {} == await known.homes()
    assert ("u-1", 3) == (ids["1"], len(set(ids.values())))


async def test_a_guest_is_linked_once(database, known):
    code = await known.offer(side("a:1"))
    await known.redeem(await known.offer(side("b:3")), side("b:2"), "scope")

    assert LinkRefusal.LINKED is await known.redeem(code, side("b:2"), "scope")
    assert LinkRefusal.LINKED is await known.redeem(code, side("b:3"), "scope")
    assert 1 == await database.read(lambda connection: connection.scalar(select(func.count()).select_from(links)))


@pytest.mark.postgres
async def test_a_code_that_two_redeem_at_once_at_two_replicas_links_one(postgres_url):
    async with open_database(postgres_url) as one, open_database(postgres_url) as other:
        for number in range(20):
            code = await Links(one).offer(side(f"a:{number}"))
            outcomes = await asyncio.gather(
                Links(one).redeem(code, side(f"b:{number}"), "scope"),
                Links(other).redeem(code, side(f"c:{number}"), "scope"),
            )

            assert [LinkRefusal.UNKNOWN] == [outcome for outcome in outcomes if not isinstance(outcome, Linked)]
