"""The laws of rendering, and what each piece of Markdown turns into."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.markdown import measure, render
from adapters.telegram.spans import Rendered, Span, SpanKind
from bridge.sdk.splitting import split, utf16

PARTS = [
    "word", "中文。", "**", "*", "_", "~~", "`", "```", "```py\n", "[", "](", ")", "https://a.b/c", "![", "<b>", "<br>",
    "- ", "  - ", "1. ", "12) ", "> ", "# ", "---", "| a | b |\n", "|---|:-:|\n", "[ ] ", "[x] ", "\n", "\n\n", "    ",
    "\t", "\\", "&amp;", "<https://a.b>", "mailto:a@b.c", "[r]: x\n", "[r]", "（", "\r\n", "\0", "\ud83d", "😀",
]  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PARTS), max_size=40).map("".join))


def seen(markdown):
    """What each span says, beside its kind, its address or its language."""
    rendered = render(markdown)
    return [(str(s.kind), rendered.text[s.start : s.end], s.url or s.language) for s in rendered.spans]


@given(text=TEXTS)
def test_no_text_is_longer_than_its_measure(text):
    assert measure(text) >= utf16(render(text).text)


@given(text=TEXTS)
def test_spans_lie_in_the_text_in_order_and_nest(text):
    rendered = render(text)

    assert list(rendered.spans) == sorted(rendered.spans, key=lambda span: (span.start, -span.end))
    open_: list[Span] = []
    for span in rendered.spans:
        assert 0 <= span.start < span.end <= len(rendered.text)
        while open_ and open_[-1].end <= span.start:
            open_.pop()
        assert all(span.end <= outer.end for outer in open_)
        assert not any(outer.kind in {SpanKind.CODE, SpanKind.PRE} for outer in open_)
        open_.append(span)


@given(text=TEXTS)
def test_what_is_rendered_can_be_sent(text):
    assert render(text).text.encode() is not None


@given(text=TEXTS)
def test_links_lead_to_hosts(text):
    """
    Telegram refuses a whole message for one address without a dot.
    """
    assert all("." in span.url for span in render(text).spans if span.kind is SpanKind.LINK)


@given(
    words=st.lists(st.sampled_from(["one", "二", "<think>", "Vec<String>", "a_b_c", "$5", "~6", "C:\\new"]), min_size=1)
)
def test_plain_words_survive(words):
    assert Rendered(text=" ".join(words)) == render(" ".join(words))


@given(words=st.lists(st.text(alphabet="abc中", min_size=1), min_size=1), marks=st.lists(st.sampled_from(PARTS)))
def test_no_word_is_lost_between_marks(words, marks):
    text = "\n\n".join(words) + "\n\n" + " ".join(mark for mark in marks if "[r]" not in mark)
    shown = render(text).text

    assert [] == [word for word in words if word not in shown]


@given(text=TEXTS, limit=st.integers(16, 60))
def test_a_piece_that_fits_by_measure_fits_as_shown(text, limit):
    assert all(utf16(render(piece).text) <= limit for piece in split(text, limit, measure))


@pytest.mark.parametrize(
    ("markdown", "text", "spans"),
    [
        ("**a** *b* ~~c~~ `d`", "a b c d", [("bold", "a"), ("italic", "b"), ("strike", "c"), ("code", "d")]),
        ("***a***", "a", [("italic", "a"), ("bold", "a")]),
        ("# H\ntext", "H\ntext", [("heading", "H")]),
        ("a\n\n\n\nb", "a\n\nb", []),
        ("a  \nb\\\nc\nd", "a\nb\nc\nd", []),
        ("> a\n> b\n\nc", "a\nb\n\nc", [("quote", "a\nb")]),
        ("> a\n> > b", "a\nb", [("quote", "a\nb")]),
        ("- a\n- b\n  - c\n    d\n", "• a\n• b\n  • c\n    d", []),
        ("- a\n\t- b", "• a\n\u2003• b", []),
        ("3. a\n4. b\n", "3. a\n4. b", []),
        ("1) a\n1) b\n", "1) a\n2) b", []),
        ("1. a\n" * 10, "".join(f"{n}. a\n" for n in range(1, 10)) + "10. a", []),
        ("- [ ] a\n- [x] b", "☐ a\n☑ b", []),
        ("- [x](https://a.b)", "• x", [("link", "x")]),
        ("-\n- a", "•\n• a", []),
        ("a\n\n---\n\nb", "a\n\n———\n\nb", []),
        ("a\n---", "a\n———", []),
        ("- ```\n  a\n  ```\n", "• \na", [("pre", "a")]),
        ("    a\n     b", "a\n b", [("pre", "a\n b")]),
        ("<think>\na\n</think>\nb", "<think>\na\n</think>\nb", []),
        ("a<br>b<br/>c", "a\nb\nc", []),
        ("`<br>` **a `b` c**", "<br> a b c", [("code", "<br>"), ("bold", "a b c"), ("code", "b")]),
        ("**a", "**a", []),
        ("`a", "`a", []),
        ("[a", "[a", []),
        ("[a](http://b", "[a](http://b", []),
        ("![a **b**](https://c.d/e.png)", "a b", [("link", "a b"), ("bold", "b")]),
        ("![](https://c.d/e.png)", "https://c.d/e.png", [("link", "https://c.d/e.png")]),
        ("[![a](https://b.c)](https://d.e)", "a", [("link", "a")]),
        ("[a](javascript:x) [b](/c) [d](#e)", "a (javascript:x) b (/c) d (#e)", []),
        ("[me](mailto:a@b.c) [here](http://localhost:1)", "me (mailto:a@b.c) here (http://localhost:1)", []),
        ("[a@b.c](mailto:a@b.c)", "a@b.c", []),
        ("<https://a.b>", "https://a.b", []),
        ("**中文。**后面", "中文。后面", [("bold", "中文。")]),
        ("前**（注）**后", "前（注）后", [("bold", "（注）")]),
        ('文字**"引用"**文字', '文字"引用"文字', [("bold", '"引用"')]),
        ("前~~（删）~~后", "前（删）后", [("strike", "（删）")]),
        ("`**中文。**后`", "**中文。**后", [("code", "**中文。**后")]),
        ("\ud83d\ude00 \ud83d", "😀 \ufffd", []),
    ],
)  # fmt: skip
def test_markdown_becomes_text_and_spans(markdown, text, spans):
    assert text == render(markdown).text
    assert spans == [(kind, words) for kind, words, _ in seen(markdown)]


def test_a_link_keeps_its_address_as_written():
    assert [("link", "百科", "https://zh.wikipedia.org/wiki/中文")] == seen(
        "[百科](https://zh.wikipedia.org/wiki/中文)"
    )


def test_a_code_block_keeps_its_language():
    assert [("pre", "x = 1", "python")] == seen("```python title=x\nx = 1\n```")


def test_a_code_block_that_nobody_closed_is_one_already():
    assert [("pre", "x = 1", "python")] == seen("```python\nx = 1")


class TestTables:
    def test_columns_line_up_although_chinese_is_wide(self):
        table = "| name | 说明 | n |\n|:-----|:----:|---|\n| **a** | 一二三 | 1 |\n| bcd | 四 | 2 |\n"

        assert "name │ 说明   │ n\n─────────────────\na    │ 一二三 │ 1\nbcd  │ 四     │ 2" == render(table).text
        assert ["pre"] == [kind for kind, _, _ in seen(table)]

    def test_what_is_wider_than_a_phone_stands_row_by_row(self):
        table = "| Plan | What it offers to people, and to whom |\n|-|-|\n| **Basic** | one seat and one mailbox |\n| Team | |\n"

        assert (
            "Plan: Basic\nWhat it offers to people, and to whom: one seat and one mailbox\n\nPlan: Team"
            == render(table).text
        )
        assert [("bold", "Plan: Basic"), ("bold", "Basic"), ("bold", "Plan: Team")] == [
            span[:2] for span in seen(table)
        ]

    def test_an_escaped_pipe_is_a_sign_like_others(self):
        assert "a     │ b\n─────────\nx | y │ c" == render("| a | b |\n|---|---|\n| x \\| y | c |").text

    def test_the_links_of_its_cells_stand_below_a_table_in_columns(self):
        table = "| a | b |\n|---|---|\n| [docs](https://a.b) | ![p](https://c.d/e.png) |"

        assert [("link", "docs", "https://a.b"), ("link", "p", "https://c.d/e.png")] == seen(table)[1:]

    def test_the_links_below_stand_as_in_the_table_each_once(self):
        rows = "".join(f"| {name} | [go](https://a.b/{name}) [all](https://a.b) |\n" for name in ("2", "10", "1"))

        assert [
            ("link", "go", "https://a.b/2"),
            ("link", "all", "https://a.b"),
            ("link", "go", "https://a.b/10"),
            ("link", "go", "https://a.b/1"),
        ] == seen(f"| n | l |\n|---|---|\n{rows}")[1:]

    def test_the_links_of_its_cells_lead_where_a_table_stands_row_by_row(self):
        table = f"| name | {'x' * 30} |\n|---|---|\n| [docs](https://a.b) | c |"

        assert ("link", "docs", "https://a.b") in seen(table)

    def test_a_cell_beyond_the_head_is_not_lost(self):
        assert "extra" in render("| a | b |\n|---|---|\n| c | d | extra |").text


@pytest.mark.parametrize(
    "pathology", ["[", "![", "**a", "`" * 3 + " ", "> ", "- ", "*_", "<", "[a](", "|", "\\(", "~~~\n"]
)
def test_a_bot_gone_mad_is_rendered_all_the_same(pathology):
    """
    No platform takes more than 12,000 characters at once; the parser needs time with the square of mere brackets.
    """
    assert 12_000 >= len(render(pathology * (12_000 // len(pathology))).text)


def test_what_lies_too_deep_to_parse_is_shown_as_written():
    assert "> " * 200 + "gold" == render("> " * 200 + "gold").text
