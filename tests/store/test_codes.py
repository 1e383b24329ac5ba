"""A code is known again however people and their keyboards write it."""

import pytest

from bridge.store.codes import new_code, typed_code


@pytest.mark.parametrize(
    "typed",
    [
        "K7WQ2MZD",
        "k7wq2mzd",
        " K7WQ2MZD\n",
        "Ｋ７ＷＱ２ＭＺＤ",
        "ｋ７ｗｑ２ｍｚｄ",
        "K7WQ 2MZD",
        "K7WQ\u30002MZD",
        "K7WQ-2MZD",
        "k7wq\u20112mzd",
        "K7WQ\u200b2MZD",
        "`K7WQ2MZD`",
        "“K7WQ2MZD”",
        "K7WQ2MZD.",
        "K7WQ2MZD。",
        "<K7WQ2MZD>",
    ],
)
def test_it_is_the_same_however_it_is_typed(typed):
    assert "K7WQ2MZD" == typed_code(typed)


@pytest.mark.parametrize("typed", ["K7WQ2MZ", "K7WQ2MZD thanks", "K7WQ2MZE", "", "。", "١٢٣٤٥٦٧٨", "K7WQ2MZD\u0301x"])
def test_nothing_else_is(typed):
    assert "K7WQ2MZD" != typed_code(typed)


def test_each_is_its_own():
    made = [new_code() for _ in range(100)]

    assert made == [typed_code(code) for code in made]
