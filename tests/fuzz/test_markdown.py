"""Whatever a model writes: it is rendered, cut and shown, and the work of it is bounded by its length."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.slack import render as slack
from adapters.telegram.render import render
from bridge.sdk.splitting import split, utf16
from tests.fuzz.work import counting

MARKS = (
    *("*", "**", "_", "__", "~~", "||", "`", "```", "```py\n", "~~~\n", "[", "](", "]", ")", "![", "<", ">", "&", "\\"),
    *("\n", "\n\n", "    ", "\t", "- ", "1. ", "# ", "> ", "| a | b |\n|---|---|\n", "[^1]", "[x]: https://a.b\n", "$$"),
    *("<!channel>", "<!", "here>", "<@U1>", "<\\!channel>", "<&#33;here>", "<#C1|x>", "<b>", "</b>", "<!-- ", "https://a.b/c_d_e", "词：", "**价格：**", "\u200b", "\ud83d\ude00"),
    *("\ud800", "\x00", "\u202e", "e\u0301", "\U0001f468\u200d\U0001f469", "word ", "x" * 50),
)  # fmt: skip
markdown = st.lists(st.sampled_from(MARKS), max_size=60).map("".join) | st.text(max_size=400)
LONGEST = 4096
RINGS = re.compile(r"<(?:!(?:here|channel|everyone|group|subteam)\b|@[UWB][A-Z0-9]|#[CGD][A-Z0-9])")
"""What Slack would take for a mention."""


def whole(text: str) -> bool:
    """Whether a platform can be sent *text* at all."""
    return bool(text.encode("utf-8")) or not text


@given(source=markdown)
def test_telegram_is_sent_whole_characters_and_marks_within_the_text(source):
    shown = render(source)
    length = utf16(shown.text)

    assert whole(shown.text)
    assert all(0 <= at["offset"] and at["offset"] + at["length"] <= length for at in shown.entities)


@given(source=markdown)
def test_slack_is_told_to_ring_nobody(source):
    assert not RINGS.search(slack.render(source))


@given(source=markdown, cut=st.integers(0, 400))
def test_a_growing_text_on_slack_rings_nobody_at_any_time(source, cut):
    assert not RINGS.search(slack.render_growing(source[:cut]))


@given(source=markdown, limit=st.integers(20, 200))
def test_each_piece_fits_and_is_rendered(source, limit):
    for piece in split(source, limit, utf16):
        assert utf16(piece) <= limit
        assert whole(render(piece).text)


@pytest.mark.parametrize("mark", MARKS)
def test_the_work_of_the_longest_message_is_bounded(mark):
    """Whatever mark it is full of; the worst need two hundred calls a character."""
    with counting() as work:
        render((mark * LONGEST)[:LONGEST])

    assert work.calls < 300 * LONGEST


@given(source=markdown)
@example(source="<" * 2000)
@example(source="`" * 2000)
def test_slacks_work_is_bounded(source):
    with counting() as work:
        slack.render(source)

    assert work.calls < 100 + 20 * len(source)
