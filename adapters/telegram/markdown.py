"""
The bot's Markdown as neutral spans, for platforms that format by offsets.

Two rules keep what a person reads complete and sendable. Nothing visible is lost: what is not Markdown for us (HTML,
a fence nobody closed, a link that leads nowhere) stays as it was written. And the rendered text is never longer than
its source in UTF-16 units, so a piece that fits as Markdown fits as shown: every line break and every indent we print
stood in the source.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import takewhile, zip_longest
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, emphasis, strikethrough
from markdown_it.token import Token

from bridge.sdk.splitting import utf16


class SpanKind(StrEnum):
    """What a stretch of text is."""

    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"
    CODE = "code"
    PRE = "pre"
    QUOTE = "quote"
    LINK = "link"
    HEADING = "heading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the rendered text, by code points."""

    kind: SpanKind
    start: int
    end: int
    url: str | None = None  #: where a link leads
    language: str | None = None  #: what a code block is written in


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A text without marks, and the spans they meant: sorted by start, nested, never overlapping in part."""

    text: str
    spans: tuple[Span, ...] = ()


def render(markdown: str) -> Rendered:
    """What *markdown* shows; meant for a message, not for a book: the parser takes its time with mere brackets."""
    source = _sound(markdown)
    tokens = _PARSER.parse(source)
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        return Rendered(text=source)  # the parser leaves out what lies deeper
    page = _Page(lines=source.split("\n"))
    page.blocks(tokens)
    rendered = page.rendered()
    return rendered if utf16(rendered.text) <= utf16(source) else Rendered(text=source)


def _sound(text: str) -> str:
    """*text* with one kind of line end, and without halves of characters."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


# How Markdown is read: CommonMark with tables and strikethrough, and what language models write.

