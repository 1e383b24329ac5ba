"""The laws of splitting."""

import re

import pytest
import regex  # type: ignore[import-untyped]  # it has no types
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bridge.sdk.characters import is_blank
from bridge.sdk.splitting import cuts, end_last, messages, split, utf16

FENCES = ["```\n", "```python\n", "~~~\n", "````md\n", "  ```js\n", "```", "~~~", "````", "`````````\n"]
WORDS = [
    "one ",
    "two. ",
    "`code` ",
    "[a](http://b.c) ",
    "你好。",
    "，",
    "**bold** ",
    "- item\n",
    "1. ",
    "| a | b |\n",
    "# h\n",
]
CLUSTERS = [
    "각",
    "\u1100\u1161\u11a8",
    "क्षि",
    "ക്ഷ",
    "e\u0301",
    "👩\u200d👩\u200d👧",
    "❤\ufe0f",
    "👍🏽",
    "🇩🇪",
    "1\ufe0f\u20e3",
    "\r\n",
]
TEXTS = st.one_of(
    st.text(alphabet=st.sampled_from("ab `~\n\r#-.。👍🏽\u200d\u0301🇩"), max_size=200),
    st.lists(st.sampled_from([*FENCES, *WORDS, *CLUSTERS, "\n", "\n\n", " ", "x" * 30]), max_size=60).map("".join),
    st.text(max_size=100),
)
LIMITS = st.integers(16, 60)
MEASURES = st.sampled_from([len, utf16])


def whole_blocks(lines):
    return "".join(f"{line}\n" for line in lines)


DOCUMENTS = st.lists(
    st.one_of(
        st.lists(st.sampled_from(["tone", "ttwo ``x`` tx", "tthree", "tfour."]), min_size=1, max_size=12).map(
            lambda words: " ".join(words) + "\n\n"
        ),
        st.tuples(
            st.sampled_from(["```", "~~~", "````", "  ```"]),
            st.sampled_from(["", "py", "py title"]),
            st.lists(st.sampled_from(["cone ctwo", "  cthree", "cfour" * 3]), min_size=1, max_size=12).map(
                whole_blocks
            ),
        ).map(lambda block: f"{block[0]}{block[1]}\n{block[2]}{block[0]}\n"),
    ),
    max_size=6,
).map("".join)


@given(text=TEXTS, limit=LIMITS, measure=MEASURES)
def test_nothing_is_lost(text, limit, measure):
    pieces = cuts(text, limit, measure)

    assert text == "".join(text[piece.start : piece.end] for piece in pieces)
    assert [0, *(piece.end for piece in pieces)][:-1] == [piece.start for piece in pieces]


@given(text=TEXTS, limit=LIMITS, measure=MEASURES)
def test_a_message_says_what_its_piece_covers(text, limit, measure):
    messages = [
        message[len(piece.opening) : len(message) - len(piece.closing)]
        for piece in cuts(text, limit, measure)
        if (message := piece.as_message(text))
    ]

    said = [text[piece.start : piece.end] for piece in cuts(text, limit, measure)]

    assert "".join("".join(part for part in said if not is_blank(part)).split()) == "".join("".join(messages).split())


@given(text=TEXTS, limit=LIMITS, measure=MEASURES)
def test_every_piece_fits(text, limit, measure):
    assert [piece for piece in split(text, limit, measure) if measure(piece) > limit] == []
    assert all(
        measure(piece.opening + text[piece.start : piece.end] + piece.closing) <= limit
        for piece in cuts(text, limit, measure)
    )


@given(text=TEXTS, more=TEXTS, limit=LIMITS, measure=MEASURES)
def test_only_the_last_piece_may_change_as_the_text_grows(text, more, limit, measure):
    before, after = split(text, limit, measure), split(text + more, limit, measure)

    assert before[:-1] == after[: max(len(before) - 1, 0)]


