"""The laws of rendering: whatever a model writes, Telegram takes it, and it never grows."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.telegram.render import measure, render
from simulators.telegram.rules import formatted

MARKDOWN = st.lists(
    st.sampled_from([
        "**", "*", "_", "`", "~~", "```", "\n", "\n\n", "# ", "- ", "1. ", "> ", "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "[tea](https://example.com)", "[no](javascript:x)", "[rel](/a)", "[", "](", ")", "http://a.b", "<br>", "\\",
        "🍵", "👩‍👩‍👧", "茶。", "\ud83d", "\u2028", " ", "word",
    ])
    | st.text(max_size=5),
    max_size=40,
).map("".join)  # fmt: skip

CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f]")


def utf16(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def marked(shown):
    """What each entity covers, as Telegram counts."""
    units = shown.text.encode("utf-16-le")
    return [
        (entity["type"], units[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le"))
        for entity in shown.entities
    ]


@given(MARKDOWN)
@example("# `0`")
@example("**a `b`** c")
@example("```\0")
def test_telegram_takes_what_is_rendered_just_as_it_is(source):
    """
    One bad link or offset, and Telegram refuses the whole message.
    """
    shown = render(source)

    if shown.text:
        text, entities = formatted({"text": shown.text, "entities": list(shown.entities)}, limit=1 << 30)
        assert shown.text.strip(" \n\t\r") == text
        assert len(entities) == len(shown.entities)


@given(MARKDOWN)
def test_nothing_is_longer_than_its_measure(source):
    assert utf16(render(source).text) <= measure(source)


@given(MARKDOWN)
@example("\x08")
def test_what_has_something_to_read_shows_something(source):
    """A control character is a space to Telegram."""
    assert bool(CONTROL.sub(" ", source).strip()) == bool(render(source).text)


def test_the_usual_marks():
    shown = render("# Tea\n\n**Green**, *black*, ~~coffee~~ and `water` 🍵 from [here](https://example.com/tea)")

    assert [
        ("bold", "Tea"),
        ("bold", "Green"),
        ("italic", "black"),
        ("strikethrough", "coffee"),
        ("code", "water"),
        ("text_link", "here"),
    ] == marked(shown)
    assert "https://example.com/tea" == shown.entities[-1]["url"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**run `x` now**", [("bold", "run "), ("code", "x"), ("bold", " now")]),
        ("*`x` and `y`*", [("code", "x"), ("italic", " and "), ("code", "y")]),
        ("# `x`", [("code", "x")]),
        ("~~**a `x`** b~~", [("strikethrough", "a "), ("bold", "a "), ("code", "x"), ("strikethrough", " b")]),
        ("> **a `x`**", [("blockquote", "a x"), ("bold", "a "), ("code", "x")]),
        ("**see [`x`](https://a.bc)**", [("bold", "see x"), ("text_link", "x")]),
    ],
)
def test_a_style_goes_on_behind_the_code_within(source, expected):
    assert expected == marked(render(source))


def test_offsets_count_emoji_twice():
    (entity,) = render("🍵🍵 **x**").entities

    assert (5, 1) == (entity["offset"], entity["length"])


def test_a_code_block_keeps_its_language():
    (entity,) = render("```python\nprint()\n```").entities

    assert ("pre", "python") == (entity["type"], entity["language"])


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "/relative",
        "#a",
        "note",
        "data:text/plain,x",
        "https://nodot",
        "http://[::1",
        "mailto:a@b.c",
    ],
)
def test_a_link_that_leads_nowhere_is_no_entity(url):
    assert [] == [mark for mark in marked(render(f"see [this]({url})")) if mark[0] == "text_link"]


def test_of_too_many_marks_code_and_links_stay():
    source = " ".join(["*i*"] * 120 + ["`c`"] * 20 + ["[l](https://a.bc)"] * 5)
    kinds = [entity["type"] for entity in render(source).entities]

    assert 100 == len(kinds)
    assert (20, 5, 75) == (kinds.count("code"), kinds.count("text_link"), kinds.count("italic"))


def test_half_a_character_is_replaced():
    assert "a\ufffdb" == render("a\ud83db").text


def test_what_would_show_nothing_stays_as_it_was_written():
    assert "```" == render("```\n```").text.splitlines()[0]


def test_an_address_within_telegram_is_a_link():
    assert ["tg://resolve?domain=coze"] == [each["url"] for each in render("[here](tg://resolve?domain=coze)").entities]


@pytest.mark.parametrize(
    "item",
    ["[l{0}](https://a.b/{0}) ", "- **[😀 {0}](https://a.b/{0})** and `code`\n", "**[字{0}](https://a.b/{0})** ",
     '<a href="https://a.b/{0}">n{0}</a>\n'],
)  # fmt: skip
def test_no_address_is_lost_with_the_links_beyond_the_hundredth(item):
    source = "".join(item.format(number) for number in range(130))
    shown = render(source)

    assert [f"https://a.b/{number}" for number in range(100)] == [entity["url"] for entity in shown.entities]
    assert all(label.endswith(f"{number}") for number, (_, label) in enumerate(marked(shown)))
    assert all(f"{number} (https://a.b/{number})" in shown.text for number in range(100, 130))
    assert utf16(shown.text) <= measure(source)
