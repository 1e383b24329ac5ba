"""
`python -m benchmarks.crowd`: two hundred mentions in fifty Slack threads at once, beside the soonest that Slack's budgets allow.

Slack is as strict as its manual. What is computed beside is a scheduler without any cost: each answer stands as soon as its bot
has spoken and a post or a stream may be had, and the next one of its thread is asked in that instant.
"""

import asyncio
import heapq
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import uvloop

from benchmarks.driver import LOOK, SETTLE
from benchmarks.outside import DELTAS, END, EVERY, World, world
from benchmarks.people import THREADS_A_CHANNEL, by_question
from benchmarks.subject import Kind, subject
from simulators.slack import Message, Person
from simulators.slack.limits import TIERS, Limits

THREADS: Final = 50
MENTIONS: Final = 4  #: in each thread, one after the other in the same instant
PATIENCE: Final = 180.0
"""Seconds in which every answer must stand."""

_SPOKEN: Final = DELTAS * EVERY
"""Seconds that the bot speaks."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--threads", type=click.IntRange(1), default=THREADS, show_default=True)
@click.option("--mentions", type=click.IntRange(1), default=MENTIONS, show_default=True, help="In each thread.")
def main(threads: int, mentions: int) -> None:
    """Print when people saw the first sign and the last words, and how soon the last words could have stood."""
    click.echo("\n".join(uvloop.run(_measure(threads, mentions))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Somebody's thread, in which they mention the bot several times."""

    person: Person
    channel: str
    root: str
    numbers: range  #: of their questions

    def answers(self, outside: World) -> list[Message]:
        """The whole answers that stand there."""
        standing = (message for message in outside.slack.messages(self.channel, self.root) if message.bot)
        return [message for message in standing if not message.streaming and message.shown.endswith(END)]


async def _measure(threads: int, mentions: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="coze-bridge-crowd-") as folder:
        async with world() as outside, subject(Kind.DAEMON, outside, Path(folder)):
            await asyncio.sleep(SETTLE)
            outside.slack.limits = Limits()
            said = time.monotonic()
            crowd = _ask(outside, threads, mentions)
            await _answered(outside, crowd, mentions)
            return [*_table(outside, crowd, said, mentions)]


def _ask(outside: World, threads: int, mentions: int) -> list[Thread]:
    """Everybody asks everything, without an await between."""
    slack, crowd = outside.slack, list[Thread]()
    for number in range(threads):
        person, name = slack.person(f"person{number}"), f"desk{number // THREADS_A_CHANNEL}"
        known = (channel.id for channel in slack.world.channels.values() if channel.name == name)
        channel, root = next(known, None) or slack.channel(name), None
        numbers = range(number * mentions, (number + 1) * mentions)
        for question in numbers:
            ts = slack.says(person, f"question {question}", channel, root, mention=True)
            root = root or ts
        crowd.append(Thread(person=person, channel=channel, root=str(root), numbers=numbers))
    return crowd


async def _answered(outside: World, crowd: list[Thread], mentions: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while any(len(thread.answers(outside)) < mentions for thread in crowd):  # noqa: ASYNC110 - as the driver does
            await asyncio.sleep(LOOK)


def _table(outside: World, crowd: list[Thread], said: float, mentions: int) -> Iterator[str]:
    signs = sorted(_sign(outside, thread) - said for thread in crowd)
    finals = sorted(_stood(message) - said for thread in crowd for message in thread.answers(outside))
    soonest = sorted(optimum(len(crowd), mentions))
    asked = [*by_question(outside.coze.chats)]
    in_order = all([*thread.numbers] == [one for one in asked if one in thread.numbers] for thread in crowd)
    refused = [call.method for call in outside.slack.calls if not call.ok]
    yield f"| {len(finals)} mentions in {len(crowd)} threads, seconds | seen | computed |"
    yield "|---|---:|---:|"
    yield f"| first sign of life, 95 of 100 | {_quantile(signs, 0.95):.2f} | |"
    for name, share in (("half of the last words", 0.5), ("95 of 100", 0.95), ("the very last", 1.0)):
        yield f"| {name} | {_quantile(finals, share):.2f} | {_quantile(soonest, share):.2f} |"
    yield f"| calls that Slack refused | {len(refused)} | 0 |"
    yield f"| threads out of order | {0 if in_order else 'some'} | 0 |"


def _sign(outside: World, thread: Thread) -> float:
    """When the thread first showed that somebody is at work there."""
    statuses = (
        call.at
        for call in outside.slack.called("assistant.threads.setStatus")
        if call.ok and call.params.get("thread_ts") == thread.root
    )
    return min([*statuses, *(message.posted_at for message in thread.answers(outside))])


def _stood(message: Message) -> float:
    """When its last words stood there."""
    whole = next(at for at, text in message.history if text.endswith(END))
    return max(whole, message.ended_at or 0.0) if message.streamed else whole


@dataclass(slots=True)
class _Allowance:
    """One of Slack's budgets from full on, where calls are made in the order in which they are asked for."""

    rate: float  #: calls a second
    burst: float
    owed_until: float = 0.0

    def earliest(self, at: float) -> float:
        """When a call that is wanted at that time may be made."""
        return max(at, self.owed_until - (self.burst - 1) / self.rate)

    def spend(self, at: float) -> None:
        """It is made then."""
        self.owed_until = max(self.owed_until, at) + 1 / self.rate


def optimum(threads: int, mentions: int) -> list[float]:
    """When each answer could stand, in seconds from the questions: as a post, or as a stream where that is sooner."""
    slack, tier = Limits(), TIERS[2]
    everywhere = _Allowance(rate=slack.posts_per_minute / 60, burst=slack.posts_per_minute)
    streams = [_Allowance(rate=tier / 60, burst=tier) for _ in ("start", "stop")]
    a_second, burst = slack.posts_per_second, slack.post_burst
    channels = [_Allowance(rate=a_second, burst=burst) for _ in range(0, threads, THREADS_A_CHANNEL)]
    waiting = [(_SPOKEN, 1, thread) for thread in range(threads)]
    stood: list[float] = []
    while waiting:
        ready, mention, thread = heapq.heappop(waiting)
        post = [channels[thread // THREADS_A_CHANNEL], everywhere]
        way = min((post, streams), key=lambda way: max(each.earliest(ready) for each in way))
        at = max(each.earliest(ready) for each in way)
        for each in way:
            each.spend(at)
        stood.append(at)
        if mention < mentions:
            heapq.heappush(waiting, (at + _SPOKEN, mention + 1, thread))
    return stood


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    main()
