"""
What a message says, in the words a person sees: as typed, with the addresses that stand behind linked words.

Offsets on the wire are UTF-16 code units. https://core.telegram.org/bots/api#messageentity
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from adapters.telegram.api import TelegramIdentity

Json = dict[str, Any]

_AROUND: Final = " \t,:\uff0c\uff1a\u3001"  # the last three are written in Chinese
_CLOSING: Final = tuple(".!?;)\u3002\uff01\uff1f")
_BLANK_LINES: Final = re.compile(r"(?:[ \t]*\n)+")
_SCHEME: Final = re.compile(r"^(?:https?://|mailto:|tel:)", re.IGNORECASE)
_SPEAKING: Final = frozenset({"mention", "text_mention", "text_link"})
"""The entities that say more, or less, than the letters they cover."""


def words(message: Json) -> str:
    """The text or caption of *message*, empty if it has none."""
    (whole,) = _pieces(message, None)
    return whole


def words_to(message: Json, me: TelegramIdentity) -> tuple[str, bool]:
    """The text or caption of *message* apart from our name, and whether our name was said."""
    first, *others = _pieces(message, me)
    text = first
    for piece in others:
        text = _closed_up(text, piece)
    return text, bool(others)


def sound(text: str) -> str:
    """*text* without halves of characters, which no database takes; offsets stay."""
    return _decoded(text.encode("utf-16-le", "surrogatepass"))


def _pieces(message: Json, me: TelegramIdentity | None) -> list[str]:
    """What stands before, between and after the places where the name of *me* is said."""
    units = sound(str(message.get("text") or message.get("caption") or "")).encode("utf-16-le")
    pieces, end = [""], 0
    for entity in _entities(message):
        begin, after = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        covered = _decoded(units[begin:after])
        if begin < end:
            continue
        if me is not None and _names(entity, covered, me):
            pieces[-1] += _decoded(units[end:begin])
            pieces.append("")
            end = after
        elif entity["type"] == "text_link":
            pieces[-1] += _decoded(units[end:begin]) + linked(covered, sound(str(entity["url"])))
            end = after
    pieces[-1] += _decoded(units[end:])
    return pieces


def _entities(message: Json) -> Iterator[Json]:
    """Those that count, in order; a link that formatting has cut into several is one again."""
    entities = message.get("entities" if message.get("text") else "caption_entities") or []
    before: Json | None = None
    for entity in sorted(entities, key=lambda entity: int(entity["offset"])):
        if entity["type"] not in _SPEAKING:
            continue
        if before and _continues(entity, before):
            before |= {"length": before["length"] + entity["length"]}
            continue
        if before:
            yield before
        before = dict(entity)
    if before:
        yield before


def _continues(entity: Json, before: Json) -> bool:
    together = entity["type"] == before["type"] == "text_link" and entity["url"] == before["url"]
    return together and bool(before["offset"] + before["length"] == entity["offset"])


def _names(entity: Json, covered: str, me: TelegramIdentity) -> bool:
    match entity["type"]:
        case "mention":
            return covered.lower() == f"@{me.username}".lower()
        case "text_mention":
            return bool(entity["user"]["id"] == me.id)
        case _:
            return False


def linked(covered: str, url: str) -> str:
    """The words of a link and the address behind them, unless the words are the address."""
    label = covered.rstrip()
    if _bare(label) == _bare(url):
        return covered
    return f"{label} ({url}){covered[len(label) :]}"


def _bare(url: str) -> str:
    return _SCHEME.sub("", url.strip()).rstrip("/").lower()


def _closed_up(before: str, after: str) -> str:
    """What stood around a name that was cut out, without the marks and the empty line that it leaves."""
    before, after = before.rstrip(_AROUND), after.lstrip(_AROUND)
    if not before.strip():
        blank = _BLANK_LINES.match(after)
        return after[blank.end() :] if blank else after
    if not after.strip():
        return before.rstrip()
    if before.endswith("\n"):
        return before + after.removeprefix("\n")
    apart = "" if after.startswith(("\n", *_CLOSING)) else " "
    return f"{before}{apart}{after}"


def _decoded(units: bytes) -> str:
    return units.decode("utf-16-le", "replace")
