"""
The law of rendering: nothing visible is lost.

What a person reads in the HTML that somebody else's renderer makes of a text (its words, digits, signs and the addresses
of its links) they find in our message, in order. We may show more: signs that we do not take for marks.
"""

import json
import re
from pathlib import Path

import cmarkgfm
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.telegram.render import measure
from benchmarks.answers import answers
from bridge.sdk.splitting import split
from tests.unit.adapters.telegram.reading import lost, shown

EXAMPLES = Path(__file__).parent / "examples"
WIDE_TABLE = ("| Header 1 | Header 2 |", "Header 1|Header 2")  # shown row by row, so each name is read before its value
PROTOCOLS = ("avascript", "AVASCRIPT", "vbscript", "VBSCRIPT", "file:", "FILE:", "data:")  # these links we do take
OTHER_DIALECT = (
    "xn--",
    "☃",
    "γ",
    "%2E",
    "~foo~",
    "xxxxxx",
    "<!--\n",
    "`Cell|3`",
)  # how one library normalises addresses, its extras, and the cell that it leaves out for a stroke within code


def examples(name):
    return [
        pytest.param(example["markdown"], example["html"], id=f"{name}-{number}")
        for number, example in enumerate(json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8")), 1)
        if name != "markdown_it" or not any(word in example["markdown"] for word in (*OTHER_DIALECT, *PROTOCOLS))
    ]


@pytest.mark.parametrize(("markdown", "html"), [*examples("commonmark"), *examples("gfm"), *examples("markdown_it")])
def test_nothing_of_an_example_is_lost(markdown, html):
    assert [] == lost(html, *shown(markdown), ordered=not any(table in markdown for table in WIDE_TABLE))


PARTS = [
    "word", "two words", "中文。", "说明：", "عربي", "हिन्दी", "42", "3.5", "**", "*", "_", "__", "~~", "`", "```\n", "\n", "\n\n",
    "- ", "1. ", "7. ", "> ", "# ", "## ", "---\n", "[", "](", ")", "https://a.b/c_d", "[x](https://e.f)", "<b>", "</b>",
    "<i>x</i>", "<your-name>", "x<br>y", "\\*", "\\", "|", "| a | b |\n|---|---|\n| c | d |\n", "[1]: https://g.h\n", "[1]",
    "<pre>\nx *y*\n  z</pre>\n", "<ol>\n<li>", "</li>", "<blockquote>", "</blockquote>", "&amp;", "!", "😀", "👩‍👩‍👧", "2*3*4", "__init__", "$5", "-", "+", "=", " ",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PARTS), max_size=30).map("".join)


def github(markdown):
    options = cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE
    return cmarkgfm.markdown_to_html_with_extensions(markdown, options=options, extensions=["table", "strikethrough"])


def disputed(markdown):
    """
    The signs that are marks to one parser and words to another.

    Behind a definition a block may begin for us, code in a table's cell may hold a stroke, a formula has no brackets, and
    words above dashes or a single ``=`` are no heading, so code may begin in them.
    """
    found = {"|": "|-:`", "]:": "->#`=", "\\[": "[]", "\n-": "`", "\n=": "`"}
    return "*_~+\\" + "".join(marks for sign, marks in found.items() if sign in markdown)


def nothing_is_lost(markdown):
    table = "|-" in markdown  # a wide one is shown row by row, each name before its value
    assert [] == lost(github(markdown), *shown(markdown), ordered=not table, but=disputed(markdown))


@example("[1]: https://g.h\n<b>\n\\&amp;")
@example("\\[x](https://e.f)> \\](")
@example("word```\n-\nword```\n")
@example("word```\n=\nword```\n")
@example("[1]: https://g.h\n7. [1]: https://g.h\n7. ")
@given(TEXTS | st.text())
def test_nothing_of_any_text_is_lost(markdown):
    nothing_is_lost(markdown)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@settings(max_examples=10_000, deadline=None)
@given(TEXTS | st.text())
def test_nothing_of_ten_thousand_texts_is_lost(markdown):
    nothing_is_lost(markdown)


ANSWERS = list(answers())


def readable(answer):
    """*answer* without what we show better than the reference does: formulas, boxes of tasks, raised and lowered words."""
    formulas = r"\\\[.*?\\\]|\\\(.*?\\\)|\$\$.*?\$\$|\$[^$\n]+\$"
    plain = re.sub(rf"{formulas}|</?su[bp]>|\[[x ]\] ", "", answer, flags=re.DOTALL)
    return re.sub(r"^##(?=[^#\s])", "## ", plain, flags=re.MULTILINE)


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_nothing_of_an_answer_is_lost(answer):
    source = readable(answer)
    assert [] == lost(github(source), *shown(source), ordered="|---" not in source and "| :" not in source, but="*_~\\")


@pytest.mark.parametrize("limit", [200, 1500, 4096])
def test_nothing_of_an_answer_is_lost_in_its_parts(limit):
    for answer in map(readable, ANSWERS):
        parts = [shown(part) for part in split(answer, limit, measure)]
        text, whole = ("\n".join(side) for side in zip(*parts, strict=True))

        assert [] == [word for word in lost(github(answer), text, whole, ordered=False) if not is_cut(word, text)]
        assert all(len(part.encode("utf-16-le")) // 2 <= limit for part, _ in parts)


def is_cut(complaint, text):
    """Whether a word was cut in two, being longer than a message or an address."""
    return complaint.startswith("address") and complaint.removeprefix("address ") in "".join(text.split())
