"""Two replicas on one PostgreSQL: what one cannot finish the other does, and nobody is answered by both."""

import re
from asyncio import gather
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.scenarios.world import WHOLE, World

pytestmark = pytest.mark.postgres
LEASE = "2s"


def counted(world: World, name: str) -> str:
    """How many replicas the one of that name knows of."""
    return "".join(re.findall(r"replicas=(\d+)", world.replicas[name].log.read_text())[-1:])


@pytest_asyncio.fixture(loop_scope="module")
async def world(tmp_path: Path, postgres_url: str) -> AsyncIterator[World]:
    """A world with two replicas, a and b, of which a was first and polls Telegram."""
    async with World(tmp_path, postgres_url, worker={"lease": LEASE}) as world:
        await world.start("a")
        await world.start("b")
        yield world


class TestTwoReplicas:
    """Side by side."""

    async def test_each_question_is_answered_once_whoever_hears_it(self, world: World) -> None:
        """Slack shares its events among all sockets; Telegram is polled by one."""
        talks = [talk for number in range(3) for talk in world.everywhere(f"P{number}")]
        for number, talk in enumerate(talks):
            world.answers(f"question {number}", f"Answer {number}.")
            talk.says(f"question {number}")
        await gather(*(talk.reads(f"Answer {number}.") for number, talk in enumerate(talks)))
        assert await gather(world.terminate("a"), world.terminate("b")) == [0, 0]

        assert [[f"Answer {number}."] for number in range(len(talks))] == [talk.answers for talk in talks]
        assert len(talks) == len(world.coze.chats)

    async def test_when_one_dies_the_other_takes_over_its_answers_and_its_ears(self, world: World) -> None:
        """Within the lease, and without a word twice; the drafts and messages that were begun are gone on with."""
        talks = world.everywhere("Ann")
        await world.half_said(*talks, question="and?", pause="dark")
        begun = [talk.ids for talk in talks]
        await world.kill("a")
        world.coze.go("dark 2")
        await gather(*(talk.reads(WHOLE) for talk in talks))
        for talk in talks:
            talk.says("still there?")
        await gather(*(talk.reads(WHOLE, "You said: still there?") for talk in talks))
        assert await world.terminate("b") == 0

        assert begun == [talk.ids[: len(ids)] for talk, ids in zip(talks, begun, strict=True)]
        assert 8 == len(world.coze.chats)

    async def test_each_keeps_to_its_part_of_the_budgets(self, world: World) -> None:
        """They count each other, and one that has died is not counted for longer than its lease."""
        for name in ("a", "b"):
            await world.until(lambda name=name: counted(world, name) == "2")
        await world.kill("b")
        await world.until(lambda: counted(world, "a") == "1")
        assert await world.terminate("a") == 0

    async def test_a_rolling_restart_loses_and_doubles_nothing(self, world: World) -> None:
        """One after the other ends politely and begins again, while a conversation goes on."""
        ann, bob = world.in_private("Ann"), world.in_thread("Bob")
        said: list[str] = []
        for number, restarted in enumerate(["a", "b", None]):
            for talk in (ann, bob):
                talk.says(f"{number}")
            said.append(f"You said: {number}")
            if restarted:
                assert await world.terminate(restarted) == 0
                await world.start(restarted)
            await gather(ann.reads(*said), bob.reads(*said))
        assert await gather(world.terminate("a"), world.terminate("b")) == [0, 0]

        assert 6 == len(world.coze.chats)
        assert [said, said] == [ann.answers, bob.answers]

    async def test_the_next_question_waits_for_the_answer_before_it_on_any_replica(self, world: World) -> None:
        """Coze refuses a second chat in a conversation (4016): it must never be asked for one."""
        bob = world.in_thread("Bob")
        world.answers("zero", "Zero.")
        bob.says("zero")
        await bob.reads("Zero.")
        await world.half_said(bob, question="one", pause="busy")
        for question in ("two", "three"):
            bob.says(question)
        await world.slack.settled()
        world.coze.go("busy 2")
        await bob.reads("Zero.", WHOLE, "You said: two", "You said: three")

        assert [] == [call for call in world.coze.called("chat") if not call.ok]
