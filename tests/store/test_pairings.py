"""Codes are one a person, run out, and can be taken back, on SQLite and on PostgreSQL."""

import re

import pytest
from sqlalchemy import update

from bridge.sdk.model import Place
from bridge.store import pairings as module
from bridge.store.pairings import VALID, Pairings
from bridge.store.tables import pairings as rows

HERE = Place(adapter="helpdesk", chat="7")


@pytest.fixture
def pairings(database):
    """What is known of people who ask to be let in."""
    return Pairings(database)


async def an_hour_passes(database):
    older = update(rows).values(asked_at=rows.c.asked_at - VALID)
    await database.write(lambda connection: connection.execute(older))


async def test_a_code_can_be_typed_and_lets_in_whom_it_was_given_to(pairings):
    code = await pairings.request_code("helpdesk:7", HERE, "en")
    let_in = await pairings.approve(f" {code.lower()} ")

    assert re.fullmatch("[A-HJ-KM-NP-Z2-9]{8}", code)
    assert ("helpdesk:7", HERE, "en") == (let_in.person, let_in.where, let_in.language)
    assert await pairings.is_let_in("helpdesk:7")


async def test_a_person_has_one_code_at_a_time(pairings, database):
    first, again = [await pairings.request_code("helpdesk:7", HERE, None) for _ in range(2)]
    await an_hour_passes(database)
    later = await pairings.request_code("helpdesk:7", HERE, None)

    assert again is None
    assert later not in (None, first)


async def test_a_code_runs_out_and_works_once(pairings, database):
    old = await pairings.request_code("helpdesk:7", HERE, None)
    await an_hour_passes(database)

    assert await pairings.approve(old) is None
    assert [] == await pairings.all()
    code = await pairings.request_code("helpdesk:7", HERE, None)
    assert await pairings.approve(code)
    assert await pairings.approve(code) is None
    assert await pairings.approve("AAAAAAAA") is None


async def test_who_was_let_in_stays_in_until_that_is_revoked(pairings, database):
    await pairings.approve(await pairings.request_code("helpdesk:7", HERE, None))
    await an_hour_passes(database)
    await pairings.request_code("helpdesk:8", HERE, None)
    inside = await pairings.is_let_in("helpdesk:7")
    revoked = [await pairings.revoke("helpdesk:7") for _ in range(2)]

    assert inside
    assert [True, False] == revoked
    assert not await pairings.is_let_in("helpdesk:7")


async def test_so_many_wait_and_no_more(pairings, database, monkeypatch):
    monkeypatch.setattr(module, "WAITING_AT_MOST", 2)
    codes = [await pairings.request_code(f"helpdesk:{who}", HERE, None) for who in "789"]
    await an_hour_passes(database)

    assert [True, True, False] == [code is not None for code in codes]
    assert await pairings.request_code("helpdesk:9", HERE, None)
