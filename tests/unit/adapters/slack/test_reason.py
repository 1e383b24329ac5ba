"""The form that asks what was wrong with an answer."""

import pytest

from adapters.slack.reason import given, reason_form
from simulators.slack.views import filled_in

PRESS = {
    "channel": {"id": "C1", "name": "mpdm-ann--bob-1"},
    "container": {"thread_ts": "1.000100"},
    "actions": [{"action_ts": "2.000100"}],
}


@pytest.mark.parametrize("thread", [None, "1.000100"])
def test_it_comes_back_with_the_answer_it_is_about(thread):
    form = reason_form(PRESS | {"container": {"thread_ts": thread}}, "turn-7", "en")
    said = given(filled_in(form, "wrong height"))

    assert ("wrong height", "turn-7", "C1", "mpdm-ann--bob-1", thread, "2.000100") == (
        said.reason,
        said.turn_key,
        said.channel,
        said.channel_name,
        said.thread,
        said.at,
    )


def test_left_empty_it_says_nothing():
    form = reason_form(PRESS, "turn-7", None)

    assert "" == given(filled_in(form, None)).reason
