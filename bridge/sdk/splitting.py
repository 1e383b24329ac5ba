"""
Cuts Markdown into pieces that each fit and each render by themselves.

The laws, for every text, limit and measure:

1. nothing is lost: the pieces lie end to end and cover the text;
2. every piece fits;
3. only the last piece may change as the text grows;
4. a cut inside a fenced code block closes the block, and the next piece opens it again;
5. no cut goes through what people see as one character.

The third law shapes the rest. A piece ends only when the text has outgrown it, and where it ends is decided from its
window alone: the longest stretch that fits, and the one character after it. Whatever comes later cannot matter. From
its first ``` on, a window keeps room for a closing fence, so that closing never makes a piece too long.

The laws hold from a limit of 16; below 12, fences are text. A measure gives at least one for each code point, and
for two texts joined no more than for both apart and no less than for either.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

Measure = Callable[[str], int]
"""How long a text is, as a platform counts."""

_LONGEST_FENCE: Final = 8  # nobody writes longer ones; one that is longer is text, so the room for closing has a bound
_LONGEST_WORD: Final = 64  # what is longer is no word but a hash or an address, and may be cut

_FENCE: Final = re.compile(r"^( {0,3})(`{3,}|~{3,})([^\n]*)", re.MULTILINE)
_FENCE_BEGINS: Final = re.compile(r"```|~~~")
_PERHAPS_CLOSED: Final = re.compile(r"^ {0,3}[`~]*[ \t]*\Z", re.MULTILINE)
_BLANK_LINES: Final = re.compile(r"\A(?:[ \t\r]*\n)+")

_BREAK: Final = re.compile(
    r"""
    [\n\ \t.!?。！？…，、；：] (?:
      (?<=\n) (?: (?P<blank> (?:[ \t\r]*\n)+ ) | (?P<line>) )
    | (?: (?P<sentence> (?<=[.!?]) (?<!\d.) ["'”’)\]]*+ [ \t]++ | (?<=[。！？…]) [”’」』）]*+ )
        | (?P<space> (?<=[ \t]) [ \t]*+ | (?<=[，、；：]) )
      ) (?! `{3} | `{1,2}\Z | [~\#>+=|-] | \d+[.)] )  # what would begin a block of its own at the head of a piece
    )""",  # noqa: RUF001 - Chinese is punctuated so
    re.VERBOSE,
)
_WHOLE: Final = re.compile(
    r"""
    [`[<*_~\n] (?:
      (?<=(?<!`)`) (`*+) [^\n]*? (?: `\1 | \Z )                                 # inline code
    | (?<=\[) [^\[\]\n]*+ (?: \Z | \] (?: \Z | \( [^()\n]*+ (?:\)|\Z) )? )      # a link
    | (?<=<) https?: [^>\s]*+ (?:>|\Z)                                          # an address
    | (?<=([*_~])) \2 [^*_~\n]++ (?: \2\2 | \Z )                                # bold, struck
    | (?<=(?P<line>\n)) (?:
        \#{1,6} [ ] [^\n]*+ (?: \s*+\S | \Z )                                   # a heading and what it heads
      | [ \t]*+ (?: \| [^\n]*+ | (?:[-*+>] | \d{1,9}[.)]) [ \t]++ \S )          # a table's row; a mark and its item
    ))""",
    re.VERBOSE,
)
"""
Where a text may be cut, and what is better kept whole.

Each begins with the set of characters it can begin with: so the engine leaps from one to the next, five times as fast.
"""

_JOINER: Final = "\u200d"
_FLAG_HALVES: Final = "".join(map(chr, range(0x1F1E6, 0x1F200)))
_SKIN_TONES: Final = "".join(map(chr, range(0x1F3FB, 0x1F400)))
_TAGS: Final = "".join(map(chr, range(0xE0020, 0xE0080)))  # they spell the flags of Scotland and Wales
_EXTENDERS: Final = frozenset(_JOINER + _SKIN_TONES + _TAGS)
_INVISIBLE: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))
)
_MARKS: Final = frozenset({"Mn", "Mc", "Me"})


class _Place(IntEnum):
    """What surrounds a place in a window."""

    OPEN = 0
    WHOLE = 1  #: inside something better kept whole
    CODE = 2  #: between the fences of a code block
    FENCE = 3  #: where a cut would damage a fence or leave an empty code block


_RANKS: Final[dict[tuple[int, str | None], int]] = {
    (_Place.OPEN, "blank"): 5,
    (_Place.OPEN, "line"): 4,
    (_Place.OPEN, "sentence"): 3,
    (_Place.OPEN, "space"): 2,
    (_Place.CODE, "blank"): 1,
    (_Place.CODE, "line"): 1,
}
"""How good a cut is; what is not listed is worse, and better still than a cut through a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a text, and the fences it needs to stand alone."""

    start: int
    end: int
    opening: str = ""
    closing: str = ""

    def of(self, text: str) -> str:
        """The piece as a message: fenced, without blank lines at its edges; empty when it holds nothing to see."""
        body = _BLANK_LINES.sub("", text[self.start : self.end]).rstrip()
        return self.opening + body + self.closing if body else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fence:
    """The line that opened a code block."""

    indent: str
    marker: str
    info: str

    @property
    def closing(self) -> str:
        return f"\n{self.marker}"

    def opening(self, room: int, measure: Measure) -> str:
        """The line that opens the block again, reduced to its marker where it would not leave *room*."""
        whole = f"{self.indent}{self.marker}{self.info}\n"
        return whole if measure(whole) <= room else f"{self.marker}\n"

    def is_closed_by(self, marker: str, info: str) -> bool:
        """Whether a fence ends this block rather than being part of its code."""
        return marker.startswith(self.marker) and not info.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A fenced code block in a window; what lies outside the window is taken to lie just beyond its edges."""

    fence: _Fence
    begin: int  #: where the opening line begins
    code: int  #: where the first line of code begins
    close: int  #: where the closing line begins
    end: int  #: where the closing line ends


def utf16(text: str) -> int:
    """The length in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_blank(text: str) -> bool:
    """Whether there is nothing to see in *text*: white space, marks without width, and what is never shown."""
    return text.isspace() or not text or all(sign.isspace() or _is_invisible(sign) for sign in text)


def _is_invisible(sign: str) -> bool:
    return sign in _INVISIBLE or unicodedata.category(sign) in ("Cf", "Cc")


def split(text: str, limit: int, measure: Measure = len, *, growing: bool = False) -> list[str]:
    """
    The messages that show *text*: never blank, and each at most *limit* by *measure*.

    While the text is *growing*, a code block that is open at its end stays open, so that more can be appended.
    """
    pieces = cuts(text, limit, measure)
    if growing and pieces:
        pieces[-1] = replace(pieces[-1], closing="")
    return [message for piece in pieces if (message := piece.of(text))]


def cuts(text: str, limit: int, measure: Measure = len) -> list[Piece]:
    """The pieces of *text*, end to end; one that is blank is a piece here, and no message in `split`."""
    pieces: list[Piece] = []
    start, fence = 0, None
    while start < len(text):
        opening = fence.opening(limit // 3, measure) if fence else ""
        end = _window(text, start, opening, limit, measure)
        view = text[start : end + 1]
        blocks = list(_blocks(view, fence, _longest_fence(limit)))
        if end < len(text):
            end = start + _best_cut(view, blocks)
        fence = next((block.fence for block in blocks if block.begin < end - start < block.end), None)
        pieces.append(Piece(start=start, end=end, opening=opening, closing=fence.closing if fence else ""))
        start = end
    return pieces


def _window(text: str, start: int, opening: str, limit: int, measure: Measure) -> int:
    """The furthest a piece may reach: all that fits, with room for a closing fence once a fence was seen."""
    room = limit - measure(opening)
    end = _reach(text, start, room, measure)
    begins = _FENCE_BEGINS.search(text, start, end)
    if not opening and begins is None:
        return end
    fenced = _reach(text, start, room - _longest_fence(limit) - 1, measure)
    return fenced if opening or begins is None else max(fenced, begins.end() - 1)


def _longest_fence(limit: int) -> int:
    """The longest fence that leaves room for code between its two copies."""
    return min(limit // 4, _LONGEST_FENCE)


def _reach(text: str, start: int, room: int, measure: Measure) -> int:
    """The furthest end for which the text from *start* measures at most *room*, and one code point at the least."""
    end = min(len(text), start + max(room, 1))
    if measure(text[start:end]) <= room:
        return end
    fits = bisect_right(range(1, end - start), room, key=lambda length: measure(text[start : start + length]))
    return start + max(fits, 1)


def _blocks(view: str, fence: _Fence | None, longest: int) -> Iterator[_Block]:
    """The code blocks of *view*, the first of which *fence* may have opened before it."""
    begin = code = -1
    for line in _FENCE.finditer(view) if _FENCE_BEGINS.search(view) else ():
        indent, marker, info = line.groups()
        if fence is None:
            if len(marker) <= longest and not (marker[0] == "`" and "`" in info):
                fence = _Fence(indent=indent, marker=marker, info=info.rstrip())
                begin, code = line.start(), line.end() + 1
        elif fence.is_closed_by(marker, info):
            yield _Block(fence=fence, begin=begin, code=code, close=line.start(), end=line.end())
            fence = None
    if fence:
        perhaps = _PERHAPS_CLOSED.search(view)  # its closing line may only begin here
        close = perhaps.start() if perhaps else len(view)
        yield _Block(fence=fence, begin=begin, code=code, close=close, end=len(view) + 1)


def _best_cut(view: str, blocks: list[_Block]) -> int:
    """The best place in the second half of a window to end a piece; *view* is the window and one character more."""
    last = len(view) - 1
    places = _places(view, blocks)
    ranked = sorted(
        (
            (_RANKS.get((places[at], found.lastgroup), 0), at)
            for found in _BREAK.finditer(view, last // 2)
            if places[at := min(found.end(), last)] != _Place.FENCE
        ),
        reverse=True,
    )
    return next((at for _, at in ranked if not _joined(view, at)), 0) or _hard_cut(view, places)


def _places(view: str, blocks: list[_Block]) -> bytearray:
    """A map of *view*: for each index, what a cut there would go through."""
    places = bytearray(len(view))

    def paint(place: _Place, begin: int, end: int) -> None:
        begin, end = max(begin, 0), min(end, len(view))
        places[begin:end] = bytes([place]) * (end - begin)

    line = view.rfind("\n", 0, len(view) // 2)
    for whole in _WHOLE.finditer(view, max(line, 0)):
        paint(_Place.WHOLE, max(whole.start(), whole.end("line")) + 1, whole.end())
    for block in blocks:
        code = view[max(block.code, 0) : block.close]
        paint(_Place.FENCE, block.begin + 1, block.end)
        paint(_Place.CODE, block.close - len(code.lstrip()) + 1, block.close - len(code) + len(code.rstrip()))
    return places


def _hard_cut(view: str, places: bytearray) -> int:
    """The last place that harms no word, or else no character."""
    last = len(view) - 1
    harmless = [at for at in range(last, 0, -1) if places[at] != _Place.FENCE]
    for at in harmless[:_LONGEST_WORD]:
        if not (_in_word(view, at) or _joined(view, at) or view[at] in "`~"):
            return at
    return next((at for at in harmless if not _joined(view, at)), last)


def _in_word(text: str, at: int) -> bool:
    """Whether *at* lies within a word of a script that writes spaces; what has none may be cut anywhere."""
    around = text[at - 1 : at + 1]
    return around.isalnum() and max(around) < "\u2e80"


def _joined(text: str, at: int) -> bool:
    """Whether the code points before and after *at* are shown as one character."""
    before, after = text[at - 1], text[at]
    if before in _FLAG_HALVES and after in _FLAG_HALVES:
        return (at - len(text[:at].rstrip(_FLAG_HALVES))) % 2 == 1
    return (
        before == _JOINER
        or before + after == "\r\n"
        or after in _EXTENDERS
        or unicodedata.category(after) in _MARKS
        or ("\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff")
    )
