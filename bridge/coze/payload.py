"""The JSON of server events, and of errors that a stream carries outside of any event."""

from collections.abc import Iterable
from typing import Any

from bridge.coze.sse import ServerEvent
from bridge.sdk.errors import Garbled
from bridge.sdk.foreign_json import decode_json


def parse_json(event: ServerEvent) -> Any:
    """The JSON of *event*; `Garbled` where it is none, without quoting it."""
    try:
        return decode_json(event.data)
    except ValueError as unreadable:
        raise Garbled(
            f"expected JSON in {event.event}, got {len(event.data)} characters of something else"
        ) from unreadable


def parse_error(event: ServerEvent) -> dict[str, Any]:
    """The error in *event*; Studio sends plain text."""
    try:
        data = parse_json(event)
    except Garbled:
        data = None
    return data if isinstance(data, dict) else {"msg": event.data}


def json_error(lines: Iterable[str]) -> dict[str, Any] | None:
    """The error in JSON that *lines* of a stream outside of any event make; None if they make none."""
    try:
        content = decode_json("\n".join(lines))
    except ValueError:
        return None
    return content if isinstance(content, dict) and "code" in content else None
