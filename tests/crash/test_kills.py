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
    """
    chance = random.Random(seed)
    askers = crowd(world)
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


@pytest.mark.timeout(900)
class TestKilledAgainAndAgain:
    """kill -9 at random moments under load, on the real binary, with platforms that deliver again."""

    async def test_on_sqlite(self, tmp_path: Path, kills: int, seed: int, say: Tell) -> None:
        async with World(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}") as world:
            toll = await live_through(world, kills, seed)
        say(f"SQLite, seed {seed}: {toll.told()}")

        toll.check()

    @pytest.mark.postgres
    async def test_on_postgresql(self, tmp_path: Path, postgres_url: str, kills: int, seed: int, say: Tell) -> None:
        """Nobody knows that the dead will not come back, so each kill costs a lease."""
        async with World(tmp_path, postgres_url, worker={"lease": "2s"}) as world:
            toll = await live_through(world, kills // 4, seed)
        say(f"PostgreSQL, seed {seed}: {toll.told()}")

        toll.check()
