"""What a pressed button brings back."""

import pytest

from adapters.telegram.buttons import keyboard, pressed
from bridge.sdk.answers import Buttons, CommandButton
from bridge.sdk.model import CommandName
from bridge.sdk.presses import Press


def offered(name: str) -> dict[str, object]:
    """The press of a button that chooses the bot of that name."""
    markup = keyboard(Buttons(commands=(CommandButton(label=name, command=CommandName.BOT, words=name),)))
    [[button]] = markup["inline_keyboard"]
    return {"data": button["callback_data"], "message": {"reply_markup": markup}}


@pytest.mark.parametrize("name", ["coder", "Büro 7", "a b  c", "x" * 57, "长" * 19, "x" * 58, "长" * 100])
def test_a_command_comes_back_with_its_words_however_long(name):
    press = offered(name)

    assert len(str(press["data"]).encode()) <= 64
    assert Press(text=name, command=CommandName.BOT) == pressed(press)


def test_a_command_is_understood_though_its_message_is_not_shown_any_more():
    assert Press(text="coder", command=CommandName.BOT) == pressed({"data": offered("coder")["data"]})


@pytest.mark.parametrize("data", ["do:", "do:shout louder", "do: bot", "do:BOT x"])
def test_a_command_of_no_kind_we_know_says_nothing(data):
    assert None is pressed({"data": data})
