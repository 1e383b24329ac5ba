"""
Renders a bot's Markdown as a rich message, whose headings, lists, tables and formulas Telegram's clients draw themselves.

The blocks are written here, and the text in each by `adapters.telegram.page`, as for every other message. So both show the
same, and nothing that a model writes becomes a tag, a picture, or a mention of somebody.
https://core.telegram.org/bots/api#rich-message-formatting-options
"""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from markdown_it.token import Token

from adapters.telegram import markdown, tables
from adapters.telegram.page import TAB, Page
from adapters.telegram.spans import Rendered, Span, SpanKind

_STRUCTURE: Final = frozenset({"heading_open", "bullet_list_open", "ordered_list_open", "table_open", "formula"})
"""What a message with entities can only hint at."""
_TAGS: Final = {
    SpanKind.BOLD: "b",
    SpanKind.HEADING: "b",
    SpanKind.ITALIC: "i",
    SpanKind.QUOTE: "i",
    SpanKind.UNDERLINE: "u",
    SpanKind.STRIKE: "s",
    SpanKind.CODE: "code",
    SpanKind.PRE: "code",
    SpanKind.LINK: "a",
}
_BLOCKS: Final = {
    "blockquote_open": "<blockquote>",
    "blockquote_close": "</blockquote>",
    "bullet_list_open": "<ul>",
    "bullet_list_close": "</ul>",
    "ordered_list_open": "<ol>",
    "ordered_list_close": "</ol>",
    "list_item_close": "</li>",
    "hr": "<hr/>",
}
_TABULAR: Final = frozenset({"tr", "th", "td"})
_ALIGNED: Final = re.compile(r"text-align:(left|center|right)")


def rich_html(source: str) -> str:
    """Render *source* as Telegram's rich HTML; empty if entities show it as well, as every client understands those."""
    lines, tokens = markdown.read(source)
    if not tokens or _STRUCTURE.isdisjoint(token.type for token in tokens):
        return ""
    document = _Document(lines=lines)
    document.add(tokens)
    return "".join(document.pieces)


@dataclass(slots=True)
class _Document:
    """A rich message as far as it is written, and the tag for the next text."""

    lines: Sequence[str]  #: the source's
    pieces: list[str] = field(default_factory=list)
    around: str = "p"

    def add(self, tokens: Iterable[Token]) -> None:
        """Write the blocks of *tokens*."""
        left = iter(tokens)
        for token in left:
            match token.type:
                case "paragraph_open" | "heading_open":
                    self.around = "" if token.hidden else token.tag
                case "inline" | "html_block":
                    self._words(token)
                case "list_item_open":
                    self.pieces.append(_item(token))
                case "fence" | "code_block":
                    self.pieces.append(_code(token))
                case "formula":
                    self.pieces.append(f"<tg-math-block>{_escaped(token.info)}</tg-math-block>")
                case "table_open":
                    self._table(token, list(takewhile(lambda token: token.type != "table_close", left)))
                case kind:
                    self.pieces.append(_BLOCKS.get(kind, ""))

    def _table(self, table: Token, tokens: Sequence[Token]) -> None:
        """Write a table; as in the source if the parser dropped cells."""
        begin, end = table.map or (0, 0)
        lines = [line.lstrip(" \t>") for line in self.lines[begin:end]]
        if tables.has_surplus(lines, sum(token.type == "th_open" for token in tokens)):
            self.pieces += ["<pre>", _escaped("\n".join(lines)), "</pre>"]
        else:
            self.pieces += ["<table bordered striped>", *map(_piece_of_table, tokens), "</table>"]

    def _words(self, token: Token) -> None:
        words, around = _inline(token.children or ()), self.around
        self.around = "p"
        if words.strip():
            self.pieces.append(f"<{around}>{words}</{around}>" if around else words)


def _item(token: Token) -> str:
    """The opening tag of a list item, with its number or checkbox."""
    number = f' value="{token.info}"' if token.info.isdecimal() else ""
    box = f"{token.meta['box']} " if token.meta.get("box") else ""
    return f"<li{number}>{box}"


def _code(token: Token) -> str:
    language, code = token.info.strip().partition(" ")[0], token.content.removesuffix("\n")
    kind = f' class="language-{_escaped(language)}"' if language else ""
    return f"<pre><code{kind}>{_escaped(code)}</code></pre>" if code.strip() else ""


def _piece_of_table(token: Token) -> str:
    """The HTML for a *token* of a table; cells are aligned like their columns."""
    if token.type == "inline":
        return _inline(token.children or ())
    if token.tag not in _TABULAR:
        return ""
    if token.nesting < 0:
        return f"</{token.tag}>"
    aligned = _ALIGNED.search(str(token.attrs.get("style", "")))
    return f'<{token.tag} align="{aligned[1]}">' if aligned else f"<{token.tag}>"


def _inline(tokens: Sequence[Token]) -> str:
    page = Page(lines=())
    page.inline(tokens)
    return _marked(page.rendered())


def _marked(words: Rendered) -> str:
    """*words* as HTML, with a pair of tags around each span."""
    pieces, at, open_ = list[str](), 0, list[Span]()

    def go_on(end: int) -> None:
        nonlocal at
        pieces.append(_escaped(words.text[at:end]).replace("  ", " \u00a0").replace("\n", "<br>"))
        at = end

    def close(before: int) -> None:
        while open_ and open_[-1].end <= before:
            span = open_.pop()
            go_on(span.end)
            pieces.append(f"</{_TAGS[span.kind]}>")

    for span in words.spans:
        close(span.start)
        go_on(span.start)
        pieces.append(f'<a href="{html.escape(span.url)}">' if span.url else f"<{_TAGS[span.kind]}>")
        open_.append(span)
    close(len(words.text))
    go_on(len(words.text))
    return "".join(pieces)


def _escaped(text: str) -> str:
    """*text* escaped for HTML, keeping blanks and tabs; https://core.telegram.org/bots/api#rich-html-style."""
    return html.escape(text.expandtabs(TAB))
