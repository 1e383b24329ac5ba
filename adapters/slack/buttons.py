"""
What can be pressed below an answer: the questions a bot proposes, and a thumb up or down.

Each button carries whole what it says: nothing is remembered, and buttons outlive every restart.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from bridge.sdk.answers import Buttons
from bridge.sdk.model import Rating
from bridge.sdk.splitting import utf16

Json = dict[str, Any]

_QUESTION: Final = "ask:"
_RATE: Final = "rate"
_THUMBS: Final = {"like:": ("👍", True), "dislike:": ("👎", False)}
_LABEL: Final = 75  # UTF-16 units of a button's text; its value may have 2000; https://docs.slack.dev/reference/block-kit/block-elements/button-element
_LARGEST: Final = 12_000  # characters of all blocks as JSON; more than 13 200 were refused in the field, not documented
_NOTICE: Final = 300  # code points that a phone shows of a message made of blocks


def blocks(buttons: Buttons) -> list[Json]:
    """A button for each question in one row, and the thumbs in another."""
    rows: list[Json] = []
    if buttons.follow_ups:
        questions = [_question(index, offer) for index, offer in enumerate(buttons.follow_ups)]
        rows.append({"type": "actions", "elements": questions})
    if buttons.rating:
        rows.append({"type": "context_actions", "elements": [_thumbs(buttons.rating)]})
    return rows


def _question(index: int, offer: str) -> Json:
    return {"type": "button", "action_id": f"{_QUESTION}{index}", "text": _plain(_label(offer)), "value": offer}


def _thumbs(turn_key: str) -> Json:
    good, bad = ({"text": _plain(thumb), "value": mark + turn_key} for mark, (thumb, _) in _THUMBS.items())
    return {"type": "feedback_buttons", "action_id": _RATE, "positive_button": good, "negative_button": bad}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def _label(offer: str) -> str:
    label = offer
    while utf16(label) > _LABEL:
        label = label[:-2] + "\N{HORIZONTAL ELLIPSIS}"
    return label


def message_payload(text: str, buttons: Buttons, *, formatted: bool = True) -> Json:
    """
    What a message is asked to say: Markdown, and the *buttons* below it; or the words alone.

    Buttons stand only among blocks, which hold a little less: where both do not fit, the answer goes without.
    """
    if not formatted:
        return {"text": text, "blocks": []}  # an update without blocks would leave those that are there
    whole = [_markdown(text), *blocks(buttons)]
    if not buttons or utf16(json.dumps(whole, ensure_ascii=False)) > _LARGEST:
        return {"markdown_text": text}
    return {"text": text[:_NOTICE], "blocks": whole}


def private_payload(text: str, *, formatted: bool) -> Json:
    """
    What is to be seen by whoever gave a command or pressed a button, and by nobody else.

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    """
    blocks_shown = {"blocks": [_markdown(text)]} if formatted else {}
    return {"response_type": "ephemeral", "replace_original": False, "text": text, **blocks_shown}


def _markdown(text: str) -> Json:
    return {"type": "markdown", "text": text}


def pressed(action: Mapping[str, Any]) -> tuple[str, Rating | None] | None:
    """What is said by pressing the button, and what is thought of the answer; None if it is none of ours."""
    name, value = str(action.get("action_id")), str(action.get("value") or "")
    if name.startswith(_QUESTION) and value:
        return value, None
    for mark, (thumb, liked) in _THUMBS.items():
        if name == _RATE and value.startswith(mark):
            return thumb, Rating(turn_key=value.removeprefix(mark), liked=liked)
    return None
