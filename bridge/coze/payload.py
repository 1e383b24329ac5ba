"""What one server event carries."""

import json
from typing import Any

from bridge.coze.sse import ServerEvent
from bridge.sdk.errors import Garbled


def parsed(event: ServerEvent) -> Any:
    """The JSON of *event*; `Garbled` where it is none, without a word of it."""
    try:
        return json.loads(event.data)
    except ValueError as unreadable:
        raise Garbled(
            f"expected JSON in {event.event}, got {len(event.data)} characters of something else"
        ) from unreadable


def trouble(event: ServerEvent) -> dict[str, Any]:
    """What *event* says went wrong; Studio sends bare words."""
    try:
        data = parsed(event)
    except Garbled:
        data = None
    return data if isinstance(data, dict) else {"msg": event.data}
