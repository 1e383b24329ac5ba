"""
The questions a bot proposes, as buttons below its answer.

A press brings the message with its buttons along, so the question is read from there: nothing is remembered, and buttons
outlive every restart. Of a message too old for Telegram to show us again a press cannot be understood.
"""

from collections.abc import Iterable
from typing import Any, Final

Json = dict[str, Any]

_MARK: Final = "ask:"  # what a button says to us; Telegram takes 64 bytes


def keyboard(offers: Iterable[str]) -> Json:
    """A row for each question."""
    rows = [[{"text": offer, "callback_data": f"{_MARK}{index}"}] for index, offer in enumerate(offers)]
    return {"inline_keyboard": rows}


def pressed(press: Json) -> str | None:
    """The question on the button that was pressed, if it is one of ours."""
    markup = (press.get("message") or {}).get("reply_markup") or {}
    buttons = (button for row in markup.get("inline_keyboard", ()) for button in row)
    asked = (str(button["text"]) for button in buttons if button.get("callback_data") == press.get("data"))
    return next(asked, None) if str(press.get("data")).startswith(_MARK) else None
