"""What language models write and CommonMark reads otherwise, or Telegram cannot show: each kind with several of its inputs."""

from itertools import pairwise

import pytest

from adapters.telegram.render import render, render_growing
from simulators.telegram.rules import formatted


def seen(source):
    """What each entity covers, beside its kind."""
    message = render(source)
    units = message.text.encode("utf-16-le")
    return [
        (str(e["type"]), units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le"))
        for e in message.entities
    ]


def text(source):
    return render(source).text


@pytest.mark.parametrize(
    ("source", "labels"),
    [
        ("**价格：**100元", ["价格："]),
        ("**价格：**100元，**时间：**2024年", ["价格：", "时间："]),
        ("- **CPU：**Intel i7，**内存：**16GB", ["CPU：", "内存："]),
        ("1. **第一步（准备）：**打开App", ["第一步（准备）："]),
        ("他说**“你好”**100遍", ["“你好”"]),
        ("**価格：**1000円です。**注意！**必読", ["価格：", "注意！"]),
        ("**가격：**1000원", ["가격："]),
        ("**价格:**100元", ["价格:"]),
        ("请看**《红楼梦》**第3回", ["《红楼梦》"]),
    ],
)
def test_labels_in_east_asian_text_are_bold(source, labels):
    assert labels == [words for kind, words in seen(source) if kind == "bold"]
    assert "*" not in text(source)


@pytest.mark.parametrize(
    "source",
    [
        "Dialogue:\n\n[Alice]: Hello\n[Bob]: Hi",
        "text[^1]\n\n[^1]: Smith",
        "Sources [1]\n\n[1]: https://a.b\n[2]: https://d.e",
        "[note]: read this first",
        "He wrote:\n\n[12:30]: on my way\n[12:45]: here",
        '[1]: https://a.b/c_d "A title"',
        "> [!NOTE]\n> kept\n\n[TODO]: buy/milk",
    ],
)
def test_lines_that_look_like_definitions_are_shown(source):
    assert source.replace("> ", "") == text(source)


def test_a_number_that_has_a_source_leads_there():
    assert [("text_link", "1"), ("text_link", "1")] == seen("Sources [1]\n\n[1]: https://a.b")


@pytest.mark.parametrize(
    "url",
    [
        "https://{your-domain}.example.com/api",
        "https://a.b:0/",
        "https://example.com\\path",
        "https://a.b:99999/x",
        "https://<host>.example.com/",
        "http://localhost:8080/x",
        "https://a_b|c.d/",
        "https://ex%ample.com/",
        "docs/setup.md",
    ],
)
def test_an_address_that_telegram_refuses_is_text(url):
    source = f"see [this](<{url}>)" if "<" not in url else f"see [this]({url})"
    message = render(source)

    assert [] == [entity for entity in message.entities if entity["type"] == "text_link"]
    assert f"see this ({url})" == message.text.replace("\\\\", "\\")
    assert message.text == formatted({"text": message.text, "entities": list(message.entities)})[0]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"\(x^2\)", "x²"),
        (r"\[ \mathbf{A}_{ij} = \sum_{k} B_{ik} \, C_{kj} \]", "Aᵢⱼ = ∑ₖ Bᵢₖ Cₖⱼ"),
        (r"\{1,2\}", r"\{1,2\}"),
        ("$$\nE = mc^2\n$$", "E = mc²"),
        (r"so $a_1 \le b$ holds", "so a₁ ≤ b holds"),
        (r"\[ x = \frac{-b \pm \sqrt{b^2-4ac}}{2a} \]", "x = (-b ± √(b²-4ac))/(2a)"),
        (r"\(\unknowable{x}\)", r"\(\unknowable{x}\)"),
        (r"$$\begin{aligned} a &= b \\ &= c \end{aligned}$$", "a = b\n= c"),
        (r"\(\frac{1}{2\)", r"\(\frac{1}{2\)"),
        ("costs $5 and $10, or $HOME/$USER", "costs $5 and $10, or $HOME/$USER"),
        (r"\[1\] and \(see below\)", "[1] and (see below)"),
        (r"Options: \[a\] tea, \[B\] coffee, \(c\) milk", "Options: [a] tea, [B] coffee, c milk"),
        (r"\[x](https://e.f)> \] holds an address", "[x](https://e.f)> ] holds an address"),
        (r"\[ x \] is one, $5$ is not", "x is one, $5$ is not"),
        (r"\(O(n\log n)\), \(2\sin x\), \(\log n\)", "O(n log n), 2 sin x, log n"),
        (r"\(a_{i,j}\), \(x_{1,000}\)", "a_(i,j), x_1,000"),
        (r"$n!$, $\{1,2\}$ but C:\{x}", r"n!, {1,2} but C:\{x}"),
        ("\\[\na\n+ b = c\n\\]", "a\n+ b = c"),
    ],
)
def test_formulas_are_readable_or_as_they_were_written(source, shown):
    assert shown == text(source)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("3. B\n7. C\n12. A", "3. B\n7. C\n12. A"),
        ("1. a\n3. b\n2. c", "1. a\n3. b\n2. c"),
        ("10. a\n9. b\n8. c", "10. a\n9. b\n8. c"),
        ("2024. spring\n2025. summer", "2024. spring\n2025. summer"),
        ("1. a\n1. b\n1. c", "1. a\n2. b\n3. c"),
        ("1. [ ] a\n2. [x] b", "1. ☐ a\n2. ☑ b"),
        ("5) e\n7) g", "5) e\n7) g"),
    ],
)
def test_lists_keep_their_numbers(source, shown):
    """One who writes the same number at each item leaves the counting to us."""
    assert shown == text(source)


