"""
Rules for blocks of Markdown, in place of markdown-it's own: each gives whether it has read a block that begins at that line.

They are called by the parser, with its arguments (https://markdown-it-py.readthedocs.io/en/latest/plugins.html); *silent* asks
only whether such a block could interrupt a paragraph.
"""

import re
from typing import Final

from markdown_it.rules_block import StateBlock, blockquote, code, heading, html_block, lheading, list_block, reference

from bridge.sdk import formulas

_HEADING: Final = re.compile(r"(#{2,6})(?=[^\s#!])|(#)(?=[\u3400-\u9fff][^#\s]*(?:\n|\Z))")
_UNDERLINE: Final = re.compile(r"={3,}[ \t]*")
_NO_QUOTE: Final = re.compile(r">(?=[\d=$€£¥]|>>[ \t])|>(?=[<≤≥])")
_VOID: Final = re.compile(r"<(?:br|hr|img|wbr)\b", re.IGNORECASE)
_DISPLAY: Final = (("$$", "$$"), ("\\[", "\\]"))
_PROSE: Final = re.compile(r"[^\W\d_]+[,;:]?(?: [\w'’(-]+[,;:.!?)]*){4,}")  # noqa: RUF001
_CHINESE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CODE: Final = re.compile(r"[={}]|;\s*$|^\s*(?:#|//|<|[-+*>] |\d+[.)] )")


def indented_code(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - the library calls it so
    """Indented code; not where the indented text is prose, as Chinese paragraphs begin like that."""
    if not state.is_code_block(start):
        return False
    last = start
    while last < end and not state.isEmpty(last) and state.is_code_block(last):
        last += 1
    text = state.getLines(start, last, 0, False)
    if not _is_prose(text):
        return code(state, start, end, silent)
    state.line = last
    _push_paragraph(state, "\n".join(line.strip() for line in text.split("\n")), start)
    return True


def _is_prose(text: str) -> bool:
    """Whether every line is prose: it holds Chinese, or nothing that looks like code."""
    if _CHINESE.search(text):
        letters = sum(letter.isalpha() for letter in text)
        return 2 * len(_CHINESE.findall(text)) > letters and not any(map(_CODE.search, text.split("\n")))
    return all(_PROSE.fullmatch(line.strip()) for line in text.split("\n"))


def _push_paragraph(state: StateBlock, content: str, start: int) -> None:
    state.push("paragraph_open", "p", 1).map = [start, state.line]
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = content, [start, state.line], []
    state.push("paragraph_close", "p", -1)


def definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Link definitions, which stay visible lines: many are no definition at all, as in ``[Alice]: Hello``."""
    if not reference(state, start, end, silent):
        return False
    _push_paragraph(state, state.getLines(start, state.line, state.blkIndent, False).strip(), start)
    return True


def heading_line(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Headings, also without a space behind the ``#``."""
    found = _HEADING.match(state.src, state.bMarks[start] + state.tShift[start])
    if not found or state.is_code_block(start):
        return heading(state, start, end, silent)
    if not silent:
        state.line = start + 1
        state.push("heading_open", "h2", 1).map = [start, state.line]
        token = state.push("inline", "", 0)
        token.content, token.map, token.children = (
            _without_end(state.src[found.end() : state.eMarks[start]].strip(), found[0]),
            [start, start + 1],
            [],
        )
        state.push("heading_close", "h2", -1)
    return True


def _without_end(words: str, marks: str) -> str:
    """The *words* of a heading without the same *marks* at their end, as in ``##标题##``."""
    return words.removesuffix(marks).rstrip() if len(marks) > 1 and words.strip("#") else words


def underlined_heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A heading above a line of ``===``; not of ``---``, with which models mean a rule."""
    below = start + 1
    if below >= end or not _UNDERLINE.fullmatch(
        state.src[state.bMarks[below] + state.tShift[below] : state.eMarks[below]]
    ):
        return False
    return lheading(state, start, end, silent)


def quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Quotes, except ``>50%`` and a Python prompt."""
    if _NO_QUOTE.match(state.src, state.bMarks[start] + state.tShift[start]):
        return False
    return blockquote(state, start, end, silent)


def html(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A block of HTML; a break or an image alone does not begin one, as Markdown goes on behind it."""
    if _VOID.match(state.src, state.bMarks[start] + state.tShift[start]):
        return False
    if _is_right_behind_words(state, start) and not html_block(state, start, end, True):
        return False
    return html_block(state, start, end, silent)


def list_of_items(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A list; right below a definition the rules for interrupting a paragraph apply: it begins with 1, and is not empty."""
    if _is_right_behind_words(state, start):
        parent, state.parentType = state.parentType, "paragraph"
        interrupts = list_block(state, start, end, True)
        state.parentType = parent
        if not interrupts:
            return False
    return list_block(state, start, end, silent)


def _is_right_behind_words(state: StateBlock, line: int) -> bool:
    """Whether a definition ends right before *line*: elsewhere the two are one paragraph, which not everything interrupts."""
    opened = state.tokens[-3] if len(state.tokens) > 2 else None  # noqa: PLR2004 - of a paragraph
    return opened is not None and opened.type == "paragraph_open" and opened.map is not None and opened.map[1] == line


def display_formula(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A formula on lines of its own; no Markdown applies in it."""
    begin = state.bMarks[start] + state.tShift[start]
    marks = next((marks for marks in _DISPLAY if state.src.startswith(marks[0], begin)), None)
    if marks is None or state.is_code_block(start):
        return False
    for line in range(start, end):
        text = state.getLines(start, line + 1, state.blkIndent, False).strip()
        if state.isEmpty(line):
            return False
        if text.endswith(marks[1]) and len(text) > 4:  # noqa: PLR2004 - more than the marks
            return _push_formula(state, text, start, line + 1, silent=silent)
        if marks[1] in text[2:]:
            return False
    return False


def _push_formula(state: StateBlock, text: str, start: int, line: int, *, silent: bool) -> bool:
    if not (formulas.is_maths(text[2:-2]) or text.startswith("$$")):
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content, token.map, token.info = text, [start, line], text[2:-2]
        state.line = line
    return True
