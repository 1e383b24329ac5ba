"""Reading a request: all the ways the Bot API takes parameters, turned into one dictionary."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from simulators.telegram.refused import Refused

UPLOAD_LIMIT = 50 << 20

STRUCTURES = {
    "entities": "entities",
    "caption_entities": "caption entities",
    "reply_markup": "reply markup",
    "reply_parameters": "reply parameters",
    "link_preview_options": "link preview options",
    "allowed_updates": "allowed updates",
    "commands": "commands",
    "scope": "BotCommandScope",
    "media": "media",
    "reaction": "reaction",
    "rich_message": "rich message",
}
NUMBERS = frozenset({
    "chat_id", "message_id", "message_thread_id", "draft_id", "offset", "limit", "timeout", "user_id",
    "reply_to_message_id", "max_connections", "cache_time", "duration",
})  # fmt: skip
FLAGS = frozenset({
    "disable_notification", "protect_content", "allow_sending_without_reply", "drop_pending_updates", "show_alert",
    "allow_paid_broadcast", "can_stop", "keep_on_stop", "is_big", "revoke_messages",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request."""

    name: str
    mime: str
    data: bytes


async def parameters(request: web.Request) -> dict[str, Any]:
    """What a bot asks for, from the address, a form, a multipart form or JSON."""
    params: dict[str, Any] = dict(request.query) if request.query_string else {}
    kind = request.content_type
    if (request.content_length or 0) > UPLOAD_LIMIT + (1 << 20):
        raise Refused(status=413)
    if kind == "multipart/form-data":
        for name, value in (await request.post()).items():
            params[name] = _upload(value) if isinstance(value, web.FileField) else value
    elif body := await request.read():
        params.update(_json(body) if kind == "application/json" else _form(body))
    return {name.lower(): _typed(name.lower(), value) for name, value in params.items()}


def _upload(field: web.FileField) -> Upload:
    with field.file as file:
        return Upload(field.filename, field.content_type, file.read())


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise Refused("strings must be encoded in UTF-8") from error


def _json(body: bytes) -> dict[str, Any]:
    try:
        params = json.loads(body)
    except ValueError as error:
        raise Refused("can't parse request body: invalid JSON") from error
    if not isinstance(params, dict):
        raise Refused("can't parse request body: object expected")
    return params


def _typed(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in NUMBERS:
        return _number(value)
    if name in FLAGS:
        return value.lower() in ("true", "yes", "1")
    if name in STRUCTURES and value:
        try:
            return json.loads(value)
        except ValueError as error:
            raise Refused(f"can't parse {STRUCTURES[name]} JSON object") from error
    return value


def _number(value: str) -> int | str:
    """The number *value* is; what is none stays text, for a chat may go by its name."""
    try:
        return int(value)
    except ValueError:
        return value


def number(params: dict[str, Any], name: str, default: int = 0) -> int:
    """The whole number *name*, which a bot may leave out."""
    value = params.get(name)
    return value if isinstance(value, int) else default
