"""
The buttons below an answer: the bot's suggested questions, thumbs up and down, stop, and "ask again".

Each button holds all that it means, so nothing is remembered, and buttons survive every restart.
"""

import json
from collections.abc import Mapping
from itertools import starmap
from typing import Any, Final

from adapters.slack.limits import BLOCKS_LONGEST, BUTTON_LONGEST, SECTION_LONGEST
from adapters.slack.render import notice
from bridge.sdk.answers import NO_BUTTONS, Buttons, CommandButton, TurnButton, read_turn_button
from bridge.sdk.model import CommandName, Rating
from bridge.sdk.presses import Press
from bridge.sdk.splitting import utf16

Json = dict[str, Any]

_QUESTION: Final = "ask:"
_DO: Final = "do:"
_RATE: Final = "rate"
_TURN: Final = "turn:"
THUMB_DOWN: Final = "👎"
_THUMBS: Final = {"like:": ("👍", True), "dislike:": (THUMB_DOWN, False)}
_WORDS: Final = frozenset(CommandName)


def blocks(buttons: Buttons) -> list[Json]:
    """The rows of buttons: suggested questions, thumbs, and one about the answer itself."""
    rows: list[Json] = []
    if buttons.follow_ups:
        questions = [_question(index, offer) for index, offer in enumerate(buttons.follow_ups)]
        rows.append({"type": "actions", "elements": questions})
    if buttons.commands:
        rows.append({"type": "actions", "elements": list(starmap(_command, enumerate(buttons.commands)))})
    if buttons.rating:
        rows.append({"type": "context_actions", "elements": [_thumbs(buttons.rating)]})
    if buttons.turn:
        rows.append({"type": "actions", "elements": [_about_turn(buttons.turn)]})
    return rows


def _question(index: int, offer: str) -> Json:
    return {"type": "button", "action_id": f"{_QUESTION}{index}", "text": _plain(_label(offer)), "value": offer}


def _command(index: int, button: CommandButton) -> Json:
    value = f"{button.command} {button.words}"
    return {"type": "button", "action_id": f"{_DO}{index}", "text": _plain(_label(button.label)), "value": value}


def _thumbs(turn_key: str) -> Json:
    good, bad = ({"text": _plain(thumb), "value": mark + turn_key} for mark, (thumb, _) in _THUMBS.items())
    return {"type": "feedback_buttons", "action_id": _RATE, "positive_button": good, "negative_button": bad}


def _about_turn(button: TurnButton) -> Json:
    name = f"{_TURN}{button.command}"
    return {"type": "button", "action_id": name, "text": _plain(button.label), "value": button.data}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def _label(offer: str) -> str:
    label = offer
    while utf16(label) > BUTTON_LONGEST:
        label = label[:-2] + "\N{HORIZONTAL ELLIPSIS}"
    return label


def message_payload(text: str, buttons: Buttons, *, formatted: bool = True) -> Json:
    """
    The payload of a message: Markdown with *buttons* below it, or plain text.

    Buttons need blocks, which hold a little less text: if both do not fit, the message has no buttons.
    """
    if not formatted:  # no blocks at all would leave those that an update finds there
        return {"text": text, "blocks": _plain_blocks(text, buttons)}
    whole = [_markdown(text), *blocks(buttons)]
    if not buttons or utf16(json.dumps(whole, ensure_ascii=False)) > BLOCKS_LONGEST:
        return {"markdown_text": text}
    return {"text": notice(text), "blocks": whole}


def _plain_blocks(text: str, buttons: Buttons) -> list[Json]:
    """Blocks of plain text and *buttons*; none if there are no buttons, or if the text does not fit."""
    if not buttons or utf16(text) > SECTION_LONGEST:
        return []
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}, *blocks(buttons)]


def private_payload(text: str, buttons: Buttons = NO_BUTTONS, *, formatted: bool) -> Json:
    """
    The payload of a message that only whoever gave a command or pressed a button sees.

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    """
    shown = {"blocks": [_markdown(text), *blocks(buttons)]} if formatted or buttons else {}
    return {"response_type": "ephemeral", "replace_original": False, "text": text, **shown}


def _markdown(text: str) -> Json:
    return {"type": "markdown", "text": text}


def pressed(action: Mapping[str, Any]) -> Press | None:
    """What pressing the button means; None if it is not one of ours."""
    name, value = str(action.get("action_id")), str(action.get("value") or "")
    if name.startswith(_QUESTION) and value:
        return Press(text=value)
    if name.startswith(_TURN) and (about := read_turn_button(value)):
        return Press(command=about[0], turn_key=about[1])
    if name.startswith(_DO):
        word, _, words = value.partition(" ")
        return Press(text=words, command=CommandName(word)) if word in _WORDS else None
    for mark, (thumb, liked) in _THUMBS.items():
        if name == _RATE and value.startswith(mark):
            return Press(text=thumb, rating=Rating(turn_key=value.removeprefix(mark), liked=liked))
    return None
