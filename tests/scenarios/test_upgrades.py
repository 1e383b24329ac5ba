"""A new version takes over: replica by replica while people are answered, and back again by the backup."""

import asyncio
from asyncio import gather
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.store.backup import backup
from tests.scenarios.harness import WHOLE, BridgeHarness


@pytest_asyncio.fixture(loop_scope="module")
async def replicas(tmp_path: Path, postgres_url: str) -> AsyncIterator[BridgeHarness]:
    """Three, which hand over what they cannot finish at once."""
    async with BridgeHarness(tmp_path, postgres_url, worker={"lease": "2s", "drain": "0.2s"}) as bridge:
        for name in "abc":
            await bridge.start(name)
        yield bridge


@pytest.mark.postgres
async def test_three_replicas_are_replaced_one_after_the_other_in_the_middle_of_answers(
    replicas: BridgeHarness,
) -> None:
    """Old and new ones are at work at once; each answer goes on in its message, and is asked for once."""
    talks = replicas.everywhere("Ann")
    await replicas.half_said(*talks, question="and?", pause="upgrade")
    begun = [talk.ids for talk in talks]
    for old, new in zip("abc", "xyz", strict=True):
        await replicas.start(new)
        assert 0 == await replicas.terminate(old)
    replicas.coze.go("upgrade 2")
    await gather(*(talk.reads(WHOLE) for talk in talks))
    for talk in talks:
        talk.says("still there?")
    await gather(*(talk.reads(WHOLE, "You said: still there?") for talk in talks))
    assert [0, 0, 0] == [*await gather(*(replicas.terminate(name) for name in "xyz"))]

    assert begun == [talk.ids[: len(ids)] for talk, ids in zip(talks, begun, strict=True)]
    assert len(talks) == len(replicas.asked("and?"))


async def test_the_way_back_is_the_backup_that_was_made_when_the_old_one_had_stopped(bridge: BridgeHarness) -> None:
    """Nobody is answered twice, and a memory goes on; what the new one learnt meanwhile is gone with its database."""
    talks = bridge.everywhere("Ann")
    said: list[str] = []

    async def run(*questions: str) -> None:
        """One version's life."""
        await bridge.start()
        for question in questions:
            for talk in talks:
                talk.says(question)
            said.append(f"You said: {question}")
        await gather(*(talk.reads(*said) for talk in talks))
        assert 0 == await bridge.terminate()

    await run("old", "older")
    database, copy = Path(bridge.folder) / "bridge.db", Path(bridge.folder) / "copy.db"
    await asyncio.to_thread(backup, bridge.database, copy)
    await run("new")
    for name in ("bridge.db-wal", "bridge.db-shm"):
        database.with_name(name).unlink(missing_ok=True)
    copy.replace(database)
    await run("old again")

    conversations = {chat.conversation_id for chat in bridge.coze.chats}
    assert [said] * len(talks) == [talk.answers for talk in talks]
    assert len(said) * len(talks) == len(bridge.coze.chats)
    assert len(talks) == len(conversations)
