"""How a text reads once our name is cut out of it, and which links say their address already."""

import pytest

from bridge.sdk.wording import closed_up, is_address


@pytest.mark.parametrize(
    ("pieces", "reads"),
    [
        (["", " hello"], "hello"),
        (["hello ", "!"], "hello!"),
        (["hello, ", ", how are you?"], "hello how are you?"),
        (["hello ", ""], "hello"),
        (["", "\n\nfirst\nsecond"], "first\nsecond"),
        (["first\n", "\nsecond"], "first\nsecond"),
        (["first\n", "second"], "first\nsecond"),
        (["你好，", "，天气怎么样？"], "你好 天气怎么样？"),
        (["", " ", " twice named"], "twice named"),
        (["a  b ", "  c"], "a  b c"),
        (["untouched  text,"], "untouched  text,"),
        (["    indented ", ""], "    indented"),
        (["", " :wave: hello"], ":wave: hello"),
        (["", ": :+1::skin-tone-3: so be it"], ":+1::skin-tone-3: so be it"),
        ([":tada: ", " we are live"], ":tada: we are live"),
        (["hurrah :tada:, ", ""], "hurrah :tada:"),
        (["", ":hello: who is there?"], ":hello: who is there?"),
        (["", ":hello"], "hello"),
    ],
)
def test_only_what_stood_around_the_name_goes_with_it(pieces: list[str], reads: str):
    assert reads == closed_up(pieces)


@pytest.mark.parametrize(
    ("label", "url", "same"),
    [
        ("example.org", "https://example.org/", True),
        ("HTTPS://Example.org", "http://example.org", True),
        ("ann@example.org", "mailto:ann@example.org", True),
        ("the manual", "https://example.org", False),
        ("example.org", "https://example.org.evil.test", False),
    ],
)
def test_a_link_whose_words_are_its_address_needs_no_other(label: str, url: str, *, same: bool):
    assert same is is_address(label, url)
