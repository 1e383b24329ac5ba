"""
Personal data found in a text by its form: e-mail addresses, telephone numbers, numbers of payment cards.

It is best effort, not a promise: a number that is written out in words is not found. The work is linear in the text.
"""

import re
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from functools import partial
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
    r"|(?<![\w.,:/-])\(?0\d{1,5}\)?[ ./-]?\d[\d ./-]{3,14}\d(?![\w:])"  # with a leading zero
    r"|(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"  # a mobile in China
    r"|(?<![\w.-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"  # in North America
)
_CARD: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")  # https://www.iso.org/standard/70484.html


def hide(text: str, kinds: Collection[PersonalData]) -> str:
    """*text* with each piece of those *kinds* replaced by the name of its kind in brackets."""
    for kind, (pattern, is_one) in _KINDS.items():
        if kind in kinds:
            text = pattern.sub(partial(_named, kind, is_one), text)
    return text


def _named(kind: PersonalData, is_one: Callable[[str], bool], found: "re.Match[str]") -> str:
    return f"[{kind}]" if is_one(found[0]) else found[0]


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
