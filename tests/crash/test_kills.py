"""The power fails again and again, at any moment, while people keep asking: nothing is lost, nothing is asked twice."""

import asyncio
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.crowd import Asker, Toll, crowd
from tests.scenarios.world import PATIENCE, World

Say = Callable[[str], None]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Print, also when the test passes."""

    def say(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n  {text}\n")

    return say


def hurry(world: World) -> None:
    """
    Have Slack bring at once what was not acknowledged.

    It gives up after three repetitions within six minutes; that the daemon is killed more often than that within one
    message's delivery is this test's doing, so then it begins anew.
    """
    world.slack.hurry()
    for lost in [delivery for delivery in world.slack.deliveries if delivery.lost]:
        lost.lost = False
        world.slack.send(lost.kind, lost.payload, first_retry=1)


async def some_calls(world: World, number: int) -> None:
    """Return after that many calls to the platforms."""

    def calls() -> int:
        return sum(len(platform.calls) for platform in world)

    enough = calls() + number
    await world.until(lambda: calls() >= enough)


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


async def caught_up(world: World, askers: list[Asker]) -> None:
    """Return once everything asked by now is answered."""
    asked = [(asker, [*asker.asked]) for asker in askers]
    await world.until(lambda: all(asker.has_read(questions) for asker, questions in asked), within=2 * PATIENCE)


async def everybody_answered(world: World, askers: list[Asker]) -> None:
    """Let it come to rest."""
    await caught_up(world, askers)
    await world.slack.settled()
    assert await world.terminate() == 0


@pytest.mark.timeout(900)
class TestKilledAgainAndAgain:
    """kill -9 at random moments under load, on the real binary, with platforms that deliver again."""

    async def test_on_sqlite(self, tmp_path: Path, kills: int, seed: int, say: Say) -> None:
        async with World(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}") as world:
            toll = await live_through(world, kills, seed)
        say(f"SQLite, seed {seed}: {toll.told()}")

        toll.check()

    @pytest.mark.postgres
    async def test_on_postgresql(self, tmp_path: Path, postgres_url: str, kills: int, seed: int, say: Say) -> None:
        """Nobody knows that the dead will not come back, so each kill costs a lease."""
        async with World(tmp_path, postgres_url, worker={"lease": "2s"}) as world:
            toll = await live_through(world, kills // 4, seed)
        say(f"PostgreSQL, seed {seed}: {toll.told()}")

        toll.check()
