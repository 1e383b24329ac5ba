"""
The bot's Markdown as neutral spans, for platforms that format by offsets.

Two rules keep what a person reads complete and sendable. Nothing visible is lost: what is not Markdown for us (a
placeholder in angle brackets, a fence nobody closed, a link that leads nowhere) stays as it was written. And the rendered
text is never longer than `measure` says of its source, so a piece that fits as Markdown fits as shown.
"""

import re
from typing import Final

from markdown_it.token import Token

from adapters.telegram import tables, tags
from adapters.telegram.page import TAB, Page
from adapters.telegram.parser import TOO_DEEP, parse
from adapters.telegram.spans import Rendered
from bridge.sdk.splitting import utf16

_COUNTED: Final = re.compile(r"^[ \t>]*\d+[.)][ \t]", re.MULTILINE)


def measure(source: str) -> int:
    """The length that *source* has at most as shown, in UTF-16 units: never less than its own, never less for more of it."""
    return utf16(source) + (TAB - 1) * source.count("\t") + len(_COUNTED.findall(source)) + tables.surplus(source)


def render(markdown: str, *, growing: bool = False) -> Rendered:
    """
    What *markdown* shows; where it is *growing*, what is open at its end is shown as if it ended there.

    Meant for a message, not for a book: the parser takes its time with mere brackets.
    """
    lines, tokens = read(markdown, growing=growing)
    source = "\n".join(lines)
    if source and not tokens:
        return Rendered(text=source)
    page = Page(lines=lines)
    page.blocks(tokens)
    rendered = page.rendered()
    return rendered if utf16(rendered.text) <= measure(source) else Rendered(text=source)


def read(markdown: str, *, growing: bool = False) -> tuple[list[str], list[Token]]:
    """The lines of *markdown*, and its tokens; none where something lies so deep in it that the parser leaves it out."""
    source = _sound(markdown)
    tokens = parse(source, growing=growing)
    if any(token.level >= TOO_DEEP for token in tokens):
        tokens = []
    for token in tokens:
        if token.type == "html_block":
            token.children = tags.pieces(token.content.rstrip("\n"), growing=growing)
    tags.mark_tags(tokens, growing=growing)
    return source.split("\n"), tokens


def _sound(text: str) -> str:
    """*text* with one kind of line end, and without halves of characters."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
