"""
Line starts that models mean otherwise than CommonMark, and with it Slack, reads them.

``##标题`` is a heading, although no space follows its marks; ``>50% of people`` is no quote.

Rule: a start depends on nothing beyond the character after it, so a text can be sent piece by piece.
"""

import re
from typing import Final

from adapters.slack.prose import CODE, replaced

_CODE_OR_START: Final = re.compile(
    rf"{CODE} | (?P<heading> ^[ ]{{0,3}}\#{{2,6}} (?=[^\s\#!]) ) | (?P<more> ^[ ]{{0,3}}> (?=[\d=$€£¥<≤≥]) )",
    re.MULTILINE | re.VERBOSE,
)
_ENTITY: Final = "&gt;"


def meant(text: str) -> str:
    """*text* with a space behind the marks of such a heading, and such a sign as an entity."""
    return replaced(_CODE_OR_START, text, prose=_as_meant) if "##" in text or ">" in text else text


def growth(text: str) -> int:
    """An upper bound of what `meant` adds; of two texts it is the sum."""
    return (len(_ENTITY) - 1) * text.count(">") + text.count("#")


def _as_meant(start: re.Match[str]) -> str:
    return f"{start[0]} " if start["heading"] else start[0].replace(">", _ENTITY)