@given(text=TEXTS, more=TEXTS, limit=st.integers(100, 300), measure=MEASURES)
def test_a_piece_ended_early_loses_nothing_fits_and_stays_as_the_text_grows(text, more, limit, measure):
    pieces = cuts(text, limit, measure)
    ended = end_last(text, pieces, limit, measure) if pieces else pieces
    grown = cuts(text + more, limit, measure, known=ended)

    assert ended[:-1] == grown[: max(len(ended) - 1, 0)]
    assert text + more == "".join((text + more)[piece.start : piece.end] for piece in grown)
    assert [] == [said for said in messages(text + more, grown) if measure(said) > limit]


@given(text=DOCUMENTS, measure=MEASURES)
def test_a_piece_ended_early_renders_by_itself(text, measure):
    pieces = cuts(text, 2_000, measure)
    ended = end_last(text, pieces, 2_000, measure) if pieces else pieces

    assert sorted(code_of(text)) == sorted(word for one in messages(text, ended) for word in code_of(one))


def code_of(text):
    """The words of its code blocks."""
    return [word for token in MarkdownIt().parse(text) if token.type == "fence" for word in token.content.split()]


def test_a_piece_is_ended_where_a_sentence_ends_close_by():
    text = "First this is said at some length. " * 4 + "And then th"
    first, rest = messages(text, end_last(text, cuts(text, 1_000), 1_000))

    assert ("First this is said at some length. " * 4).strip() == first
    assert "And then th" == rest


def test_what_is_short_is_not_ended():
    pieces = cuts("Short.", 1_000)

    assert pieces == end_last("Short.", pieces, 1_000)


@given(text=TEXTS, limit=LIMITS)
def test_no_piece_is_blank(text, limit):
    assert all(piece.strip() for piece in split(text, limit))


@given(text=TEXTS, limit=LIMITS)
def test_a_text_without_fences_that_fits_is_one_piece(text, limit):
    text = re.sub(r"[`~]", "", text).strip()[:limit]

    assert [text] * (not is_blank(text)) == [piece.strip() for piece in split(text, limit)] or text != text.strip()


@given(text=DOCUMENTS, limit=st.integers(40, 90), measure=MEASURES)
def test_every_piece_renders_by_itself(text, limit, measure):
    """
    Code stays code and prose stays prose, wherever the cuts fall, and no piece leaves a fence open.
    """
    prose, code = [], []
    for piece in split(text, limit, measure):
        for token in MarkdownIt().parse(piece):
            if token.type == "fence":
                code += token.content.split()
                assert token.content.strip()
                assert re.fullmatch(r" *(`+|~+)", piece.splitlines()[token.map[1] - 1])
            elif token.type == "inline":
                prose += token.content.split()

    assert "".join(word for word in text.split() if word.startswith("t") and word != "title") == "".join(
        word for word in prose if word.startswith("t")
    )
    assert "".join(code) == "".join(word for word in text.split() if word.startswith("c"))


@given(lines=st.integers(2, 60), fence=st.sampled_from(["```", "~~~", "````"]), info=st.sampled_from(["", "python"]))
def test_a_block_cut_in_two_keeps_its_language(lines, fence, info):
    pieces = split(f"{fence}{info}\n" + "line = 1\n" * lines + fence, 60)

    assert all(piece.startswith(f"{fence}{info}\n") for piece in pieces)
    assert all(piece.endswith(f"\n{fence}") for piece in pieces)
    assert all(set(piece.splitlines()[1:-1]) == {"line = 1"} for piece in pieces)


@given(clusters=st.lists(st.sampled_from([*CLUSTERS, "a", "好"]), min_size=1, max_size=80), measure=MEASURES)
def test_no_cut_goes_through_a_character(clusters, measure):
    text = "".join(clusters)
    edges = {0}
    for cluster in clusters:
        edges.add(max(edges) + len(cluster))

    assert {piece.start for piece in cuts(text, 20, measure)} <= edges


