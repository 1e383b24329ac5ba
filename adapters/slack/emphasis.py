"""
Makes labels bold: Slack reads CommonMark, by which ``**价格：**100元`` and ``**Note:**text`` are not bold.

There a mark between punctuation and a letter counts as the wrong end of bold. A hair space on the letter's side corrects
that: the words stay as they are, and no stars are visible.
https://spec.commonmark.org/0.31.2/#left-flanking-delimiter-run

Rule: a space depends on nothing beyond the letter after a mark, so a text can be sent piece by piece.
"""

import re
import string
import unicodedata
from typing import Final

from adapters.slack.prose import CODE, replaced

_HAIR: Final = "\u200a"
_EASTERN: Final = re.compile(
    r"[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\u2014\u2018-\u201d\u2026]"
)
_CODE_OR_MARK: Final = re.compile(rf"{CODE} | (?P<mark> (?<![*\\])\*\*(?!\*) )", re.MULTILINE | re.VERBOSE)


def parted(text: str) -> str:
    """*text* with hair spaces, so that bold beside East Asian letters, or behind a colon, opens and closes as intended."""
    return text if "**" not in text else replaced(_CODE_OR_MARK, text, prose=_MarkReader().read)


class _MarkReader:
    """Reads the marks of one text, in order; bold ends with its line."""

    def __init__(self) -> None:
        self._is_open = False
        self._last = 0  #: where the last mark ended

    def read(self, found: re.Match[str]) -> str:
        """The replacement of a mark."""
        is_open = self._is_open and found.string.find("\n", self._last, found.start()) < 0
        before = found.string[max(0, found.start() - 1) : found.start()]
        after = found.string[found.end() : found.end() + 1]
        closes = is_open and bool(before.strip())
        self._is_open, self._last = not closes and bool(after.strip()), found.end()
        return _placed(before, after, closes=closes)


def _placed(before: str, after: str, *, closes: bool) -> str:
    """A mark between two letters, with what tells on which side of it the bold is."""
    inner, outer = (before, after) if closes else (after, before)
    is_misread = outer.strip() and _is_sign(inner) and not _is_punctuation(outer)
    if not is_misread or not (_EASTERN.search(before + after) or (closes and before == ":")):
        return "**"
    return f"**{_HAIR}" if closes else f"{_HAIR}**"


def _is_punctuation(letter: str) -> bool:
    """Whether every version of CommonMark takes it for such."""
    return letter in string.punctuation or unicodedata.category(letter).startswith("P")


def _is_sign(letter: str) -> bool:
    """Whether CommonMark may take it for punctuation; in some versions symbols are none."""
    return bool(letter) and unicodedata.category(letter)[0] in "PS"
