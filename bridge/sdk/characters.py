"""What people see as one character, and whether they see anything at all."""

import unicodedata
from typing import Final

import regex  # type: ignore[import-untyped]

_CLUSTER: Final = regex.compile(r"\X")
_LONGEST: Final = 64
"""Code points in which one character ends; a longer one may be cut."""
_INVISIBLE: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))
)
"""What takes room or none, and shows nothing, although it counts as a letter or a mark."""


def are_joined(text: str, at: int) -> bool:
    """
    Whether the code points before and after *at* are shown as one character.

    Extended grapheme clusters, also of scripts that join letters: https://www.unicode.org/reports/tr29/
    """
    before, after = text[at - 1], text[at]
    if before != "\r" and before.isascii() and after.isascii():
        return False
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return True
    begin = max(0, at - _LONGEST)
    return all(cluster.end() != at for cluster in _CLUSTER.finditer(text, begin, at + _LONGEST))


def is_blank(text: str) -> bool:
    """Whether there is nothing to see in *text*: white space, what has no width, and what is never shown."""
    return not text or text.isspace() or all(sign.isspace() or _is_invisible(sign) for sign in text)


def _is_invisible(sign: str) -> bool:
    return sign in _INVISIBLE or unicodedata.category(sign) in ("Cf", "Cc")