@given(limit=st.integers(1, 15), text=TEXTS)
def test_a_limit_too_small_for_the_laws_still_ends(limit, text):
    assert text == "".join(text[piece.start : piece.end] for piece in cuts(text, limit))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param("a" * 30 + "\n\nbbb ccc\nddd. eee fff", "a" * 30, id="blank line"),
        pytest.param("a" * 30 + " bbb\nddd. eee fff ggg", "a" * 30 + " bbb", id="line"),
        pytest.param("a" * 22 + " ddd. eee fff ggg hhh iii", "a" * 22 + " ddd.", id="sentence"),
        pytest.param("这是一个句子。" * 8, "这是一个句子。" * 5, id="Chinese sentence"),
        pytest.param("aaaa " * 10, "aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa", id="word"),
        pytest.param("a" * 24 + " [a link](http://example.org/x) b", "a" * 24, id="before a link"),
        pytest.param("a" * 24 + " `some code of us` and more", "a" * 24, id="before inline code"),
        pytest.param("a" * 24 + " b\n| one | two | three | four |\n", "a" * 24 + " b", id="before a table's row"),
        pytest.param("a" * 24 + "\n\n# Head\n\nand its text", "a" * 24, id="a heading stays with its text"),
        pytest.param("a" * 24 + " and five - three is two", "a" * 24 + " and five -", id="no accidental list"),
        pytest.param("a" * 24 + "\n```\ncode\n```\nmore and more", "a" * 24, id="before a block"),
        pytest.param("好" * 50, "好" * 40, id="nowhere better"),
        pytest.param("好" * 36 + "hello world", "好" * 36, id="a word after Chinese"),
    ],
)
def test_the_cut_falls_where_a_reader_would_pause(text, first):
    assert first == split(text, 40)[0]


@given(text=st.text())
def test_utf16_counts_code_units(text):
    assert utf16(text) == sum(1 + (character > "\uffff") for character in text)


def test_half_a_character_counts_one():
    assert utf16("\ud83d") == 1


