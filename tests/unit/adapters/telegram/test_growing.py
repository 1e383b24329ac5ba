"""What people see of an answer while it grows: what stands there stays."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram import markdown
from adapters.telegram.render import _block, measure, render, render_growing
from benchmarks.answers import answers, streams
from bridge.sdk.chunks import chunks
from bridge.sdk.splitting import split
from simulators.telegram.rules import formatted

TAKEN_BACK_AT_MOST = 0.008


def frames(answer, letters):
    """What each preview of the last part shows, beside the number of that part."""
    for begun in streams(answer, letters=letters):
        parts = split(begun, 4096, measure, growing=True)
        yield len(parts), render_growing(parts[-1]).text
    parts = split(answer, 4096, measure)
    yield len(parts), render(parts[-1]).text


def taken_back(answer, letters):
    """The frames of which the next one takes something away, and how many there are."""
    shown = [(part, text) for part, text in frames(answer, letters) if text]
    pairs = [(old, new) for (part, old), (other, new) in pairwise(shown) if part == other and old != new]
    return [(old, new) for old, new in pairs if not "".join(new.split()).startswith("".join(old.split()))], len(pairs)


@pytest.mark.parametrize("letters", [11, 37, 61])
def test_of_the_frames_people_see_hardly_any_takes_characters_back(letters):
    found = [taken_back(answer, letters) for answer in answers()]

    assert TAKEN_BACK_AT_MOST >= sum(len(bad) for bad, _ in found) / sum(count for _, count in found)


@pytest.mark.parametrize(
    ("begun", "shown"),
    [
        ("so **bo", "so bo"),
        ("so **bold*", "so bold"),
        ("so `co", "so co"),
        ("see [the do", "see"),
        ("see [the docs](https://a", "see"),
        ("a ![dot](https://a.b", "a"),
        ("x <det", "x"),
        ("it is \\(x^", "it is"),
        ("it is $x^2$", "it is"),
        ("| a | b |", ""),
        ("a\n\n| a | b |\n|---|---|\n| 1 |", "a"),
        ("one\n-", "one"),
        ("one\n- [", "one"),
        ("```py\nx = 1\n``", "x = 1"),
        ("costs $5", "costs $5"),
        ("2*3", "2*3"),
        ("call __init", "call __init"),
        ("a < b", "a < b"),
        ("~~go", "go"),
    ],
)
def test_what_is_open_is_closed_and_what_may_become_a_mark_waits(begun, shown):
    assert shown == render_growing(begun).text


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("| Who | Where she lives |\n|---|---|\n", "| Ann | in the second house on the left, behind the mill |\n"),
        ("| 步骤 | 说明 |\n|---|---|\n", "| 一 | 首先打开设置，然后选择语言，最后点击保存，再重新启动应用 |\n"),
        ("| a | b | c |\n|:--|:-:|--:|\n", "| ten letters | ten letters | [ten letters](https://a.b) |\n"),
        ("| Key | Value |\n|---|---|\n", "| hash | `0123456789012345678901234567890123456789` |\n"),
    ],
)
def test_a_wide_table_keeps_its_form_while_its_rows_come(head, row):
    shown = [render_growing(head + row * rows).text for rows in range(1, 9)]

    assert all(new.startswith(old) for old, new in pairwise(shown))


def test_a_narrow_table_is_shown_once_its_columns_seldom_change():
    head = "| a | b |\n|---|---|\n"
    shown = [render_growing(f"Numbers:\n\n{head}" + "| 1 | 22 |\n" * rows).text for rows in range(1, 9)]

    assert "Numbers:" == shown[0]
    assert shown[-1].startswith("Numbers:\n\na │ b\n──────\n1 │ 22")


@given(st.sampled_from(list(answers())), st.data())
def test_no_frame_is_refused(answer, data):
    shown = render_growing(answer[: data.draw(st.integers(0, len(answer)))])

    if shown.text:
        text, entities = formatted({"text": shown.text, "entities": list(shown.entities)}, limit=1 << 30)
        assert (shown.text, len(shown.entities)) == (text, len(entities))


def test_what_a_frame_costs_does_not_grow_with_what_is_settled():
    """Only the last stretch of a part is read again; counted, for a clock tells more of the machine."""
    whole = "\n\n".join(f"Paragraph {number} with **words** in it." for number in range(60))
    _block.cache_clear()
    frames = [render_growing(begun) for begun in streams(whole, letters=40)]

    assert 3 * len(frames) >= _block.cache_info().misses


def test_a_definition_costs_those_places_alone_that_mention_it():
    words = "\n\n".join(f"Paragraph {number} with [a link](https://a.b/{number}) in it." for number in range(60))
    whole = f"See [1].\n\n{words}\n\n[1]: https://a.b/c\n\nAnd [2].\n\n[2]: https://d.e/f\n\nSo much."
    _block.cache_clear()
    frames = [render_growing(begun) for begun in streams(whole, letters=40)]

    assert 3 * len(frames) >= _block.cache_info().misses
    assert "https://a.b/c" == frames[-1].entities[0]["url"]


@pytest.mark.parametrize(
    ("source", "urls"),
    [
        ("a [1]\n\nb\n\n[1]: https://c.d", ["https://c.d", "https://c.d"]),
        ("[x]: https://c.d\n\nsee [words][X] and [x][]", ["https://c.d", "https://c.d", "https://c.d"]),
        ("[a  b]\n\n[A B]: https://c.d", ["https://c.d", "https://c.d"]),
        ("a [1]\n\n[1]: https://c.d\n\n[1]: https://e.f", ["https://c.d"] * 3),
        ("> [1]: https://c.d\n\na [1]", ["https://c.d", "https://c.d"]),
        ("```\n[1]: https://c.d\n```\n\na [1]", []),
        ("a [2]\n\n[1]: https://c.d", ["https://c.d"]),
    ],
)
def test_a_reference_leads_where_another_place_says(source, urls):
    assert urls == [entity["url"] for entity in render(source).entities if entity["type"] == "text_link"]
    assert render(source).text == markdown.render(source).text.strip()


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("a\n\nb\n\n## c\n\nd", 4),
        ("- a\n\n- b\n\n  c\n\nd", 2),
        ("```\na\n\nb\n```\n\nc", 2),
        ("<details>\n<summary>s</summary>\n\na\n\nb\n\n</details>\n\nc\n\nd", 3),
        ("<details>\n\na\n\nb", 1),
        ("Vec<String>\n\n<b>a</b>\n\n$x$", 3),
        ("a [1]\n\nb\n\n[1]: https://c.d", 3),
        ("> a\n>\n> b\n\nc", 2),
    ],
)
def test_what_belongs_together_is_rendered_together(source, count):
    assert count == len(chunks(source))
    assert render(source).text == markdown.render(source).text.strip()
