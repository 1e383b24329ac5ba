"""What Slack lets a message hold: its limits on text, blocks, chunks and metadata."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.slack.model import Params, Refusal

MARKDOWN_LIMIT = 12_000
POST_TEXT_LIMIT = 40_000  #: cut there without an error
UPDATE_TEXT_LIMIT = 4_000
_BLOCKS_LIMIT = 50
_BLOCKS_SIZE = 13_200  #: observed, not documented
_METADATA_SIZE = 8_000
_LONGEST_ID = 255
_BLOCK_TYPES = {
    *("actions", "alert", "call", "card", "carousel", "context", "context_actions", "divider", "file", "header"),
    *("image", "input", "markdown", "plan", "rich_text", "section", "table", "task_card", "video"),
}
_TASK_STATUS = ("pending", "in_progress", "complete", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message is asked to show."""

    text: str
    markdown: bool
    blocks: list[Params]
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one call adds to a stream."""

    text: str
    blocks: list[Params]
    tasks: list[Params]
    plan: str | None
    given: bool  #: anything at all


def units(text: str) -> int:
    """The length of *text* in UTF-16, the strictest reading of Slack's limits."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def content(params: Params, *, limit: int) -> Content:
    """What *params* ask to be shown; beyond *limit* an update is refused and a post cut."""
    text, markdown, blocks = (params.get(name) for name in ("text", "markdown_text", "blocks"))
    if markdown and (text or blocks):
        raise Refusal("markdown_text_conflict")
    check_blocks(blocks or [])
    if markdown and markdown.strip():
        check_length(markdown)
        return Content(text=markdown, markdown=True, blocks=[])
    if not blocks and not params.get("attachments") and not (text or "").strip():
        raise Refusal("no_text")
    text = text or ""
    if units(text) > limit and limit < POST_TEXT_LIMIT:
        raise Refusal("msg_too_long")
    return Content(text=text[:limit], markdown=False, blocks=blocks or [], truncated=len(text) > limit)


def check_length(markdown: str) -> None:
    """Refuse Markdown beyond what a message holds."""
    if units(markdown) > MARKDOWN_LIMIT:
        raise Refusal("msg_too_long")


