"""
Where a text is best cut: between paragraphs rather than lines, sentences rather than words, and never through a character.

What belongs together, such as a link, a heading and what it heads, or a code block's fence and its code, is kept whole where
that is possible.
"""

import re
from enum import IntEnum
from typing import Final

from bridge.sdk.characters import are_joined
from bridge.sdk.fences import CodeBlock

_LONGEST_WORD: Final = 64  # what is longer is no word but a hash or an address, and may be cut


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
      | [ \t]*+ \| [^\n]*+ \n [ \t]*+ \| [ \t:|-]*+ (?: \n [ \t]*+ \S? | \Z )   # the head of a table and its first row
      | [ \t]*+ (?: \| [^\n]*+ | (?:[-*+>] | \d{1,9}[.)]) [ \t]++ \S )          # a table's row; a mark and its item
    ))""",
    re.VERBOSE,
)
"""
Where a text may be cut, and what is better kept whole.

Each begins with the set of characters it can begin with: so the engine leaps from one to the next, five times as fast.
"""


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


def best_break(view: str, blocks: list[CodeBlock], back: int) -> int:
    """The best place in the second half of a window, so far *back* at most; *view* is the window and one character more."""
    last = len(view) - 1
    places = _places(view, blocks)
    ranked = sorted(
        (
            (_RANKS.get((places[at], found.lastgroup), 0), at)
            for found in _BREAK.finditer(view, max(last // 2, last - back))
            if places[at := min(found.end(), last)] != _Place.FENCE
        ),
        reverse=True,
    )
    return next((at for _, at in ranked if not are_joined(view, at)), 0) or _hard_cut(view, places)


def _places(view: str, blocks: list[CodeBlock]) -> bytearray:
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
        if not (_in_word(view, at) or are_joined(view, at) or view[at] in "`~"):
            return at
    return next((at for at in harmless if not are_joined(view, at)), last)


def _in_word(text: str, at: int) -> bool:
    """Whether *at* lies within a word of a script that writes spaces; what has none may be cut anywhere."""
    around = text[at - 1 : at + 1]
    return around.isalnum() and max(around) < "\u2e80"
