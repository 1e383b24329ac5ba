"""An upgrade carries on what a release has left: from each one so far, and from this very version as its release would leave it."""

import asyncio
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bridge.sdk.model import Ref
from bridge.store.admin import InboxAdmin
from bridge.store.admission import Admission
from bridge.store.allowances import Allowances
from bridge.store.arrivals import Accepted
from bridge.store.choices import ChosenInMemories
from bridge.store.claim import Stage
from bridge.store.database import SCHEMA, connect, migrate, open_database, parse_url, revision
from bridge.store.inbox import Inbox
from bridge.store.links import Links
from bridge.store.pairings import Pairings
from bridge.store.pauses import Pauses
from bridge.store.sessions import Sessions
from bridge.store.tables import TurnStatus, metadata
from bridge.store.wakeup import Wakeup
from tests.store import released

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
THIS = "this version"


@pytest.fixture(params=[THIS, *sorted(folder.name for folder in released.RELEASES.glob("*"))])
def release(request):
    """Every version that was ever released, and the one that is here."""
    return request.param


@pytest.fixture(params=KINDS)
def upgraded(request, release, tmp_path):
    """A database that a release left, brought to the schema of now."""
    files = (f"sqlite:///{tmp_path / name}.db" for name in ("old", "new"))
    if request.param == "postgresql":
        files = (request.getfixturevalue("postgres_url"), request.getfixturevalue("another_postgres_url"))
    old, new = files
    if release == THIS:
        asyncio.run(released.fill(old))
        written = released.dump(old)
    else:
        written = (released.RELEASES / release / f"{request.param}.sql").read_text(encoding="utf-8")
    released.restore(new, written)
    migrate(new)
    return new


def test_the_schema_is_the_one_we_know(upgraded):
    engine = connect(parse_url(upgraded))
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    engine.dispose()

    assert SCHEMA == revision(upgraded)
    assert [] == differences


async def test_what_was_in_flight_goes_on_from_where_it_was(upgraded):
    async with open_database(upgraded) as database:
        inbox = Inbox(database, Wakeup(), owner="new", lease=30.0)
        assert 1 == await inbox.requeue_expired(alone=True)
        asked, *_ = await inbox.claim(10)  # what a release postponed is due an hour after it: some day with this one
        await inbox.settle(asked)
        [behind] = await inbox.claim(10)

    assert (Stage.ASKED, "conversation 1", "chat 1") == (asked.stage, asked.conversation_id, asked.chat_id)
    assert [Ref("5")] == [part.ref for part in asked.parts]
    assert ("asked", "Ann 安", "zh") == (asked.message.text, asked.message.author.name, asked.message.author.language)
    assert ("behind", {"assistant": "conversation 1"}) == (behind.message.text, behind.conversations)


async def test_what_was_remembered_is(upgraded):
    async with open_database(upgraded) as database:
        inbox, desk = Inbox(database, Wakeup(), owner="new", lease=30.0), InboxAdmin(database)
        again = [await inbox.accept(released.said(text), Admission.in_order(text)) for text in ("answered", "dead")]
        dead = await desk.entries(status=TurnStatus.DEAD)
        sessions = {session.scope: session.conversation_id for session in await Sessions(database).search()}
        let_in = await Pairings(database).is_let_in("helpdesk:43")
        left = await Allowances(database).left([released.CHARGE])
        homes, paused = await Links(database).homes(), await Pauses(database).all()
        [(scope, chosen)] = await ChosenInMemories(database).latest(["answered", "asked"])
        await inbox.former_chats.load()
        moved = inbox.former_chats.named(replace(released.said("again"), where=released.HOME)).former_chat

    assert [Accepted.REPEATED] * 2 == again
    assert ["ChatGone: the chat is gone"] == [entry.reason for entry in dead]
    assert {"asked": "conversation 1", "answered": "conversation 2"} == sessions
    assert let_in
    assert {"ann's"} == set(left)
    assert {released.GUEST: "helpdesk:42"} == {guest: home.name for guest, home in homes.items()}
    assert ["helpdesk:42"] == list(paused)
    assert ("answered", "coder", "sales") == (scope, chosen.bot, chosen.start)
    assert released.FORMER.chat == moved