@pytest.mark.parametrize(
    "source",
    [
        "2*3*4=24",
        "x**2 + y**2",
        "https://web.archive.org/web/*/a.b and https://web.archive.org/web/*/c.d",
        "https://*.example.com/*/x and https://*.example.org/*/y",
        r"C:\path\__init__.py, D:\_a_\__b__\c and E:\~~x~~\**y**",
        "https://github.com/psf/requests/blob/main/src/requests/__init__.py",
        "Date: ____/____",
        "call __init__ and __main__, then __FILE__",
        "a*b = c*d",
        "Accept: */*",
        "价格*2，数量*3",
        "(a)*(b)*(c)",
        "char *a = b*c",
        "def f(*args, **kwargs)",
        "~~~~ sign here ~~~~ ok",
        "https://a.b/x_y_z?q=_a_&r=*b*c",
        r"C:\temp\{id}\new and \\server\share",
        r"del C:\temp\*.log, C:\*.txt, D:\_x\_y",
        r"\\srv\share\*.doc",
        "snake_case_name and _private",
        "5 * 3 * 2 and 2 ** 8 ** 1",
    ],
)
def test_signs_that_are_no_marks_stay(source):
    assert source == text(source)
    assert not seen(source)


class TestTables:
    LINKED = "| name | site |\n|---|---|\n| docs | [read](https://a.b) |"
    WIDE = "| Name | Where it is to be found | When |\n|---|---|---|\n| Ann | in the second house on the left | noon |\n| Bob | [there](https://a.b) | |"

    @pytest.mark.parametrize(
        ("cell", "word"),
        [
            ("[read](https://a.b)", "read"),
            ("see [the docs](https://a.b) first", "the docs"),
            ("[文档](https://a.b)", "文档"),
            ("**[read](https://a.b)**", "read"),
        ],
    )
    def test_a_link_stands_below_the_columns(self, cell, word):
        assert ("text_link", word) in seen(self.LINKED.replace("[read](https://a.b)", cell))

    @pytest.mark.parametrize(
        ("cell", "shown"),
        [
            (r"a \| b", "a | b"),
            (r"\|x\|", "|x|"),
            (r"a \|\| b", "a || b"),
            (r"`a \| b`", "a | b"),
            (r"甲\|乙", "甲|乙"),
        ],
    )
    def test_an_escaped_pipe_is_a_sign(self, cell, shown):
        assert shown in text(f"| x | y |\n|---|---|\n| {cell} | c |")

    @pytest.mark.parametrize(
        ("row", "shown"),
        [
            ("| `a|b` | either |", "a|b │ either"),
            ("| `a || b` | or |", "a || b │ or"),
            ("| ``p|`q`` | x |", "p|`q │ x"),
            ("`ls | wc` | count", "ls | wc │ count"),
            ("| \\| and `|` | both |", "| and | │ both"),
        ],
    )
    @pytest.mark.parametrize("mark", ["", "> ", "  "])
    def test_code_in_a_cell_is_whole_whatever_strokes_it_holds(self, row, shown, mark):
        table = "\n".join(f"{mark}{line}" for line in ("| x | y |", "|---|---|", row))

        assert shown in text(table).replace("  ", " ")

    @pytest.mark.parametrize("row", ["| `a | b` | c | d |", "| a | b | c |"])
    def test_a_row_with_more_cells_than_the_head_is_shown_as_written(self, row):
        assert row in text(f"| x | y |\n|---|---|\n{row}")

    def test_wide_ones_stand_row_by_row(self):
        lines = text(self.WIDE).splitlines()

        assert "Name: Ann" == lines[0]
        assert "Where it is to be found: in the second house on the left" == lines[1]
        assert ("text_link", "there") in seen(self.WIDE)

    @pytest.mark.parametrize(
        ("table", "rows"),
        [
            (
                "| Step | What to do |\n|---|---|\n| one | open the settings and look for the language |",
                "Step: one\nWhat to do: open the settings and look for the language",
            ),
            (
                "| a | b | c | d |\n|---|---|---|---|\n| ten letters | ten letters | ten letters | ten letters |",
                "a: ten letters\nb: ten letters\nc: ten letters\nd: ten letters",
            ),
            (
                f"| Key | Value |\n|---|---|\n| hash | {'0123456789' * 4} |",
                f"Key: hash\nValue: {'0123456789' * 4}",
            ),
        ],
    )
    def test_what_is_wider_than_a_phone_stands_row_by_row(self, table, rows):
        assert rows == text(table)

    @pytest.mark.parametrize(
        ("table", "rows"),
        [
            ("| المكان | التذكرة |\n|---|---|\n| الأهرامات | 540 |", "المكان: الأهرامات\nالتذكرة: 540"),
            ("| Place | שעה |\n|---|---|\n| Ulm | 5 |", "Place: Ulm\nשעה: 5"),
            ("| नाम | संख्या |\n|---|---|\n| चाय | 2 |", "नाम: चाय\nसंख्या: 2"),
            ("| A | B |\n|---|---|\n| चाय | 2 |", "A: चाय\nB: 2"),
        ],
    )
    def test_letters_that_make_no_even_columns_stand_row_by_row(self, table, rows):
        assert rows == text(table)
        assert render_growing(f"{table}\n").text

    def test_chinese_ones_wrap_no_earlier_than_others(self):
        wide = "| 名称 | 这是一个非常非常长的列标题的说明文字 |\n|---|---|\n| 甲 | 乙丙丁戊己庚辛壬癸子丑寅卯 |"

        assert text(wide).startswith("名称: 甲\n这是一个非常非常长的列标题的说明文字: 乙")

    def test_markdown_in_a_cell_is_read(self):
        assert "A │ B" in text("| **A** | `B` |\n|---|---|\n| 1 | 2 |")

    def test_the_words_of_an_empty_table_are_there(self):
        assert "A" in text("| A | B |\n|---|---|\n")


