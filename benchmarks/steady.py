"""
`python -m benchmarks.steady`: what the hundred-thousandth turn of a process costs, and what it still holds by then.

A hundred people on Telegram ask again and again and are answered in three words; every so many turns the process is looked at.
Flat means that the last looks read like the first one after the start has worn off.
"""

import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import click
import uvloop

from benchmarks.driver import answered
from benchmarks.outside import END, World, world
from benchmarks.people import TelegramCrowd
from benchmarks.plot import Line, Plot
from benchmarks.subject import Kind, Subject, subject
from simulators.coze.script import Say, Script, Turn

TURNS: Final = 100_000
EVERY: Final = 5_000
PEOPLE: Final = 100

PACE: Final = "1000/second"
"""What the bot may send: at Telegram's own thirty a second a hundred thousand turns take an hour."""

KEPT: Final = "1m"
"""For so long finished messages are kept here, so that within minutes as many go as come."""

PATIENCE: Final = 600.0
"""Seconds: on a machine that stands still, calls to Coze time out, and turns are put off for up to a minute at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The process after so many turns."""

    turns: int
    memory: float  #: megabytes
    descriptors: int
    rows: int  #: in the inbox, finished ones included
    cpu: float  #: milliseconds a turn since the last look
    seconds: float  #: since the last look


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--turns", type=click.IntRange(PEOPLE), default=TURNS, show_default=True, help="In all.")
@click.option("--every", type=click.IntRange(PEOPLE), default=EVERY, show_default=True, help="Turns between two looks.")
@click.option("--svg", type=click.Path(path_type=Path), help="Draw the memory and the CPU a turn there.")
def main(turns: int, every: int, svg: Path | None) -> None:
    """Let one process answer that often, and print what it is like on the way."""
    looks = uvloop.run(_measure(turns, every))
    click.echo("\n".join(_table(looks)))
    if svg:
        _plot(looks[1:]).write(svg)


async def _measure(turns: int, every: int) -> list[Look]:
    with tempfile.TemporaryDirectory(prefix="coze-bridge-steady-") as name:
        folder = Path(name)
        async with (
            world(rate=PACE, kept=KEPT) as outside,
            subject(Kind.DAEMON, outside, folder) as process,
        ):
            outside.coze.responder = _say_little
            outside.coze.every = 0.0
            crowd = TelegramCrowd(outside)
            looks = [_look(process, folder, 0, since=(process.cpu(), time.monotonic()), turns=1)]
            for done in range(every, turns + 1, every):
                since = process.cpu(), time.monotonic()
                for _ in range(every // PEOPLE):
                    await _round(crowd, outside)
                looks.append(_look(process, folder, done, since=since, turns=every))
                click.echo(f"{done:,} of {turns:,} turns, {looks[-1].memory:.0f} MB …", err=True)
            return looks


async def _round(crowd: TelegramCrowd, outside: World) -> None:
    """Everybody asks once and is answered; the simulators forget it, for it is not their memory that is measured."""
    talks = crowd.talks(PEOPLE)
    for talk in talks:
        talk.say()
    if left := await answered(talks, PATIENCE):
        raise TimeoutError(f"{len(left)} of {PEOPLE} were not answered")
    outside.forget()


def _say_little(_turn: Turn) -> Script:
    return (Say(("Aye. ", END)),)


def _look(process: Subject, folder: Path, done: int, *, since: tuple[float, float], turns: int) -> Look:
    with closing(sqlite3.connect(f"file:{folder / 'bridge.db'}?mode=ro", uri=True)) as database:
        [rows] = database.execute("select count(*) from inbox").fetchone()
    cpu, began = since
    return Look(
        turns=done,
        memory=process.memory(),
        descriptors=sum(1 for _ in Path(f"/proc/{process.pid}/fd").iterdir()),
        rows=rows,
        cpu=1000 * (process.cpu() - cpu) / turns,
        seconds=time.monotonic() - began,
    )


def _table(looks: Sequence[Look]) -> Iterator[str]:
    yield "| turns | memory, MB | descriptors | rows | CPU a turn, ms | turns a second |"
    yield "|---:|---:|---:|---:|---:|---:|"
    for before, look in pairwise(looks):
        pace = (look.turns - before.turns) / look.seconds
        yield f"| {look.turns:,} | {look.memory:.0f} | {look.descriptors} | {look.rows:,} | {look.cpu:.1f} | {pace:.0f} |"


def _plot(looks: Sequence[Look]) -> Plot:
    return Plot(
        title="One process, one turn after another",
        along_name="turns",
        along=[look.turns for look in looks],
        lines=[
            Line(name="memory, MB", values=[look.memory for look in looks]),
            Line(name="CPU a turn, 0.1 ms", values=[10 * look.cpu for look in looks]),
        ],
    )


if __name__ == "__main__":
    main()
