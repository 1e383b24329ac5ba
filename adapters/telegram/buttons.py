"""
What can be pressed below an answer: the questions a bot proposes, a thumb up or down, and what stops it or asks once more.

A press brings the message with its buttons along, so a question is read from there, and all others say themselves which
answer they mean: nothing is remembered, and buttons outlive every restart. Of a message too old for Telegram to show us
again a question cannot be understood, which is said, and all others can.
"""

from dataclasses import dataclass
from typing import Any, Final

from bridge.sdk.answers import Buttons, read_turn_button
from bridge.sdk.model import CommandName, Rating

Json = dict[str, Any]

# What a button says to us; Telegram takes 64 bytes.
_QUESTION: Final = "ask:"
_THUMBS: Final = {"like:": ("👍", True), "dislike:": ("👎", False)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What pressing a button says."""

    text: str = ""  #: the question, or the thumb
    rating: Rating | None = None  #: what is thought of the answer
    command: CommandName | None = None
    turn_key: str | None = None  #: the answer that the *command* is about

    @property
    def is_question(self) -> bool:
        """Whether it is asked as if it had been typed."""
        return self.rating is None and self.command is None


def keyboard(buttons: Buttons) -> Json:
    """A row for each question, one for the thumbs, and one about the answer itself."""
    rows = [[_button(offer, f"{_QUESTION}{index}")] for index, offer in enumerate(buttons.follow_ups)]
    if buttons.rating:
        rows.append([_button(thumb, mark + buttons.rating) for mark, (thumb, _) in _THUMBS.items()])
    if buttons.turn:
        rows.append([_button(buttons.turn.label, buttons.turn.data)])
    return {"inline_keyboard": rows}


def _button(text: str, data: str) -> Json:
    return {"text": text, "callback_data": data}


def pressed(press: Json) -> Press | None:
    """What is said by pressing the button; None if it is none of ours."""
    data = str(press.get("data"))
    for mark, (thumb, liked) in _THUMBS.items():
        if data.startswith(mark):
            return Press(text=thumb, rating=Rating(turn_key=data.removeprefix(mark), liked=liked))
    if about := read_turn_button(data):
        return Press(command=about[0], turn_key=about[1])
    markup = (press.get("message") or {}).get("reply_markup") or {}
    shown = (button for row in markup.get("inline_keyboard", ()) for button in row)
    asked = (Press(text=str(button["text"])) for button in shown if button.get("callback_data") == data)
    return next(asked, None) if data.startswith(_QUESTION) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiredPress:
    """A press that cannot be understood any more."""

    id: str
    language: str | None


def expired_press(update: Any) -> ExpiredPress | None:
    """The press of a question in *update*, if there is one whose message Telegram does not show us any more."""
    match update:
        case {"callback_query": {"id": str(press), "from": dict(person), "data": str(data), "message": {"date": 0}}}:
            return ExpiredPress(id=press, language=person.get("language_code")) if data.startswith(_QUESTION) else None
    return None