@given(length=st.integers(1, 20_000))
def test_the_text_is_measured_a_few_times_a_piece(length):
    """
    A stream is split anew for each frame.
    """
    measured = []

    def measure(text):
        measured.append(len(text))
        return len(text)

    pieces = split("word " * (length // 5), 4096, measure)

    assert 40 * max(len(pieces), 1) >= len(measured)


@given(text=DOCUMENTS, more=DOCUMENTS, limit=LIMITS)
def test_while_a_message_grows_it_is_only_appended_to(text, more, limit):
    """
    A platform that streams can only append; a code block closed too early would have to be taken back.
    """
    before, after = split(text, limit, growing=True), split(text + more, limit, growing=True)
    assume(len(before) == len(after))

    for shown, later in zip(before, after, strict=True):
        assert later.startswith(shown)


@given(text=TEXTS, more=TEXTS, limit=LIMITS, measure=MEASURES)
def test_what_is_known_of_a_growing_text_need_not_be_cut_again(text, more, limit, measure):
    assert cuts(text + more, limit, measure) == cuts(text + more, limit, measure, known=cuts(text, limit, measure))


@pytest.mark.parametrize(
    "character",
    ["\u1100\u1161\u11a8", "क्षि", "ক্ষি", "ക്ഷ", "👩\u200d👩\u200d👧", "🏴\U000e0067\U000e0062\U000e007f", "नमस्ते"],
)
def test_no_hard_cut_goes_through_what_is_seen_as_one(character):
    """Letters that a script joins are one to their reader, although each has its own code point."""
    parts = split(character * 40, 16)

    assert character * 40 == "".join(parts)
    assert all(
        regex.fullmatch(r"\X*", part)
        and len(regex.findall(r"\X", "".join(parts))) == sum(len(regex.findall(r"\X", p)) for p in parts)
        for part in parts
    )


ROWS = "".join(f"| row {number} | {number * number} |\n" for number in range(40))


@pytest.mark.parametrize(
    "head",
    [
        "| name | square |\n|---|---|\n",
        "| a | b |\n| :-- | --: |\n",
        "|名称|平方|\n|:-:|---|\n",
        "|a|b|\n|---:|:---|\n",
    ],
)
def test_the_later_parts_of_a_table_begin_with_its_head(head):
    parts = split(f"A table:\n\n{head}{ROWS}\nand words behind it.", 200)

    assert len(parts) > 3
    assert all(part.startswith(head) for part in parts[1:] if "| row" in part)
    assert ROWS.split("\n")[:-1] == [line for part in parts for line in part.splitlines() if line.startswith("| row")]
    assert [] == [part for part in parts if part.rstrip().endswith("-|")]


@pytest.mark.parametrize(
    "head",
    ["name | square\n--- | ---\n", "name | square |\n:-- | --: |\n", "| name | square\n|---|---\n", "a|b\n-|-\n"],
)
def test_so_do_those_of_one_without_strokes_around_it(head):
    rows = "".join(f"row {number} | {number * number}\n" for number in range(60))
    parts = split(f"A table:\n\n{head}{rows}\nand words behind it.", 200)

    assert len(parts) > 3
    assert all(part.startswith(head) for part in parts[1:] if "row" in part)


@pytest.mark.parametrize(
    "behind", ["either | or, ", "`a | b` and ", "x " * 30 + "| y ", "\n| other | table |\n|---|---|\n" + "| 1 | 2 |\n"]
)
def test_words_with_strokes_in_them_behind_a_table_are_none_of_its_rows(behind):
    parts = split(f"name | square\n--- | ---\n{ROWS[:146]}\n" + behind * 12, 200)

    assert [] == [part for part in parts[1:] if part.startswith("name |") and "| row" not in part]


def test_a_table_in_a_code_block_is_code():
    parts = split(f"```\n| name | square |\n|---|---|\n{ROWS}```", 200)

    assert all(part.startswith("```\n| row") for part in parts[1:])


def test_what_follows_a_table_has_no_head():
    parts = split(f"| name | square |\n|---|---|\n{ROWS[:150]}\n" + "word " * 60, 200)

    assert not parts[-1].startswith("|")


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (
            "1. first " + "word " * 8 + "\n    - sub point\n    - another\n2. second",
            "- sub point\n- another\n2. second",
        ),
        ("- " + "word " * 9 + "\n\t- deep\n\t- deeper\n- top", "- deep\n- deeper\n- top"),
        ("* " + "word " * 9 + "\n      1. one\n      2. two", "1. one\n2. two"),
        ("- " + "word " * 9 + "\n  ## Head\n  text", "## Head\ntext"),
    ],
)
def test_what_is_cut_out_of_a_list_stands_at_the_margin(text, begins):
    """Four spaces before a message's first words would make code of them."""
    assert begins == split(text, 54)[1]


@pytest.mark.parametrize(
    "lines",
    [
        ["1. Do this:\n", "    ```python\n", "    x = 1\n", "    ```\n"],
        ["- a\n", "  - b\n", "\t```python\n", "\tx = 1\n", "\t```\n"],
        ["> ```python\n", "> x = 1\n", "> ```\n"],
        ["- ```python\n", "  x = 1\n", "  ```\n"],
    ],
)
def test_a_block_in_a_list_or_quote_keeps_its_language_when_cut(lines):
    code = next(line for line in lines if "x = 1" in line)
    text = "".join(line * (30 if line == code else 1) for line in lines)

    for part in split(text, 100):
        (fence,) = (token for token in MarkdownIt().parse(part) if token.type == "fence" and token.content.strip())
        assert "python" == fence.info
        assert {"x = 1"} == set(fence.content.splitlines())
