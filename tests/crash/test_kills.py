"""The power fails again and again, at any moment, while people keep asking: nothing is lost, nothing is asked twice."""

import asyncio
import random
from pathlib import Path

import pytest

from adapters.telegram.lost_sends import LOOKED_AT_MOST
from simulators.telegram.flood import Flood
from tests.crash.crowd import (
    TWICE_AT_MOST,
    Asker,
    CrashTally,
    Tell,
    crowd,
    everybody_answered,
    hurry,
    messages_twice,
    moved_on,
    some_calls,
    thirty_on_telegram,
)
from tests.scenarios.harness import BridgeHarness


async def live_through(
    bridge: BridgeHarness, askers: list[Asker], kills: int, seed: int, long_life: int = 2
) -> CrashTally:
    """
    Kill the daemon *kills* times among people who ask, and let it answer them all in the end.

    Each *long_life*-th life is long enough for what older ones left behind: two deaths make a turn a suspect, to run alone,
    and three end it.
    """
    chance = random.Random(seed)
    tally, over = CrashTally(bridge, askers), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for asker in askers:
            tasks.create_task(asker.keep_asking(over), name=asker.name)
        for life in range(kills):
            await begin(bridge)
            if life % long_life == long_life - 1:
                await moved_on(bridge, askers)
            await some_calls(bridge, chance.randint(1, 120))
            await tally.kill()
        over.set()
        await begin(bridge)
    await everybody_answered(bridge, askers)
    return tally


async def begin(bridge: BridgeHarness) -> None:
    """Start the daemon, with platforms that have forgotten what they counted for their limits, as after a longer pause."""
    if bridge.telegram.flood:
        bridge.telegram.flood.forget()
    await bridge.start()
    hurry(bridge)


def alone_and_in_threads(bridge: BridgeHarness) -> list[Asker]:
    """People on both platforms; nobody in a group, where a bot may say little."""
    return crowd(bridge, places=("in_private", "in_thread"))


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
                tally = await live_through(bridge, alone_and_in_threads(bridge), kills // BRIDGES, seed)
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
            tally = await live_through(bridge, alone_and_in_threads(bridge), kills // 20, seed)
        say(f"PostgreSQL, seed {seed}: {tally.told()}")

        tally.check()

    async def test_while_thirty_chats_talk_on_telegram(
        self, tmp_path: Path, kills_among_thirty: int, seed: int, say: Tell
    ) -> None:
        """
        In private chats, groups and supergroups: at most one message in a thousand stands twice, and nobody's else is changed.

        Telegram's limits are kept to the letter. A single death may cost more: where it cuts off more messages at once than
        are looked at, some of them stand twice.
        """
        kept = {"helpdesk": {"rate": "25/second"}}  # from the first second: of the published rate bursts are allowed
        async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", adapters=kept) as bridge:
            flood = bridge.telegram.flood = Flood()
            askers = thirty_on_telegram(bridge)
            tally = await live_through(bridge, askers, kills_among_thirty, seed, long_life=1)
        doubled = sum(map(messages_twice, askers))
        say(f"Thirty chats, seed {seed}: {tally.told()}, {doubled} twice, {flood.refused} refusals of Telegram's")

        tally.check()
        assert 0 == flood.refused
        assert doubled <= max(LOOKED_AT_MOST, tally.cut_off * TWICE_AT_MOST)
