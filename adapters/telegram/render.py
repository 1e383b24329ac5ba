"""
Renders Markdown for Telegram: a text, and entities by UTF-16 offsets.

Entities rather than a parse mode: they need no escaping, and unfinished Markdown cannot make them fail. What Telegram would
refuse or trim is removed here, so that no message is refused for its formatting: white space around the text goes, code
within a link becomes a plain link, and of more than a hundred entities the least important are dropped; of a link dropped
the address is written out.
"""

from bisect import bisect, bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final

from telegram.constants import MessageEntityType

from adapters.telegram import markdown, tables
from adapters.telegram.api import Text
from adapters.telegram.definitions import Definitions, definitions, mentioned
from adapters.telegram.limits import ENTITIES_MOST
from adapters.telegram.spans import Span, SpanKind
from bridge.sdk.characters import is_blank
from bridge.sdk.chunks import chunks
from bridge.sdk.cleaning import halves_joined
from bridge.sdk.forms import Form
from bridge.sdk.growing import settled
from bridge.sdk.splitting import utf16

measure: Final = markdown.measure
"""The length of a Markdown text as Telegram will count what is shown of it, or more."""

#: What Telegram turns into blanks; replaced after parsing, as a blank can mean something in Markdown.
_BLANKS: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32)], " ")
_BETWEEN: Final = "\n\n"
_TYPES: Final = {
    SpanKind.BOLD: MessageEntityType.BOLD,
    SpanKind.HEADING: MessageEntityType.BOLD,
    SpanKind.ITALIC: MessageEntityType.ITALIC,
    SpanKind.UNDERLINE: MessageEntityType.UNDERLINE,
    SpanKind.STRIKE: MessageEntityType.STRIKETHROUGH,
    SpanKind.CODE: MessageEntityType.CODE,
    SpanKind.PRE: MessageEntityType.PRE,
    SpanKind.QUOTE: MessageEntityType.BLOCKQUOTE,
    SpanKind.LINK: MessageEntityType.TEXT_LINK,
}
#: Only a quotation can enclose these. https://core.telegram.org/bots/api#formatting-options
_BY_ITSELF: Final = frozenset({SpanKind.CODE, SpanKind.PRE})
_STYLES: Final = frozenset({
    SpanKind.BOLD, SpanKind.HEADING, SpanKind.ITALIC, SpanKind.UNDERLINE, SpanKind.STRIKE,
})  # fmt: skip
_MISSED_MOST: Final = (
    SpanKind.PRE,
    SpanKind.LINK,
    SpanKind.HEADING,
    SpanKind.QUOTE,
    SpanKind.CODE,
    SpanKind.STRIKE,
    SpanKind.BOLD,
    SpanKind.UNDERLINE,
    SpanKind.ITALIC,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _RenderedBlock:
    """A chunk of a message as rendered; spans count UTF-16 units from its start."""

    text: str
    spans: tuple[Span, ...]


def render(source: str) -> Text:
    """Render the Markdown in *source*; if nothing visible remains, *source* itself is shown."""
    whole = halves_joined(source)
    text = _joined(_blocks(chunks(whole)))
    return text if text.text else Text(text=whole.translate(_BLANKS).strip())


def render_form(form: Form) -> Text:
    """Render the next message of *form*."""
    text = render(form.text)
    return replace(text if form.formatted else unformatted(text), buttons=form.buttons)


def render_growing(source: str) -> Text:
    """Render as much of a growing *source* as is certain, closing what is open; possibly nothing yet."""
    *settled_ones, last = chunks(halves_joined(source))
    begun = tables.steady(settled(last))
    return _joined([*_blocks(settled_ones), _block(begun, mentioned(begun, definitions(settled_ones)), growing=True)])


def unformatted(text: Text) -> Text:
    """*text* without formatting; addresses of links are written out."""
    wire, end, pieces = text.text.encode("utf-16-le"), 0, list[str]()
    for entity in text.entities:
        if (url := entity.get("url")) and url not in text.text:
            stop = 2 * (entity["offset"] + entity["length"])
            pieces.append(f"{wire[end:stop].decode('utf-16-le')} ({url})")
            end = stop
    return Text(text="".join([*pieces, wire[end:].decode("utf-16-le")]), buttons=text.buttons)


def _blocks(whole: Sequence[str]) -> list[_RenderedBlock]:
    """Render chunks that are *whole*, each with the definitions of all."""
    known = definitions(whole)
    return [_block(chunk, mentioned(chunk, known), growing=False) for chunk in whole]


def _joined(blocks: Sequence[_RenderedBlock]) -> Text:
    """The message made of *blocks*; empty if nothing in it is visible."""
    text = _BETWEEN.join(block.text for block in blocks if block.text)
    if is_blank(text):
        return Text(text="")
    spans = list(_spans(blocks))
    kept = _most_important(spans)
    if len(kept) < len(spans):
        text, kept = _with_addresses(text, kept, _unwritten(text, spans, kept))
    return Text(text=text, entities=tuple(map(_entity, kept)))


@lru_cache(maxsize=512)
def _block(source: str, defined: Definitions, *, growing: bool) -> _RenderedBlock:
    """Render one chunk of a text; cached, so that a growing text does not render it again."""
    rendered = markdown.render(source, growing=growing, defined=defined)
    whole = rendered.text.translate(_BLANKS)
    text = whole.strip()
    start = len(whole) - len(whole.lstrip())
    at = _offsets(text)
    spans = (_within(span, start, start + len(text)) for span in _apart(rendered.spans))
    return _RenderedBlock(
        text=text,
        spans=tuple(_moved(span, at[span.start], at[span.end]) for span in spans if span.start < span.end),
    )


def _apart(spans: Sequence[Span]) -> Iterator[Span]:
    """*spans* as Telegram accepts them: none repeated inside itself, and no style within code."""
    needed = [span for span in spans if not _is_needless(span, spans)]
    code = sorted((span for span in needed if span.kind in _BY_ITSELF), key=lambda span: span.start)
    for span in needed:
        yield from _around(span, code) if span.kind in _STYLES else (span,)


def _is_needless(span: Span, spans: Iterable[Span]) -> bool:
    outer = {SpanKind.CODE: SpanKind.LINK, SpanKind.BOLD: SpanKind.HEADING}.get(span.kind)
    return any(other.kind is outer and other.start <= span.start and span.end <= other.end for other in spans)


def _around(span: Span, code: Iterable[Span]) -> Iterator[Span]:
    """The pieces of *span* before, between and after the *code* spans, which are sorted; some may be empty."""
    begin = span.start
    for other in code:
        if span.start <= other.start and other.end <= span.end:
            yield _moved(span, begin, other.start)
            begin = other.end
    yield _moved(span, begin, span.end)


def _within(span: Span, start: int, end: int) -> Span:
    """*span* clipped to the text between *start* and *end*."""
    return _moved(span, min(max(span.start, start), end) - start, min(max(span.end, start), end) - start)


def _moved(span: Span, start: int, end: int) -> Span:
    return Span(kind=span.kind, start=start, end=end, url=span.url, language=span.language)


def _offsets(text: str) -> Sequence[int]:
    """For each character, the number of UTF-16 units before it."""
    if utf16(text) == len(text):
        return range(len(text) + 1)
    return list(accumulate((1 + (character > "\uffff") for character in text), initial=0))


def _spans(blocks: Iterable[_RenderedBlock]) -> Iterator[Span]:
    """The spans of the message made of *blocks*."""
    begin = 0
    for block in blocks:
        yield from (_moved(span, begin + span.start, begin + span.end) for span in block.spans)
        begin += utf16(block.text) + len(_BETWEEN) if block.text else 0


def _entity(span: Span) -> dict[str, Any]:
    entity: dict[str, Any] = {"type": _TYPES[span.kind], "offset": span.start, "length": span.end - span.start}
    if span.url and span.kind is SpanKind.LINK:
        entity["url"] = span.url
    if span.language and span.kind is SpanKind.PRE:
        entity["language"] = span.language
    return entity


def _most_important(spans: Iterable[Span]) -> list[Span]:
    kept = list(spans)
    if len(kept) > ENTITIES_MOST:
        kept = sorted(kept, key=_rank)[:ENTITIES_MOST]
    return sorted(kept, key=lambda span: (span.start, -span.end, _rank(span)))


def _unwritten(text: str, spans: Iterable[Span], kept: Sequence[Span]) -> list[Span]:
    """The links among *spans* that are not *kept*, and whose address *text* does not tell."""
    links = {span for span in spans if span.kind is SpanKind.LINK} - set(kept)
    return sorted((link for link in links if link.url and link.url not in text), key=lambda link: link.end)


def _with_addresses(text: str, kept: list[Span], lost: Sequence[Span]) -> tuple[str, list[Span]]:
    """*text* with the addresses of the *lost* links, in order, written out behind them, and the *kept* spans moved accordingly."""
    wire, grown, behind = text.encode("utf-16-le"), 0, list[tuple[int, int]]()
    for link in lost:
        at, address = link.end + grown, f" ({link.url})"
        wire = wire[: 2 * at] + address.encode("utf-16-le") + wire[2 * at :]
        grown += utf16(address)
        behind.append((link.end, grown))
    starts, added = [end for end, _ in behind], [0, *(grown for _, grown in behind)]
    return wire.decode("utf-16-le"), [
        _moved(span, span.start + added[bisect(starts, span.start)], span.end + added[bisect_left(starts, span.end)])
        for span in kept
    ]


def _rank(span: Span) -> int:
    return _MISSED_MOST.index(span.kind)
