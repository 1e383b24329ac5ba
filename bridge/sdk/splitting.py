"""
Cuts Markdown into pieces that each fit and each render by themselves.

The laws, for every text, limit and measure:

1. nothing is lost: the pieces lie end to end and cover the text;
2. every piece fits;
3. only the last piece may change as the text grows;
4. a cut inside a fenced code block closes the block, and the next piece opens it again;
5. no cut goes through what people see as one character;
6. a cut between a table's rows repeats its head, and what is cut out of a list stands at the margin.

The third law shapes the rest. A piece ends only when the text has outgrown it, and where it ends is decided from its
window alone: the longest stretch that fits, and the one character after it. Whatever comes later cannot matter. From
its first ``` on, a window keeps room for a closing fence, so that closing never makes a piece too long.

The laws hold from a limit of 16; below 12, fences are text. A measure gives at least one for each code point, and no less
for a text than for its beginning.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bridge.sdk.break_points import best_break
from bridge.sdk.characters import is_blank
from bridge.sdk.fences import FENCE_BEGINS, CodeFence, blocks_in, longest_fence

Measure = Callable[[str], int]
"""How long a text is, as a platform counts."""

_ENDED_LEAST: Final = 100  # of what is ended early: less is no message worth having
_ENDED_BACK: Final = 400  # characters that may move from a message that is ended early to the next one
_TABLE: Final = re.compile(
    r"^(?P<head>[^\n|]*+\|[^\n]*+\n(?=[^\n|]*+\|)[ \t>]*+[ \t:|]*+-[ \t:|-]*+\n)(?:[^\n|]*+\|[^\n]*+\n)*+\Z",
    re.MULTILINE,
)
_ROW: Final = re.compile(r"\n?[^\n|]*+\|")
_OF_A_LIST: Final = re.compile(r"[ \t]+(?=[-+*>|][ \t]|\d{1,9}[.)][ \t]|\#{1,6}[ \t]|`{3}|~{3})")
_BLANK_LINES: Final = re.compile(r"\A(?:[ \t\r]*\n)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Carried:
    """What the next piece opens with: a code block that is cut, or the head of a table that is."""

    fence: CodeFence | None = None
    head: str = ""

    def opening(self, text: str, start: int, limit: int, measure: Measure) -> str:
        """The lines that *text* has to begin with from *start* on."""
        if self.fence:
            whole = self.fence.opening_line()
            return whole if measure(whole) <= limit // 3 else self.fence.opening_line(bare=True)
        row = _ROW.match(text, start) if self.head else None  # and told from the window alone, as everything is
        goes_on = row and measure(row[0]) <= limit // 3 and measure(self.head) <= limit // 3
        return self.head if goes_on else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a text, and what it needs to stand alone."""

    start: int  #: in the whole text, in code points
    end: int  #: behind its last one
    opening: str = ""  #: what is put before it, such as the line that opens a block again
    closing: str = ""  #: what is put behind it, such as the fence that closes the block
    indent: int = 0  #: of a code block that goes on in it
    carried: _Carried = _Carried()  #: to the next piece

    def as_message(self, text: str) -> str:
        """The piece as a message: fenced, at the margin, without blank lines at its edges; empty when it holds nothing to see."""
        body = _BLANK_LINES.sub("", text[self.start : self.end]).rstrip()
        if is_blank(body):
            return ""
        if self.start and text[self.start - 1] == "\n":
            body = _dedented(body, self.indent or _list_indent(body))
        return self.opening + body + self.closing


def _list_indent(body: str) -> int:
    found = _OF_A_LIST.match(body)
    return found.end() if found else 0


def _dedented(body: str, width: int) -> str:
    """*body* with its first lines, as long as they stand so far in, moved to the margin."""
    lines = body.split("\n") if width else []
    for at, line in enumerate(lines):
        if line.strip() and len(line) - len(line.lstrip(" \t")) < width:
            break
        lines[at] = line[width:]
    return "\n".join(lines) if width else body


