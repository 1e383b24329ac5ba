"""Offers among the limits of Slack's blocks."""

from adapters.slack.offers import below, row
from simulators.slack.rules import check_blocks


def test_a_question_too_long_for_a_label_is_whole_in_the_value():
    question = "\N{WATER WAVE}" * 100
    [button] = row([question])["elements"]

    assert question == button["value"]
    assert button["text"]["text"].endswith("\N{HORIZONTAL ELLIPSIS}")
    check_blocks([row([question, "short"])])


def test_a_text_with_offers_is_taken_by_slack():
    said = below("x" * 11_000, ["And now?", "And then?"])

    assert "markdown_text" not in said
    check_blocks(said["blocks"])


def test_an_answer_that_leaves_no_room_for_buttons_does_without():
    assert {"markdown_text": "\n" * 8_000} == below("\n" * 8_000, ["And now?"])


def test_without_offers_it_is_just_the_text():
    assert {"markdown_text": "hi"} == below("hi", [])
