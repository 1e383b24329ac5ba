"""A text with formatted spans: what Markdown is rendered to, before offsets are counted in a platform's own units."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class SpanKind(StrEnum):
    """How a span is formatted."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    CODE = "code"
    PRE = "pre"
    QUOTE = "quote"
    LINK = "link"
    HEADING = "heading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the rendered text, by code points."""

    kind: SpanKind
    start: int
    end: int
    url: str | None = None  #: where a link leads
    language: str | None = None  #: what a code block is written in


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A text without Markdown's marks, and its spans: sorted by start, nested, never partly overlapping."""

    text: str
    spans: tuple[Span, ...] = ()


def nested(spans: Iterable[Span]) -> Iterator[Span]:
    """*spans* sorted, without empty ones and those that partly overlap another."""
    open_: list[Span] = []
    for span in sorted(
        (span for span in reversed(list(spans)) if span.start < span.end), key=lambda span: (span.start, -span.end)
    ):
        while open_ and open_[-1].end <= span.start:
            open_.pop()
        if not open_ or span.end <= open_[-1].end:
            open_.append(span)
            yield span
