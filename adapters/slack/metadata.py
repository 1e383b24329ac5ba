"""
The mark in our messages' metadata, by which one whose receipt was lost is found again.

Other apps of the workspace can read it, so it holds only our own keys, and nothing about people.
"""

from collections.abc import Iterable
from typing import Any, Final

from adapters.slack.api import SlackIdentity
from bridge.sdk.answers import Part

Json = dict[str, Any]

_PART: Final = "coze_bridge_part"
_MOVED: Final = "coze_bridge_moved"
NOTE: Final[Json] = {"event_type": "coze_bridge_note", "event_payload": {}}
"""The mark of what is said apart from answers."""


def part_metadata(part: Part) -> Json:
    """The mark of a part of an answer."""
    return {"event_type": _PART, "event_payload": {"key": part.key}}


def moved_metadata(keys: Iterable[str]) -> Json:
    """The mark of the sentence that introduces the answer to the message with those *keys* in a direct message."""
    return {"event_type": _MOVED, "event_payload": {"key": min(keys)}}


def is_marked(said: Json, mark: Json) -> bool:
    """Whether the message *said* has the *mark*."""
    return {name: said.get("metadata", {}).get(name) for name in mark} == mark


def find_part(part: Part, messages: Iterable[Json], me: SlackIdentity, *, orphans_after: str | None) -> str | None:
    """
    Find the ts of our message that shows *part*.

    A stream gets its mark when it ends. A stream without one, begun after the question, belongs to this answer: its process
    died, or never got the receipt. Nobody else will end it.
    """
    for said in messages:
        ours = said.get("bot_id") == me.bot or said.get("user") == me.user
        if ours and (_bears(said, part) or _is_orphan(said, orphans_after)):
            return str(said["ts"])
    return None


def _bears(said: Json, part: Part) -> bool:
    return bool(said.get("metadata", {}).get("event_payload", {}).get("key") == part.key)


def _is_orphan(said: Json, after: str | None) -> bool:
    return after is not None and not said.get("metadata") and float(said["ts"]) > float(after)
