"""
Rich messages of Bot API 10.1: the HTML that a bot sends becomes blocks, or is refused.

Known here are the tags that text needs; of media, maps and details there is nothing.
https://core.telegram.org/bots/api#rich-message-formatting-options
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from simulators.telegram.links import link_error
from simulators.telegram.refused import Refused

Json = dict[str, Any]

TEXT_LIMIT, BLOCK_LIMIT, DEPTH_LIMIT, COLUMN_LIMIT = 32768, 500, 16, 20

_INLINE = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "mark": "marked",
    "sub": "subscript", "sup": "superscript", "tg-spoiler": "spoiler", "a": "url",
}  # fmt: skip
_TEXTS = {"p": "paragraph", "footer": "footer", **{f"h{size}": "heading" for size in range(1, 7)}}
_HOLDERS = frozenset({"", "blockquote", "li"})
_PARENTS = {"li": {"ul", "ol"}, "tr": {"table"}, "td": {"tr"}, "th": {"tr"}}
_BLOCKS = frozenset({*_TEXTS, "pre", "blockquote", "ul", "ol", "table", "tg-math-block", "hr"})
_VOID = frozenset({"br", "hr"})


@dataclass(slots=True)
class Node:
    """An element, or the whole; its children are elements and words."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Any] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("")]
        self.elements = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parent = self.open[-1]
        if tag not in _BLOCKS | _INLINE.keys() | _PARENTS.keys() | {"br"}:
            raise Refused(f'can\'t parse rich message: unsupported start tag "{tag}"')
        if parent.tag not in _PARENTS.get(tag, {parent.tag}) or (tag in _BLOCKS and parent.tag not in _HOLDERS):
            raise Refused(f'can\'t parse rich message: unexpected tag "{tag}" in "{parent.tag}"')
        self.elements += tag in _BLOCKS or tag in ("li", "tr")
        node = Node(tag, {name: value or "" for name, value in attrs})
        parent.children.append(node)
        if tag not in _VOID:
            self.open.append(node)
        if len(self.open) > DEPTH_LIMIT or self.elements > BLOCK_LIMIT:
            raise Refused("RICH_MESSAGE_TOO_COMPLEX")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != self.open[-1].tag:
            raise Refused(f'can\'t parse rich message: expected "</{self.open[-1].tag}>", found "</{tag}>"')
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def rich(params: dict[str, Any]) -> Json | None:
    """The rich message that *params* ask for, as it is received; None if they ask for none."""
    wanted = params.get("rich_message")
    if not wanted:
        return None
    if not isinstance(wanted, dict) or len({"html", "markdown", "blocks"} & wanted.keys()) != 1 or "html" not in wanted:
        raise Refused("can't parse rich message: exactly one of html, markdown and blocks; here html alone")
    reader = _Reader()
    reader.feed(str(wanted["html"]))
    reader.close()
    if len(reader.open) > 1:
        raise Refused(f'can\'t parse rich message: no end tag for "{reader.open[-1].tag}"')
    blocks = _blocks(reader.open[0])
    if not blocks:
        raise Refused("rich message must be non-empty")
    if len(words(blocks)) > TEXT_LIMIT:
        raise Refused("RICH_MESSAGE_TOO_LONG")
    return {"blocks": blocks}


def words(blocks: list[Json]) -> str:
    """What people read of *blocks*, a line each."""
    return "\n".join(filter(None, map(_line, blocks)))


def _line(block: Json) -> str:
    if "items" in block:
        return "\n".join(f"{item['label']} {words(item['blocks'])}" for item in block["items"])
    if "cells" in block:
        return "\n".join(" | ".join(_plain(cell["text"]) for cell in row) for row in block["cells"])
    return block.get("expression") or words(block.get("blocks", [])) or _plain(block.get("text", ""))


def _plain(text: Any) -> str:
    if isinstance(text, list):
        return "".join(map(_plain, text))
    return str(text) if isinstance(text, str) else _plain(text["text"])


def _blocks(node: Node) -> list[Json]:
    """The blocks in *node*; words between them are paragraphs."""
    found: list[Json] = []
    loose: list[Any] = []
    for child in [*node.children, Node("hr")]:
        if isinstance(child, Node) and child.tag in _BLOCKS:
            if any(not isinstance(one, str) or one.strip() for one in loose):
                found.append({"type": "paragraph", "text": _text(loose)})
            loose = []
            found.append(_block(child))
        else:
            loose.append(child)
    return found[:-1]


def _block(node: Node) -> Json:
    match node.tag:
        case "pre":
            return _pre(node)
        case "tg-math-block":
            return {"type": "mathematical_expression", "expression": "".join(map(str, node.children))}
        case "blockquote":
            return {"type": "blockquote", "blocks": _blocks(node)}
        case "ul" | "ol":
            return {"type": "list", "items": [_item(node, at, item) for at, item in enumerate(_elements(node), 1)]}
        case "table":
            return {"type": "table", "cells": [[_cell(cell) for cell in _row(row)] for row in _elements(node)]}
        case _:
            return _paragraph(node)


def _paragraph(node: Node) -> Json:
    """A block of words alone, or a rule."""
    if node.tag == "hr":
        return {"type": "divider"}
    size = {"size": int(node.tag[1])} if node.tag.startswith("h") else {}
    return {"type": _TEXTS[node.tag], "text": _text(node.children), **size}


def _pre(node: Node) -> Json:
    inner = node.children[0] if node.children and isinstance(node.children[0], Node) else node
    language = inner.attributes.get("class", "").removeprefix("language-")
    return {"type": "pre", "text": "".join(map(str, inner.children)), **({"language": language} if language else {})}


def _item(around: Node, at: int, item: Node) -> Json:
    number = int(item.attributes.get("value") or at)
    label = {"label": f"{number}.", "value": number} if around.tag == "ol" else {"label": "•"}
    return {**label, "blocks": _blocks(item)}


def _row(row: Node) -> list[Node]:
    cells = _elements(row)
    if len(cells) > COLUMN_LIMIT:
        raise Refused("RICH_MESSAGE_TABLE_TOO_WIDE")
    return cells


def _cell(cell: Node) -> Json:
    header = {"is_header": True} if cell.tag == "th" else {}
    return {"text": _text(cell.children), "align": cell.attributes.get("align", "left"), "valign": "middle", **header}


def _elements(node: Node) -> list[Node]:
    return [child for child in node.children if isinstance(child, Node)]


def _text(children: list[Any]) -> Any:
    """The rich text of *children*: words, or a list of words and of forms around them."""
    parts = [" ".join(child.split(" ")) if isinstance(child, str) else _form(child) for child in children]
    return parts[0] if len(parts) == 1 else parts


def _form(node: Node) -> Any:
    if node.tag == "br":
        return "\n"
    form: Json = {"type": _INLINE[node.tag], "text": _text(node.children)}
    if node.tag == "a":
        form["url"] = node.attributes.get("href", "")
        if why := link_error(form["url"]):
            raise Refused(f"rich message URL '{form['url']}' is invalid: {why}")
    return form