_DEEPEST: Final = 20  # a list in a list is four; each level costs the parser time, also one of mere brackets
_EASTERN: Final = re.compile(
    r"[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_TASK: Final = re.compile(r"\[([ xX])\] +(?=\S)")


class _Parser(MarkdownIt):
    """Addresses stay as they were written; whether one leads anywhere is decided when it is shown."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return bool(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - as above
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - as above
        return link


def _loosely(state: StateInline, begin: int, first: int) -> None:
    """
    Let marks beside Chinese, Japanese and Korean open and close.

    CommonMark wants a space between a mark and punctuation, and those scripts write none: **so。**it fails.
    """
    before, after = state.src[begin - 1 : begin], state.src[state.pos : state.pos + 1]
    for mark in state.delimiters[first:]:
        mark.open = mark.open or bool(_EASTERN.match(before) and after.strip())
        mark.close = mark.close or bool(_EASTERN.match(after) and before.strip())


def _emphasis(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the library calls it so
    begin, first = state.pos, len(state.delimiters)
    taken = emphasis.tokenize(state, silent)
    if taken and state.src[begin] == "*":
        _loosely(state, begin, first)
    return taken


def _strikethrough(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    begin, first = state.pos, len(state.delimiters)
    taken = strikethrough.tokenize(state, silent)
    if taken:
        _loosely(state, begin, first)
    return taken


def _tasks(state: StateCore) -> None:
    """Take the box off a task, before it could be read as a link."""
    for item, token in zip(state.tokens, state.tokens[2:], strict=False):
        if item.type == "list_item_open" and token.type == "inline" and (box := _TASK.match(token.content)):
            token.content = token.content[box.end() :]
            item.meta["box"] = "☐" if box[1] == " " else "☑"


def _parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"html": False, "maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    parser.disable("lheading")  # models write --- for a rule, and do not mean the paragraph above it as a heading
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.inline.ruler.at("strikethrough", _strikethrough)
    parser.core.ruler.after("block", "tasks", _tasks)
    return parser


_PARSER: Final = _parser()


# How it is shown.

_KINDS: Final = {"strong": SpanKind.BOLD, "em": SpanKind.ITALIC, "s": SpanKind.STRIKE}
_RULE: Final = "———"  # as short as the shortest rule in Markdown
_BREAK: Final = re.compile(r"<br ?/?>", re.IGNORECASE)
_LEADS_SOMEWHERE: Final = re.compile(r"https?://[^\s/?#@]+\.[^\s/?#.@]+[^\s]*", re.IGNORECASE)
_WORTH_READING: Final = re.compile(r"(?:https?|mailto|tel|tg):\S+", re.IGNORECASE)


@dataclass(slots=True)
class _Page:
    """Where the text is written, and what surrounds the place that is being written."""

    lines: Sequence[str]  #: the source's
    parts: list[str] = field(default_factory=list)
    length: int = 0
    spans: list[Span] = field(default_factory=list)
    line: int = 0  #: of the source: the end of what was shown last
    fresh: bool = False  #: nothing stands in this line yet but its indent and marks
    marks: list[str] = field(default_factory=list)  #: of list items that wait for their first word
    numbers: list[int | None] = field(default_factory=list)  #: a list's next number; None has bullets
    item: int = 0  #: the line of the list item begun last
    quotes: int = 0  #: that are open
    starts: list[int] = field(default_factory=list)  #: of what is open
    links: list[tuple[Token, int]] = field(default_factory=list)  #: that are open, with the first part of their words

    def rendered(self) -> Rendered:
        """All that was written."""
        spans = sorted((s for s in reversed(self.spans) if s.start < s.end), key=lambda s: (s.start, -s.end))
        return Rendered(text="".join(self.parts), spans=tuple(spans))

    def write(self, text: str) -> None:
        """Add *text* as it is."""
        if text:
            self.parts.append(text)
            self.length += len(text)
            self.fresh = False

    def span(self, kind: SpanKind, start: int, *, url: str | None = None, language: str | None = None) -> None:
        """What was written from *start* on is a *kind*."""
        self.spans.append(Span(kind=kind, start=start, end=self.length, url=url, language=language))

    def begin(self, line: int, depth: int | None = None) -> None:
        """Start a line for what stands in *line* of the source, as far below the last as it does there."""
        if not self.fresh:
            if self.length:
                self.write("\n\n" if line > self.line else "\n")
            self.write(self._indent(line, len(self.numbers) - len(self.marks) if depth is None else depth))
        for mark in self.marks:
            self.write(mark)
        self.marks.clear()
        self.fresh = True

    def _indent(self, line: int, depth: int) -> str:
        """Two spaces for each list around, where the source has as many; a tab is one, so it gives a wide one."""
        source = self.lines[line] if line < len(self.lines) else ""
        room = len(source) - len(source.lstrip(" \t>"))
        return "  " * depth if room >= 2 * depth else "\u2003" * min(depth, room)

    def blocks(self, tokens: Iterable[Token]) -> None:
        """Show a document."""
        left = iter(tokens)
        for token in left:
            match token.type:
                case "inline":
                    self.begin(_first(token))
                    self.inline(token.children or (), _first(token))
                    self.line = _last(token)
                case "heading_open" | "blockquote_open":
                    self.begin(_first(token))
                    self.starts.append(self.length)
                    self.quotes += token.type == "blockquote_open"
                case "heading_close":
                    self.span(SpanKind.HEADING, self.starts.pop())
                case "blockquote_close":
                    self._quote(self.starts.pop())
                case "hr":
                    self.begin(_first(token))
                    self.write(_RULE)
                    self.line = _last(token)
                case "fence" | "code_block":
                    self._pre(token, token.content.removesuffix("\n"), token.info.strip().partition(" ")[0] or None)
                case "table_open":
                    self._pre(token, self._table(token, takewhile(_in_table, left)), None)
                case _:
                    self._list(token)

    def _quote(self, start: int) -> None:
        """Leave a quote; one within another is part of it, for platforms do not nest them."""
        self.quotes -= 1
        if not self.quotes:
            self.span(SpanKind.QUOTE, start)

    def _list(self, token: Token) -> None:
        """Enter or leave a list or an item of one; what else there is, shows nothing."""
        match token.type:
            case "bullet_list_open":
                self.numbers.append(None)
            case "ordered_list_open":
                self.numbers.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self.numbers.pop()
            case "list_item_open":
                self.marks.append(f"{self._mark(token)} ")
                self.item = _first(token)
            case "list_item_close" if self.marks:
                self.marks.append(self.marks.pop().rstrip())
                self.begin(self.item)
                self.fresh, self.line = False, self.item + 1

    def _mark(self, item: Token) -> str:
        """What stands before an item: its box, its number unless that takes more room than in the source, or a dot."""
        number = self.numbers[-1]
        if number is None:
            return str(item.meta.get("box", "•"))
        self.numbers[-1] = number + 1
        counted = str(number) if len(str(number)) <= len(item.info) else item.info
        return str(item.meta.get("box", counted + item.markup))

    def _pre(self, token: Token, text: str, language: str | None) -> None:
        """Show *text* as it is, in lines of its own."""
        if text.strip():
            marked = bool(self.marks)
            self.begin(_first(token), depth=0)
            if marked:
                self.write("\n")
            start = self.length
            self.write(text)
            self.span(SpanKind.PRE, start, language=language)
        self.line = _last(token)

    def _table(self, table: Token, tokens: Iterable[Token]) -> str:
        """A table in columns, as wide as its source has room for; or else the source."""
        rows: list[list[str]] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(_plain(token))
        lines = [line.lstrip(" \t>") for line in self.lines[_first(table) : _last(table)]]
        source = "\n".join(lines)
        if any(line.strip().strip("|").count("|") >= len(rows[0]) for line in lines):
            return source  # a row has more cells than the head, and the parser has left them out
        return next((drawn for drawn in _drawings(rows) if utf16(drawn) <= utf16(source)), source)

    def inline(self, tokens: Iterable[Token], line: int = 0) -> None:
        """Show words that begin in *line* of the source."""
        for token in tokens:
            match token.type:
                case "softbreak" | "hardbreak":
                    line += 1
                    self.write("\n" + self._indent(line, len(self.numbers)))
                case "code_inline":
                    self.starts.append(self.length)
                    self.write(token.content)
                    self.span(SpanKind.CODE, self.starts.pop())
                case "image":
                    self._image(token)
                case "link_open":
                    self.starts.append(self.length)
                    self.links.append((token, len(self.parts)))
                case "link_close":
                    self._link(self.starts.pop(), *self.links.pop())
                case "strong_open" | "em_open" | "s_open":
                    self.starts.append(self.length)
                case "strong_close" | "em_close" | "s_close":
                    self.span(_KINDS[token.tag], self.starts.pop())
                case _:
                    self.write(_BREAK.sub("\n", token.content))

    def _link(self, start: int, link: Token, first: int) -> None:
        """Let what was written from *start* lead where *link* does, or say where that is if people could go there."""
        url = str(link.attrs.get("href", ""))
        label = "".join(self.parts[first:])
        if not label:
            self.write(url)
        if link.markup == "autolink" or self.links:
            return
        if _LEADS_SOMEWHERE.fullmatch(url):
            self.span(SpanKind.LINK, start, url=url)
        elif label and label not in url and _WORTH_READING.fullmatch(url):
            self.write(f" ({url})")

    def _image(self, image: Token) -> None:
        """Show an image by its description."""
        self.starts.append(self.length)
        self.links.append((image, len(self.parts)))  # a description may hold links, and spans of links do not nest
        self.inline(image.children or ())
        image.attrs["href"] = image.attrs.get("src", "")
        self._link(self.starts.pop(), *self.links.pop())


def _first(token: Token) -> int:
    """The line of the source in which *token* begins."""
    return token.map[0] if token.map else 0


def _last(token: Token) -> int:
    """The line of the source after which *token* has ended."""
    return token.map[1] if token.map else 0


def _in_table(token: Token) -> bool:
    return token.type != "table_close"


def _plain(token: Token) -> str:
    """The words of a cell, in one line."""
    page = _Page(lines=())
    page.inline(token.children or ())
    return " ".join("".join(page.parts).split())


def _drawings(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table in columns: with rules, and, where that takes too much room, without."""
    widths = [max(map(_width, column)) for column in zip_longest(*rows, fillvalue="")]
    for gap, rule in ((" │ ", "─" * (sum(widths) + 3 * len(widths) - 3)), ("  ", None)):
        head, *body = (gap.join(map(_padded, row, widths)).rstrip() for row in rows)
        yield "\n".join([head, *([rule] if rule else []), *body])


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def _width(text: str) -> int:
    """How many columns *text* takes where every letter is one wide, and a Chinese one two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
