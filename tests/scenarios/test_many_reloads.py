"""The config changes again and again while people talk on both platforms: nobody is missed, nobody is answered twice."""

import asyncio
import itertools
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.scenarios.harness import BridgeHarness, Talk
from tests.scenarios.test_reload import connections

PEOPLE: Final = 4
"""At the same time on each platform."""

QUESTIONS: Final = 20
"""Of one person; then the next one comes, so that none of the far sides has a chat to search that grows for ever."""

STARVED: Final = 900.0
"""Seconds for one answer: on a machine too slow to open the adapter between two reloads nobody is heard before they pause."""

FIRST_BOT: Final = 7379462189365190000

GROWN_KIB: Final = 16 * 1024
"""KiB that a daemon may hold more after the last nine in ten of a thousand reloads, of which each had a bot of its own."""


def is_broken(number: int) -> bool:
    """Whether that file cannot be used: every tenth."""
    return number % 10 == 9


def written(file: dict[str, Any], number: int) -> str:
    """
    The *file* of that number: each has another bot, route and limit, every third another adapter, every tenth a fault.

    What a bot is asked names the number three times over: by who it is, by the defaults and by the route.
    """
    file["adapters"]["helpdesk"]["stream"] = ("auto", "edit", "off")[number // 3 % 3]
    file["bots"] = {f"bot-{number}": {"coze": "main", "bot_id": str(FIRST_BOT + number), "feedback": bool(number % 2)}}
    file["routes"] = [{"name": "all", "bot": f"bot-{number}", "variables": {"route": str(number)}}]
    file["defaults"] = {"limits": {"messages": f"{1000 + number}/minute", "tokens": None}}
    file["defaults"]["variables"] = {"defaults": str(number)}
    return yaml.safe_dump(file) + (f"rutes-{number}: []\n" if is_broken(number) else "")


@dataclass(slots=True)
class Admin:
    """Somebody who writes file after file, and reads in the log what became of each."""

    bridge: BridgeHarness
    file: dict[str, Any] = field(init=False)
    _read: int = 0

    def __post_init__(self) -> None:
        self.file = yaml.safe_load(self.bridge.config.read_text())

    async def saves(self, number: int) -> None:
        """Write the next file, tell the daemon, which would find out by itself, but later, and wait for its word."""
        fresh = self.bridge.config.with_suffix(".new")
        fresh.write_text(written(self.file, number))
        fresh.replace(self.bridge.config)
        self.bridge.signal(signal.SIGHUP)
        told = f"rutes-{number}:" if is_broken(number) else f"bots.bot-{number}"
        async with asyncio.timeout(60):
            while told not in self._news():  # noqa: ASYNC110 - nobody tells when a file grows
                await asyncio.sleep(0.02)

    def _news(self) -> str:
        """The lines of the log that no earlier call has given."""
        with self.bridge.replicas["a"].log.open("rb") as log:
            log.seek(self._read)
            whole, _, _ = log.read().rpartition(b"\n")
        self._read += len(whole)
        return whole.decode()


@dataclass(slots=True)
class Crowd:
    """People on both platforms, of whom each asks, reads, and asks again."""

    bridge: BridgeHarness
    pausing: asyncio.Event = field(default_factory=asyncio.Event)
    talks: dict[str, Talk] = field(default_factory=dict)
    expected: dict[str, list[str]] = field(default_factory=dict)

    def talking(self) -> Iterator[asyncio.Task[None]]:
        """Begin to talk, until they are *pausing*."""
        for where, number in itertools.product(("in_private", "in_dm"), range(PEOPLE)):
            yield asyncio.create_task(self._talk(where, number))

    async def _talk(self, where: str, number: int) -> None:
        for generation in itertools.count():
            name = f"Tom {where} {number} {generation}"
            talk, said = (
                self.talks.setdefault(name, self.bridge.someone(where, f"P{len(self.talks)}")),
                self.expected.setdefault(name, []),
            )
            while len(said) < QUESTIONS:
                if self.pausing.is_set():
                    return
                question = f"{name} asks {len(said)}"
                talk.says(question)
                said.append(f"You said: {question}")
                await talk.reads(*said, within=STARVED)


def memory_of(bridge: BridgeHarness) -> int:
    """What the daemon holds, in KiB."""
    status = Path(f"/proc/{bridge.replicas['a'].process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))


def files_asked_by(bridge: BridgeHarness) -> Iterator[set[int]]:
    """Of each question, the numbers of the files by which it was put to the bot."""
    for call in bridge.coze.called("/v3/chat"):
        variables = call.params["custom_variables"]
        yield {int(call.params["bot_id"]) - FIRST_BOT, int(variables["defaults"]), int(variables["route"])}


async def reload_under_load(bridge: BridgeHarness, reloads: int) -> None:
    bridge.coze.bots = {str(FIRST_BOT + number) for number in range(reloads)}
    admin, crowd, held = Admin(bridge), Crowd(bridge), [0]
    bridge.config.write_text(written(admin.file, 0))
    await bridge.start()
    before, tasks = connections(bridge), [*crowd.talking()]
    for number in range(1, reloads):
        await admin.saves(number)
        if number == reloads // 10:
            held = [memory_of(bridge)]
    crowd.pausing.set()
    await asyncio.gather(*tasks)
    held.append(memory_of(bridge))
    assert await bridge.terminate() == 0  # nothing more can come now

    assert crowd.expected == {name: talk.answers for name, talk in crowd.talks.items()}
    questions = [answer.removeprefix("You said: ") for answers in crowd.expected.values() for answer in answers]
    assert sorted(questions) == sorted(chat.question for chat in bridge.coze.chats)
    files = [*files_asked_by(bridge)]
    print(f"{reloads} reloads, {len(questions)} questions, {held} KiB")  # noqa: T201 - what the long test is for
    assert [] == [numbers for numbers in files if len(numbers) != 1], "asked by halves of two files"
    assert not [*filter(is_broken, set().union(*files))], "asked by a file that was refused"
    after = connections(bridge)
    assert (before["slack"], before["socket"]) == (after["slack"], after["socket"])
    assert after["telegram"] - before["telegram"] <= reloads // 3
    assert held[1] - held[0] < GROWN_KIB, held


class TestManyReloads:
    async def test_no_message_is_lost_or_answered_twice(self, bridge: BridgeHarness) -> None:
        await reload_under_load(bridge, 20)

    @pytest.mark.soak
    @pytest.mark.timeout(3600)
    async def test_nor_in_a_thousand_and_memory_is_flat(self, bridge: BridgeHarness) -> None:
        await reload_under_load(bridge, 1000)
