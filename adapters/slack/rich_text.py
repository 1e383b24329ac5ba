"""
Converts blocks to the notation that `adapters.slack.words` reads: code is fenced, quotes and lists are marked, tables are Markdown.

Pasted, shared and posted messages may consist of blocks without text. https://docs.slack.dev/reference/block-kit/blocks
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from adapters.slack.words import escaped, link_notation

Json = Mapping[str, Any]

_INDENT: Final = "    "
_BULLETS: Final = "•◦▪"
_LAST: Final = 253_402_300_799  #: seconds since 1970, at the end of the year 9999
_PIPE: Final = re.compile(r"(<[^<>|]*\|?)|\|")  # the first of a token only parts its address from its words


def notation(blocks: Iterable[Json]) -> str:
    """The text of the *blocks*, at least one line for each."""
    return "\n".join(text for block in blocks if (text := _block(block)))


def tables(blocks: Iterable[Json]) -> list[str]:
    """The tables among the *blocks*, which a message's text lacks."""
    return [text for block in blocks if block.get("type") == "table" and (text := _table(block))]


def _block(block: Json) -> str:
    reader = _BLOCKS.get(str(block.get("type")))
    return reader(block) if reader else ""


def _section(block: Json) -> str:
    texts = [block.get("text"), *(block.get("fields") or [])]
    return "\n".join(_text_object(text) for text in texts if text)


def _context(block: Json) -> str:
    return " ".join(_text_object(element) for element in block.get("elements") or [] if "text" in element)


def _text_object(text: Json) -> str:
    said = str(text.get("text") or "")
    return said if text.get("type") == "mrkdwn" else escaped(said)


# Rich text


def _rich(elements: Sequence[Json]) -> Iterator[str]:
    """The lines of each element; a list continues the numbers of an earlier one if Slack says so."""
    for element in elements:
        inner = element.get("elements") or []
        match element.get("type"):
            case "rich_text_preformatted":
                yield f"```\n{_runs(inner)}\n```"
            case "rich_text_quote":
                yield "\n".join(f"&gt; {line}" for line in _runs(inner).split("\n"))
            case "rich_text_list":
                yield from _list(element, inner)
            case _:
                yield _runs(inner).removesuffix("\n")


def _list(element: Json, items: Iterable[Json]) -> Iterator[str]:
    depth = int(element.get("indent") or 0)
    bullet = _BULLETS[min(depth, len(_BULLETS) - 1)]
    for number, item in zip(count(1 + int(element.get("offset") or 0)), items, strict=False):
        mark = f"{number}." if element.get("style") == "ordered" else bullet
        yield f"{_INDENT * depth}{mark} {_runs(item.get('elements') or [])}"


def _runs(elements: Iterable[Json]) -> str:
    return "".join(map(_run, elements))


def _run(element: Json) -> str:
    reader = _RUNS.get(str(element.get("type")), _styled)
    return reader(element)


def _styled(element: Json) -> str:
    text = escaped(str(element.get("text") or ""))
    return f"`{text}`" if text and (element.get("style") or {}).get("code") else text


def _link(element: Json) -> str:
    url, label = (escaped(str(element.get(name) or "")) for name in ("url", "text"))
    return link_notation(url, label)


def _date(element: Json) -> str:
    """The date: its fallback text, else in UTC, as the reader's time zone is not known."""
    if fallback := element.get("fallback"):
        return escaped(str(fallback))
    since_1970 = element.get("timestamp")
    if not isinstance(since_1970, int) or not 0 <= since_1970 <= _LAST:
        return ""
    return f"{datetime.fromtimestamp(since_1970, UTC):%Y-%m-%d %H:%M} UTC"


_RUNS: Final[Mapping[str, Callable[[Json], str]]] = {
    "user": lambda element: f"<@{element.get('user_id')}>",
    "usergroup": lambda element: f"<!subteam^{element.get('usergroup_id')}>",
    "channel": lambda element: f"<#{element.get('channel_id')}>",
    "broadcast": lambda element: f"<!{element.get('range')}>",
    "link": _link,
    "emoji": lambda element: f":{element.get('name')}:",
    "date": _date,
    "color": lambda element: escaped(str(element.get("value") or "")),
}
"""By the type of a run; https://docs.slack.dev/reference/block-kit/blocks/rich-text-block#element-types."""


# Tables


def _table(block: Json) -> str:
    """The rows as a Markdown table; the first is its header."""
    rows = [[_cell(cell) for cell in row] for row in block.get("rows") or []]
    width = max((len(row) for row in rows), default=0)
    if not width:
        return ""
    lines = [_line(row + [""] * (width - len(row))) for row in rows]
    return "\n".join([lines[0], _line(["---"] * width), *lines[1:]])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Json) -> str:
    if cell.get("type") == "rich_text":
        said = " ".join(_rich(cell.get("elements") or []))
    else:
        said = escaped(str(cell.get("text") or cell.get("value") or ""))
    return _PIPE.sub(lambda found: found[1] or r"\|", " ".join(said.split()))


_BLOCKS: Final[Mapping[str, Callable[[Json], str]]] = {
    "rich_text": lambda block: "\n".join(_rich(block.get("elements") or [])),
    "section": _section,
    "header": lambda block: _text_object(block.get("text") or {}),
    "markdown": lambda block: escaped(str(block.get("text") or "")),
    "context": _context,
    "image": lambda block: escaped(str(block.get("alt_text") or "")),
    "video": lambda block: escaped(str(block.get("alt_text") or "")),
    "table": _table,
}
"""By the type of a block."""
