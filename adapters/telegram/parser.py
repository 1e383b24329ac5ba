"""
Parses Markdown: CommonMark with tables and strikethrough, adapted to what language models write.

Rules of CommonMark that would hide something visible are changed: link definitions stay visible lines, a list keeps its
numbers, ``>50%`` is no quote, ``##标题`` is a heading, and an indented paragraph is no code.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from adapters.telegram import block_rules, emphasis, inline_rules, tables
from adapters.telegram.emphasis import TAIL

DEEPEST: Final = 20  # a list in a list is four; each level costs the parser time, also one of mere brackets
TOO_DEEP: Final = DEEPEST - 1
"""The level from which on the parser leaves things out."""

_GROWING: Final = "growing"  # the key in the parser's environment of whether the text grows
_TASK: Final = re.compile(r"\[([ xX])\] +(?=\S)")


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
    interrupting: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    blocks = parser.block.ruler
    blocks.at("code", block_rules.indented_code)
    blocks.at("reference", block_rules.definition)
    blocks.at("lheading", block_rules.underlined_heading)
    blocks.at("heading", block_rules.heading_line, interrupting)
    blocks.at("blockquote", block_rules.quote, interrupting)
    blocks.at("html_block", block_rules.html, interrupting)
    blocks.at("list", block_rules.list_of_items, {"alt": ["paragraph", "reference", "blockquote"]})
    blocks.before("fence", "formula", block_rules.display_formula, interrupting)
    parser.inline.ruler.at("emphasis", emphasis.tokenize_emphasis)
    parser.inline.ruler.at("strikethrough", emphasis.tokenize_strikethrough)
    parser.inline.ruler.at("escape", inline_rules.escaped)
    parser.inline.ruler.at("backticks", inline_rules.code_span)
    parser.inline.ruler.before("escape", "formula", inline_rules.inline_formula)
    parser.inline.ruler.before("escape", "address", inline_rules.bare_address)
    parser.inline.ruler2.after("balance_pairs", "settle", emphasis.close_pairs)
    for name, step in (("tasks", _tasks), ("numbers", _numbers), ("cells", _cells), ("tail", _tail)):
        parser.core.ruler.before("inline", name, step)
    return parser


_PARSER: Final = _parser()
