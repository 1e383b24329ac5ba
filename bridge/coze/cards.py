"""The readable part of a card, which chat platforms cannot draw."""

import json
from collections.abc import Iterator
from typing import Any, Final

_READABLE: Final = frozenset(
    {"title", "subtitle", "text", "content", "label", "name", "question", "description", "desc", "summary", "value"}
)
_DEEP: Final = 12


def readable(content: str) -> str:
    """What a person would read on the card, a line each; empty if nothing is."""
    return "\n".join(dict.fromkeys(_texts("content", content, _DEEP)))


def _texts(key: str, value: Any, deep: int) -> Iterator[str]:
    if not deep:
        return
    if isinstance(value, dict):
        for inner, item in value.items():
            yield from _texts(inner, item, deep - 1)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(key, item, deep - 1)
    elif isinstance(value, str):
        yield from _text(key, value.strip(), deep)


def _text(key: str, value: str, deep: int) -> Iterator[str]:
    if value[:1] in ("{", "["):  # cards carry JSON inside JSON
        try:
            yield from _texts(key, json.loads(value), deep - 1)
        except ValueError:
            return
    elif value and key.lower() in _READABLE and not value.startswith(("http://", "https://")):
        yield value
