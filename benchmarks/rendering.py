"""
`python -m benchmarks.rendering`: our Markdown beside that of two libraries, on the same answers, as a table.

The others are witnesses, not dependencies: who wants the comparison installs them (`pip install telegramify-markdown
chatgpt-md-converter`); one that is absent has no column.
"""

import re
import statistics
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import cmarkgfm

from adapters.telegram import render as ours
from benchmarks.answers import answers, streams
from simulators.telegram.refused import Refused
from simulators.telegram.rules import formatted

LETTERS = 37  #: an answer grows by between two frames
_TABLE = re.compile(r"\|[ :]*-{3}")
LIMIT = 1 << 20  #: whole answers are compared, not their parts

Sent = dict[str, Any]
"""What a bot calls `sendMessage` with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """One way from Markdown to a message."""

    name: str
    final: Callable[[str], Sent]
    growing: Callable[[str], Sent]


def renderers() -> Iterator[Renderer]:
    """Ours, and those of the witnesses that are installed."""
    yield Renderer(
        name="coze-bridge",
        final=lambda text: _message(ours.render(text)),
        growing=lambda text: _message(ours.render_growing(text)),
    )
    if find_spec("telegramify_markdown"):
        convert = import_module("telegramify_markdown").convert

        def telegramify(text: str) -> Sent:
            shown, entities = convert(text)
            return {"text": shown, "entities": [entity.to_dict() for entity in entities]}

        yield Renderer(name="telegramify-markdown", final=telegramify, growing=telegramify)
    if find_spec("chatgpt_md_converter"):
        to_html = import_module("chatgpt_md_converter").telegram_format

        def as_html(text: str) -> Sent:
            return {"text": to_html(text), "parse_mode": "HTML"}

        yield Renderer(name="chatgpt-md-converter", final=as_html, growing=as_html)


def _message(text: Any) -> Sent:
    return {"text": text.text, "entities": list(text.entities)}


def shown(message: Sent) -> tuple[str, list[Any]] | None:
    """What Telegram shows of *message*; None if it refuses it."""
    try:
        return formatted(dict(message), limit=LIMIT)
    except Refused:
        return None


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the library calls it so
        self.text.append(" " * (tag not in ("b", "strong", "em", "code", "del", "sub", "a")))


def reading(markdown: str) -> list[str]:
    """The words and numbers that a person reads in GitHub's rendering of *markdown*."""
    options = cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE
    words = _Words()
    words.feed(
        cmarkgfm.markdown_to_html_with_extensions(markdown, options=options, extensions=["table", "strikethrough"])
    )
    words.close()
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", "".join(words.text)).casefold())


def signs(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def without_formulas(answer: str) -> str:
    return re.sub(r"\\\[.*?\\\]|\\\(.*?\\\)|\$\$.*?\$\$|\$(?!\d)[^$\n]+\$|\[[x ]\] ", "", answer, flags=re.DOTALL)


def lost(renderer: Renderer, answer: str) -> bool:
    """Whether a word or a number of *answer* is not to be found in what is shown of it."""
    message = shown(renderer.final(answer))
    if message is None:
        return True
    text = signs(re.sub(r"[*_~]", "", message[0]))
    return any(word not in text and word not in signs(message[0]) for word in reading(answer))


def disordered(renderer: Renderer, answer: str) -> bool:
    """Whether words of *answer* are shown in another order than they are read in; a table may stand row by row."""
    message = shown(renderer.final(answer))
    if message is None or _TABLE.search(answer):
        return False
    text, at = signs(re.sub(r"[*_~]", "", message[0])), 0
    for word in reading(answer):
        found = text.find(word, at)
        if found < 0:
            return word in text
        at = found + len(word)
    return False


def raw_marks(renderer: Renderer, answer: str) -> int:
    """Stars, ticks, bars and commands of LaTeX that people see as they were written, outside code."""
    message = shown(renderer.final(answer))
    if message is None:
        return 0
    text, entities = message
    units = text.encode("utf-16-le")
    for entity in entities:
        if entity["type"] in ("code", "pre"):
            units = (
                units[: 2 * entity["offset"]]
                + b" \0" * entity["length"]
                + units[2 * (entity["offset"] + entity["length"]) :]
            )
    prose = re.sub(r"2\*3\*4|x\*\*2|y\*\*2|3 \* 4|__init__|\|", "", units.decode("utf-16-le", "replace"))
    return len(re.findall(r"\*\*|`|^#+ ?\w|\\[a-z]+|</?(?:b|sub|details|summary|br)>", prose, re.MULTILINE))


def wide(renderer: Renderer, answer: str) -> bool:
    """Whether a row of a table is wider than a phone, so that columns wrap into each other."""
    message = shown(renderer.final(answer))
    return message is not None and any(
        _columns(line) > 42 for line in message[0].splitlines() if re.search(r"[|│]", line)
    )


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def flicker(renderer: Renderer, answer: str) -> tuple[int, int]:
    """How many frames of the growing *answer* take something away, of how many."""
    frames = [message[0] for begun in streams(answer, letters=LETTERS) if (message := shown(renderer.growing(begun)))]
    last = shown(renderer.final(answer))
    frames += [last[0]] if last else []
    pairs = list(pairwise(frames))
    return sum(not signs(new).startswith(signs(old)) for old, new in pairs), len(pairs)


def row(renderer: Renderer, corpus: Sequence[str]) -> list[str]:
    """The figures of one renderer."""
    plain = [without_formulas(answer) for answer in corpus]
    refused = sum(shown(renderer.final(answer)) is None for answer in corpus)
    taken = [flicker(renderer, answer) for answer in corpus]
    begun = time.process_time()
    for answer in corpus:
        renderer.final(answer)
    spent = (time.process_time() - begun) / sum(map(len, corpus)) * 1e6
    return [
        str(refused),
        str(sum(lost(renderer, answer) for answer in plain)),
        str(sum(disordered(renderer, answer) for answer in plain)),
        str(sum(raw_marks(renderer, answer) > 0 for answer in corpus)),
        str(sum(wide(renderer, answer) for answer in corpus)),
        f"{sum(bad for bad, _ in taken) / sum(count for _, count in taken):.1%}",
        f"{spent:.2f} ms",
    ]


FIGURES = (
    "answers that Telegram refuses",
    "answers that lose a word or a number",
    "answers whose words stand in another order",
    "answers with raw marks in their prose",
    "answers with a table too wide for a phone",
    "frames that take characters back",
    "CPU for a thousand characters",
)


def main() -> None:
    corpus = list(answers())
    compared = list(renderers())
    columns = [row(renderer, corpus) for renderer in compared]
    sys.stdout.write(f"{len(corpus)} answers, {statistics.median(map(len, corpus)):.0f} characters the median\n\n")
    sys.stdout.write(f"| | {' | '.join(renderer.name for renderer in compared)} |\n|---|{'---:|' * len(compared)}\n")
    for figure, values in zip(FIGURES, zip(*columns, strict=True), strict=True):
        sys.stdout.write(f"| {figure} | {' | '.join(values)} |\n")


if __name__ == "__main__":
    main()
