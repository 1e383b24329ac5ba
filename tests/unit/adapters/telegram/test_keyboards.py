"""A press that is brought without the buttons of its message is understood all the same, while we remember them."""

import pytest

from adapters.telegram.buttons import keyboard, vain_press
from adapters.telegram.drafts import DraftTurns
from adapters.telegram.keyboards import KEYBOARDS_MOST, ShownKeyboards
from adapters.telegram.reading import UpdateReader
from bridge.sdk.answers import Buttons
from tests.unit.adapters.telegram.test_normalise import ANN, GROUP, ME, PRIVATE

QUESTIONS = keyboard(Buttons(follow_ups=("What is A?", "为什么？")))


def press(number=9, chat=PRIVATE, data="ask:1", **more):
    """As a server brings it that shows no more than what must be there."""
    message = {"message_id": number, "chat": chat} | more
    return {"update_id": 1, "callback_query": {"id": "7", "from": ANN, "message": message, "data": data}}


def read(keyboards, update):
    return UpdateReader(adapter="helpdesk", drafts=DraftTurns(), keyboards=keyboards).read(update, ME)


@pytest.fixture
def keyboards():
    """With two questions below message 9 of Ann's chat."""
    keyboards = ShownKeyboards()
    keyboards.record(str(PRIVATE["id"]), 9, QUESTIONS)
    return keyboards


@pytest.mark.parametrize(("data", "asked"), [("ask:0", "What is A?"), ("ask:1", "为什么？")])
@pytest.mark.parametrize("date", [0, 1_700_000_000])
def test_the_question_is_asked(keyboards, data, asked, date):
    assert asked == read(keyboards, press(data=data, date=date)).text


@pytest.mark.parametrize("other", [press(10), press(chat=GROUP), press(data="ask:2")])
def test_what_we_do_not_know_is_nothing(keyboards, other):
    assert read(keyboards, other) is None


def test_the_buttons_that_are_shown_count(keyboards):
    shown = keyboard(Buttons(follow_ups=("Why C?",)))

    assert "Why C?" == read(keyboards, press(data="ask:0", reply_markup=shown)).text


def test_buttons_that_were_taken_away_are_forgotten(keyboards):
    keyboards.record(str(PRIVATE["id"]), 9, None)

    assert read(keyboards, press()) is None


@pytest.mark.parametrize("date", [0, 1_700_000_000])
def test_who_presses_what_nobody_remembers_is_told(date):
    assert vain_press(press(date=date)) is not None


def test_the_newest_are_remembered(keyboards):
    for number in range(100, 100 + KEYBOARDS_MOST - 1):
        keyboards.record("1", number, QUESTIONS)
    assert read(keyboards, press()) is not None

    keyboards.record("1", 99, QUESTIONS)

    assert read(keyboards, press()) is None