def utf16(text: str) -> int:
    """The length in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int, measure: Measure = len, *, growing: bool = False) -> list[str]:
    """The messages that show *text*: never blank, and each at most *limit* by *measure*."""
    return messages(text, cuts(text, limit, measure), growing=growing)


def messages(text: str, pieces: Sequence[Piece], *, growing: bool = False) -> list[str]:
    """
    The messages that show the *pieces* of *text*, without those that are blank.

    While the text is *growing*, a code block that is open at its end stays open, so that more can be appended.
    """
    last = [replace(piece, closing="") if growing else piece for piece in pieces[-1:]]
    return [message for piece in (*pieces[:-1], *last) if (message := piece.as_message(text))]


def cuts(text: str, limit: int, measure: Measure = len, *, known: Sequence[Piece] = ()) -> list[Piece]:
    """
    The pieces of *text*, end to end; one that is blank is a piece here, and no message in `split`.

    Those that are *known* of its beginning are not cut anew, but for the last: what a growing text costs is its end.
    """
    pieces = list(known[:-1])
    start, carried = (pieces[-1].end, pieces[-1].carried) if pieces else (0, _Carried())
    while start < len(text):
        piece = _cut(text, start, carried, limit, measure)
        pieces.append(piece)
        start, carried = piece.end, piece.carried
    return pieces


def end_last(text: str, pieces: Sequence[Piece], limit: int, measure: Measure = len) -> list[Piece]:
    """The *pieces* with the last, unless it is short, ended close to where *text* ends by now: pass them on as `cuts`' known."""
    start, before = pieces[-1].start, pieces[-2].carried if len(pieces) > 1 else _Carried()
    room = measure(pieces[-1].opening + text[start:]) - 1
    ended = _cut(text, start, before, room, measure, back=_ENDED_BACK) if room >= _ENDED_LEAST else pieces[-1]
    return cuts(text, limit, measure, known=[*pieces[:-1], ended, ended]) if ended.as_message(text) else list(pieces)


def _cut(text: str, start: int, carried: _Carried, limit: int, measure: Measure, *, back: int | None = None) -> Piece:
    """The piece that begins at *start*, and ends at most so many characters *back* from the end of its window."""
    opening = carried.opening(text, start, limit, measure)
    end = _window(text, start, opening, limit, measure)
    view = text[start : end + 1]
    blocks = list(blocks_in(view, carried.fence, longest_fence(limit)))
    if end < len(text):
        end = start + best_break(view, blocks, back or len(view))
    fence = next((block.fence for block in blocks if block.begin < end - start < block.end), None)
    return Piece(
        start=start,
        end=end,
        opening=opening,
        closing=fence.closing_line(0 if fence is carried.fence else longest_fence(limit)) if fence else "",
        indent=len(carried.fence.indent) if carried.fence else 0,
        carried=_Carried(fence=fence, head="" if fence else _cut_table(opening, view, end - start)),
    )


def _cut_table(opening: str, view: str, at: int) -> str:
    """The head of the table in which the cut lies, if it lies behind a row of one."""
    around = view[max(at - 2, 0) : at + 1]
    if "\n" not in around[-2:] or "\n\n" in around or "|" not in view[:at]:
        return ""
    found = _TABLE.search(opening + view[:at].strip("\n") + "\n")
    return found["head"] if found else ""


def _window(text: str, start: int, opening: str, limit: int, measure: Measure) -> int:
    """The furthest a piece may reach: all that fits, with room for a closing fence once a fence was seen."""
    end = _reach(text, start, limit, measure, opening)
    begins = FENCE_BEGINS.search(text, start, end)
    reopened = bool(FENCE_BEGINS.search(opening))
    if not reopened and begins is None:
        return end
    fenced = _reach(text, start, limit - longest_fence(limit) - 1, measure, opening)
    return fenced if reopened or begins is None else max(fenced, begins.end() - 1)


def _reach(text: str, start: int, room: int, measure: Measure, opening: str) -> int:
    """The furthest end for which *opening* and the text from *start* fit in *room*, and one code point at the least."""
    end = min(len(text), start + max(room, 1))
    if measure(opening + text[start:end]) <= room:
        return end
    fits = bisect_right(range(1, end - start), room, key=lambda length: measure(opening + text[start : start + length]))
    return start + max(fits, 1)
