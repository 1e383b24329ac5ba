"""A text is cut into chunks that can be rendered each by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sdk.chunks import chunks

SIGNS = st.lists(
    st.sampled_from(["\n", "\n\n", " ", "a", "- ", "```", "~~~\n", "<div>", "</div>", "-->", "\r\n", "> "])
)


@given(SIGNS)
def test_chunks_lie_end_to_end(signs):
    text = "".join(signs)

    assert text == "".join(chunks(text))


@given(SIGNS, SIGNS)
def test_all_chunks_but_the_last_stay_when_a_text_grows(begun, more):
    *settled, _ = chunks("".join(begun))

    assert settled == chunks("".join([*begun, *more]))[: len(settled)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [""]),
        ("\n\n", ["\n\n"]),
        ("a\nb\n\nc", ["a\nb\n\n", "c"]),
        ("a\n \t\nb\n", ["a\n \t\n", "b\n"]),
        ("a\n\u3000\nb", ["a\n\u3000\nb"]),
        ("a --> b\n\n<div>\n\nc\n\n</div>\n\nd", ["a --> b\n\n", "<div>\n\nc\n\n</div>\n\n", "d"]),
        ("```a``` b\n\nc", ["```a``` b\n\n", "c"]),
        ("- ~~~\n  a\n\nb\n~~~\n\nc", ["- ~~~\n  a\n\nb\n~~~\n\n", "c"]),
        ("</div><div>\n\na\n\n</div>\n\nb", ["</div><div>\n\na\n\n</div>\n\n", "b"]),
        ("```\na\n```py\n\nb\n```\n\nc", ["```\na\n```py\n\nb\n```\n\n", "c"]),
    ],
)
def test_a_text_is_cut_behind_blank_lines_where_nothing_goes_on(text, found):
    assert found == chunks(text)
