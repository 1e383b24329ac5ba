"""The two ways to format a text by markup; just enough of each to accept what is right and refuse what is not."""

import html
import re
from typing import Any

from simulators.telegram.refused import Refused

_TOKEN = re.compile(r"<(/?)([a-zA-Z0-9-]*)([^<>]*)>|<|([^<]+)")
_ATTRIBUTE = re.compile(r"""([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""")
_RESERVED = frozenset("_*[]()~`>#+-=|{}.!")

_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "a": "text_link", "blockquote": "blockquote", "tg-spoiler": "spoiler", "span": "spoiler",
}  # fmt: skip


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """The text and entities of *source* in Telegram's HTML."""
    text, size = [], 0
    entities: list[dict[str, Any]] = []
    opened: list[tuple[str, dict[str, Any]]] = []
    for token in _TOKEN.finditer(source):
        closing, tag, attributes, plain = token.groups()
        if plain is not None:
            plain = html.unescape(plain)
            text.append(plain)
            size += len(plain.encode("utf-16-le")) >> 1
        elif tag is None:
            raise Refused(f"can't parse entities: Unexpected end of tag at byte offset {_at(source, token)}")
        elif closing:
            _close(opened, tag, size, where=_at(source, token))
        else:
            entity = _open(tag.lower(), attributes, size, where=_at(source, token))
            entities.append(entity)
            opened.append((tag.lower(), entity))
    if opened:
        raise Refused(f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1][0]}\"")
    return "".join(text), [entity for entity in entities if entity["length"]]


def _at(source: str, token: re.Match[str]) -> int:
    return len(source[: token.start()].encode())


def _open(tag: str, attributes: str, offset: int, *, where: int) -> dict[str, Any]:
    if tag not in _TAGS:
        raise Refused(f'can\'t parse entities: Unsupported start tag "{tag}" at byte offset {where}')
    entity = {"type": _TAGS[tag], "offset": offset, "length": 0}
    if tag == "a":
        given = {name: a or b or c for name, a, b, c in _ATTRIBUTE.findall(attributes)}
        entity["url"] = html.unescape(given.get("href", ""))
    return entity


def _close(opened: list[tuple[str, dict[str, Any]]], tag: str, size: int, *, where: int) -> None:
    if not opened:
        raise Refused(f"can't parse entities: Unexpected end tag at byte offset {where}")
    expected, entity = opened.pop()
    if tag.lower() not in (expected, ""):
        raise Refused(
            f'can\'t parse entities: Unmatched end tag at byte offset {where}, expected "</{expected}>", found "</{tag}>"'
        )
    entity["length"] = size - entity["offset"]


def parse_markdown(source: str, *, legacy: bool) -> str:
    """*source* without its escapes; any formatting is refused, since nobody here should be using it."""
    reserved = frozenset("_*`[") if legacy else _RESERVED
    text, escaped = [], False
    for character in source:
        if escaped or (character != "\\" and character not in reserved):
            text.append(character)
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            raise Refused(
                f"can't parse entities: Character '{character}' is reserved and must be escaped with the preceding '\\'"
            )
    return "".join(text)
