"""
`python -m benchmarks.long`: what a growing answer costs by the character, short and long; `--daemon` asks the daemon for it.

Without, there is no network: each frame is what an answer's owner sees, the text so far cut into messages, and the last of them
rendered. A share that grows with the length would mean that something settled is looked at again.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import click
import uvloop

from adapters.slack import render as slack
from adapters.telegram import render as telegram
from benchmarks.answers import answers
from benchmarks.outside import World, world
from benchmarks.people import TelegramCrowd
from benchmarks.subject import Kind, Subject, subject
from bridge.reply.draft import Draft
from bridge.sdk.asking import Delta
from bridge.sdk.splitting import Piece, cuts, messages
from simulators.coze.script import Say

LENGTHS: Final = (2_000, 20_000, 100_000)
PIECE: Final = 12  #: characters of a delta
DELTAS: Final = 10  #: between two frames
ROUNDS: Final = 5
PEOPLE: Final = 10  #: who ask the daemon at once
EVERY: Final = 0.02  #: seconds between two deltas of Coze's
SETTLE: Final = 1.0  #: ... after its end, in which the last words are said
LIMITS: Final = {"telegram": 4096, "slack": 11_000}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rounds", type=click.IntRange(1), default=ROUNDS, show_default=True, help="The table has medians.")
@click.option(
    "--length",
    "lengths",
    type=click.IntRange(1),
    multiple=True,
    default=LENGTHS,
    help="In characters; may be repeated.",
)
@click.option("--daemon", is_flag=True, help="Let the daemon answer on Telegram, whatever else it does included.")
def main(rounds: int, lengths: tuple[int, ...], *, daemon: bool) -> None:
    """Print the CPU a character costs, by platform and length, and the ratio to the shortest."""
    click.echo(f"{'µs a character':<20}" + "".join(f"{length:>14,}" for length in lengths))
    if daemon:
        _tell("the daemon", uvloop.run(_answered_costs(rounds, lengths)))
        return
    for platform, (measure, render) in {
        "telegram": (telegram.measure, telegram.render_growing),
        "slack": (slack.measure, slack.render_growing),
    }.items():
        _tell(
            platform,
            [
                median(_cost(_text(length, turn), LIMITS[platform], measure, render) for turn in range(rounds))
                for length in lengths
            ],
        )


def _tell(name: str, costs: Sequence[float]) -> None:
    cells = (f"{1e6 * cost:.2f} ({cost / costs[0]:.2f})" for cost in costs)
    click.echo(f"{name:<20}" + "".join(f"{cell:>14}" for cell in cells))


async def _answered_costs(rounds: int, lengths: Sequence[int]) -> list[float]:
    """Seconds of the daemon's CPU for each character that it answers, by the length of its answers."""
    with tempfile.TemporaryDirectory(prefix="coze-bridge-long-") as folder:
        async with (
            world(rate="1000/second", platforms=["telegram"]) as outside,
            subject(Kind.DAEMON, outside, Path(folder)) as process,
        ):
            outside.coze.every = EVERY
            crowd = TelegramCrowd(outside)
            await _answered_cost(outside, process, crowd, lengths[0], 0)
            return [
                median([await _answered_cost(outside, process, crowd, length, turn) for turn in range(rounds)])
                for length in lengths
            ]


async def _answered_cost(outside: World, process: Subject, crowd: TelegramCrowd, length: int, turn: int) -> float:
    """The same for one round, in which everybody asks once."""
    text = _text(length, turn)
    pieces = tuple(text[start : start + PIECE] for start in range(0, len(text), PIECE))
    outside.coze.responder = lambda _turn: (Say(pieces),)
    used = process.cpu_exactly()
    for talk in crowd.talks(PEOPLE):
        talk.say()
    while sum(chat.t_end is not None for chat in outside.coze.chats) < PEOPLE:  # noqa: ASYNC110 - whoever waits is not measured
        await asyncio.sleep(SETTLE)
    await asyncio.sleep(SETTLE)
    outside.forget()
    return (process.cpu_exactly() - used) / (PEOPLE * length)


def _cost(text: str, limit: int, measure: Callable[[str], int], render: Callable[[str], Any]) -> float:
    """Seconds of CPU for each character of a growing answer that ends as *text*."""
    draft, known = Draft(), list[Piece]()
    began = time.process_time()
    for number, start in enumerate(range(0, len(text), PIECE), 1):
        draft.apply(Delta(message_id="1", text=text[start : start + PIECE]))
        if number % DELTAS == 0:
            said = draft.text
            known = cuts(said, limit, measure, known=known)
            render(messages(said, known, growing=True)[-1])
    return (time.process_time() - began) / len(text)


def _text(length: int, turn: int) -> str:
    """Markdown as models write it, of that many characters, another one each *turn*: what was rendered once is remembered."""
    said = list(answers())
    text = "\n\n".join(said[37 * turn :] + said[: 37 * turn])
    return f"Answer {turn} of {length}.\n\n{text * (length // len(text) + 1)}"[:length]


if __name__ == "__main__":
    main()
