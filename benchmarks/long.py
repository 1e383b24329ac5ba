"""
`python -m benchmarks.long`: what a growing answer costs by the character, short and long, without any network.

Each frame is what an answer's owner sees: the text so far is cut into messages, and the last of them rendered. A share that grows
with the length would mean that something settled is looked at again.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any, Final

import click

from adapters.slack import render as slack
from adapters.telegram import render as telegram
from benchmarks.answers import answers
from bridge.reply.draft import Draft
from bridge.sdk.asking import Delta
from bridge.sdk.splitting import Piece, cuts, messages

LENGTHS: Final = (2_000, 20_000, 100_000)
PIECE: Final = 12  #: characters of a delta
DELTAS: Final = 10  #: between two frames
ROUNDS: Final = 5
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
def main(rounds: int, lengths: tuple[int, ...]) -> None:
    """Print the CPU a character costs, by platform and length, and the ratio to the shortest."""
    click.echo(f"{'µs a character':<20}" + "".join(f"{length:>14,}" for length in lengths))
    for platform, (measure, render) in {
        "telegram": (telegram.measure, telegram.render_growing),
        "slack": (slack.measure, slack.render_growing),
    }.items():
        costs = [
            median(_cost(_text(length, turn), LIMITS[platform], measure, render) for turn in range(rounds))
            for length in lengths
        ]
        cells = (f"{1e6 * cost:.2f} ({cost / costs[0]:.2f})" for cost in costs)
        click.echo(f"{platform:<20}" + "".join(f"{cell:>14}" for cell in cells))


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
