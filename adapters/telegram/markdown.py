"""
Renders the bot's Markdown as text with spans, for platforms that format by offsets.

Two rules keep messages complete and sendable. Nothing visible is lost: what is not Markdown for us (a placeholder in angle
brackets, an unclosed fence, a link that leads nowhere) stays as written. And the rendered text is never longer than
`measure` says of its source, so a piece that fits as Markdown fits when rendered.
"""

import re
from typing import Final

from markdown_it.token import Token

from adapters.telegram import tables, tags
from adapters.telegram.definitions import Definitions
from adapters.telegram.page import TAB, Page
from adapters.telegram.parser import TOO_DEEP, parse
from adapters.telegram.spans import Rendered
from bridge.sdk.cleaning import halves_joined
from bridge.sdk.splitting import utf16

_COUNTED: Final = re.compile(r"^[ \t>]*\d+[.)][ \t]", re.MULTILINE)


def measure(source: str) -> int:
    """An upper bound of *source*'s length when rendered, in UTF-16 units; never below its own length, and monotonic."""
    return utf16(source) + (TAB - 1) * source.count("\t") + len(_COUNTED.findall(source)) + tables.surplus(source)


def render(markdown: str, *, growing: bool = False, defined: Definitions = ()) -> Rendered:
    """
    Render *markdown*; if it is *growing*, whatever is open at its end is closed there. Labels *defined* elsewhere are links.

    Meant for a message, not for a book: the parser is slow on long runs of brackets.
    """
    lines, tokens = read(markdown, growing=growing, defined=defined)
    source = "\n".join(lines)
    if source and not tokens:
        return Rendered(text=source)
    page = Page(lines=lines)
    page.blocks(tokens)
    rendered = page.rendered()
    return rendered if utf16(rendered.text) <= measure(source) else Rendered(text=source)


def read(markdown: str, *, growing: bool = False, defined: Definitions = ()) -> tuple[list[str], list[Token]]:
    """The lines of *markdown* and its tokens; no tokens where its nesting is too deep for the parser."""
    source = _cleaned(markdown)
    tokens = parse(source, growing=growing, defined=defined)
    if any(token.level >= TOO_DEEP for token in tokens):
        tokens = []
    for token in tokens:
        if token.type == "html_block":
            token.children = tags.pieces(token.content.rstrip("\n"), growing=growing)
    tags.mark_tags(tokens, growing=growing)
    return source.split("\n"), tokens


def _cleaned(text: str) -> str:
    """*text* with one kind of line end, and without halves of characters."""
    return halves_joined(text).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
