"""What a pressed button brings back."""

import pytest

from adapters.telegram.buttons import VainPress, keyboard, pressed, vain_press
from bridge.sdk.answers import Buttons, CommandButton, TurnButton
from bridge.sdk.i18n import MessageId
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


def pressing(buttons, person, *, asker=""):
    """The press by that *person* of the first button."""
    markup = keyboard(buttons, asker)
    data = markup["inline_keyboard"][0][0]["callback_data"]
    return {"id": "1", "from": {"id": person}, "data": data, "message": {"date": 5, "reply_markup": markup}}


QUESTIONS = Buttons(follow_ups=("And now?", "Why?"), rating="t1")


@pytest.mark.parametrize(
    ("asker", "person", "asks"), [("", 5, True), ("5", 5, True), ("5", 55, False), ("55", 5, False)]
)
def test_a_question_for_one_person_is_asked_by_nobody_else(asker, person, asks):
    press = pressing(QUESTIONS, person, asker=asker)
    vain = vain_press({"callback_query": press})

    assert ("And now?" if asks else None) == getattr(pressed(press), "text", None)
    assert (None if asks else MessageId.NOT_YOURS) == getattr(vain, "because", None)


def test_thumbs_and_stop_are_pressed_by_whom_the_core_lets():
    stop = TurnButton(command=CommandName.STOP, turn_key="t1", label="Stop")
    for buttons in (Buttons(rating="t1"), Buttons(turn=stop)):
        press = pressing(buttons, 6, asker="5")

        assert None is not pressed(press)
        assert None is vain_press({"callback_query": press})


@pytest.mark.parametrize(
    "press",
    [
        {"data": "page=2", "message": {"date": 5, "reply_markup": {}}},
        {"data": "", "message": {"date": 0}},
        {"data": "菜单:1", "inline_message_id": "7"},
        {"game_short_name": "chess", "message": {"date": 5}},
        {"data": "stop:"},
    ],
)
def test_what_was_never_our_button_is_answered(press):
    """Without an answer the button would look busy for half a minute."""
    query = {"id": "1", "from": {"id": 5, "language_code": "zh"}, **press}

    assert None is pressed(query)
    assert VainPress(id="1", language="zh", because=MessageId.TOO_OLD) == vain_press({"callback_query": query})


def test_of_a_question_for_another_that_is_not_shown_any_more_it_is_said_whose_it_is():
    press = pressing(QUESTIONS, 6, asker="5") | {"message": {"date": 0}}

    assert MessageId.NOT_YOURS == vain_press({"callback_query": press}).because
