"""Buttons among the limits of Slack's blocks."""

import pytest

from adapters.slack.buttons import blocks, message_payload, pressed
from bridge.sdk.answers import NO_BUTTONS, Buttons, CommandButton, TurnButton
from bridge.sdk.model import CommandName, Rating
from bridge.sdk.presses import Press
from simulators.slack.rules import check_blocks

ASKED = Buttons(follow_ups=("And now?", "And then?"), rating="turn-1")


def test_a_question_too_long_for_a_label_is_whole_in_the_value():
    question = "\N{WATER WAVE}" * 100
    [row] = blocks(Buttons(follow_ups=(question, "short")))
    [button, _] = row["elements"]

    assert question == button["value"]
    assert button["text"]["text"].endswith("\N{HORIZONTAL ELLIPSIS}")
    check_blocks([row])


def test_a_text_with_buttons_is_taken_by_slack():
    said = message_payload("x" * 11_000, ASKED)

    assert "markdown_text" not in said
    assert ["markdown", "actions", "context_actions"] == [block["type"] for block in said["blocks"]]
    check_blocks(said["blocks"])


def test_an_answer_that_leaves_no_room_for_buttons_does_without():
    assert {"markdown_text": "\n" * 8_000} == message_payload("\n" * 8_000, ASKED)


def test_without_buttons_it_is_just_the_text():
    assert {"markdown_text": "hi"} == message_payload("hi", NO_BUTTONS)


def test_a_thumb_comes_back_with_what_it_is_about():
    [*_, row] = blocks(ASKED)
    [thumbs] = row["elements"]
    sides = [thumbs[side]["value"] for side in ("positive_button", "negative_button")]
    said = [pressed({"action_id": thumbs["action_id"], "value": value}) for value in sides]

    good, bad = (Rating(turn_key="turn-1", liked=liked) for liked in (True, False))

    assert [Press(text="👍", rating=good), Press(text="👎", rating=bad)] == said


@pytest.mark.parametrize("name", ["coder", "Büro 7", "长" * 600, "a b  c"])
def test_a_command_comes_back_with_its_words(name):
    offered = Buttons(commands=(CommandButton(label="x", command=CommandName.BOT, words=name),))
    check_blocks(message_payload("Who?", offered)["blocks"])
    [row] = blocks(offered)

    assert Press(text=name, command=CommandName.BOT) == pressed(row["elements"][0])


@pytest.mark.parametrize("value", ["", "shout louder", " bot", "BOT x"])
def test_a_command_of_no_kind_we_know_says_nothing(value):
    assert None is pressed({"action_id": "do:0", "value": value})


@pytest.mark.parametrize("command", [CommandName.STOP, CommandName.RETRY])
def test_what_ends_an_answer_or_asks_it_again_says_which_one(command):
    rows = blocks(Buttons(turn=TurnButton(command=command, turn_key="turn-1", label="⏹ Stop")))
    [button] = rows[0]["elements"]
    check_blocks(rows)

    assert Press(command=command, turn_key="turn-1") == pressed(button)


def test_a_command_that_no_button_gives_is_none_of_ours():
    assert None is pressed({"action_id": "turn:new", "value": "new:turn-1"})


def test_a_notification_has_no_marks():
    said = message_payload("## Plan\n\n**Costs** of [ours](https://a.b/c):\n\n| a | b |\n|---|---|\n| `1` | 2 |", ASKED)

    assert "Plan\n\nCosts of ours:\n\n a | b\n 1 | 2" == said["text"]


def test_a_thumb_of_no_kind_we_know_says_nothing():
    assert None is pressed({"action_id": "rate", "value": "shrug:turn-1"})
