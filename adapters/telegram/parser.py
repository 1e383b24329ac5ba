"""
Parses Markdown: CommonMark with tables and strikethrough, adapted to what language models write.

Rules of CommonMark that would hide something visible are changed: link definitions stay visible lines, a list keeps its
numbers, ``>50%`` is no quote, ``##标题`` is a heading, and an indented paragraph is no code.
"""

import re
import string
from collections.abc import Callable, Iterable
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, blockquote, code, heading, html_block, lheading, list_block, reference
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, backtick, escape
from markdown_it.token import Token

from adapters.telegram import emphasis, tables
from adapters.telegram.emphasis import TAIL
from bridge.sdk import formulas

DEEPEST: Final = 20  # a list in a list is four; each level costs the parser time, also one of mere brackets
TOO_DEEP: Final = DEEPEST - 1
"""The level from which on the parser leaves things out."""

_TASK: Final = re.compile(r"\[([ xX])\] +(?=\S)")
_HEADING: Final = re.compile(r"(#{2,6})(?=[^\s#!])|(#)(?=[\u3400-\u9fff][^#\s]*(?:\n|\Z))")
_UNDERLINE: Final = re.compile(r"={3,}[ \t]*")
_NO_QUOTE: Final = re.compile(r">(?=[\d=$€£¥]|>>[ \t])|>(?=[<≤≥])")
_VOID: Final = re.compile(r"<(?:br|hr|img|wbr)\b", re.IGNORECASE)
_ESCAPED: Final = frozenset(string.punctuation) - frozenset("{}\"'/\\;?@^,%:")
_PATH: Final = re.compile(r"(?:(?<![A-Za-z])[A-Z]:|(?:\A|(?<=\s))\\\\\w)[^\s*?\"<>|]*\Z")
"""A path of Windows up to a backslash in it."""
_PATH_LONGEST: Final = 260
_FORMULA: Final = re.compile(
    r"""
      \\\( (?P<round> (?:[^\\]|\\[^()])+? ) \\\)
    | \\\[ (?P<square> (?:[^\\]|\\[^\[\]])+? ) \\\]
    | \$\$ (?P<double> (?:[^$\\]|\\.)+ ) \$\$
    | \$ (?![\s\d.]*\$|\s) (?P<dollar> (?:[^$\\\n]|\\.)+ ) (?<!\s) \$ (?!\d)
    """,
    re.VERBOSE | re.DOTALL,
)
_DISPLAY: Final = (("$$", "$$"), ("\\[", "\\]"))
_PROSE: Final = re.compile(r"[^\W\d_]+[,;:]?(?: [\w'’(-]+[,;:.!?)]*){4,}")  # noqa: RUF001
_CHINESE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CODE: Final = re.compile(r"[={}]|;\s*$|^\s*(?:#|//|<|[-+*>] |\d+[.)] )")
_ADDRESS: Final = re.compile(r"://(?:[^\s<>*`\"'\[\](){}|\\^\u2e80-\ua4cf\uff00-\uffef]|\([^\s<>()*]*\))+")
_SCHEME: Final = re.compile(r"(?:^|[^a-zA-Z])https?$", re.IGNORECASE)


class _Parser(MarkdownIt):
    """The parser; it keeps addresses as written, and `page` decides whether one can be linked."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return bool(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - as above
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - as above
        return link


def parse(source: str, *, growing: bool = False, defined: Iterable[tuple[str, str]] = ()) -> list[Token]:
    """Parse *source*; if it is *growing*, whatever is open at its end is closed. Labels that are *defined* elsewhere are links."""
    references = {label: {"title": "", "href": url} for label, url in defined}
    return _PARSER.parse(source, {_GROWING: growing, "references": references})


def defined_in(source: str) -> dict[str, str]:
    """The addresses of *source*'s link definitions, by normalised label."""
    found: dict[str, Any] = {"references": {}}
    _PARSER.parse(source, found)
    return {label: reference["href"] for label, reference in found["references"].items()}


_GROWING: Final = "growing"


# Blocks


