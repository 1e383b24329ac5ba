"""The power fails again and again, at any moment, while people keep asking: nothing is lost, nothing is asked twice."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.crash.crowd import CrashTally, Tell, crowd, everybody_answered, hurry, moved_on, some_calls
from tests.scenarios.harness import BridgeHarness


async def live_through(bridge: BridgeHarness, kills: int, seed: int) -> CrashTally:
    """
    Kill the daemon *kills* times among people who ask, and let it answer them all in the end.

    Every other life is long enough for what older ones left behind: three deaths make a turn a suspect, to be given up.
    Nobody asks in a group: a bot may say something there every three seconds, and every other kill would wait for that.
    """
    chance = random.Random(seed)
    askers = crowd(bridge, places=("in_private", "in_thread"))
    tally, over = CrashTally(bridge, askers), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for asker in askers:
            tasks.create_task(asker.keep_asking(over), name=asker.name)
        for life in range(kills):
            await bridge.start()
            hurry(bridge)
            if life % 2:
                await moved_on(bridge, askers)
            await some_calls(bridge, chance.randint(1, 120))
            await tally.kill()
        over.set()
        await bridge.start()
        hurry(bridge)
    await everybody_answered(bridge, askers)
    return tally


BRIDGES = 8
"""Worlds at the same time: a death costs two seconds, in which whoever goes on waits to look at Coze a second time."""


@pytest.mark.timeout(900)
class TestKilledAgainAndAgain:
    """kill -9 at random moments under load, on the real binary, with platforms that deliver again."""

    async def test_on_sqlite(self, tmp_path: Path, kills: int, seed: int, say: Tell) -> None:
        async def one_bridge(seed: int) -> CrashTally:
            folder = tmp_path / str(seed)
            folder.mkdir()
            async with BridgeHarness(folder, f"sqlite:///{folder / 'bridge.db'}") as bridge:
                tally = await live_through(bridge, kills // BRIDGES, seed)
            say(f"SQLite, seed {seed}: {tally.told()}")
            return tally

        async with asyncio.TaskGroup() as tasks:
            bridges = [tasks.create_task(one_bridge(seed + number)) for number in range(BRIDGES)]
        for one in bridges:
            one.result().check()

    @pytest.mark.postgres
    async def test_on_postgresql(self, tmp_path: Path, postgres_url: str, kills: int, seed: int, say: Tell) -> None:
        """Nobody knows that the dead will not come back, so each kill costs a lease."""
        async with BridgeHarness(tmp_path, postgres_url, worker={"lease": "2s"}) as bridge:
            tally = await live_through(bridge, kills // 20, seed)
        say(f"PostgreSQL, seed {seed}: {tally.told()}")

        tally.check()
