"""Three replicas on one PostgreSQL: one after the other is killed, or frozen for longer than its lease, while people ask."""

import asyncio
import random
import signal
from pathlib import Path

import pytest

from simulators.server import Call
from tests.crash.crowd import Tell, Toll, crowd, everybody_answered, hurry, some_calls
from tests.scenarios.world import WHOLE, World

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(900)]
NAMES = ("a", "b", "c")
LEASE = {"lease": "2s"}


async def live_through(world: World, kills: int, seed: int) -> Toll:
    """Kill one of the three *kills* times, while people ask and the other two answer."""
    chance = random.Random(seed)
    askers = crowd(world)
    toll, over = Toll(world, askers), asyncio.Event()
    for name in NAMES:
        await world.start(name)
    async with asyncio.TaskGroup() as tasks:
        for asker in askers:
            tasks.create_task(asker.keep_asking(over), name=asker.name)
        for number in range(kills):
            await some_calls(world, chance.randint(60, 180))
            name = NAMES[number % len(NAMES)]
            await toll.kill(name)
            hurry(world)
            await some_calls(world, chance.randint(60, 180))
            await world.start(name)
        over.set()
    await everybody_answered(world, askers, NAMES)
    return toll


class TestThreeReplicas:
    """None of them knows the others but by the database."""

    async def test_one_is_killed_again_and_again(
        self, tmp_path: Path, postgres_url: str, kills: int, seed: int, say: Tell
    ) -> None:
        async with World(tmp_path, postgres_url, worker=LEASE) as world:
            toll = await live_through(world, kills // 20, seed)
        say(f"three replicas, seed {seed}: {toll.told()}")

        toll.check()
        assert [] == refused(world)

    async def test_one_that_was_frozen_says_nothing_more_when_it_wakes(self, tmp_path: Path, postgres_url: str) -> None:
        """It was first, so it polls Telegram too; its answers and its ears have gone to the others meanwhile."""
        async with World(tmp_path, postgres_url, worker=LEASE) as world:
            await world.start("a")
            talks = world.everywhere("Ann")
            await world.half_said(*talks, question="and?", pause="ice")
            await world.start("b")
            await world.start("c")
            world.signal(signal.SIGSTOP, "a")
            world.coze.go("ice 2")
            await asyncio.gather(*(talk.reads(WHOLE) for talk in talks))
            seen = [(talk.answers, talk.ids) for talk in talks]
            world.signal(signal.SIGCONT, "a")
            for number, talk in enumerate(talks):
                talk.says(f"after {number}")
            await asyncio.gather(*(talk.reads(WHOLE, f"You said: after {number}") for number, talk in enumerate(talks)))
            assert [0, 0, 0] == await asyncio.gather(*map(world.terminate, NAMES))

            assert [ids for _, ids in seen] == [
                talk.ids[: len(ids)] for (_, ids), talk in zip(seen, talks, strict=True)
            ]
            assert [[WHOLE, f"You said: after {number}"] for number in range(4)] == [talk.answers for talk in talks]
            assert 4 == len(world.asked("and?"))
            assert [] == refused(world)


def refused(world: World) -> list[Call]:
    """The chats that Coze would not begin: a second one in a conversation is refused with 4016."""
    return [call for call in world.coze.called("chat") if not call.ok]
