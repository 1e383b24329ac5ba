"""
A text in stretches that are rendered each by itself, so that of a growing one only the last is rendered anew.

They are cut at blank lines before what begins at the margin, where no list, quote, code block or table goes on. A text
with definitions, HTML or long formulas, in which one place has to do with another, stays whole.
"""

import re
from collections.abc import Iterator
from typing import Final

_FENCE: Final = re.compile(r"[ \t>]*(?:(?:[-+*]|\d+[.)])[ \t]+)*(`{3,}|~{3,})([^`\n]*)")
_TOGETHER: Final = re.compile(r" {0,3}\[[^\]\n]+\]:|.*(?:<[a-zA-Z/!?]|\\\[|\$\$)")
_BEGINS: Final = re.compile(r"[^\s\d>|+*-]|\*\*(?=\S)")


def chunks(text: str) -> list[str]:
    """The stretches of *text*, without the blank lines between them."""
    lines = text.split("\n")
    kinds = list(_outside_code(lines))
    if any(outside and _TOGETHER.match(line) for line, outside in zip(lines, kinds, strict=True)):
        return [text]
    found: list[list[str]] = [[]]
    for at, line in enumerate(lines):
        if at and kinds[at] and not lines[at - 1].strip() and kinds[at - 1] and _BEGINS.match(line):
            found.append([])
        found[-1].append(line)
    return ["\n".join(stretch) for stretch in found]


def _outside_code(lines: list[str]) -> Iterator[bool]:
    """Of each line, whether it stands outside of every fenced block; the fences do, at their beginning."""
    fence = ""
    for line in lines:
        yield not fence
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and not found[2].strip():
            fence = ""
