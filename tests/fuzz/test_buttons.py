"""Whatever a press brings back: it is understood, or it is none of ours."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import buttons as slack
from adapters.telegram import buttons as telegram
from bridge.sdk.answers import Buttons
from bridge.sdk.presses import Press
from tests.fuzz.mutations import mutated

randoms = st.randoms(use_true_random=False)
offers = st.lists(st.text(min_size=1, max_size=200), max_size=5).map(tuple)
"""Questions as the draft lets through."""


@given(offers=offers, rating=st.none() | st.from_regex(r"turn-[0-9]{1,18}", fullmatch=True))
def test_telegram_takes_every_button(offers, rating):
    """https://core.telegram.org/bots/api#inlinekeyboardbutton: 1 to 64 bytes of data, and words to press."""
    for row in telegram.keyboard(Buttons(follow_ups=offers, rating=rating))["inline_keyboard"]:
        for button in row:
            assert 1 <= len(button["callback_data"].encode()) <= 64
            assert button["text"]


@given(offers=offers)
def test_a_press_says_what_stood_on_the_button(offers):
    markup = telegram.keyboard(Buttons(follow_ups=offers))
    for row, offer in zip(markup["inline_keyboard"], offers, strict=True):
        press = {"data": row[0]["callback_data"], "from": {"id": 7}, "message": {"reply_markup": markup}}

        assert Press(text=offer) == telegram.pressed(press)


@given(random=randoms, offers=offers)
def test_a_spoilt_press_on_slack_is_read_or_none_of_ours(random: Random, offers):
    action = mutated(random, {"type": "button", "action_id": "ask:0", "value": (*offers, "x")[0]})
    said = slack.pressed(action) if isinstance(action, dict) else None

    assert said is None or isinstance(said.text, str)
