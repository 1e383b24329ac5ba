"""
`python -m benchmarks.limits`: what limits add to the CPU of hearing a message, on SQLite.

A thousand messages come at once, by turns with limits (a rate of messages and one of tokens) and without, so that what else
the machine does meets both.
"""

import asyncio
import time
from collections.abc import Iterator
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


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rounds", type=click.IntRange(1), default=ROUNDS, show_default=True, help="The table has medians.")
def main(rounds: int) -> None:
    """Print the CPU that a message takes to be heard, by how many people ask, and the ratio."""
    logs.configure("error")
    click.echo("| people | without limits, µs a message | with limits, µs a message | ratio |\n|---|---|---|---|")
    for people in PEOPLE:
        without, limited = asyncio.run(_compare(people, rounds))
        ratio = median(more / less for less, more in zip(without, limited, strict=True))
        click.echo(f"| {people:,} | {1e6 * median(without):.0f} | {1e6 * median(limited):.0f} | {ratio:.2f} |")


async def _compare(people: int, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of CPU a message, of each round: without limits, and with them."""
    numbers, costs = count(1), ([], [])  # type: tuple[count[int], tuple[list[float], list[float]]]
    with TemporaryDirectory() as folder:
        async with open_database(f"sqlite:///{Path(folder) / 'bridge.db'}") as database:
            inbox = Inbox(database, Wakeup(), owner="benchmark", lease=30.0)
            await _hear(inbox, [*_messages(people, numbers, limited=True)])
            for turn in range(rounds):
                for limited in (False, True) if turn % 2 else (True, False):
                    costs[limited].append(await _hear(inbox, [*_messages(people, numbers, limited=limited)]))
    return costs


async def _hear(inbox: Inbox, messages: list[tuple[Inbound, Admission]]) -> float:
    began = time.process_time()
    await asyncio.gather(*(inbox.accept(message, admission) for message, admission in messages))
    return (time.process_time() - began) / len(messages)


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
