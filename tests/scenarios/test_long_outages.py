"""Two minutes without Coze, Telegram, Slack or the database, while people keep writing: long tests, run by make soak."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from simulators.slack import Slack
from tests.scenarios.harness import BridgeHarness, Talk
from tests.scenarios.test_database_away import everybody_is_answered, nobody_hears, people_in_the_middle
from tests.scenarios.test_outages import LATER

AWAY = float(os.environ.get("AWAY", "120"))
"""Seconds of an outage."""

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


def cpu(bridge: BridgeHarness) -> float:
    """Seconds of processor time the daemon has used."""
    stat = Path(f"/proc/{bridge.replicas['a'].process.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, stat[11:13])) / os.sysconf("SC_CLK_TCK")


def people(bridge: BridgeHarness, number: int = 10) -> list[Talk]:
    """So many in Telegram, and so many in Slack."""
    return [bridge.someone(where, f"P{one}") for one in range(number) for where in ("in_private", "in_dm")]


@pytest.mark.parametrize("side", ["coze", "telegram", "slack"])
async def test_everybody_is_answered_once_and_nothing_spins(
    bridge: BridgeHarness, side: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who wrote to a platform that was away is heard when it is back; who wrote while Coze was away is told so, once."""
    talks = people(bridge)
    await bridge.start()
    for number, talk in enumerate(talks):
        talk.says(f"before {number}")
    await asyncio.gather(*(talk.reads(f"You said: before {number}") for number, talk in enumerate(talks)))
    away = getattr(bridge, side)
    await away.go_away()
    used, asked = cpu(bridge), len(bridge.coze.calls)
    for number, talk in enumerate(talks):
        talk.says(f"during {number}")
    await asyncio.sleep(AWAY)
    used, asked = cpu(bridge) - used, len(bridge.coze.calls) - asked
    with capsys.disabled():
        sys.stdout.write(f"\n  {AWAY:.0f} s without {side}: {used:.2f} s of CPU, {asked} calls to Coze\n")
    await away.come_back()
    if isinstance(away, Slack):
        await away.until(lambda: away.sockets.open, within=90)
        away.hurry()
    await asyncio.gather(
        *(
            talk.until(lambda talk=talk, number=number: f"You said: during {number}" in talk.answers, within=150)
            for number, talk in enumerate(talks)
        )
    )
    assert await bridge.terminate() == 0

    notices = [LATER] if side == "coze" else []
    assert [[f"You said: before {number}", *notices, f"You said: during {number}"] for number in range(len(talks))] == [
        talk.answers for talk in talks
    ]
    assert 2 * len(talks) == len(bridge.coze.chats)


@pytest.mark.postgres
async def test_without_the_database_nothing_is_acknowledged_and_nothing_spins(
    tmp_path: Path, server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half-shown answers, and messages that nobody may keep: all answered by the same process when it is back."""
    async with BridgeHarness(tmp_path, server.get_uri()) as bridge:
        talks = await people_in_the_middle(bridge)
        bridge.slack.time_scale = 1.0  # it brings an event four times in six minutes, and then never again
        await asyncio.to_thread(server._stop)
        others, used = await nobody_hears(bridge, talks), cpu(bridge)
        await asyncio.sleep(AWAY)
        with capsys.disabled():
            sys.stdout.write(f"\n  {AWAY:.0f} s without the database: {cpu(bridge) - used:.2f} s of CPU\n")
        await asyncio.to_thread(server.ensure_postgres_running)
        await everybody_is_answered(bridge, talks, others)
