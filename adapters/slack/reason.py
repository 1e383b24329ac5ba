"""
The form that asks what was wrong with an answer, after a thumb down.

The thumb counts by itself. The form contains which answer it is about and where that is, so nothing is remembered.
https://docs.slack.dev/surfaces/modals
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import REASON_LONGEST

Json = Mapping[str, Any]

CALLBACK: Final = "reason"
"""The form's ``callback_id``, which comes back when it is sent."""

_INPUT: Final = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenReason:
    """The reason given, and the answer it is about."""

    reason: str
    turn_key: str  #: of the answer
    channel: str
    channel_name: str
    thread: str | None
    at: str  #: the ts of the press


def reason_form(press: Json, turn_key: str, language: str | None) -> dict[str, Any]:
    """The form for a payload with a thumb down."""
    known = {
        "turn_key": turn_key,
        "channel": str(press["channel"]["id"]),
        "channel_name": str(press["channel"].get("name") or ""),
        "thread": press["container"].get("thread_ts"),
        "at": str(press["actions"][0]["action_ts"]),
    }
    field = {
        "type": "plain_text_input",
        "action_id": _INPUT,
        "multiline": True,
        "max_length": REASON_LONGEST,
        "focus_on_load": True,
    }
    label = _plain(MessageId.WHAT_TO_MEND, language)
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": _plain(MessageId.WHAT_WAS_WRONG, language),
        "submit": _plain(MessageId.SEND, language),
        "close": _plain(MessageId.CANCEL, language),
        "private_metadata": json.dumps(known, separators=(",", ":")),
        "blocks": [{"type": "input", "block_id": _INPUT, "label": label, "element": field}],
    }


def given(view: Json) -> GivenReason:
    """Read the submitted form."""
    known: dict[str, Any] = json.loads(view["private_metadata"])
    return GivenReason(reason=str(view["state"]["values"][_INPUT][_INPUT]["value"] or ""), **known)


def _plain(message_id: MessageId, language: str | None) -> dict[str, Any]:
    return {"type": "plain_text", "text": translate(message_id, language), "emoji": False}
