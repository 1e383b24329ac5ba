"""
A text in stretches that are rendered each by itself, so that of a growing one only the last is rendered anew.

They are cut at blank lines before what begins at the margin, where no list, quote, code block, table or element of HTML goes
on. A text with definitions, in which one place has to do with another, stays whole.
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
    """The stretches of *text*, without the blank lines between them."""
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
    """Of each line, whether it begins outside of every fenced block and every element of HTML."""
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
