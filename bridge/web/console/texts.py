"""The console's texts, in the language that a browser asks for."""

from collections.abc import Callable
from functools import cache
from gettext import NullTranslations
from importlib import resources
from typing import Final

from bridge.sdk.i18n import read_catalogue

LANGUAGES: Final = ("en", "zh")
"""English is in the pages themselves; `locale/` has the others."""

MOST_WANTED: Final = 20
"""Languages of a header that are looked at."""


def language_of(accept_language: str) -> str:
    """The one of ours that comes first in the header ``Accept-Language``."""
    wanted = [_weighed(part) for part in accept_language.split(",")[:MOST_WANTED]]
    ranked = sorted(wanted, key=lambda each: -each[0])
    return next((language for weight, language in ranked if weight and language in LANGUAGES), LANGUAGES[0])


def translate(language: str) -> Callable[..., str]:
    """A function that translates a text of the pages into that language, with its fields put in."""
    texts = _catalogue(language)

    def say(text: str, **fields: object) -> str:
        return texts.gettext(text).format_map(fields)

    return say


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == LANGUAGES[0]:
        return NullTranslations()
    return read_catalogue(resources.files(__package__) / "locale" / f"{language}.po")


def _weighed(part: str) -> tuple[float, str]:
    tag, _, weight = part.partition(";q=")
    try:
        return float(weight or 1), tag.strip().lower().partition("-")[0]
    except ValueError:
        return 0.0, ""
