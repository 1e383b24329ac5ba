"""
The fenced code blocks of Markdown, as far as a window of a text shows them.

A block is as CommonMark has it, in quotes and lists too; https://spec.commonmark.org/current/#fenced-code-blocks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

FENCE_BEGINS: Final = re.compile(r"```|~~~")
"""Where a fence may stand; a text without it has none."""

_LONGEST: Final = 8  # nobody writes longer ones; one that is longer is text, so the room for closing has a bound

_FENCE: Final = re.compile(
    r"^((?:[ \t]*>)*)([ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)?)(`{3,}|~{3,})([^\n]*)", re.MULTILINE
)
_PERHAPS_CLOSED: Final = re.compile(r"^[ \t>]*[`~]*[ \t]*\Z", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFence:
    """The line that opened a code block."""

    quote: str  #: the signs of the quotes around it
    indent: str  #: what stands before it in the line; a list's mark, too
    marker: str  #: three or more of ` or ~
    info: str  #: what follows it in the line, such as the language

    def closing_line(self, longest: int) -> str:
        """The line that closes the block: as far in as it began, if that takes no more than the *longest* fence."""
        bare = self.quote + self.marker
        indent = " " * len(self.indent)
        return f"\n{self.quote}{indent}{self.marker}" if len(indent + bare) <= longest else f"\n{bare}"

    def opening_line(self, *, bare: bool = False) -> str:
        """The line that opens the block again; *bare*, without what it said of the code."""
        return f"{self.quote}{self.marker}{'' if bare else self.info}\n"

    def is_closed_by(self, marker: str, info: str) -> bool:
        """Whether a fence ends this block rather than being part of its code."""
        return marker.startswith(self.marker) and not info.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """A fenced code block in a window; what lies outside the window is taken to lie just beyond its edges."""

    fence: CodeFence
    begin: int  #: where the opening line begins
    code: int  #: where the first line of code begins
    close: int  #: where the closing line begins
    end: int  #: where the closing line ends


def longest_fence(limit: int) -> int:
    """The longest fence that leaves room for code between its two copies."""
    return min(limit // 4, _LONGEST)


def blocks_in(view: str, fence: CodeFence | None, longest: int) -> Iterator[CodeBlock]:
    """The code blocks of *view*, the first of which *fence* may have opened before it."""
    begin = code = -1
    for line in _FENCE.finditer(view) if FENCE_BEGINS.search(view) else ():
        quote, indent, marker, info = line.groups()
        if fence is None:
            if len(quote) + len(marker) <= longest and not (marker[0] == "`" and "`" in info):
                fence = CodeFence(quote=quote, indent=indent, marker=marker, info=info.rstrip())
                begin, code = line.start(), line.end() + 1
        elif fence.is_closed_by(marker, info):
            yield CodeBlock(fence=fence, begin=begin, code=code, close=line.start(), end=line.end())
            fence = None
    if fence:
        perhaps = _PERHAPS_CLOSED.search(view)  # its closing line may only begin here
        close = perhaps.start() if perhaps else len(view)
        yield CodeBlock(fence=fence, begin=begin, code=code, close=close, end=len(view) + 1)
