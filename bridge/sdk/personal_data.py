"""
Personal data found in a text by its form: e-mail addresses, telephone numbers, numbers of payment cards.

It is best effort, not a promise: a number that is written out in words is not found. The work is linear in the text. A number
may stand right beside Chinese words (``电话010-12345678。``), and be written in signs of full width.
"""

import re
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Final


class PersonalData(StrEnum):
    """A kind of personal data."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"


_EMAIL: Final = re.compile(
    r"(?<![a-zA-Z0-9_.%+-])[a-zA-Z0-9_.%+-]{1,64}@(?:[a-zA-Z0-9-]{1,63}\.){1,8}[a-zA-Z]{2,63}"  # https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1
)
_PHONE: Final = re.compile(
    r"(?<![\w+])\+\d[\d ().\-/]{6,20}\d(?!\d)"  # with its country, https://www.itu.int/rec/T-REC-E.164
    r"|(?<![\w.,:/-])(?!\d\d([./-])\d\d\1\d{4}(?!\d))"  # no date, but what else has
    r"\(?0\d{1,5}\)?[ ./-]?\d[\d ./-]{3,14}\d(?![\w:])"  # a leading zero
    r"|(?<!\d)1[3-9]\d[ .-]?\d{4}[ .-]?\d{4}(?!\d)"  # a mobile in China
    r"|(?<![\w.-])(?:1[ .-])?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])",  # in North America
    re.ASCII,  # a Chinese word may stand right beside a number
)
_CARD: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)", re.ASCII)  # https://www.iso.org/standard/70484.html

_PLAIN: Final = (
    {
        sign: sign - 0xFEE0 for sign in range(0xFF01, 0xFF5F)
    }  # of full width, https://www.unicode.org/charts/PDF/UFF00.pdf
    | dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x3000), " ")
    | dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-")
)
"""Sign for sign, what the patterns look for in place of signs that mean the same."""


def hide(text: str, kinds: Collection[PersonalData]) -> str:
    """*text* with each piece of those *kinds* replaced by the name of its kind in brackets."""
    for kind in _KINDS:
        if kind in kinds:
            text = _without(kind, text)
    return text


def _without(kind: PersonalData, text: str) -> str:
    pattern, is_one = _KINDS[kind]
    told, at = [], 0
    for found in pattern.finditer(text.translate(_PLAIN)):
        if is_one(found[0]):
            told += [text[at : found.start()], f"[{kind}]"]
            at = found.end()
    return "".join([*told, text[at:]])


def _digits(text: str) -> list[int]:
    return [int(sign) for sign in text if sign.isdecimal()]


def _passes_luhn(number: str) -> bool:
    """Whether its last digit proves the others, as that of every card does: https://en.wikipedia.org/wiki/Luhn_algorithm."""
    digits = _digits(number)
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]  # noqa: PLR2004 - of two digits their sum
    return any(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_dialled(number: str) -> bool:
    return 7 <= len(_digits(number)) <= 15  # noqa: PLR2004 - as E.164 has it


_KINDS: Final[Mapping[PersonalData, tuple[re.Pattern[str], Callable[[str], bool]]]] = {
    PersonalData.EMAIL: (_EMAIL, bool),
    PersonalData.CARD: (_CARD, _passes_luhn),  # before telephones, which are shorter
    PersonalData.PHONE: (_PHONE, _is_dialled),
}
