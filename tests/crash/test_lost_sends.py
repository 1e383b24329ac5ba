"""Answers of Telegram's that get lost, while thirty chats talk at once: no message stands twice, and none is changed by looking."""

import asyncio
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.telegram.flood import Flood
from tests.crash.crowd import TWICE_AT_MOST, Tell, messages_twice, thirty_on_telegram
from tests.scenarios.harness import PATIENCE, BridgeHarness

LOST_OF_A_HUNDRED = 20


@pytest.fixture(
    params=[
        pytest.param(int(os.environ.get("LOST", "20")), id="normal"),
        pytest.param(2000, id="soak", marks=[pytest.mark.soak, pytest.mark.timeout(6 * 3600)]),
    ]
)
def losses(request: pytest.FixtureRequest) -> int:
    """How many answers get lost."""
    number: int = request.param
    return number


def losing(bridge: BridgeHarness, losses: int, chance: random.Random) -> Iterator[int]:
    """Have that many answers to new messages get lost; gives how many were, whenever it is asked."""
    lost = 0

    def gets_lost(_params: dict[str, Any]) -> bool:
        nonlocal lost
        hit = lost < losses and chance.randrange(100) < LOST_OF_A_HUNDRED
        lost += hit
        return hit

    bridge.telegram.faults.add("sendMessage", times=10 * losses, apply=True, cut=True, when=gets_lost)
    while True:
        yield lost


@pytest.mark.timeout(900)
async def test_no_message_stands_twice(tmp_path: Path, losses: int, seed: int, say: Tell) -> None:
    """With Telegram's limits kept to the letter: looking provokes no refusal."""
    kept = {"helpdesk": {"rate": "25/second"}}  # from the first second: of the published rate bursts are allowed
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", adapters=kept) as bridge:
        askers, over = thirty_on_telegram(bridge), asyncio.Event()
        flood = bridge.telegram.flood = Flood()
        lost = losing(bridge, losses, random.Random(seed))
        await bridge.start()
        async with asyncio.TaskGroup() as tasks:
            for asker in askers:
                tasks.create_task(asker.keep_asking(over), name=asker.name)
            await bridge.until(lambda: next(lost) >= losses, within=max(losses, 10 * PATIENCE))
            over.set()
        assert await bridge.terminate() == 0
        doubled = sum(map(messages_twice, askers))
        asked = sum(len(asker.asked) for asker in askers)
        say(
            f"{losses} lost answers, {asked} questions, {doubled} messages twice, {flood.refused} refusals of Telegram's"
        )

        assert 0 == flood.refused
        assert doubled <= max(1, losses * TWICE_AT_MOST)