@pytest.mark.parametrize(
    "source",
    [
        "[`code`](https://a.b)",
        "see [`a` and `b`](https://a.b)",
        "**[`x`](https://a.b)**",
        "[**`x`**](https://a.b)",
        "- [``a`b``](https://a.b)",
        "[`代码`](https://a.b)",
    ],
)
def test_code_in_a_link_leads_where_the_link_does(source):
    """Telegram lets nothing else be where code is, a link neither."""
    message = render(source)
    _, entities = formatted({"text": message.text, "entities": list(message.entities)})

    assert ["https://a.b"] == [entity["url"] for entity in entities if entity["type"] == "text_link"]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("```go\n\tx := 1\n\t\ty := 2\n```", "    x := 1\n        y := 2"),
        ("```make\nall:\n\techo hi\n```", "all:\n    echo hi"),
        ("```\na\tb\nlong\tc\n```", "a   b\nlong    c"),
        ("`a\tb`", "a   b"),
        ("name\tqty", "name    qty"),
    ],
)
def test_tabs_are_as_wide_as_in_code(source, shown):
    message = render(source)

    assert shown.strip() == message.text
    assert "\t" not in message.text


@pytest.mark.parametrize(
    "source",
    [
        "    这是一个段落，前面有四个空格，不是代码。",
        "说明：\n\n    首先打开设置，然后选择语言。\n    最后点击保存。",
        "\t段落也可以用制表符缩进，这很常见。",
        "    This is simply a paragraph that somebody has indented.",
    ],
)
def test_indented_prose_is_no_code(source):
    assert not [kind for kind, _ in seen(source) if kind == "pre"]


