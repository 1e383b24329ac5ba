"""
`python -m benchmarks.labels`: how many labels in East Asian answers are bold, by our reading, by plain CommonMark, and by a plugin for them.

The plugin, mdit-py-cjk-friendly, is a witness and no dependency: who wants the comparison installs it; absent, it has no row.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from typing import Final

import click
from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.telegram import render as ours
from benchmarks.answers import answers

_CODE: Final = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_LABEL: Final = re.compile(r"\*\*(?=[^*\n]*[\u3000-\u9fff\uff00-\uffef])([^*\n]{1,60})\*\*")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Print the table."""
    corpus = [answer for answer in answers() if _labels(answer)]
    written = sum(len(_labels(answer)) for answer in corpus)
    click.echo(f"| {written} labels in {len(corpus)} answers | bold |\n|---|---:|")
    for name, bold in _readers():
        click.echo(f"| {name} | {sum(map(_found, corpus, map(bold, corpus)))} |")


def _labels(answer: str) -> list[str]:
    """What *answer* marks as bold and says in East Asian letters."""
    return _LABEL.findall(_CODE.sub("", answer))


def _found(answer: str, bold: Sequence[str]) -> int:
    return sum(any(label in each for each in bold) for label in _labels(answer))


def _readers() -> Iterator[tuple[str, Callable[[str], list[str]]]]:
    """Each with what it makes bold of an answer; the plugin stands last, for it changes the parser for all."""
    yield "coze-bridge", _bold
    plain = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    yield "CommonMark", lambda answer: _strong(plain.parse(answer))
    if find_spec("mdit_py_cjk_friendly"):
        friendly = MarkdownIt("commonmark").enable(["table", "strikethrough"])
        friendly.use(import_module("mdit_py_cjk_friendly").cjk_friendly)
        yield "mdit-py-cjk-friendly", lambda answer: _strong(friendly.parse(answer))


def _bold(answer: str) -> list[str]:
    message = ours.render(answer)
    units = message.text.encode("utf-16-le")
    spans = (entity for entity in message.entities if entity["type"] == "bold")
    return [units[2 * at["offset"] : 2 * (at["offset"] + at["length"])].decode("utf-16-le") for at in spans]


def _strong(tokens: Sequence[Token]) -> list[str]:
    found, depth = list[str](), 0
    for token in chain.from_iterable(block.children or () for block in tokens):
        if token.type == "strong_open":
            found, depth = [*found, ""] if not depth else found, depth + 1
        elif token.type == "strong_close":
            depth -= 1
        elif depth:
            found[-1] += token.content
    return found


if __name__ == "__main__":
    main()
