"""Reasoning in an answer's text: never seen, however it is cut, and no answer is lost with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.coze.thinking import ThinkingFilter, without_thinking

TEXTS = {
    "<think>Paris? Yes.</think>Paris.": "Paris.",
    "<think>\nParis?\n\nYes.\n</think>\n\nParis.": "Paris.",
    "<THINK>hm</THINK>Paris.": "Paris.",
    "<thinking>hm</thinking>\nParis.": "Paris.",
    "First.\n<think>hm</think>\nSecond.": "First.\n\nSecond.",
    "<think>a</think>One.<think>b</think> Two.": "One. Two.",
    "<think>```python\nx = 1\n</think>The answer is 1.": "The answer is 1.",
    "<think>cut off in the mid": "",
    "Reasoning without its beginning.\n</think>\n\nParis.": "Paris.",
    "Write `<think>` before the reasoning.": "Write `<think>` before the reasoning.",
    "Use `<think>a</think>` so.": "Use `<think>a</think>` so.",
    "Use ``<think>a</think> ` `` so.": "Use ``<think>a</think> ` `` so.",
    "```xml\n<think>a</think>\n```\nDone.": "```xml\n<think>a</think>\n```\nDone.",
    "~~~\n<think>a</think>": "~~~\n<think>a</think>",
    "The tag <think> opens it.": "The tag <think> opens it.",
    "The tag </think> closes it.": "The tag </think> closes it.",
    "a < b and c <th> d": "a < b and c <th> d",
    "One ` alone.\n\n<think>hm</think>Paris.": "One ` alone.\n\nParis.",
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.items())
def test_a_whole_text_is_the_answer_alone(text, expected):
    assert expected == without_thinking(text)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize(("text", "expected"), TEXTS.items())
def test_while_it_grows_no_reasoning_is_seen(text, expected, size):
    growing = ThinkingFilter()
    seen = "".join(growing.feed(text[at : at + size]) for at in range(0, len(text), size))

    if "\n</think>\n\nParis" not in text:  # where nobody could know better before the end
        assert expected.startswith(seen)
    assert "hm" not in seen


@given(st.lists(st.sampled_from(["<think>", "</think>", "`", "```", "\n", "\n\n", "word ", "<", "</th"]), max_size=12))
def test_what_grows_is_a_beginning_of_what_stands(pieces):
    whole = "".join(pieces)
    growing = ThinkingFilter()
    seen = "".join(map(growing.feed, pieces))

    assert "</think>" in whole or without_thinking(whole).startswith(seen)
    assert seen == "".join(map(ThinkingFilter().feed, [whole]))


@given(st.text(alphabet="abc `<>/\n*"))
def test_a_text_without_tags_stays(text):
    growing = ThinkingFilter()
    assert text == without_thinking(text)
    assert text.startswith("".join(map(growing.feed, text)))