def check_metadata(metadata: Any) -> Params | None:
    """Metadata as it will be stored; None for none."""
    if not metadata:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise Refusal("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or set(metadata) - {"event_type", "event_payload", "entities"}:
        raise Refusal("invalid_metadata_schema")
    if len(json.dumps(metadata)) > _METADATA_SIZE:
        raise Refusal("metadata_too_large")
    return metadata


def check_blocks(blocks: Any, *, most: int = _BLOCKS_LIMIT) -> None:
    """Refuse blocks Slack would not render."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise Refusal("invalid_blocks_format")
    if not blocks:
        return
    if len(blocks) > most:
        raise Refusal("msg_blocks_too_many")
    for number, block in enumerate(blocks):
        _check_block(block, f"/blocks/{number}")
    if sum(units(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_LIMIT:
        raise Refusal("msg_blocks_too_long")
    if most == _BLOCKS_LIMIT and len(json.dumps(blocks, ensure_ascii=False)) > _BLOCKS_SIZE:
        raise Refusal("msg_blocks_too_long")


def piece(params: Params, *, swallow: bool) -> Piece:
    """What *params* add to a stream; *swallow* loses whitespace at the start, as Slack was seen to do."""
    markdown, chunks = params.get("markdown_text"), params.get("chunks")
    if markdown and chunks is not None:
        raise Refusal("cannot_provide_both_markdown_text_and_chunks")
    if chunks is not None and not isinstance(chunks, list):
        raise Refusal("invalid_chunks")
    text, blocks, tasks, plan = markdown or "", [], [], None
    for chunk in chunks or []:
        match _chunk(chunk):
            case {"type": "markdown_text", "text": more}:
                text += more
            case {"type": "blocks", "blocks": more}:
                blocks += more
            case {"type": "plan_update", "title": title}:
                plan = title
            case task:
                tasks.append(task)
    check_length(text)
    given = bool(text or blocks or tasks or plan)
    return Piece(text=text.lstrip() if swallow else text, blocks=blocks, tasks=tasks, plan=plan, given=given)


def _chunk(chunk: Any) -> Params:
    """*chunk*, if it is one."""
    match chunk:
        case {"type": "markdown_text", "text": str()}:
            return dict(chunk)
        case {"type": "plan_update", "title": str(title)} if len(title) <= 256:
            return dict(chunk)
        case {"type": "blocks", "blocks": list(blocks)}:
            check_blocks(blocks)
            return dict(chunk)
        case {"type": "task_update", "id": str(), "title": str(title), "status": str(status)}:
            texts = [title, *(str(chunk.get(name) or "") for name in ("details", "output"))]
            if status in _TASK_STATUS and max(map(len, texts)) <= 256:
                return dict(chunk)
    raise Refusal("invalid_chunks")


def _bad(where: str, why: str) -> Refusal:
    return Refusal("invalid_blocks", response_metadata={"messages": [f"[ERROR] {why} [json-pointer:{where}]"]})


def _text(value: Any, most: int, where: str, *, plain: bool = False) -> None:
    """Refuse a text object that is missing, empty, too long or of the wrong type."""
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if not isinstance(value, dict) or value.get("type") not in kinds or not value.get("text"):
        raise _bad(where, "missing or malformed text object")
    if units(value["text"]) > most:
        raise _bad(f"{where}/text", f"must be less than {most + 1} characters")


def _check_block(block: Params, where: str) -> None:
    if block.get("type") not in _BLOCK_TYPES:
        raise _bad(where, f"unsupported type: {block.get('type')}")
    if len(block.get("block_id") or "") > _LONGEST_ID:
        raise _bad(f"{where}/block_id", "must be less than 256 characters")
    check = _CHECKS.get(block["type"])
    if check:
        check(block, where)


def _section(block: Params, where: str) -> None:
    if "text" not in block and not block.get("fields"):
        raise _bad(where, "text or fields is required")
    if "text" in block:
        _text(block["text"], 3_000, f"{where}/text")
    if len(block.get("fields") or []) > 10:
        raise _bad(f"{where}/fields", "no more than 10 items allowed")
    for number, text in enumerate(block.get("fields") or []):
        _text(text, 2_000, f"{where}/fields/{number}")
    _elements([block["accessory"]] if block.get("accessory") else [], 1, where)


def _elements(elements: Any, most: int, where: str) -> None:
    if not isinstance(elements, list) or len(elements) > most:
        raise _bad(f"{where}/elements", f"no more than {most} items allowed")
    ids = [element.get("action_id") for element in elements if element.get("action_id")]
    if len(ids) != len(set(ids)):
        raise _bad(f"{where}/elements", "`action_id` already exists")
    for number, element in enumerate(elements):
        _element(element, f"{where}/elements/{number}")


def _element(element: Params, where: str) -> None:
    for name, most in (("action_id", _LONGEST_ID), ("value", 2_000), ("url", 3_000)):
        if len(element.get(name) or "") > most:
            raise _bad(f"{where}/{name}", f"must be less than {most + 1} characters")
    labelled = (element.get(name) for name in ("positive_button", "negative_button"))
    for button in [element] if element.get("type") == "button" else filter(None, labelled):
        _text(button.get("text"), 75, f"{where}/text", plain=True)


def _markdown(block: Params, where: str) -> None:
    if not isinstance(block.get("text"), str) or not block["text"]:
        raise _bad(where, "missing required field: text")


def _table(block: Params, where: str) -> None:
    rows = block.get("rows") or []
    if not rows or len(rows) > 100 or any(len(row) > 20 for row in rows):
        raise _bad(f"{where}/rows", "must have 1-100 rows of at most 20 cells")


_CHECKS: dict[str, Callable[[Params, str], None]] = {
    "section": _section,
    "markdown": _markdown,
    "table": _table,
    "header": lambda block, where: _text(block.get("text"), 150, f"{where}/text", plain=True),
    "actions": lambda block, where: _elements(block.get("elements"), 25, where),
    "context": lambda block, where: _elements(block.get("elements"), 10, where),
    "context_actions": lambda block, where: _elements(block.get("elements"), 5, where),
}