def test_a_backslash_outside_of_a_path_escapes():
    assert "Price* and *x* at a:*b" == text(r"Price\* and \*x\* at a:\*b")


def test_indented_code_is_code():
    assert [("pre", "x = f(1)\nreturn x")] == seen("So:\n\n    x = f(1)\n    return x")


@pytest.mark.parametrize(
    ("source", "shown", "marks"),
    [
        ('<a href="https://a.b">docs</a>', "docs", [("text_link", "docs")]),
        ("<b>bold</b> and <i>it</i>", "bold and it", [("bold", "bold"), ("italic", "it")]),
        ("H<sub>2</sub>O, x<sup>2</sup>", "H₂O, x²", []),
        ("<details>\n<summary>More</summary>\n\nText **bold**\n\n</details>", "More\n\nText bold", [("bold", "More"), ("bold", "bold")]),
        ("replace <your-name> here", "replace <your-name> here", []),
        ("Vec<String>, <T>, a < b, x<b>y", "Vec<String>, <T>, a < b, x<b>y", []),
        ("<u>under</u><br>next<!-- not seen -->", "under\nnext", [("underline", "under")]),
        ("<ul>\n<li>one</li>\n<li>two</li>\n</ul>", "• one\n• two", []),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a | b\nc | d", []),
        ('<div align="center">\n\n**mid**\n\n</div>', "mid", [("bold", "mid")]),
        ('<img src="https://a.b/c.png" alt="a cat">', "a cat", [("text_link", "a cat")]),
        ("<kbd>Ctrl</kbd>+<kbd>C</kbd>", "Ctrl+C", [("code", "Ctrl"), ("code", "C")]),
        ("git clone <url> && cp <source> <dest>", "git clone <url> && cp <source> <dest>", []),
        ("<!DOCTYPE html>", "<!DOCTYPE html>", []),
        ("the <title> and the <p> tag", "the <title> and the <p> tag", []),
        ("this is <b>so</b> and <b> so </b>", "this is so and <b> so </b>", [("bold", "so")]),
        ("one <br> two<br /> three", "one \ntwo\nthree", []),
        ("| a | b |\n|---|---|\n| one <br> two | `<br>` |", "a       │ b\n──────────────\none two │ <br>", None),
        ("<ol>\n<li>one</li>\n<li>two</li>\n</ol>\nend", "1. one\n2. two\nend", []),
        ('<ol start="4"><li>four<li><b>five</b></ol>', "4. four\n5. five", [("bold", "five")]),
        ("<ol>\n    <li>a\n        <ul><li>x</li></ul>\n    </li>\n    <li>b</li>\n</ol>", "1. a\n  • x\n2. b", []),
        ("<ul><li>a<ol><li>x</li><li>y</li></ol></li></ul>\n<li>z</li>", "• a\n  1. x\n  2. y\n• z", []),
        ('<ol start="99999999999999999999"><li>a</li></ol>', "1. a", []),
        ("<blockquote>said<br>so</blockquote>\nend", "said\nso\nend", [("blockquote", "said\nso")]),
        ("<blockquote>\n\n**a**\n\nb\n</blockquote>", "a\n\nb", [("bold", "a"), ("blockquote", "a\n\nb")]),
        ("> <blockquote>a</blockquote>", "a", [("blockquote", "a")]),
        ("Look:\n<pre>\nif *x*:\n    <T>\n</pre>\ndone", "Look:\nif *x*:\n    <T>\ndone", [("pre", "if *x*:\n    <T>")]),
        ("<pre><code>a\n\n\tb &lt; c\n</code></pre>", "a\n\n    b < c", [("pre", "a\n\n    b < c")]),
        ("<div>\n<pre><span class='k'>def</span> f():\n  x</pre>then</div>", "def f():\n  x\nthen", [("pre", "def f():\n  x")]),
        ("the <pre> tag, <pre>", "the <pre> tag, <pre>", []),
    ],
)  # fmt: skip
def test_html_is_shown_or_stays(source, shown, marks):
    assert shown == text(source)
    assert marks is None or sorted(marks) == sorted(seen(source))


