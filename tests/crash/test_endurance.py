"""
What shows only after a while: a mountain of messages at the start, platforms that refuse for minutes, hours of talk.

Long tests, run by make soak; ``MINUTES`` says how long the last two go on.
"""

import asyncio
import os
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bridge.sdk.model import Address, ChatType, Inbound, Person, Place
from bridge.store.admission import Admission
from bridge.store.database import open_database
from bridge.store.inbox import Inbox
from bridge.store.wakeup import Wakeup
from tests.crash.crowd import Asker, CrashTally, Tell, crowd, everybody_answered
from tests.scenarios.harness import BridgeHarness, TelegramTalk

pytestmark = [pytest.mark.soak, pytest.mark.timeout(4 * 3600)]

MINUTES = float(os.environ.get("MINUTES", "0"))
CHATS, EACH = 100, 100
FINAL_AND_PREVIEW = ("sendMessage", "editMessageText", "sendMessageDraft", "chat.postMessage", "chat.appendStream")


async def test_a_mountain_of_messages_is_worked_off_from_the_start(tmp_path: Path, say: Tell) -> None:
    """Ten thousand messages, all of them claimed by a process that is gone."""
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    async with BridgeHarness(tmp_path, url) as bridge:
        talks = [bridge.in_private(f"P{number}") for number in range(CHATS)]
        await _pile_up(url, talks)
        began = time.monotonic()
        await bridge.start()
        hearing = time.monotonic() - began
        await asyncio.gather(*(talk.until(lambda talk=talk: talk.answers) for talk in talks))
        answered = time.monotonic() - began
        assert await bridge.terminate() == 0
    say(
        f"{CHATS * EACH} unfinished messages: hears after {hearing:.1f} s, all {CHATS} chats answered by {answered:.1f} s"
    )

    assert all("You said: 0" == talk.answers[0] for talk in talks)
    assert CHATS * EACH == sum(_rows(tmp_path).values())


async def test_refusals_for_minutes_cost_no_answer(tmp_path: Path, seed: int, say: Tell) -> None:
    """
    Every third call is refused for two seconds; nobody calls again before they are over.

    Not more than three times in a row: whose answer takes twenty seconds is told that it does, which is another story.
    """
    refused: dict[tuple[str, str], float] = {}
    in_a_row: Counter[tuple[str, str]] = Counter()
    early: list[tuple[str, str]] = []
    chance = random.Random(seed)

    def refuses(method: str, params: dict[str, Any]) -> bool:
        key, now = (method, str(params.get("chat_id") or params.get("channel"))), time.monotonic()
        if now < refused.get(key, 0.0):
            early.append(key)
        if chance.random() > 1 / 3 or in_a_row[key] == 3:
            in_a_row[key] = 0
            return False
        in_a_row[key] += 1
        refused[key] = now + 2.0
        return True

    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}") as bridge:
        askers = crowd(bridge)
        for platform in (bridge.telegram, bridge.slack):
            for method in FINAL_AND_PREVIEW:
                platform.faults.add(
                    method,
                    status=429,
                    headers={"Retry-After": "2"},
                    times=1_000_000,
                    when=lambda params, method=method: refuses(method, params),
                )
        await bridge.start()
        await _talk_for(MINUTES or 5, askers)
        for platform in (bridge.telegram, bridge.slack):
            platform.faults.clear()
        await everybody_answered(bridge, askers)
        tally = CrashTally(bridge, askers)
    say(f"{MINUTES or 5:g} minutes of refusals: {tally.told()}; {len(early)} calls too early")

    tally.check()
    assert [] == early


async def test_hours_of_talk_leave_nothing_behind(tmp_path: Path, say: Tell) -> None:
    """Memory, descriptors, threads, the journal and the rows of one process, in the middle of its life and at its end."""
    async with BridgeHarness(
        tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", privacy={"keep_messages": "60s"}
    ) as bridge:
        askers = crowd(bridge)
        await bridge.start()
        measured = []
        for _ in range(9):
            await _talk_for((MINUTES or 120) / 9, askers)
            measured.append(_measure(bridge.replicas["a"].process.pid, tmp_path))
        await everybody_answered(bridge, askers)
        tally = CrashTally(bridge, askers)
    for one in measured:
        say(str(one))
    say(f"{MINUTES or 120:g} minutes: {tally.told()}")

    tally.check()
    for name in measured[0]:
        middle, end = (max(one[name] for one in part) for part in (measured[3:6], measured[6:9]))
        assert end <= middle * 1.2, name


async def _talk_for(minutes: float, askers: list[Asker]) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(minutes * 60, over.set)
    async with asyncio.TaskGroup() as tasks:
        for asker in askers:
            tasks.create_task(asker.keep_asking(over), name=asker.name)


async def _pile_up(url: str, talks: Sequence[TelegramTalk]) -> None:
    async with open_database(url) as database:
        inbox = Inbox(database, Wakeup(), owner="gone", lease=30.0)
        for number in range(EACH):
            messages = [_message(talk, number) for talk in talks]
            await asyncio.gather(
                *(inbox.accept(one, Admission.in_order(f"person/{one.where.chat}")) for one in messages)
            )
        await inbox.claim(CHATS)


def _message(talk: TelegramTalk, number: int) -> Inbound:
    return Inbound(
        dedupe_keys=(f"pile:{talk.chat}:{number}",),
        where=Place(adapter="helpdesk", chat=str(talk.chat)),
        chat_type=ChatType.PRIVATE,
        author=Person(id=str(talk.person.id), name=talk.person.first_name),
        text=str(number),
        address=Address.TO_US,
    )


def _rows(folder: Path) -> dict[int, int]:
    """How many messages there are, by status."""
    with sqlite3.connect(folder / "bridge.db") as connection:
        counted = dict(connection.execute("select status, count(*) from inbox group by status").fetchall())
    connection.close()
    return counted


def _measure(pid: int, folder: Path) -> dict[str, int]:
    process = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return {
        "memory in KiB": int(status["VmRSS"].split()[0]),
        "threads": int(status["Threads"]),
        "descriptors": len(list((process / "fd").iterdir())),
        "journal in KiB": (folder / "bridge.db-wal").stat().st_size >> 10,
        "rows": sum(_rows(folder).values()),
    }
