"""Three replicas on one PostgreSQL: one after the other is killed, or frozen for longer than its lease, while people ask."""

import asyncio
import random
import signal
from pathlib import Path

import pytest

from simulators.server import Call
from tests.crash.crowd import CrashTally, Tell, crowd, everybody_answered, hurry, moved_on, some_calls
from tests.scenarios.harness import WHOLE, BridgeHarness

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(900)]
NAMES = ("a", "b", "c")
LEASE = {"lease": "2s"}


async def live_through(bridge: BridgeHarness, kills: int, seed: int) -> CrashTally:
    """
    Kill one of the three *kills* times, while people ask and the other two answer.

    Every other time all that was asked is answered first: three deaths make a turn a suspect, to be given up.
    """
    chance = random.Random(seed)
    askers = crowd(bridge)
    tally, over = CrashTally(bridge, askers), asyncio.Event()
    for name in NAMES:
        await bridge.start(name)
    async with asyncio.TaskGroup() as tasks:
        for asker in askers:
            tasks.create_task(asker.keep_asking(over), name=asker.name)
        for number in range(kills):
            await some_calls(bridge, chance.randint(60, 180))
            name = NAMES[number % len(NAMES)]
            await tally.kill(name)
            hurry(bridge)
            await some_calls(bridge, chance.randint(60, 180))
            await bridge.start(name)
            if number % 2:
                await moved_on(bridge, askers)
        over.set()
    await everybody_answered(bridge, askers, NAMES)
    return tally


class TestThreeReplicas:
    """None of them knows the others but by the database."""

    async def test_one_is_killed_again_and_again(
        self, tmp_path: Path, postgres_url: str, kills: int, seed: int, say: Tell
    ) -> None:
        async with BridgeHarness(tmp_path, postgres_url, worker=LEASE) as bridge:
            tally = await live_through(bridge, kills // 20, seed)
        say(f"three replicas, seed {seed}: {tally.told()}")

        tally.check()
        assert [] == refused(bridge)

    async def test_one_that_was_frozen_says_nothing_more_when_it_wakes(self, tmp_path: Path, postgres_url: str) -> None:
        """It was first, so it polls Telegram too; its answers and its ears have gone to the others meanwhile."""
        async with BridgeHarness(tmp_path, postgres_url, worker=LEASE) as bridge:
            await bridge.start("a")
            talks = bridge.everywhere("Ann")
            await bridge.half_said(*talks, question="and?", pause="ice")
            await bridge.start("b")
            await bridge.start("c")
            bridge.signal(signal.SIGSTOP, "a")
            bridge.coze.go("ice 2")
            await asyncio.gather(*(talk.reads(WHOLE) for talk in talks))
            seen = [(talk.answers, talk.ids) for talk in talks]
            bridge.signal(signal.SIGCONT, "a")
            for number, talk in enumerate(talks):
                talk.says(f"after {number}")
            await asyncio.gather(*(talk.reads(WHOLE, f"You said: after {number}") for number, talk in enumerate(talks)))
            assert [0, 0, 0] == await asyncio.gather(*map(bridge.terminate, NAMES))

            assert [ids for _, ids in seen] == [
                talk.ids[: len(ids)] for (_, ids), talk in zip(seen, talks, strict=True)
            ]
            assert [[WHOLE, f"You said: after {number}"] for number in range(4)] == [talk.answers for talk in talks]
            assert 4 == len(bridge.asked("and?"))
            assert [] == refused(bridge)


def refused(bridge: BridgeHarness) -> list[Call]:
    """The chats that Coze would not begin: a second one in a conversation is refused with 4016."""
    return [call for call in bridge.coze.called("chat") if not call.ok]
