"""From one database to another, with answers on their way; and the daemon goes on there."""

import asyncio
import subprocess
import sys

import pytest
from sqlalchemy import func, select

from bridge.sdk.answers import SentPart
from bridge.sdk.asking import ChatStarted
from bridge.sdk.errors import BridgeError, ConfigError
from bridge.sdk.model import Ref
from bridge.store import move as moving
from bridge.store.admin import InboxAdmin
from bridge.store.admission import Admission
from bridge.store.arrivals import Accepted
from bridge.store.claim import Stage
from bridge.store.database import Database, open_database
from bridge.store.inbox import Inbox
from bridge.store.move import move
from bridge.store.sessions import Sessions
from bridge.store.tables import dedupe_keys
from bridge.store.tables import inbox as rows
from bridge.store.wakeup import Wakeup

pytestmark = pytest.mark.postgres


@pytest.fixture(params=["to postgresql", "to sqlite", "from file to file"])
def ways(request, tmp_path, postgres_url) -> tuple[str, str]:
    """Where from and where to."""
    file, other = (f"sqlite:///{tmp_path / name}.db" for name in ("one", "other"))
    return {"to postgresql": (file, postgres_url), "to sqlite": (postgres_url, file)}.get(request.param, (file, other))


def inbox(database: Database, *, owner: str = "us", lease: float = -1.0) -> Inbox:
    return Inbox(database, Wakeup(), owner=owner, lease=lease)


async def live(source: str, say) -> None:
    """One is answered and forgotten, one answered, one asked, one dead, one postponed, one waits behind the asked."""
    async with open_database(source) as database:
        us = inbox(database)
        for scope in ("asked", "answered", "dead", "postponed", "asked"):
            await us.accept(say(scope, thread="1.1"), Admission.in_order(scope))
        asked, answered, dead, postponed = await us.claim(10)
        await us.progress.record_asking(asked, bot="helper", conversation_id="11")
        begun = ChatStarted(conversation_id="11", chat_id="22")
        await us.progress.record_asked(asked, begun, bot="helper", parts=[SentPart(index=0, ref=Ref("5"))])
        await us.settle(answered)
        await us.dead_letter(dead, because="no")
        await us.postpone(postponed, seconds=3600, because="away")
        await us.accept(say("forgotten"), Admission.in_order("forgotten"))
        [forgotten] = await us.claim(1)
        await us.settle(forgotten)
        await database.write(lambda connection: connection.execute(rows.delete().where(rows.c.id == 6)).rowcount)


async def test_the_daemon_goes_on_from_where_it_was(ways, say, monkeypatch):
    """A turn that was asked is not asked again, what was heard is not heard again, nobody is another person."""
    source, target = ways
    monkeypatch.setattr(moving, "PAGE", 2)
    repeated = say("asked", dedupe_keys=("update:2", "message:7:2"))  # as the first of those that `live` says
    await live(source, say)

    moved = await move(source, target)

    assert {
        "inbox": 5,
        "dedupe_keys": 12,
        "engaged_threads": 1,
        "people": 1,
        "sessions": 1,
        "choices": 0,
        "links": 0,
        "link_codes": 0,
        "allowances": 0,
        "pairings": 0,
        "pauses": 0,
        "adapter_secrets": 0,
        "former_chats": 0,
    } == moved
    async with open_database(source) as old, open_database(target) as new:
        us = inbox(new)
        assert Accepted.REPEATED == await us.accept(repeated, Admission.in_order("asked"))
        [asked] = await us.claim(10)
        before = {session.user_id for session in await Sessions(old).search()}

        expected = (1, Stage.ASKED, "22", (SentPart(index=0, ref=Ref("5")),), 1, {"helper": "11"})
        assert expected == (asked.id, asked.stage, asked.chat_id, asked.parts, asked.crashes, asked.conversations)
        assert before == {asked.user_id}

        await us.settle(asked)
        assert ["asked"] == [claimed.queue_key for claimed in await us.claim(10)]
        assert {"waiting": 1, "running": 1, "dead": 1} == await InboxAdmin(new).counts()


async def test_no_number_is_given_twice(ways, say):
    """Bots know a turn by its number, also when the inbox has forgotten it."""
    source, target = ways
    await live(source, say)
    await move(source, target)

    async with open_database(target) as new:
        await inbox(new).accept(say("later", dedupe_keys=("late",)), Admission.in_order("later"))
        assert 7 == await new.read(lambda connection: connection.scalar(select(func.max(rows.c.id))))


async def test_nothing_is_moved_onto_something(ways, say):
    source, target = ways
    await live(source, say)
    async with open_database(target) as new:
        await inbox(new).accept(say(dedupe_keys=("theirs",)), Admission.in_order("theirs"))

    with pytest.raises(
        BridgeError, match="expected an empty database to move to, got rows in inbox, dedupe_keys, people"
    ):
        await move(source, target)

    async with open_database(target) as new:
        assert 1 == await new.read(lambda connection: connection.scalar(select(func.count()).select_from(rows)))
        assert 1 == await new.read(lambda connection: connection.scalar(select(func.count()).select_from(dedupe_keys)))


async def test_nothing_can_be_moved_from_under_a_daemon(tmp_path, postgres_url, say, monkeypatch):
    monkeypatch.setattr("bridge.store.database.LOCK_PATIENCE", 0.2)
    file = f"sqlite:///{tmp_path / 'one.db'}"
    async with open_database(file):
        with pytest.raises(ConfigError, match="is in use by another coze-bridge"):
            await move(file, postgres_url)

    async with open_database(postgres_url) as shared:
        us = inbox(shared, lease=30.0)
        await us.accept(say(), Admission.in_order("a"))
        [claimed] = await us.claim(1)
        with pytest.raises(BridgeError, match="expected every replica to be stopped"):
            await move(postgres_url, file)
        await us.release([claimed])

    assert 1 == (await move(postgres_url, file))["inbox"]


async def test_an_empty_one_can_be_moved_too(ways, say):
    source, target = ways
    async with open_database(source):
        pass

    assert {0} == set((await move(source, target)).values())
    async with open_database(target) as new:
        assert Accepted.KEPT == await inbox(new).accept(say(), Admission.in_order("a"))
        assert [1] == [entry.id for entry in await InboxAdmin(new).entries()]


async def test_the_command_says_how_many(tmp_path, postgres_url, say):
    await live(f"sqlite:///{tmp_path / 'one.db'}", say)
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(file=tmp_path / "one.db"))

    command = [sys.executable, "-m", "bridge", "store", "move", "--to", postgres_url, "--config", str(config)]
    told = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)

    assert (
        0,
        "inbox: 5\ndedupe_keys: 12\nengaged_threads: 1\npeople: 1\nsessions: 1\nchoices: 0\nlinks: 0\nlink_codes: 0\nallowances: 0\npairings: 0\npauses: 0\nadapter_secrets: 0\nformer_chats: 0\n",
    ) == (
        told.returncode,
        told.stdout,
    ), told.stderr
    assert "Now let `database` in the config name the new one" in told.stderr

    again = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)

    assert (1, "") == (again.returncode, again.stdout)
    assert "coze-bridge: expected an empty database to move to" in again.stderr


CONFIG = """
database: sqlite:///{file}
coze: {{main: {{token: pat_secret}}}}
bots: {{helper: {{bot_id: "7"}}}}
adapters: {{console: {{kind: console}}}}
routes: [{{bot: helper}}]
"""
