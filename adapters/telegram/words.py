"""
The text of a message as a person sees it: as typed, with the addresses behind linked words.

Offsets on the wire are UTF-16 code units. https://core.telegram.org/bots/api#messageentity
"""

from collections.abc import Iterator
from typing import Any, Final

from adapters.telegram.api import TelegramIdentity
from bridge.sdk.cleaning import halves_joined
from bridge.sdk.wording import closed_up, is_address

Json = dict[str, Any]

_SPEAKING: Final = frozenset({"mention", "text_mention", "text_link"})
"""The entities that say more, or less, than the letters they cover."""


def words(message: Json) -> str:
    """The text or caption of *message*, empty if it has none."""
    (whole,) = _pieces(message, None)
    return whole


def words_to(message: Json, me: TelegramIdentity) -> tuple[str, bool]:
    """The text or caption of *message* without our name, and whether it mentions us."""
    pieces = _pieces(message, me)
    return closed_up(pieces), len(pieces) > 1


def commands_us(message: Json, me: TelegramIdentity) -> bool:
    """Whether *message* holds a command that names us anywhere, such as ``/help@ourbot``."""
    units = halves_joined(str(message.get("text") or message.get("caption") or "")).encode("utf-16-le")
    entities = message.get("entities" if message.get("text") else "caption_entities") or []
    spans = ((2 * each["offset"], 2 * each["length"]) for each in entities if each["type"] == "bot_command")
    commands = (_decoded(units[begin : begin + size]) for begin, size in spans)
    return any(command.lower().endswith(f"@{me.username}".lower()) for command in commands)


def _pieces(message: Json, me: TelegramIdentity | None) -> list[str]:
    """The text before, between and after the mentions of *me*."""
    units = halves_joined(str(message.get("text") or message.get("caption") or "")).encode("utf-16-le")
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
            pieces[-1] += _decoded(units[end:begin]) + linked(covered, halves_joined(str(entity["url"])))
            end = after
    pieces[-1] += _decoded(units[end:])
    return pieces


def _entities(message: Json) -> Iterator[Json]:
    """The entities that matter, in order; a link that formatting cut into several is rejoined."""
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
    """A link's words and the address behind them, unless the words are the address."""
    label = covered.rstrip()
    if is_address(label, url):
        return covered
    return f"{label} ({url}){covered[len(label) :]}"


def _decoded(units: bytes) -> str:
    return units.decode("utf-16-le", "replace")
