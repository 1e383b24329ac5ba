"""Codes that a person reads in one place and types in another, to be let in or linked."""

import secrets
import unicodedata
from typing import Final

_ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_LENGTH: Final = 8


def new_code() -> str:
    """Eight letters and digits, without those that look alike."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def typed_code(text: str) -> str:
    """The code that *text* means: in small letters, of full width as Chinese keyboards write it, in groups or quotation marks."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text))).upper()