def _indented(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - the library calls it so
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


def _definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Link definitions, which stay visible lines: many are no definition at all, as in ``[Alice]: Hello``."""
    if not reference(state, start, end, silent):
        return False
    _push_paragraph(state, state.getLines(start, state.line, state.blkIndent, False).strip(), start)
    return True


def _heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
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


def _underlined(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A heading above a line of ``===``; not of ``---``, with which models mean a rule."""
    below = start + 1
    if below >= end or not _UNDERLINE.fullmatch(
        state.src[state.bMarks[below] + state.tShift[below] : state.eMarks[below]]
    ):
        return False
    return lheading(state, start, end, silent)


def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Quotes, except ``>50%`` and a Python prompt."""
    if _NO_QUOTE.match(state.src, state.bMarks[start] + state.tShift[start]):
        return False
    return blockquote(state, start, end, silent)


def _html(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A block of HTML; a break or an image alone does not begin one, as Markdown goes on behind it."""
    if _VOID.match(state.src, state.bMarks[start] + state.tShift[start]):
        return False
    if _is_right_behind_words(state, start) and not html_block(state, start, end, True):
        return False
    return html_block(state, start, end, silent)


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
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


def _display(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
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


# Words


def _formula(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the library calls it so
    """An inline formula."""
    found = _FORMULA.match(state.src, state.pos, state.posMax) if state.src[state.pos] in "\\$" else None
    if not found:
        return False
    inner = found[str(found.lastgroup)]
    if not formulas.is_maths(inner) or (found.lastgroup == "square" and formulas.is_label(inner)):
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content, token.info = found[0], inner
    state.pos = found.end()
    return True


def _escape(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    r"""Escapes of Markdown's own characters; any other backslash is visible: ``\{1,2\}``, a path, a quote in JSON."""
    following = state.src[state.pos + 1 : state.pos + 2]
    if state.src[state.pos] == "\\" and following and _is_visible(state, following):
        if not silent:
            state.pending += "\\" + following
        state.pos += 2
        return True
    return escape(state, silent)


def _is_visible(state: StateInline, following: str) -> bool:
    """Whether the backslash before *following* escapes nothing, as in every part of a path."""
    if following not in string.punctuation:
        return False
    return following not in _ESCAPED or bool(_PATH.search(state.src[max(0, state.pos - _PATH_LONGEST) : state.pos]))


def _address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A bare address; no Markdown applies in it."""
    if state.src[state.pos] != ":" or not _SCHEME.search(state.src[max(0, state.pos - 6) : state.pos]):
        return False
    found = _ADDRESS.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    address = found[0].rstrip("_~.,;:!?&=-#")
    if not silent:
        state.pending += address
    state.pos += len(address)
    return True


def _code_span(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Inline code; if it is open at the end of a growing text, it counts as closed."""
    if state.src[state.pos] != "`" or state.env.get(TAIL) != state.src:
        return backtick(state, silent)
    rest = state.src[state.pos : state.posMax]
    ticks = rest[: len(rest) - len(rest.lstrip("`"))]
    if re.search(rf"(?<!`){ticks}(?!`)", rest[len(ticks) :]) or not rest.strip("` "):
        return backtick(state, silent)
    if not silent:
        token = state.push("code_inline", "code", 0)
        token.markup, token.content = ticks, rest[len(ticks) :].replace("\n", " ").strip()
    state.pos = state.posMax
    return True


# The whole


def _tasks(state: StateCore) -> None:
    """Take the checkbox off a task before it can be read as a link."""
    for item, token in zip(state.tokens, state.tokens[2:], strict=False):
        if item.type == "list_item_open" and token.type == "inline" and (box := _TASK.match(token.content)):
            token.content = token.content[box.end() :]
            item.meta["box"] = "☐" if box[1] == " " else "☑"


def _numbers(state: StateCore) -> None:
    """Number the items of a list whose author wrote the same number at each; other lists keep theirs."""
    items: list[list[Token]] = []
    for token in state.tokens:
        match token.type:
            case "ordered_list_open":
                items.append([])
            case "list_item_open" if token.info:
                items[-1].append(token)
            case "ordered_list_close":
                _count(items.pop())


def _count(items: list[Token]) -> None:
    if len(items) > 1 and len({item.info for item in items}) == 1:
        first = int(items[0].info)
        for at, item in enumerate(items):
            item.info = str(first + at)


def _cells(state: StateCore) -> None:
    """Keep code in a table's cell whole, even if it holds ``|``."""
    if "|" in state.src and "`" in state.src:
        tables.mend_cells(state.tokens, state.src.split("\n"))


def _tail(state: StateCore) -> None:
    """Tell the inline rules which token is the last of a growing text."""
    if state.env.get(_GROWING):
        last = next((token for token in reversed(state.tokens) if token.nesting >= 0), None)
        if last is not None and last.type == "inline":
            state.env[TAIL] = last.content


def _parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"maxNesting": DEEPEST, "store_labels": True}).enable(["table", "strikethrough"])
    rules: dict[str, Callable[..., Any]] = {
        "code": _indented, "reference": _definition, "heading": _heading, "lheading": _underlined, "blockquote": _quote,
        "html_block": _html,
    }  # fmt: skip
    ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    for name, rule in rules.items():
        parser.block.ruler.at(name, rule, ends if name in {"heading", "blockquote", "html_block"} else None)
    parser.block.ruler.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.block.ruler.before("fence", "formula", _display, ends)
    parser.inline.ruler.at("emphasis", emphasis.tokenize_emphasis)
    parser.inline.ruler.at("strikethrough", emphasis.tokenize_strikethrough)
    parser.inline.ruler.at("escape", _escape)
    parser.inline.ruler.at("backticks", _code_span)
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.inline.ruler.before("escape", "address", _address)
    parser.inline.ruler2.after("balance_pairs", "settle", emphasis.close_pairs)
    for name, step in (("tasks", _tasks), ("numbers", _numbers), ("cells", _cells), ("tail", _tail)):
        parser.core.ruler.before("inline", name, step)
    return parser


_PARSER: Final = _parser()
