"""A new version with a schema of its own takes over: replica by replica while people are answered, and back again by the backup."""

import asyncio
import re
import shutil
import subprocess
import sys
from asyncio import gather
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.store.backup import backup
from bridge.store.database import SCHEMA, revision
from tests.scenarios.harness import WHOLE, BridgeHarness

TOP = Path(__file__).parents[2]
NEXT = "9999"
MIGRATION = f'''
"""What a next version may do to the schema: add, and nothing else."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "{NEXT}", "{SCHEMA}"


def upgrade() -> None:
    op.add_column("inbox", sa.Column("mood", sa.Text))
    for table in ("inbox", "people", "sessions", "dedupe_keys", "leases"):
        op.add_column(table, sa.Column("visits", sa.Integer, nullable=False, server_default="0"))
    op.create_index("inbox_by_mood", "inbox", ["mood"])
    op.create_table("moods", sa.Column("name", sa.Text, primary_key=True))
'''


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """The tree of a version whose schema is newer than this one's."""
    tree = tmp_path / "next"
    for package in ("bridge", "adapters", "migrations"):
        shutil.copytree(TOP / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "migrations" / "versions" / f"{NEXT}_next.py").write_text(MIGRATION)
    module = tree / "bridge" / "store" / "database.py"
    text = module.read_text()
    module.write_text(text.replace(f'SCHEMA = "{SCHEMA}"', f'SCHEMA = "{NEXT}"'))

    assert text != module.read_text()
    return tree


@pytest_asyncio.fixture(loop_scope="module")
async def replicas(tmp_path: Path, postgres_url: str, next_version: Path) -> AsyncIterator[BridgeHarness]:
    """Three of this version, which hand over what they cannot finish at once; x, y and z will be of the next one."""
    async with BridgeHarness(tmp_path, postgres_url, worker={"lease": "2s", "drain": "0.2s"}) as bridge:
        bridge.trees = dict.fromkeys("xyz", next_version)
        for name in "abc":
            await bridge.start(name)
        yield bridge


@pytest.mark.postgres
@pytest.mark.parametrize("replaced", [1, pytest.param(3, marks=pytest.mark.soak)])
async def test_of_three_replicas_one_after_the_other_is_replaced_while_people_go_on_asking(
    replicas: BridgeHarness, replaced: int
) -> None:
    """Old and new are at work at once on the new schema; each answer goes on in its message, and is asked for once."""
    people = [replicas.in_private(f"Asker {number}") for number in range(5)]
    said: list[str] = []
    for old, new in list(zip("abc", "xyz", strict=True))[:replaced]:
        await replicas.start(new)
        assert NEXT == await asyncio.to_thread(revision, replicas.database)
        halfway = replicas.everywhere(f"Ann {new}")
        await replicas.half_said(*halfway, question=f"{new}?", pause=new)
        begun = [talk.ids for talk in halfway]
        said.append(f"while {old} and {new} are here")
        for asker in people:
            asker.says(said[-1])
        assert 0 == await replicas.terminate(old)
        replicas.coze.go(f"{new} 2")
        await gather(*(talk.reads(WHOLE) for talk in halfway))
        assert begun == [talk.ids[: len(ids)] for talk, ids in zip(halfway, begun, strict=True)]
        assert len(halfway) == len(replicas.asked(f"{new}?"))
    await gather(*(asker.reads(*(f"You said: {words}" for words in said)) for asker in people))
    left = "abc"[replaced:] + "xyz"[:replaced]
    assert [0, 0, 0] == [*await gather(*(replicas.terminate(name) for name in left))]

    assert [len(people)] * len(said) == [len(replicas.asked(words)) for words in said]


async def test_the_way_back_is_the_backup_that_was_made_when_the_old_one_had_stopped(
    bridge: BridgeHarness, next_version: Path
) -> None:
    """Nobody is answered twice, and a memory goes on; what the new one learnt meanwhile is gone with its database."""
    talks = bridge.everywhere("Ann")
    bridge.trees = {"new": next_version}
    said: list[str] = []

    async def run(*questions: str, name: str) -> None:
        """One version's life; people do not wait for one answer before they ask the next."""
        await bridge.start(name)
        for question in questions:
            for talk in talks:
                talk.says(question)
            said.append(f"You said: {question}")
        await gather(*(talk.reads(*said) for talk in talks))
        assert 0 == await bridge.terminate(name)

    await run("old", "older", name="a")
    database, copy = Path(bridge.folder) / "bridge.db", Path(bridge.folder) / "copy.db"
    await asyncio.to_thread(backup, bridge.database, copy)
    await run("new", "newer", name="new")
    assert NEXT == revision(bridge.database)
    assert f"its schema {NEXT} is newer than this version knows ({SCHEMA})" in await refusal(bridge)
    for name in ("bridge.db-wal", "bridge.db-shm"):
        database.with_name(name).unlink(missing_ok=True)
    copy.replace(database)
    await run("old again", "and again", name="back")

    conversations = {chat.conversation_id for chat in bridge.coze.chats}
    assert [said] * len(talks) == [talk.answers for talk in talks]
    assert len(said) * len(talks) == len(bridge.coze.chats)
    assert len(talks) == len(conversations)


async def refusal(bridge: BridgeHarness) -> str:
    """What the old version says when it is started where the new one has been."""
    command = (sys.executable, "-m", "bridge", "run", "--config", bridge.config)
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)

    assert 2 == done.returncode
    return re.sub(r"\s+", " ", done.stderr)
