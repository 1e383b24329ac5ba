"""
Cuts a text into chunks that are rendered independently, so that of a growing text only the last is rendered again.

A chunk ends at a blank line where the next line begins at the margin and no list, quote, code block, table or HTML element
goes on. A text with link definitions stays whole, as they may apply anywhere in it.
"""

import re
from collections.abc import Iterator
from typing import Final

_FENCE: Final = re.compile(r"[ \t>]*(?:(?:[-+*]|\d+[.)])[ \t]+)*(`{3,}|~{3,})([^`\n]*)")
_DEFINITION: Final = re.compile(r"[ \t>]*\[[^\]\n]+\]:")
_BEGINS: Final = re.compile(r"[^\s\d>|+*-]|\*\*(?=\S)")
_ELEMENTS: Final = (
    r"(?:details|div|center|ul|ol|dl|table|p|section|article|blockquote|figure|pre|script|style|textarea)\b"
)
_OPENS: Final = re.compile(rf"<{_ELEMENTS}|<!--|<\?|<!\[", re.IGNORECASE)
_CLOSES: Final = re.compile(rf"</{_ELEMENTS}|-->|\?>|\]\]>", re.IGNORECASE)


def chunks(text: str) -> list[str]:
    """The chunks of *text*, without the blank lines between them."""
    lines = text.split("\n")
    apart = list(_outside(lines))
    if any(outside and _DEFINITION.match(line) for line, outside in zip(lines, apart, strict=True)):
        return [text]
    found: list[list[str]] = [[]]
    for at, line in enumerate(lines):
        if at and apart[at] and apart[at - 1] and not lines[at - 1].strip() and _BEGINS.match(line):
            found.append([])
        found[-1].append(line)
    return ["\n".join(stretch) for stretch in found]


def _outside(lines: list[str]) -> Iterator[bool]:
    """For each line, whether it begins outside of every fenced block and every HTML element."""
    fence, depth = "", 0
    for line in lines:
        yield not fence and depth <= 0
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and not found[2].strip():
            fence = ""
        elif not fence and ("<" in line or ">" in line):
            depth += len(_OPENS.findall(line)) - len(_CLOSES.findall(line))
