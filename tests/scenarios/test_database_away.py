"""The database goes away under the whole daemon: nothing is acknowledged meanwhile, and afterwards everything is answered."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.harness import WHOLE, BridgeHarness, Talk

MEGABYTE = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of four megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "bridge-test", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root alone")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on it; what must be removed to have some again."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (MEGABYTE, 1024, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return ballast


async def people_in_the_middle(bridge: BridgeHarness) -> list[Talk]:
    """Four people who have read half an answer, and somebody new in each kind of place."""
    bridge.slack.time_scale = 0.05  # it brings again soon what was not acknowledged
    await bridge.start()
    talks = bridge.everywhere("Ann")
    await bridge.half_said(*talks, question="and?", pause="away")
    return talks


async def nobody_hears(bridge: BridgeHarness, talks: list[Talk]) -> list[Talk]:
    """The rest of the answers comes, everybody asks again and others begin: none of that can be written down."""
    others = bridge.everywhere("Bob")
    events = len(bridge.slack.deliveries)
    bridge.coze.go("away 2")
    for talk in (*talks, *others):
        talk.says("still there?")
    await bridge.coze.until(lambda: {chat.status for chat in bridge.asked("and?")} == {"completed"})
    heard = [one for one in bridge.slack.deliveries[events:] if one.event.get("text", "").endswith("still there?")]
    await bridge.slack.until(lambda: all(len(delivery.sent_at) > 1 for delivery in heard))

    assert 5 == len(heard)
    assert not any(delivery.acked for delivery in heard)
    assert 4 == bridge.telegram.pending()
    assert [] == bridge.asked("still there?")
    return others


async def write_until_refused(bridge: BridgeHarness, talk: Talk) -> int:
    """SQLite may have room left in the files it has: long letters use it up. How many were acknowledged."""
    for number in range(500):
        letter = f"{number} {'x' * 10_000}"
        bridge.answers(letter, f"Read {number}.")
        talk.says(letter)
        delivery = bridge.slack.deliveries[-1]
        await bridge.slack.until(lambda delivery=delivery: delivery.acked or len(delivery.sent_at) > 1)
        if not delivery.acked:
            return number
    raise AssertionError("the disk never was full")


async def everybody_is_answered(bridge: BridgeHarness, talks: list[Talk], others: list[Talk]) -> None:
    """By the same process, once."""
    bridge.slack.hurry()
    await asyncio.gather(*(talk.reads(WHOLE, "You said: still there?", within=60) for talk in talks))
    await asyncio.gather(*(talk.reads("You said: still there?", within=60) for talk in others))
    assert bridge.replicas["a"].process.returncode is None
    assert await bridge.terminate() == 0

    assert (4, 8) == (len(bridge.asked("and?")), len(bridge.asked("still there?")))
    assert 0 == bridge.telegram.pending()


class TestTheDatabaseAway:
    """For a while, with answers under way."""

    @pytest.mark.postgres
    async def test_a_server_that_stops_and_starts(self, tmp_path: Path, server: Any) -> None:
        async with BridgeHarness(tmp_path, server.get_uri(), worker={"lease": "3s"}) as bridge:
            talks = await people_in_the_middle(bridge)
            await asyncio.to_thread(server._stop)
            others = await nobody_hears(bridge, talks)
            await asyncio.to_thread(server.ensure_postgres_running)
            await everybody_is_answered(bridge, talks, others)

    async def test_a_full_disk(self, tmp_path: Path, small_disk: Path) -> None:
        async with BridgeHarness(tmp_path, f"sqlite:///{small_disk / 'bridge.db'}") as bridge:
            talks = await people_in_the_middle(bridge)
            ballast, writer = fill(small_disk), bridge.in_dm("Wes")
            letters = await write_until_refused(bridge, writer)
            others = await nobody_hears(bridge, talks)
            ballast.unlink()
            await everybody_is_answered(bridge, talks, others)

            assert [f"Read {number}." for number in range(letters + 1)] == writer.answers
