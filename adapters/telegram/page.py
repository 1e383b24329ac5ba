"""
Writes Markdown's tokens as text with spans, each block as many lines below the last one as in the source.

HTML tags that begin or end a line do so only if something visible is in them: a line of nothing but tags disappears.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

from adapters.telegram import tables, tags
from adapters.telegram.addresses import adds_to, can_be_linked
from adapters.telegram.spans import Rendered, Span, SpanKind, nested
from bridge.sdk import formulas

TAB: Final = 4  #: columns; a tab would be shown as one space
_KINDS: Final = {"strong": SpanKind.BOLD, "em": SpanKind.ITALIC, "s": SpanKind.STRIKE}
_RULE: Final = "———"  # as short as the shortest rule in Markdown


@dataclass(slots=True)
class Page:
    """The text written so far, and what encloses the place where writing goes on."""

    lines: Sequence[str]  #: the source's
    text: str = ""
    gap: str = ""  #: written before whatever comes next
    spans: list[Span] = field(default_factory=list)
    line: int = 0  #: the line of the source behind what was written last
    fresh: bool = False  #: whether the line is still empty but for its indent and marks
    marks: list[str] = field(default_factory=list)  #: of list items that wait for their first word
    ordered: list[bool] = field(default_factory=list)  #: of each list around, whether it has numbers
    item: int = 0  #: the line of the list item begun last
    quotes: int = 0  #: how many are open
    starts: list[int] = field(default_factory=list)  #: where each open element begins in the text
    links: list[Token] = field(default_factory=list)  #: those that are open
    open_tags: list[tuple[tags.Tag, int]] = field(default_factory=list)  #: of HTML, with where what they enclose begins
    html_lists: list[int] = field(default_factory=list)  #: of each open one the next number, 0 if it has none

    def rendered(self) -> Rendered:
        """The text written so far, with its spans."""
        while self.open_tags:
            self._end_tag(*self.open_tags.pop())
        return Rendered(text=self.text, spans=tuple(nested(self.spans)))

    def write(self, text: str) -> None:
        """Append *text* unchanged."""
        if text:
            self.text += self.gap + text
            self.gap, self.fresh = "", False

    def add_span(self, kind: SpanKind, start: int, *, url: str | None = None, language: str | None = None) -> None:
        """Mark everything from *start* on as a *kind*."""
        end = len(self.text)
        if kind not in (SpanKind.PRE, SpanKind.CODE):
            start, end = end - len(self.text[start:].lstrip()), len(self.text.rstrip())
        self.spans.append(Span(kind=kind, start=start, end=end, url=url, language=language))

    def begin_line(self, line: int, depth: int | None = None) -> None:
        """Begin a line for *line* of the source, leaving as many blank lines as the source does."""
        self.gap = ""
        if not self.fresh:
            if self.text:
                self.write("\n\n" if line > self.line else "\n")
            self.write(self._indent(line, len(self.ordered) - len(self.marks) if depth is None else depth))
        for mark in self.marks:
            self.write(mark)
        self.marks.clear()
        self.fresh = True

    def _indent(self, line: int, depth: int) -> str:
        """Indent by two spaces for each enclosing list, as far as the source is indented so much; a tab counts as one space."""
        source = self.lines[line] if line < len(self.lines) else ""
        room = len(source) - len(source.lstrip(" \t>"))
        return "  " * depth if room >= 2 * depth else "\u2003" * min(depth, room)

    def blocks(self, tokens: Iterable[Token]) -> None:
        """Write a document's blocks."""
        left = iter(tokens)
        for token in left:
            match token.type:
                case "inline" | "html_block":
                    self._paragraph(token)
                case "heading_open" | "blockquote_open":
                    self.begin_line(_first(token))
                    self.starts.append(len(self.text))
                    self.quotes += token.type == "blockquote_open"
                case "heading_close":
                    self.add_span(SpanKind.HEADING, self.starts.pop())
                case "blockquote_close":
                    self._quote(self.starts.pop())
                case "hr" | "formula":
                    self.begin_line(_first(token))
                    self.write(_RULE if token.type == "hr" else formulas.shown(token.info, token.content))
                    self.line = _last(token)
                case "fence" | "code_block":
                    self._pre(token, token.content.removesuffix("\n"), token.info.strip().partition(" ")[0] or None)
                case "table_open":
                    self._table(token, tables.rows_of(left))
                case _:
                    self._list(token)

    def _paragraph(self, token: Token) -> None:
        """Write a paragraph; one without anything visible takes no line."""
        children = token.children or []
        if any(map(tags.is_visible, children)):
            self.begin_line(_first(token))
            self.inline(children, _first(token))
            self.line = _last(token)
        else:
            self.inline(children)
        self.gap = ""

    def _quote(self, start: int) -> None:
        """End a quote; a nested one is part of the outer, as platforms do not nest quotes."""
        self.quotes -= 1
        if not self.quotes:
            self.add_span(SpanKind.QUOTE, start)

    def _list(self, token: Token) -> None:
        """Enter or leave a list or an item; other tokens show nothing."""
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self.ordered.append(token.type == "ordered_list_open")
            case "bullet_list_close" | "ordered_list_close":
                self.ordered.pop()
            case "list_item_open":
                self.marks.append(f"{self._mark(token)} ")
                self.item = _first(token)
            case "list_item_close" if self.marks:
                self.marks.append(self.marks.pop().rstrip())
                self.begin_line(self.item)
                self.fresh, self.line = False, self.item + 1

    def _mark(self, item: Token) -> str:
        """The marker of an item: its number or a dot, and its checkbox if it has one."""
        number = item.info + item.markup if self.ordered[-1] else ""
        box = str(item.meta.get("box", ""))
        return " ".join(filter(None, (number, box))) or "•"

    def _pre(self, token: Token, text: str, language: str | None) -> None:
        """Write *text* as preformatted lines."""
        if text.strip():
            marked = bool(self.marks)
            self.begin_line(_first(token), depth=0)
            if marked:
                self.write("\n")
            self._write_code(text, SpanKind.PRE, language)
        self.line = _last(token)

    def _code(self, token: Token) -> None:
        """Write inline code; within a block of HTML it takes lines of its own."""
        if token.type == "code_inline":
            return self._write_code(token.content, SpanKind.CODE)
        self._break("\n")
        self._write_code(token.content, SpanKind.PRE, token.info or None)
        return self._break("\n")

    def _write_code(self, text: str, kind: SpanKind, language: str | None = None) -> None:
        start = len(self.text + self.gap)
        self.write(text.expandtabs(TAB))
        self.add_span(kind, start, language=language)

    # Tables

    def _table(self, table: Token, rows: list[list[Token]]) -> None:
        """Write a table in columns, or row by row if that is too wide; as in the source if the parser dropped cells."""
        lines = [line.lstrip(" \t>") for line in self.lines[_first(table) : _last(table)]]
        pages = [[_cell(cell) for cell in row] for row in rows]
        words = [[" ".join(page.text.split()) for page in row] for row in pages]
        if tables.has_surplus(lines, len(rows[0])):
            self._pre(table, "\n".join(lines), None)
        elif tables.fits(words) or len(rows) == 1:
            self._pre(table, tables.columns(words), None)
            self._links_below(page for row in pages for page in row)
        else:
            self._records(table, words[0], rows[1:])
            self._links_below(pages[0])

    def _links_below(self, pages: Iterable["Page"]) -> None:
        """Write the links of a table's cells below it, as text in columns cannot be linked."""
        links = [
            (page.text[span.start : span.end], span.url) for page in pages for span in page.rendered().spans if span.url
        ]
        for label, url in dict.fromkeys(links):
            self.write("\n")
            start = len(self.text)
            self.write(label)
            self.add_span(SpanKind.LINK, start, url=url)

    def _records(self, table: Token, names: Sequence[str], rows: Iterable[Sequence[Token]]) -> None:
        """Write each row as lines of ``name: value``, its first cell as the title."""
        for at, row in enumerate(rows):
            self.line = _first(table) - 1 if at else self.line
            self.begin_line(_first(table))
            start = len(self.text)
            for column, (name, cell) in enumerate(zip(names, row, strict=False)):
                if cell.content.strip() or not at:
                    self.write("" if self.fresh else "\n")
                    self.write(f"{name}: " if name else "")
                    self.inline(cell.children or ())
                if not column:
                    self.add_span(SpanKind.BOLD, start)
        self.line = _last(table)

    # Words

    def inline(self, tokens: Sequence[Token], line: int = 0) -> None:
        """Write inline tokens that begin on *line* of the source."""
        for at, token in enumerate(tokens):
            match token.type:
                case "softbreak" | "hardbreak":
                    line += 1
                    self._break("\n" + self._indent(line, len(self.ordered)))
                case "code_inline" | "code_block":
                    self._code(token)
                case "image":
                    self._image(token)
                case "link_open":
                    self._open_link(token, tokens[at + 1 :])
                case "link_close":
                    self._close_link(self.starts.pop(), self.links.pop())
                case "strong_open" | "em_open" | "s_open":
                    self.starts.append(len(self.text))
                case "strong_close" | "em_close" | "s_close":
                    self.add_span(_KINDS[token.tag], self.starts.pop())
                case "html_inline" if tag := tags.tag_of(token):
                    self._tag(tag)
                case _:
                    self._write_words(
                        formulas.shown(token.info, token.content) if token.type == "formula" else token.content
                    )

    def _write_words(self, words: str) -> None:
        self.write((words.lstrip() if self.gap else words).replace("\t", " " * TAB))

    def _break(self, gap: str) -> None:
        """Begin a new line before whatever is written next, unless this line is still empty."""
        if not self.fresh and self.text and not self.text.endswith("\n"):
            self.gap = gap

    def _open_link(self, link: Token, following: Sequence[Token]) -> None:
        """Begin a link; one whose words are the label of its definition, such as a source's number, keeps its brackets."""
        words = "".join(token.content for token in takewhile(lambda token: token.type != "link_close", following))
        if link.meta.get("label") == normalizeReference(words):
            self.write("[")
            link.meta["bracketed"] = True
        self.starts.append(len(self.text))
        self.links.append(link)

    def _close_link(self, start: int, link: Token) -> None:
        """End a link that began at *start*: link the words, or write the address behind them."""
        url = str(link.attrs.get("href", ""))
        if not self.text[start:].strip():
            self.write(url)
        if link.markup != "autolink" and not self.links:
            self._lead(start, url, defined="label" in link.meta)
        if link.meta.get("bracketed"):
            self.write("]")

    def _lead(self, start: int, url: str, *, defined: bool = False) -> None:
        """Link everything from *start* on to *url*, or else write the address, unless it is visible where it is *defined*."""
        label = self.text[start:].strip()
        if label and can_be_linked(url):
            self.add_span(SpanKind.LINK, start, url=url)
        elif url and not defined and adds_to(label, url):
            self.write(f" ({url})")

    def _image(self, image: Token) -> None:
        """Write an image as its description."""
        self.starts.append(len(self.text))
        self.links.append(image)  # a description may hold links, and spans of links do not nest
        self.inline(image.children or ())
        image.attrs["href"] = image.attrs.get("src", "")
        self._close_link(self.starts.pop(), self.links.pop())

    def _tag(self, tag: tags.Tag) -> None:
        """Write what an HTML tag shows, begins or ends."""
        if tag.breaks:
            self._break("\n")
        match tag.name:
            case "hr":
                self._break("\n")
                self.write(_RULE)
                self._break("\n")
            case "img":
                start = len(self.text)
                self.write(tag.words or tag.url)
                self._lead(start, tag.url)
            case "q":
                self.write("”" if tag.closing else "“")
            case "ol" | "ul" if tag.closing:
                del self.html_lists[-1:]
            case "ol" | "ul":
                self.html_lists.append(tag.number if tag.name == "ol" else 0)
            case "li" if not tag.closing:
                self.write(self._html_mark())
                self.fresh = True
            case "td" | "th" if not tag.closing and not self.fresh and not self.gap:
                self.write(" | ")
        is_in_quote = self.quotes and tag.name == "blockquote"
        if tag.name in tags.SPANS.keys() | tags.SCRIPTS.keys() | {"a"} and not is_in_quote:
            self._enclose(tag)

    def _html_mark(self) -> str:
        """The marker of the next item of an HTML list."""
        number = self.html_lists[-1] if self.html_lists else 0
        self.html_lists[-1:] = [number + bool(number)] if self.html_lists else []
        return "  " * (len(self.html_lists) - 1) + (f"{number}. " if number else "• ")

    def _enclose(self, tag: tags.Tag) -> None:
        """Note where a tag's content begins or, at its end, format that content."""
        if not tag.closing:
            self.open_tags.append((tag, len(self.text)))
            return
        at = max((at for at, (open_, _) in enumerate(self.open_tags) if open_.name == tag.name), default=None)
        if at is not None:
            self._end_tag(*self.open_tags.pop(at))

    def _end_tag(self, tag: tags.Tag, start: int) -> None:
        if tag.name in tags.SPANS:
            self.add_span(SpanKind(tags.SPANS[tag.name]), start)
        elif tag.name == "a":
            self._lead(start, tag.url)
        elif not any(span.end > start for span in self.spans):
            words = self.text[start:]
            self.text = self.text[:start] + (formulas.script(tags.SCRIPTS[tag.name], words) or words)


def _first(token: Token) -> int:
    """The source line on which *token* begins."""
    return token.map[0] if token.map else 0


def _last(token: Token) -> int:
    """The source line behind the end of *token*."""
    return token.map[1] if token.map else 0


def _cell(token: Token) -> Page:
    """Render one cell by itself."""
    page = Page(lines=())
    page.inline(token.children or [])
    return page
