"""The power fails again and again, at any moment, while people keep asking: nothing is lost, nothing is asked twice."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.crash.crowd import Tell, Toll, caught_up, crowd, everybody_answered, hurry, some_calls
from tests.scenarios.world import World


async def live_through(world: World, kills: int, seed: int) -> Toll:
    """
    Kill the daemon *kills* times among people who ask, and let it answer them all in the end.

    Every other life is long enough for what older ones left behind: three deaths make a turn a suspect, to be given up.
    Nobody asks in a group: a bot may say something there every three seconds, and every other kill would wait for that.
    """
    chance = random.Random(seed)
    askers = crowd(world, places=("in_private", "in_thread"))
    toll, over = Toll(world, askers), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for asker in askers:
            tasks.create_task(asker.keep_asking(over), name=asker.name)
        for life in range(kills):
            await world.start()
            hurry(world)
            if life % 2:
                await caught_up(world, askers)
            await some_calls(world, chance.randint(1, 120))
            await toll.kill()
        over.set()
        await world.start()
        hurry(world)
    await everybody_answered(world, askers)
    return toll


TOWNS = 8
"""Worlds at the same time: a death costs two seconds, in which whoever goes on waits to look at Coze a second time."""


@pytest.mark.timeout(900)
class TestKilledAgainAndAgain:
    """kill -9 at random moments under load, on the real binary, with platforms that deliver again."""

    async def test_on_sqlite(self, tmp_path: Path, kills: int, seed: int, say: Tell) -> None:
        async def town(seed: int) -> Toll:
            folder = tmp_path / str(seed)
            folder.mkdir()
            async with World(folder, f"sqlite:///{folder / 'bridge.db'}") as world:
                toll = await live_through(world, kills // TOWNS, seed)
            say(f"SQLite, seed {seed}: {toll.told()}")
            return toll

        async with asyncio.TaskGroup() as tasks:
            towns = [tasks.create_task(town(seed + number)) for number in range(TOWNS)]
        for one in towns:
            one.result().check()

    @pytest.mark.postgres
    async def test_on_postgresql(self, tmp_path: Path, postgres_url: str, kills: int, seed: int, say: Tell) -> None:
        """Nobody knows that the dead will not come back, so each kill costs a lease."""
        async with World(tmp_path, postgres_url, worker={"lease": "2s"}) as world:
            toll = await live_through(world, kills // 20, seed)
        say(f"PostgreSQL, seed {seed}: {toll.told()}")

        toll.check()
