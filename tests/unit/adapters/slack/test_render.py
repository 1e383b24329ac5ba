"""What Slack is given of the bot's Markdown."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from adapters.slack.render import _chunk, measure, notice, render, render_form, render_growing
from benchmarks.answers import answers, streams
from benchmarks.rendering import reading, signs, without_formulas
from bridge.sdk.forms import Form
from bridge.sdk.splitting import utf16

PING = re.compile(r"<(?:!(?:here|channel|everyone|subteam)\b|@[UWB][A-Z0-9]|#C[A-Z0-9])")
PIECES = st.lists(
    st.sampled_from(
        [
            "<",
            "@",
            "!",
            "#",
            "U1>",
            "C1>",
            "here>",
            "channel",
            "subteam^S1>",
            "\\",
            "&#33;",
            "&#60;",
            "![",
            "[",
            "](",
            "<!here>",
            " 'a')",
            " =1x1)",
            "<img ",
            "src='https://a.b'",
            ' alt="x"',
            "(",
            ")",
            "https://a.b",
            "`",
            "``",
            "```",
            "~~~",
            "\n",
            "\n\n",
            " ",
            "\t",
            "&",
            ">",
            "a",
            "水",
            "水：",
            "“水”",
            "“",
            "（",
            "😀",
            "**",
            "<b>",
            "</b>",
            "<details>\n",
            "</details>",
            "<li>",
            "</li>",
            "<ul>",
            "</ul>",
            "<ol>",
            "</ol>",
            "<pre>",
            "<pre><code class='lang-py'>",
            "</code></pre>",
            "\n<pre>\n",
            "\n</pre>\n",
            "<blockquote>",
            "</blockquote>\n",
            "\n    ",
            "<br>",
            "<!--",
            "-->",
            "<sup>",
            "</sup>",
            "<p align='x'>",
            "</p>",
            "<a href='https://a.b'>",
            "</a>",
            "<kbd>",
            "</kbd>",
            "<td>",
            "<h2>",
            "</h2>",
            "x^2",
            "$$",
            "$",
            "$x_1$",
            "\\frac{1}{2}",
            "https://",
            "\\(",
            "\\)",
            "\\[",
            "\\]",
        ]
    )
)
TEXTS = PIECES.map("".join) | st.text()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("plain & <simple> > x", "plain & <simple> > x"),
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


@pytest.mark.parametrize(
    "said",
    [
        "```html\n<!DOCTYPE html>\n<!-- c -->\n```",
        "```powershell\n<# a comment #>\n```",
        "<!DOCTYPE html> and <your-name> in prose",
        "`<#include>` and <# x #>",
        "a <@your-name> placeholder, <@user>",
        "if (a <!b) and x<#y",
        "Vec<String> & <b>",
        "the <title> and the <p> tag",
        "<p> tags hold paragraphs",
        "a </b> that nobody opened, x<b>y",
        "git clone <url> && cp <source> <dest>",
        "`<b>x</b>` and ``<br>``",
        "```html\n<b>x</b>\n<br>\n<!-- c -->\n<details>\n```",
        "wow![1] and ![open",
        "`![a](https://b.c)`",
        "```\n![a](https://b.c)\n```",
    ],
)
def test_what_is_no_mention_and_no_picture_is_untouched(said):
    assert said == render(said)


@pytest.mark.parametrize(
    "token",
    [
        "<!here>", "<!channel>", "<!everyone>", "<!subteam^S1|@team>", "<@U1>", "<@W9X|ann>", "<#C1|general>", "<\\!channel>",
        "<&#33;here>", "<&#x21;channel>", "\\<!everyone>", "<!HERE>", "<\\@U1>", "<&#64;U1>", "&#60;!here>", "<!date^1^{date}|x>",
    ],
)  # fmt: skip
def test_a_mention_is_disarmed_however_it_is_spelt(token):
    """Slack may read escaped signs before it looks for mentions, and a phone that has rung cannot be stilled."""
    pictures = (f"![{token}](https://a.b/c.png)", f"![{token}][1]", f"![x]({token})", f"[![{token}](u)](v)")
    for said in (token, f"so {token} there", f"`{token}`", f"```\n{token}\n```", *pictures):
        plain = html.unescape(re.sub(r"\\(?=[!@#<])", "", render(said).replace("&lt;", "(")))
        assert not PING.search(plain) or said.startswith(("`&#60;", "```\n&#60;"))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("![<!here>](https://a.b/c.png)", "[&lt;!here>](https://a.b/c.png)"),
        ("`![<!here>](https://a.b/c.png)`", "`![<\u200b!here>](https://a.b/c.png)`"),
        ("```\n![<!here>][1]\n```", "```\n![<\u200b!here>][1]\n```"),
        ("<![](!channel)>", "&lt;!channel>"),
        ("| <![](@U123) |", "| &lt;@U123 |"),
    ],
)
def test_a_picture_hides_no_mention_and_makes_none(said, shown):
    assert shown == render(said)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("look: ![a red dot](https://a.b/c.png)", "look: [a red dot](https://a.b/c.png)"),
        ('![x](https://a.b/c.png "title") y', "[x](https://a.b/c.png) y"),
        ("![](https://a.b/c.png)", "https://a.b/c.png"),
        (
            f"![{'a cat in the rain, ' * 60}](https://a.b/c.png)",
            f"[{('a cat in the rain, ' * 60).strip()}](https://a.b/c.png)",
        ),
        ("![x](https://a.b/c.png 'title') y", "[x](https://a.b/c.png) y"),
        ("![x](https://a.b/c.png (title)) y", "[x](https://a.b/c.png) y"),
        ("![x](https://a.b/c.png =100x20) y", "[x](https://a.b/c.png) y"),
        ("[![build](https://a.b/c.svg)](https://d.e)", "[build](https://d.e)"),
        ("![a](https://a.b/(c).png)", "[a](https://a.b/(c).png)"),
        ("![图片](<https://a.b/c d.png>)", "[图片](<https://a.b/c d.png>)"),
        ("![dot](data:image/png;base64,iVBORw0)", "dot"),
        ("![a [red] dot](https://a.b/c.png?x=1&y=2)", "[a [red] dot](https://a.b/c.png?x=1&y=2)"),
        ("![chart][1]\n\n[1]: https://a.b/c.png", "[chart][1]\n\n[1]: https://a.b/c.png"),
        ("[![build][svg]](https://d.e)", "[build](https://d.e)"),
        ("![x][]", "[x][]"),
        ("`![chart][1]`", "`![chart][1]`"),
        ('so <img src="https://a.b/c.png" alt="A cat" width=3> there', "so [A cat](<https://a.b/c.png>) there"),
        ("<IMG alt='x [y]' src='https://a.b/c?x=1&amp;y=2'/>", "[x (y)](<https://a.b/c?x=1&y=2>)"),
        ("| <img src=https://a.b/c.png> |", "| https://a.b/c.png |"),
        ('<img alt="dot" src="data:image/png;base64,iVBORw0">', "dot"),
        ('<img data-src="https://a.b/c.png">', '<img data-src="https://a.b/c.png">'),
        ('<img src="https://a.b/c.png" alt="&lt;!here&gt;">', "[(!here)](<https://a.b/c.png>)"),
        ('`<img src="https://a.b/c.png">`', '`<img src="https://a.b/c.png">`'),
        ("the tag <img> and <image src=x>", "the tag <img> and <image src=x>"),
    ],
)
def test_a_picture_is_a_link_with_its_words(said, shown):
    assert shown == render(said)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<b>bold</b>, <i>it</i>, <del>gone</del>, <u>u</u>", "**bold**, *it*, ~~gone~~, u"),
        ("so<b> x </b>is", "so **x** is"),
        ("<b></b>x<i> </i>y", "x y"),
        ('<a href="https://a.b/c?x=1&amp;y=2">docs</a>', "[docs](<https://a.b/c?x=1&y=2>)"),
        ("<a href='javascript:x'>docs</a>", "docs (javascript:x)"),
        ("<a name='top'>Top</a>", "Top"),
        ("H<sub>2</sub>O, x<sup>n+1</sup>, 5<sup>th</sup>", "H₂O, xⁿ⁺¹, 5ᵗʰ"),
        ("see<sup>[1](https://a.b)</sup>", "see[1](https://a.b)"),
        ("<kbd>Ctrl</kbd>+<kbd>C</kbd>, <code>a &lt; b</code>", "`Ctrl`+`C`, `a < b`"),
        ("one<br>two<br/>three<br />\nfour", "one\ntwo\nthree\nfour"),
        ("| a |\n|---|\n| 1<br>2 |", "| a |\n|---|\n| 1 2 |"),
        ("a <!-- not seen --> b", "a  b"),
        ("<!-- not\n\nseen -->\nvisible", "visible"),
        ("<!-- never closed", "<!-- never closed"),
        ("<details>\n<summary>More</summary>\n\nText **b**\n\n</details>\n", "**More**\n\nText **b**\n\n"),
        ("<details><summary>More</summary>Text</details>", "**More**\nText"),
        ("<details><summary>More</summary>\n\nText\n\n</details>", "**More**\n\nText\n\n"),
        ("<details><summary><b>More</b></summary>Text</details>", "**More**\nText"),
        ("<details> hides what is in it", "<details> hides what is in it"),
        ("<ul>\n<li>one</li>\n<li>two</li>\n</ul>\nend", "- one\n- two\n\nend"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two\n"),
        ("<ol>\n<li>one</li>\n<li>two</li>\n</ol>\nend", "1. one\n2. two\n\nend"),
        ("<ol start='9'><li>nine</li><li><b>ten</b></li></ol>", "9. nine\n10. **ten**\n"),
        ("<ul><li>a<ol><li>x</li><li>y</li></ol></li><li>b</li></ul>", "- a\n    1. x\n    2. y\n- b\n"),
        ("<ol>\n    <li>a\n        <ul>\n            <li>x</li>\n", "1. a\n    - x\n"),
        ("<ul>\n  <li>a</li>\n</ul>\n<ol>\n  <li>b</li>\n</ol>", "- a\n\n1. b\n\n"),
        ("<blockquote>\nsaid\n</blockquote>\nend", "> said\n\nend"),
        ("Look:\n<pre>\nif *x*:\n    <T>\n</pre>\ndone", "Look:\n```\nif *x*:\n    <T>\n```\ndone"),
        ('<pre><code class="language-py">a &lt; b\n\nc\n</code></pre> so', "```py\na < b\n\nc\n```\n so"),
        ("<p>One<br>\nTwo</p>\n<div>a\nb</div>", "One\nTwo\na\nb"),
        ("<code>x<y && a>b</code>, <kbd><b>Ctrl</b></kbd>", "`x<y && a>b`, `Ctrl`"),
        ("<p> tags hold text,\nand end anywhere", "<p> tags hold text,\nand end anywhere"),
        ("<pre>```\nx</pre>", "````\n```\nx\n````"),
        ("<pre>&lt;!channel&gt;</pre>", "```\n<\u200b!channel>\n```"),
        ("the <pre> tag and </pre>, <pre>", "the <pre> tag and </pre>, <pre>"),
        ("<pre>never closed", "<pre>never closed"),
        ("<h2>Title</h2>\ntext", "## Title\ntext"),
        ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
        ('<p align="center"><img src="https://a.b/x.png" alt="Logo"/></p>', "[Logo](<https://a.b/x.png>)"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>", "**a** | **b**\nc | d"),
        ("use <sub> and </sub>, or <b> and </b>", "use <sub> and </sub>, or <b> and </b>"),
        ("a <div> and a </div> and <code> or </code>", "a <div> and a </div> and <code> or </code>"),
        ("In HTML, <ul> holds <li> items.", "In HTML, <ul> holds <li> items."),
        ("this is <b>so</b> and <b> so </b>", "this is **so** and <b> so </b>"),
        ("said <q>so</q> <center>c</center>", "said “so” \nc"),
        ("<<b></b>!channel>", "&lt;!channel>"),
        ("<code>&lt;!channel&gt;</code>", "`<\u200b!channel>`"),
        ('<a href="https://a.b/<!channel>">x</a>', '<a href="https://a.b/&lt;!channel>">x</a>'),
    ],
)
def test_html_is_markdown(said, shown):
    assert shown == render(said)


@pytest.mark.parametrize(
    ("said", "bold"),
    [
        ("**价格：**100元", ["价格："]),
        ("**价格：**100元，**时间：**2024年", ["价格：", "时间："]),
        ("- **CPU：**Intel i7，**内存：**16GB", ["CPU：", "内存："]),
        ("他说**“你好”**100遍", ["“你好”"]),
        ("**第一步（准备）：**打开App", ["第一步（准备）："]),
        ("**마크다운(Markdown)**의 문법", ["마크다운(Markdown)"]),
        ("**価格：** 1000円。**注意！**必読", ["価格：", "注意！"]),
        ("<b>价格：</b>100元", ["价格："]),
        ("一**二**三“**四**”五", ["二", "四"]),
        ("| 名 | 值 |\n|---|---|\n| **价：**1 | **量：**2 |", ["价：", "量："]),
        ("**不关\n**价格：**100", ["价格："]),
        ("**价格：**￥100，**名称:**abc", ["价格：", "名称:"]),
        ("**Note:**text and **Q:**What?", ["Note:", "Q:"]),
    ],
)
def test_a_label_is_bold_to_commonmark(said, bold):
    shown = render(said)
    reading = MarkdownIt("commonmark").enable("table").render(shown)

    assert bold == re.findall("<strong>(.*?)</strong>", reading)
    assert said.replace("<b>", "**").replace("</b>", "**") == shown.replace("\u200a", "")


@pytest.mark.parametrize(
    "said",
    [
        "**Note:** a, **b**c",
        "2**3 and (4)**5, a**b!**c",
        "价格*2，数量**3",
        "`**价：**1` 和",
        "```\n**价：**1\n```",
        "他说：**重要**内容",
        "**价格**：100元",
        "**：** 水",
        "2**10，水",
    ],
)
def test_a_mark_that_commonmark_reads_right_is_untouched(said):
    assert said == render(said)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (r"\(x^2\) and $a_1 \le b$", "x² and a₁ ≤ b"),
        (r"\[ \mathbf{A}_{ij} = \sum_{k} B_{ik} \, C_{kj} \]", "Aᵢⱼ = ∑ₖ Bᵢₖ Cₖⱼ"),
        ("$$\nE = mc^2\n$$", "E = mc²"),
        (r"$a^* + b^*$", "a\u2217 + b\u2217"),
        (r"| $P(A \mid B)$ |", "| P(A \u2223 B) |"),
        (r"\(\unknowable{x}\)", r"`\unknowable{x}`"),
        (r"$\sum_{k \in S} a$", "`∑_(k ∈ S) a`"),
        (r"$f = [a](b)$", "`f = [a](b)`"),
        ("\\[\n\\unknowable{x}\n\\]", "`\\unknowable{x}`"),
        (r"`\(x^2\)` \\(x^2\\) https://a.b/$x_1$", r"`\(x^2\)` \\(x^2\\) https://a.b/$x_1$"),
        ("```\n\\(x^2\\)\n```", "```\n\\(x^2\\)\n```"),
        ("costs $5 and $10, or $HOME/$USER", "costs $5 and $10, or $HOME/$USER"),
        (r"\[1\] and \(see below\), \{1,2\}", r"\[1\] and \(see below\), \{1,2\}"),
        (r"\(x <!channel>\)", "`x <\u200b!channel>`"),
    ],
)
def test_a_formula_is_readable_or_code(said, shown):
    assert shown == render(said)


@pytest.mark.parametrize(
    "begun",
    [
        r"so \(x^2",
        r"so \[ x",
        "so $$ x^2 ",
        "so $x_1",
        "so $x_1$",
        "so \\",
        "so `y` $",
    ],
)
def test_a_formula_waits_in_a_stream_until_it_is_whole(begun):
    assert not set(render_growing(begun)) & set("$\\x")


@pytest.mark.parametrize(
    "begun",
    [
        "so <b>bo",
        "so <!-- not se",
        "<ul>\n<li>one</li>\n<li>tw",
        "<details>",
        "x<su",
        "x<sup>2",
        '<a href="https://a.b">do',
        "<pre>\nif x:\n    y",
        "<pre><code class='lang-py'>x\n</co",
    ],
)
def test_a_tag_that_may_be_closed_waits_in_a_stream(begun):
    assert "<" not in render_growing(begun)


@pytest.mark.parametrize(
    ("begun", "shown"),
    [
        ("hello **", "hell"),
        ("see [the docs](https://a.", "se"),
        ("a ![dot](https://a.b/c", "a"),
        ("look <!chan", "loo"),
        ("x `", "x"),
        ("| a | b |\n|---|", ""),
    ],
)
def test_what_may_become_a_mark_waits_in_a_stream(begun, shown):
    """A stream of Slack's can only be appended to."""
    assert shown[:-1] == render_growing(begun) or shown == render_growing(begun)


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


