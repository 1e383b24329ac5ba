"""
The buttons below an answer: the bot's suggested questions, thumbs up and down, stop, and "ask again".

Buttons survive every restart: a press brings the message with its buttons, from which a suggested question is read; every
other button names its answer itself. Some presses are refused, with a note to who pressed: of a suggested question where Telegram
leaves the buttons out and this process did not send them, or where it is meant for somebody else; and of what was never ours, as
below the messages of whatever answered under this token before.
"""

from dataclasses import dataclass
from typing import Any, Final

from adapters.telegram.limits import BUTTON_DATA_LONGEST
from bridge.sdk.answers import Buttons, CommandButton, read_turn_button
from bridge.sdk.i18n import MessageId
from bridge.sdk.model import CommandName, Rating
from bridge.sdk.presses import Press

Json = dict[str, Any]

# What a button says to us.
_QUESTION: Final = "ask:"
_DO: Final = "do:"
_WORDS: Final = frozenset(CommandName)
_THUMBS: Final = {"like:": ("👍", True), "dislike:": ("👎", False)}


def keyboard(buttons: Buttons, asker: str = "") -> Json:
    """The rows of buttons: one for each question (for *asker* alone, if given), one of thumbs, one about the answer itself."""
    whom = f":{asker}" if asker else ""
    rows = [[_button(offer, f"{_QUESTION}{index}{whom}")] for index, offer in enumerate(buttons.follow_ups)]
    rows += [[_button(each.label, _command_data(each))] for each in buttons.commands]
    if buttons.rating:
        rows.append([_button(thumb, mark + buttons.rating) for mark, (thumb, _) in _THUMBS.items()])
    if buttons.turn:
        rows.append([_button(buttons.turn.label, buttons.turn.data)])
    return {"inline_keyboard": rows}


def _button(text: str, data: str) -> Json:
    return {"text": text, "callback_data": data}


def _command_data(button: CommandButton) -> str:
    """A command with its words; without them if they do not fit."""
    data = f"{_DO}{button.command} {button.words}"
    return data if len(data.encode()) <= BUTTON_DATA_LONGEST else f"{_DO}{button.command}"


def pressed(press: Json) -> Press | None:
    """What pressing the button means; None if it is not one of ours."""
    data = str(press.get("data"))
    for mark, (thumb, liked) in _THUMBS.items():
        if data.startswith(mark):
            return Press(text=thumb, rating=Rating(turn_key=data.removeprefix(mark), liked=liked))
    if about := read_turn_button(data):
        return Press(command=about[0], turn_key=about[1])
    if data.startswith(_DO):
        word, has_words, words = data.removeprefix(_DO).partition(" ")
        said = words if has_words else _shown_label(press, data) or ""
        return Press(text=said, command=CommandName(word)) if word in _WORDS else None
    asked = _shown_label(press, data) if data.startswith(_QUESTION) and _may_ask(press["from"], data) else None
    return None if asked is None else Press(text=asked)


def _may_ask(person: Json, data: str) -> bool:
    """Whether the question with that *data* is meant for *person*."""
    _, _, whom = data.removeprefix(_QUESTION).partition(":")
    return whom in ("", str(person["id"]))


def _shown_label(press: Json, data: str) -> str | None:
    """The label of the pressed button, if Telegram shows us its message."""
    markup = (press.get("message") or {}).get("reply_markup") or {}
    shown = (button for row in markup.get("inline_keyboard", ()) for button in row)
    return next((str(button["text"]) for button in shown if button.get("callback_data") == data), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class VainPress:
    """A press that is refused, and why."""

    id: str
    language: str | None
    because: MessageId  #: the sentence shown to whoever pressed


def vain_press(update: Any) -> VainPress | None:
    """The press in *update*, if it must be refused: not ours, meant for somebody else, or below a message we cannot see."""
    match update:
        case {"callback_query": {"id": str(press), "from": dict(person)} as query}:
            language, data = person.get("language_code"), str(query.get("data"))
            because = _reason_against(data, person, query.get("message"))
            known = language if isinstance(language, str) else None
            return None if because is None else VainPress(id=press, language=known, because=because)
    return None


def _reason_against(data: str, person: Json, message: object) -> MessageId | None:
    if not data.startswith((_QUESTION, _DO, *_THUMBS)) and read_turn_button(data) is None:
        return MessageId.TOO_OLD
    if not data.startswith(_QUESTION):
        return None
    if not _may_ask(person, data):
        return MessageId.NOT_YOURS
    return MessageId.TOO_OLD if isinstance(message, dict) and "reply_markup" not in message else None
