"""
Cuts a Markdown text into chunks that are rendered independently, so that of a growing text only the last is rendered again.

A chunk ends at a blank line where the next line begins at the margin and no list, quote, code block, table or HTML element
goes on. Link definitions, which apply anywhere in a text, are left to the renderer.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

_ELEMENTS: Final = (
    r"(?:details|div|center|ul|ol|dl|table|p|section|article|blockquote|figure|pre|script|style|textarea)\b"
)
#: Every alternative begins with a literal character, so that `re` can skip all others quickly.
_SIGNS: Final = re.compile(
    rf"""
      \n (?P<fence> [ \t>]* (?: (?:[-+*]|\d+[.)]) [ \t]+ )* (?P<marks> `{{3,}}(?=[^`\n]*$) | ~{{3,}} ) (?P<info> [^\n]* ) )
    | \n (?P<gap> [ \t\r]* ) (?= \n (?: [^\s\d>|+*-] | \*\*\S ) )
    | < (?P<opens> {_ELEMENTS} | !-- | \? | !\[ )
    | </ {_ELEMENTS} | --> | \?> | \]\]>
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


def chunks(text: str) -> list[str]:
    """The chunks of *text*, end to end, each with the blank lines behind it; at least one, which may be empty."""
    return [text[begin:end] for begin, end in pairwise([0, *_cuts(text), len(text)])]


def _cuts(text: str) -> Iterator[int]:
    """The indices at which *text* is cut: outside of fenced blocks and HTML elements."""
    fence, depth = "", 0
    for sign in _SIGNS.finditer(f"\n{text}"):
        match sign.lastgroup:
            case "fence" if not fence:
                fence = sign["marks"]
            case "fence" if sign["marks"].startswith(fence) and not sign["info"].strip():
                fence = ""
            case "gap" if not fence and not depth:
                yield sign.end()
            case "opens" if not fence:
                depth += 1
            case None if not fence:
                depth = max(depth - 1, 0)
