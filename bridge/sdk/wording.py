"""Tidies the text of a message: closes the gap where our name was cut out, and tells whether a link's words are its address."""

import re
from collections.abc import Sequence
from functools import reduce
from typing import Final

_AROUND: Final = " \t,:\uff0c\uff1a\u3001"  # the last three are written in Chinese
_NAME_OF_EMOJI: Final = r":[\w+'-]+"  #: its colons belong to it: ``:wave:``
_BEGIN: Final = re.compile(rf"\A(?:(?!{_NAME_OF_EMOJI}:)[{_AROUND}])+")
_EMOJI_ENDS: Final = re.compile(rf"{_NAME_OF_EMOJI}\Z")
_CLOSING: Final = tuple(".!?;)\u3002\uff01\uff1f")
_BLANK_LINES: Final = re.compile(r"(?:[ \t]*\n)+")
_SCHEME: Final = re.compile(r"^(?:https?://|mailto:|tel:)", re.IGNORECASE)


def closed_up(pieces: Sequence[str]) -> str:
    """The *pieces* of a text between which a name was cut out, joined without the commas and empty lines it leaves."""
    return reduce(_closed_up, pieces)


def is_address(label: str, url: str) -> bool:
    """Whether a link's words are its address, so that it need not be said."""
    return _bare(label) == _bare(url)


def _closed_up(before: str, after: str) -> str:
    before, after = _without_end(before), _BEGIN.sub("", after)
    if not before.strip():
        blank = _BLANK_LINES.match(after)
        return after[blank.end() :] if blank else after
    if not after.strip():
        return before.rstrip()
    if before.endswith("\n"):
        return before + after.removeprefix("\n")
    apart = "" if after.startswith(("\n", *_CLOSING)) else " "
    return f"{before}{apart}{after}"


def _without_end(before: str) -> str:
    kept = before.rstrip(_AROUND)
    is_emoji = before.startswith(":", len(kept)) and _EMOJI_ENDS.search(kept)
    return f"{kept}:" if is_emoji else kept


def _bare(url: str) -> str:
    return _SCHEME.sub("", url.strip()).rstrip("/").lower()
