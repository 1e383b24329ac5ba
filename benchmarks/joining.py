"""
`python -m benchmarks.joining`: what it costs a plain text that the pieces of other questions are joined.

In figures that a busy machine changes little: statements for the database, the seconds that a text waits, and CPU beside the CPU of
the whole way from the update to the claim. All that joining does to a message is what is timed apart.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

import click
from sqlalchemy import Connection, event, select

from adapters.telegram.api import TelegramIdentity
from adapters.telegram.batches import BatchJoiner
from adapters.telegram.normalise import normalise
from bridge.sdk.model import Inbound
from bridge.store.admission import Admission
from bridge.store.claim import Claims
from bridge.store.database import Database, open_database
from bridge.store.inbox import Inbox
from bridge.store.tables import inbox as messages
from bridge.store.wakeup import Wakeup

TEXTS: Final = 1_000
ME: Final = TelegramIdentity(id=1, username="bench_bot")


def update(number: int) -> dict[str, object]:
    """What Telegram sends when somebody writes a sentence."""
    person = {"id": 42, "is_bot": False, "first_name": "Ann"}
    said = {"message_id": number, "date": 1_700_000_000 + number, "text": "How late is it in Lima?"}
    return {"update_id": number, "message": said | {"chat": {"id": 42, "type": "private"}, "from": person}}


class Costs:
    """What each text costs, in seconds of CPU."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._inbox = Inbox(database, Wakeup(), owner="bench", lease=30.0)
        self._joiner = BatchJoiner()
        self._statements = 0
        event.listen(database.engine, "before_cursor_execute", self._count)
        self.whole: list[float] = []  #: from the update to the claim
        self.joining: list[float] = []  #: of all that decides whether it is a piece
        self.statements = 0  #: of joining
        self.waits: list[float] = []  #: seconds from its arrival until it may be claimed

    def _count(self, *_: object) -> None:
        self._statements += 1

    async def measure(self, number: int) -> None:
        """Have one text arrive and be claimed, then once more all that joining does."""
        began = time.process_time()
        said = normalise(update(number), adapter="helpdesk", me=ME)
        assert said is not None
        [said] = self._joiner.joined([said])
        await self._inbox.accept(said, Admission.in_order("person/helpdesk//42/42"))
        [turn] = await self._inbox.claim(1)
        self.whole.append(time.process_time() - began)
        await self._database.write(self._joining(said, Claims(turns=[turn], unreadable={})))
        self.waits.append(await self._database.read(_wait_of(turn.id)))
        await self._inbox.settle(turn)

    def _joining(self, said: Inbound, claims: Claims) -> Callable[[Connection], None]:
        def write(connection: Connection) -> None:
            before, began = self._statements, time.process_time()
            self._joiner.joined([said])
            self._inbox.batches.find_open(connection, queue_key="person/helpdesk//42/42", piece=said)
            self._inbox.batches.taking_up(connection, claims)
            self.joining.append(time.process_time() - began)
            self.statements += self._statements - before

        return write


def _wait_of(number: int) -> Callable[[Connection], float]:
    wait = select(messages.c.due - messages.c.accepted_at).where(messages.c.id == number)
    return lambda connection: float(max(0.0, connection.scalar(wait) or 0.0))


async def measured(texts: int) -> Costs:
    """The costs of so many texts, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_database(f"sqlite:///{Path(folder) / 'bridge.db'}") as database:
            costs = Costs(database)
            for number in range(1, texts + 1):
                await costs.measure(number)
            return costs


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--texts", type=click.IntRange(1), default=TEXTS, show_default=True, help="How many are measured.")
def main(texts: int) -> None:
    """Print the table."""
    costs = asyncio.run(measured(texts))
    whole, joining = median(costs.whole), median(costs.joining)
    click.echo(f"| {texts:,} plain texts, from the update to the claim | |\n|---|---:|")
    click.echo(f"| CPU, median | {1e6 * whole:.0f} µs |")
    click.echo(f"| of which joining | {1e6 * joining:.1f} µs ({100 * joining / whole:.1f} %) |")
    click.echo(f"| statements of joining | {costs.statements} |")
    click.echo(f"| waits until it may be claimed, longest | {max(costs.waits):.0f} s |")


if __name__ == "__main__":
    main()