@pytest.mark.parametrize(
    "said", ["<**!channel**>", "<`!here`>", "<__@U1__>", "<[!everyone](https://a.b)>", "<~~#C1~~>"]
)
def test_a_notification_makes_no_mention_of_what_marks_parted(said):
    assert not PING.search(notice(render(said)))


@given(TEXTS)
def test_a_notification_never_mentions_anybody(text):
    assert not PING.search(notice(render(text)))


def test_no_word_of_an_answer_is_lost():
    for answer in map(without_formulas, answers()):
        shown = render(answer)
        text = signs(shown) + signs(re.sub(r"[*_~`]", "", shown))

        assert [] == [word for word in reading(answer) if word not in text]


def test_an_answer_grows_by_what_is_appended_alone():
    for answer in answers():
        whole = render(answer)

        assert all(whole.startswith(render_growing(begun)) for begun in streams(answer, letters=37))


def test_what_a_frame_costs_does_not_grow_with_what_is_settled():
    """Only the last stretch of a message is read again; counted, for a clock tells more of the machine."""
    whole = "\n\n".join(f"Paragraph {number} with **words**, \\(x^2\\) and <b>more</b>." for number in range(60))
    _chunk.cache_clear()
    for begun in streams(whole, letters=40):
        render_growing(begun)

    assert 60 >= _chunk.cache_info().misses


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("##标题\n###3号 and #tag", "## 标题\n### 3号 and #tag"),
        ("  ####Heading", "  #### Heading"),
        ("## Heading\n#1 issue\n##\n###### x", "## Heading\n#1 issue\n##\n###### x"),
        (">50% of people\n>¥3", "&gt;50% of people\n&gt;¥3"),
        ("> a quote\n>another", "> a quote\n>another"),
        (">= 5 is more than >5", "&gt;= 5 is more than >5"),
        ("```\n##x\n>50%\n```", "```\n##x\n>50%\n```"),
        (">>nested\n#!shebang", ">>nested\n#!shebang"),
    ],
)
def test_a_line_begins_as_its_author_means_it(said, shown):
    assert shown == render(said)
    assert measure(said) >= utf16(render(said))
    for end in range(len(said)):
        assert render(said).startswith(render_growing(said[:end]))


@pytest.mark.parametrize("said", ["<!-- x -->", "<b></b>", "<details></details>"])
def test_an_answer_of_which_nothing_would_be_left_is_shown_as_written(said):
    assert said == html.unescape(render_form(Form(whole=said, texts=(said,))))