@pytest.mark.parametrize("given", ['class="language-py"', "class='lang-py'", "class=language-py data-x"])
def test_code_in_html_says_in_what_it_is_written(given):
    assert "py" == render(f"<pre><code {given}>x</code></pre>").entities[0]["language"]


def test_code_in_html_grows_as_code():
    source = "So:\n\n<pre><code>if x:\n    y &lt; 1\n\nz\n</code></pre>\nend"
    frames = [render_growing(source[:length]).text for length in range(len(source))]

    assert [] == [frame for frame in frames if "<" in frame.replace("y <", "")]
    assert all(later.startswith(earlier.rstrip()) for earlier, later in pairwise(frames))


@pytest.mark.parametrize(
    "source",
    [
        "Use <sub> and </sub> for indices.",
        "Use <b> or <strong> for bold; </b> ends it.",
        "a <div> and a </div> make a pair",
        "between <i> and </i>, or <em> and </em>",
        "In HTML, <ul> holds <li> items.",
        "Put <code>, then </code> around it.",
        "用 <sub> 和 </sub> 表示下标",
    ],
)
def test_tags_that_a_sentence_names_are_its_words(source):
    assert source == text(source)
    assert source.startswith(render_growing(source).text)


@pytest.mark.parametrize(
    ("source", "shown", "marks"),
    [
        ("Title\n=====\n\ntext", "Title\n\ntext", [("bold", "Title")]),
        ("标题\n===\n正文", "标题\n\n正文", [("bold", "标题")]),
        ("- a\n\n  Part\n  ====\n", "• a\n\n  Part", [("bold", "Part")]),
        ("Sum\n---\n12", "Sum\n———\n12", []),
        ("a\n==\nb", "a\n==\nb", []),
        ("=====\n\ntext", "=====\n\ntext", []),
        ("two\nlines\n=====", "two\nlines\n=====", []),
        ("> quoted\n=====", "quoted\n=====", None),
        ("```\nTitle\n=====\n```", "Title\n=====", None),
    ],
)
def test_a_line_above_equals_signs_is_a_heading(source, shown, marks):
    assert shown == text(source)
    assert marks is None or marks == seen(source)


@pytest.mark.parametrize("source", ["\u200b", "\ufeff", "\u00ad\u2060", "\u3164", "\u2800 \u200d", "\ufe0f"])
def test_what_is_empty_to_the_eye_is_no_message_while_it_grows(source):
    assert not render_growing(source).text


@pytest.mark.parametrize(
    ("source", "shown", "marks"),
    [
        ("##标题\n正文", "标题\n正文", [("bold", "标题")]),
        ("###1. 步骤", "1. 步骤", [("bold", "1. 步骤")]),
        ("#标题\n\n正文", "标题\n\n正文", [("bold", "标题")]),
        ("##**重点**", "重点", [("bold", "重点")]),
        ('##"引号"标题', '"引号"标题', [("bold", '"引号"标题')]),
        ("##😀 标题", "😀 标题", [("bold", "😀 标题")]),
        ("###标题###\n正文", "标题\n正文", [("bold", "标题")]),
        ("##C#", "C#", [("bold", "C#")]),
        ("##!x, ####", "##!x, ####", []),
        (">50% of people", ">50% of people", []),
        (">=18 years", ">=18 years", []),
        (">$100 a day", ">$100 a day", []),
        (">>> print(1)\n1", ">>> print(1)\n1", []),
        (">引用", "引用", [("blockquote", "引用")]),
        ("#hashtag #旅行", "#hashtag #旅行", []),
        ("#1 priority", "#1 priority", []),
        ("#!/bin/sh", "#!/bin/sh", []),
    ],
)
def test_the_beginning_of_a_line_is_read_as_it_was_meant(source, shown, marks):
    assert shown == text(source)
    assert marks == seen(source)
