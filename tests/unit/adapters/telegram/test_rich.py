"""Rich messages: what is made of Markdown, taken by the simulator as Telegram takes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.render import render
from adapters.telegram.rich import rich_html
from simulators.telegram.rich import rich, words

TABLE = "| tea | price |\n|:----|------:|\n| **green** | 1 < 2 |"


def taken(source):
    """What Telegram shows of *source*, in its own words for blocks."""
    return rich({"rich_message": {"html": rich_html(source)}})


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("# Tea & <b>", "<h1>Tea &amp; &lt;b&gt;</h1>"),
        ("# `x<y` **b _i_**", "<h1><code>x&lt;y</code> <b>b <i>i</i></b></h1>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("7. a\n8. b", '<ol><li value="7">a</li><li value="8">b</li></ol>'),
        ("- [x] done", "<ul><li>☑ done</li></ul>"),
        ("- a\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("$$E = mc^2$$", "<tg-math-block>E = mc^2</tg-math-block>"),
        ("# t\n\na\nb", "<h1>t</h1><p>a<br>b</p>"),
        ("# t\n\n> q\n\n---", "<h1>t</h1><blockquote><p>q</p></blockquote><hr/>"),
        (
            "# t\n\n```py\nif a < b:\n\tpass\n```",
            '<h1>t</h1><pre><code class="language-py">if a &lt; b:\n    pass</code></pre>',
        ),
        ("# [l](https://e.com/?a=1&b=2)", '<h1><a href="https://e.com/?a=1&amp;b=2">l</a></h1>'),
        ("# ![a cat](https://e.com/cat.png)", '<h1><a href="https://e.com/cat.png">a cat</a></h1>'),
        ("# **价格：**100元", "<h1><b>价格：</b>100元</h1>"),
    ],
)
def test_a_structure_is_told(source, html):
    assert html == rich_html(source)
    assert taken(source)


def test_a_table_keeps_its_columns_and_their_sides():
    [table] = taken(TABLE)["blocks"]

    assert [["left", "right"]] * 2 == [[cell["align"] for cell in row] for row in table["cells"]]
    assert "tea | price\ngreen | 1 < 2" == words([table])


def test_a_table_with_a_cell_too_many_stands_as_it_was_written():
    source = "| a | b |\n|---|---|\n| 1 | 2 | 3 |"

    assert source == words(taken(source)["blocks"])


@pytest.mark.parametrize(
    "source", ["", "hello", "**bold** and `code`", "> a quote", "```\n# no heading\n```", "a\n\nb"]
)
def test_what_entities_show_as_well_is_none(source):
    assert "" == rich_html(source)


@pytest.mark.parametrize(
    "word", ["[Ann](tg://user?id=42)", "<a href='tg://user?id=42'>Ann</a>", "[Ann](TG://User?id=42)"]
)
def test_nobody_is_called_by_a_number(word):
    assert "href" not in rich_html(f"# {word}")
    assert [] == [entity for entity in render(word).entities if "url" in entity]


PARTS = [
    "# ",
    "- ",
    "1. ",
    "> ",
    "| a | b |\n|---|---|\n| c | d |\n",
    "**",
    "_",
    "`",
    "```\n",
    "$$x$$",
    "\n",
    "\n\n",
    "  ",
    "<b>",
    "</b>",
]


@given(
    st.lists(
        st.sampled_from([*PARTS, "word ", "中文", "<tg-map/>", "&lt;", "[l](https://e.com)", "<img src=x>"]),
        max_size=30,
    )
)
def test_whatever_is_written_is_taken_and_every_word_is_there(parts):
    source = "# Title\n\n" + "".join(parts)
    shown = words(taken(source)["blocks"])

    assert "Title" in shown
    assert source.count("word ") == shown.count("word")
    assert source.count("中文") == shown.count("中文")
