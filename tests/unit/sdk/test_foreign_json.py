"""JSON of a far side: read, refused, and never with half a character in it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sdk.foreign_json import decode_json, whole

NULL = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
ANY_CHARACTER = st.text(st.characters(codec=None, categories=None))
JSON = st.recursive(
    NULL | ANY_CHARACTER,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_CHARACTER, inner, max_size=4),
    max_leaves=12,
)


@given(value=JSON)
def test_whatever_json_can_spell_is_read_in_whole_characters(value):
    read = decode_json(json.dumps(value))

    assert json.dumps(read, ensure_ascii=False).encode()
    assert "\\u0000" not in json.dumps(read).replace("\\\\", "")


@given(value=st.recursive(NULL | st.text(), lambda inner: st.lists(inner, max_size=4), max_leaves=12))
def test_whole_characters_stay_as_they_are(value):
    clean = json.loads(json.dumps(value).replace("\\u0000", "0"))

    assert clean == decode_json(json.dumps(clean)) == decode_json(json.dumps(clean, ensure_ascii=False).encode())


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (r'"\ud83d\ude00"', "😀"),
        (r'"\ud83d"', "\ufffd"),
        ('"\ud83d"', "\ufffd"),
        (r'"a\uDEADb"', "a\ufffdb"),
        (r'"a\u0000b"', "a\ufffdb"),
        (r'{"\ud800": ["\udfff"]}', {"\ufffd": ["\ufffd"]}),
        (r'"\\ud800"', r"\ud800"),
        (b'\xef\xbb\xbf"x"', "x"),
        (b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd"),
        ("[-Infinity, 1e999]", [float("-inf"), float("inf")]),
        ("12345678901234567890123", 12345678901234567890123),
        ('{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_halves_are_replaced_and_pairs_kept(said, read):
    assert read == decode_json(said)


@pytest.mark.parametrize("levels", [100, 190, 300])
def test_what_is_nested_deeply_is_read_while_it_can_be(levels):
    read = decode_json('{"a":' * levels + r'"\ud800"' + "}" * levels)

    for _ in range(levels):
        read = read["a"]
    assert "\ufffd" == read


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "", "1" * 5_000, "{", b"\xff\xfe", b"\x00", "'a'", None, [], 7]
)
def test_what_is_no_json_is_a_value_error_and_nothing_else(text):
    with pytest.raises(ValueError):  # noqa: PT011 - which is all that is promised
        decode_json(text)


def test_two_halves_from_two_places_are_one_character_again():
    assert "😀" == whole("\ud83d" + "\ude00")
