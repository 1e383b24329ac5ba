"""What Slack is given of the bot's Markdown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.render import measure, render, render_growing
from bridge.sdk.splitting import utf16

PING = re.compile(r"<[@!#]")
PIECES = st.lists(
    st.sampled_from(
        ["<", "@", "!", "#", "U1>", "`", "``", "```", "~~~", "\n", "\n\n", " ", "\t", "&", ">", "a", "水", "😀"]
    )
)
TEXTS = PIECES.map("".join) | st.text()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("plain & <b>simple</b> > x", "plain & <b>simple</b> > x"),
        ("hey <!channel>", "hey &lt;!channel>"),
        ("<@U1> in <#C1|x>", "&lt;@U1> in &lt;#C1|x>"),
        ("`<!here>` <!here>", "`<\u200b!here>` &lt;!here>"),
        ("``a`<@U1>`` <@U1>", "``a`<\u200b@U1>`` &lt;@U1>"),
        ("```\n<@U1>\n```\n<@U1>", "```\n<\u200b@U1>\n```\n&lt;@U1>"),
        ("an odd ` here\n\n<@U1>", "an odd ` here\n\n&lt;@U1>"),
    ],
)
def test_mentions_are_disarmed_and_nothing_else_is_touched(said, shown):
    assert shown == render(said)


@given(TEXTS)
def test_nobody_is_ever_mentioned(text):
    assert not PING.search(render(text))


@given(TEXTS)
def test_the_text_can_be_read_as_before(text):
    assert text == render(text).replace("&lt;", "<").replace("<\u200b", "<") or "&lt;" in text or "<\u200b" in text


@given(TEXTS, st.data())
def test_what_was_sent_of_a_growing_text_is_how_it_goes_on(text, data):
    """A stream can only be appended to."""
    begun = render_growing(text[: data.draw(st.integers(0, len(text)))])

    assert render(text).startswith(begun)
    assert render_growing(text).startswith(begun)


@given(TEXTS, st.data())
def test_no_append_begins_with_whitespace(text, data):
    """Slack swallows it there."""
    begun = render_growing(text[: data.draw(st.integers(0, len(text)))])
    rest = render(text)[len(begun) :]

    assert not begun or rest.strip()[:1] == rest[:1]


@given(TEXTS)
def test_the_measure_is_never_below_what_slack_counts(text):
    assert utf16(render(text)) <= measure(text)


@given(TEXTS, TEXTS)
def test_the_measure_of_two_texts_is_the_sum(one, other):
    assert measure(one + other) == measure(one) + measure(other)
