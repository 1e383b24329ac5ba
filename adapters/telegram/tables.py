"""
Tables in a narrow text: in columns if those fit on a phone and can be aligned, else row by row.

The widest row so far decides which, so a growing table changes its form once at most.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile, zip_longest
from typing import Final

from markdown_it.token import Token

WIDEST: Final = 38  #: columns of a table that Telegram's clients do not wrap on a phone; seen, not documented
STEADY: Final = 6  #: rows after which a column seldom gets wider

_NO_COLUMNS: Final = re.compile("[\u0590-\u0dff\ufb1d-\ufdff\ufe70-\ufefc]")
"""Of scripts that run from right to left, or whose letters no font makes one column wide: Hebrew, Arabic, those of India."""

_GAP: Final = " │ "
_PIPE: Final = re.compile(r"(?<!\\)\|")
_CODE: Final = re.compile(r"(?<![\\`])(?P<ticks>`+)(?!`)[^\n]+?(?<!`)(?P=ticks)(?!`)")
_HIDDEN: Final = "\0"  #: a stroke within code; no text that is parsed holds one
_LAST: Final = re.compile(
    r"(?:\A|(?<=\n))(?P<rows>[ \t>]*\|[^\n]*\n[ \t>]*\|[ \t]*:?-[-:| \t]*\n(?:[ \t>]*\|[^\n]*(?:\n|\Z))*)\Z"
)
_RULER: Final = re.compile(
    r"^(?P<head>[^\n|]*\|[^\n]*)\n[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\n", re.MULTILINE
)

Row = Sequence[str]


def rows_of(tokens: Iterable[Token]) -> list[list[Token]]:
    """Consume the *tokens* of a table; returns its cells, row by row."""
    rows: list[list[Token]] = []
    for token in takewhile(lambda token: token.type != "table_close", tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token)
    return rows


def fits(rows: Sequence[Row]) -> bool:
    """Whether *rows* fit in columns, and their script has letters of even width."""
    if any(_NO_COLUMNS.search(cell) for row in rows for cell in row):
        return False
    widths = _widths(rows)
    return sum(widths) + len(_GAP) * (len(widths) - 1) <= WIDEST


def columns(rows: Sequence[Row]) -> str:
    """*rows* in aligned columns, with a rule below the first."""
    widths = _widths(rows)
    rule = "─" * (sum(widths) + len(_GAP) * (len(widths) - 1))
    head, *body = (_GAP.join(map(_padded, row, widths)).rstrip() for row in rows)
    return "\n".join([head, rule, *body])


def has_surplus(lines: Sequence[str], width: int) -> bool:
    """Whether a row of the source has more cells than the head: parsers drop those."""
    return any(_seems_to_have_more(line, width) and len(cells_around_code(line)) > width for line in lines)


def mend_cells(tokens: Iterable[Token], lines: Sequence[str]) -> None:
    """Rejoin cells that were cut at a ``|`` within code, if that leaves no more cells than the head has."""
    left = iter(tokens)
    for table in left:
        if table.type != "table_open" or table.map is None:
            continue
        head, *body = rows_of(left)
        for row, line in zip(body, lines[table.map[0] + 2 :], strict=False):
            source = line.lstrip(" \t>")
            whole = cells_around_code(source) if _seems_to_have_more(source, len(head)) else []
            if 0 < len(whole) <= len(head):
                for cell, content in zip(row, [*whole, *[""] * len(row)], strict=False):
                    cell.content = content


def cells_around_code(line: str) -> list[str]:
    """The cells of a row in the source, where a ``|`` within code separates nothing."""
    marked = _CODE.sub(lambda code: code[0].replace("|", _HIDDEN), line)
    cells_marked = _PIPE.split(marked.strip().removeprefix("|").removesuffix("|"))
    return [cell.replace(_HIDDEN, "|").replace("\\|", "|").strip() for cell in cells_marked]


def _seems_to_have_more(line: str, width: int) -> bool:
    return len(_PIPE.findall(line.strip().removeprefix("|").removesuffix("|"))) >= width


def surplus(source: str) -> int:
    """By how many UTF-16 units, at most, rendering lengthens the tables in *source*, by repeated names and padding."""
    return (
        sum(_surplus(source, ruler) for ruler in _RULER.finditer(source))
        if "-|" in source or "|-" in source or "| " in source
        else 0
    )


def _surplus(source: str, ruler: re.Match[str]) -> int:
    end = source.find("\n\n", ruler.end() - 1)
    rows = source[ruler.end() : end if end >= 0 else len(source)].count("\n") + 1
    return (rows + 2) * max(2 * len(ruler["head"]), WIDEST)


def steady(source: str) -> str:
    """
    A growing *source* without the table at its end, if that has too few rows to keep its form.

    A table that is already too wide stays row by row, whatever follows; a narrow one has columns that each row may change.
    """
    found = _LAST.search(source) if "|" in source else None
    lines = found["rows"].splitlines() if found else []
    rows = [list(cells(line)) for at, line in enumerate(lines) if at != 1]
    if found and len(rows) <= STEADY and fits(rows):
        return source[: found.start()]
    return source


def _widths(rows: Sequence[Row]) -> list[int]:
    return [max(map(width, column)) for column in zip_longest(*rows, fillvalue="")]


def _padded(cell: str, columns_wide: int) -> str:
    return cell + " " * (columns_wide - width(cell))


def width(text: str) -> int:
    """The width of *text* in a monospaced font: Chinese letters count two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def cells(line: str) -> Iterator[str]:
    """Roughly what the cells of a row in the source show; used to look ahead."""
    for cell in _PIPE.split(line.strip().removeprefix("|").removesuffix("|")):
        yield re.sub(r"\*\*|`|\\(?=\|)|\]\([^()]*\)|!?\[", "", cell).strip()
