"""Which first words of an answer are worth a notification."""

import pytest

from bridge.reply.first_words import worth_notifying


@pytest.mark.parametrize(
    "text",
    [
        "Of course.",
        "Really? Then",
        "**Yes!** And",
        'He said "no." Then',
        "# Three reasons\n",
        "1. Tea\n2",
        "好的。接下来",
        "真的吗？",
        "Well… let me see",
        "`make test`.\n",
    ],
)
def test_a_sentence_or_a_line_is(text):
    assert worth_notifying(text)


@pytest.mark.parametrize(
    "text", ["", "Of", "Of course, we", "1.", "1. Tea", "It costs 3.14", "see https://example.org/a.b", "\n\n", "***\n"]
)
def test_a_beginning_is_not(text):
    assert not worth_notifying(text)
