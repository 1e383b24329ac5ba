"""One measurement: a fresh world, a fresh process, a few words to warm up, and then the load."""

import asyncio
import gc
import math
import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.outside import PIECES, World, world
from benchmarks.people import Crowd, Seen, SlackCrowd, Talk, TelegramCrowd, by_question
from benchmarks.subject import Kind, Subject, cpu, subject
from simulators.coze.script import Say, Silence

SETTLE = 0.5
"""Seconds after everything hears, and between two loads, in which nothing is asked."""

IDLE = 20.0
"""Seconds in which nothing is asked, to see what waiting takes; as many before them, in which the start's loose ends are tied."""

PATIENCE = 60.0
"""Seconds in which an answer must stand; where a platform's budgets hold it back longer, it is counted as open."""

LOOK = 0.02
"""Seconds between looks whether all are answered: looking costs the simulators' core."""

CROWDS: dict[str, type[TelegramCrowd] | type[SlackCrowd]] = {"telegram": TelegramCrowd, "slack": SlackCrowd}

Figures = dict[str, float | None]
"""What was measured, by name; None where there is nothing to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many write, how often."""

    people: int
    rounds: int = 1  #: one after the other
    restart: bool = False  #: with a database that is there already, after a start that made it
    rate: str | None = None  #: what Telegram lets the bot send, if it is not what its manual says
    thinks: float = (
        0.0  #: seconds until the bot's first word: one that speaks at once does while its question is written down
    )


async def measure(kind: Kind, platform: str, load: Load) -> Figures:
    """The figures of one fresh process under that load."""
    with tempfile.TemporaryDirectory(prefix="coze-bridge-bench-") as folder:
        figures = await _first_start(kind, platform, Path(folder)) if load.restart else {}
        async with (
            world(rate=load.rate, platforms=[platform]) as outside,
            subject(kind, outside, Path(folder)) as process,
        ):
            figures |= {"ready_s": process.ready_after, "ready_cpu_s": process.cpu()}
            outside.coze.responder = lambda _turn: (Silence(load.thinks), Say(PIECES))
            await asyncio.sleep(SETTLE)
            figures["idle_mb"] = process.memory()
            if load.restart and kind is Kind.DAEMON:
                figures["idle_hour_s"] = await _idle_hour(process)
            crowd = CROWDS[platform](outside)
            await _warm_up(crowd)
            return figures | await _load(process, outside, crowd, load)


async def _first_start(kind: Kind, platform: str, folder: Path) -> Figures:
    async with world(platforms=[platform]) as outside, subject(kind, outside, folder) as process:
        return {"first_ready_s": process.ready_after}


async def _idle_hour(process: Subject) -> float:
    """Seconds of processor that an hour takes in which nobody says anything, as far as `IDLE` seconds tell."""
    await asyncio.sleep(IDLE)
    used = process.cpu_exactly()
    await asyncio.sleep(IDLE)
    return (process.cpu_exactly() - used) * 3600 / IDLE


async def _warm_up(crowd: Crowd) -> None:
    """One answer, so that what is done once per process is done."""
    [talk] = crowd.talks(1)
    talk.say()
    await answered([talk])
    await asyncio.sleep(SETTLE)


async def _load(process: Subject, outside: World, crowd: Crowd, load: Load) -> Figures:
    seen: dict[int, Seen] = {}
    gc.collect()
    gc.disable()  # the simulators' own pauses are nobody's delay
    try:
        used, used_outside, began = process.cpu(), cpu(os.getpid()), asyncio.get_running_loop().time()
        for _ in range(load.rounds):
            asked = crowd.talks(load.people)
            for talk in asked:  # without an await between them: in the same instant
                talk.say()
            await answered(asked)
            seen |= {talk.number: talk.seen() for talk in asked if talk.answered()}
        took = asyncio.get_running_loop().time() - began
        figures: Figures = {
            "cpu_ms": 1000 * (process.cpu() - used) / (load.people * load.rounds),
            "outside_busy": (cpu(os.getpid()) - used_outside) / took,
            "peak_mb": process.peak(),
        }
    finally:
        gc.enable()
    return figures | _delays(seen, outside) | _counts(seen, outside, load)


async def answered(talks: Sequence[Talk], patience: float = PATIENCE) -> list[Talk]:
    """Wait until every answer stands, or for so many seconds; gives those that do not."""
    open_talks = list(talks)
    deadline = asyncio.get_running_loop().time() + patience
    while open_talks and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(LOOK)
        open_talks = [talk for talk in open_talks if not talk.answered()]
    return open_talks


def _delays(seen: Mapping[int, Seen], outside: World) -> Figures:
    """What the people had to wait for, in milliseconds."""
    if not seen:
        raise RuntimeError("nobody was answered")
    chats = by_question(outside.coze.chats)
    first = {number: one.first - (chats[number].t_first_delta or math.nan) for number, one in seen.items()}
    final = {number: one.final - (chats[number].t_end or math.nan) for number, one in seen.items()}
    native = [number for number, one in seen.items() if one.native]
    whole = [one.final - one.said for one in seen.values()]
    signs = [one.sign - one.said for one in seen.values() if one.sign is not None]
    return {
        "sign_p50": _milliseconds(signs, 0.5),
        "sign_p95": _milliseconds(signs, 0.95),
        "first_p50": _milliseconds(first.values(), 0.5),
        "first_p95": _milliseconds(first.values(), 0.95),
        "final_p50": _milliseconds(final.values(), 0.5),
        "final_p95": _milliseconds(final.values(), 0.95),
        "whole_p50": _milliseconds(whole, 0.5),
        "whole_p95": _milliseconds(whole, 0.95),
        "native_first_p95": _milliseconds([first[number] for number in native], 0.95),
        "native_final_p95": _milliseconds([final[number] for number in native], 0.95),
    }


def _counts(seen: Mapping[int, Seen], outside: World, load: Load) -> Figures:
    """Whether everybody was answered once, and how."""
    answers = load.people * load.rounds
    return {
        "answers": answers,
        "unanswered": answers - len(seen),
        "asked_again": len(outside.coze.chats) - 1 - answers,  # one was the warm-up
        "said_again": sum(one.messages - 1 for one in seen.values()),
        "native": sum(one.native for one in seen.values()),
    }


def _milliseconds(seconds: Collection[float], share: float) -> float | None:
    """The value that this share of them does not exceed."""
    if not seconds:
        return None
    if share == 0.5:
        return 1000 * median(seconds)
    return 1000 * sorted(seconds)[math.ceil(share * len(seconds)) - 1]
