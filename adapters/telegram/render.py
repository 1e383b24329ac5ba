"""
Markdown as Telegram shows it: a text, and entities by UTF-16 offsets.

Entities, never a parse mode: they need no escaping and cannot fail for what a model has not finished writing. What
Telegram refuses or trims is settled here, so that a message is never refused for its looks: links must lead somewhere,
white space around the text goes, and of more than a hundred entities the least important are left out.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Final
from urllib.parse import urlsplit

from telegram.constants import MessageEntityType

from adapters.telegram import markdown
from adapters.telegram.api import Text
from adapters.telegram.markdown import Span, SpanKind

ENTITIES_MOST: Final = 100  # surplus ones are lost on Telegram's side without a word

_TYPES: Final = {
    SpanKind.BOLD: MessageEntityType.BOLD,
    SpanKind.HEADING: MessageEntityType.BOLD,
    SpanKind.ITALIC: MessageEntityType.ITALIC,
    SpanKind.STRIKE: MessageEntityType.STRIKETHROUGH,
    SpanKind.CODE: MessageEntityType.CODE,
    SpanKind.PRE: MessageEntityType.PRE,
    SpanKind.QUOTE: MessageEntityType.BLOCKQUOTE,
    SpanKind.LINK: MessageEntityType.TEXT_LINK,
}

_MISSED_MOST: Final = (
    SpanKind.PRE,
    SpanKind.LINK,
    SpanKind.HEADING,
    SpanKind.QUOTE,
    SpanKind.CODE,
    SpanKind.STRIKE,
    SpanKind.BOLD,
    SpanKind.ITALIC,
)


def render(source: str) -> Text:
    """What Telegram is sent for the Markdown in *source*; what would show nothing stays as it was written."""
    rendered = markdown.render(_sound(source))
    text = rendered.text.strip()
    if not text:
        return Text(text=_sound(source).strip())
    start = len(rendered.text) - len(rendered.text.lstrip())
    spans = (_within(span, start, start + len(text)) for span in rendered.spans if _is_showable(span))
    return Text(text=text, entities=_entities(text, [span for span in spans if span.start < span.end]))


def _sound(text: str) -> str:
    """*text* without halves of characters, which no wire can carry."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _is_showable(span: Span) -> bool:
    return span.kind is not SpanKind.LINK or (span.url is not None and _leads_somewhere(span.url))


def _leads_somewhere(url: str) -> bool:
    """Whether Telegram takes *url*; one it does not take costs the whole message."""
    try:
        address = urlsplit(url)
        host, _ = address.hostname or "", address.port
    except ValueError:
        return False
    if any(character.isspace() for character in url):
        return False
    return (address.scheme in ("http", "https") and "." in host.strip(".")) or (address.scheme == "tg" and bool(host))


def _within(span: Span, start: int, end: int) -> Span:
    """*span* as it lies in the text between *start* and *end*."""
    return Span(
        kind=span.kind,
        start=min(max(span.start, start), end) - start,
        end=min(max(span.end, start), end) - start,
        url=span.url,
        language=span.language,
    )


def _entities(text: str, spans: list[Span]) -> tuple[dict[str, Any], ...]:
    at = _offsets(text)
    return tuple(_entity(span, at[span.start], at[span.end]) for span in _most_important(spans))


def _offsets(text: str) -> Sequence[int]:
    """Of each character, how many UTF-16 units stand before it."""
    if text.isascii():
        return range(len(text) + 1)
    return list(accumulate((1 + (character > "\uffff") for character in text), initial=0))


def _entity(span: Span, start: int, end: int) -> dict[str, Any]:
    entity: dict[str, Any] = {"type": _TYPES[span.kind], "offset": start, "length": end - start}
    if span.url and span.kind is SpanKind.LINK:
        entity["url"] = span.url
    if span.language and span.kind is SpanKind.PRE:
        entity["language"] = span.language
    return entity


def _most_important(spans: Iterable[Span]) -> list[Span]:
    kept = sorted(spans, key=lambda span: _MISSED_MOST.index(span.kind))[:ENTITIES_MOST]
    return sorted(kept, key=lambda span: (span.start, -span.end))
