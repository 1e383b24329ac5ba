"""
What must be true of values that come from outside, wherever they are made: they can be stored, sent, and read again.

A decoration (name, language, size) of the wrong type is dropped. What tells who and where must be right: `TypeError` if it is
not, or `ValueError` for an unknown member of an enumeration. A value with nothing wrong is given back as it is, which costs a
tenth of a microsecond.
"""

import math
import unicodedata
from collections.abc import Callable, Mapping
from enum import Enum
from hashlib import blake2b
from typing import Any, ClassVar, Final

LONGEST_TEXT: Final = 400_000
"""Code points of what one message says, or hides in a quote; a platform's own limits are far below."""

LONGEST_LINE: Final = 1_000
"""Code points of a name, a file name, a MIME type."""

LONGEST_ID: Final = 512
"""Code points of what tells one thing from another; PostgreSQL indexes no more than 2,704 bytes."""

LONGEST_RAW: Final = 65_536
"""Code points that are kept of what nobody could read."""

MOST: Final = 200
"""Things of one kind in one message."""

Cleaner = Callable[[Any], Any]


class Cleaned:
    """A value whose fields are cleaned as it is made, each by the cleaner for its name."""

    __slots__ = ()
    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {}

    def __post_init__(self) -> None:
        for name, clean in self.CLEANERS.items():
            given = getattr(self, name)
            kept = clean(given)
            if kept is not given:
                object.__setattr__(self, name, kept)


def storable(text: str) -> str:
    """*text* without NUL, which PostgreSQL refuses, and with each half of a surrogate pair joined or replaced."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = halves_joined(text)
    return text.replace("\0", "") if "\0" in text else text


def halves_joined(text: str) -> str:
    """*text* with U+FFFD for each lone surrogate; two that belong together are one character again."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def words(value: Any) -> str:
    """What somebody said: cut to `LONGEST_TEXT`; nothing, if it is no text."""
    return storable(_cut(value, LONGEST_TEXT)) if isinstance(value, str) else ""


def line(value: Any) -> str:
    """A name: one line without control characters, cut to `LONGEST_LINE`; nothing, if it is no text."""
    if not isinstance(value, str):
        return ""
    if value.isprintable() and len(value) <= LONGEST_LINE:
        return value
    kept = storable(_cut(value, LONGEST_LINE))
    return "".join(" " if sign in "\n\r\t" else sign for sign in kept if sign in "\n\r\t" or not _is_control(sign))


def optional(clean: Cleaner) -> Cleaner:
    """None, or what *clean* makes of it; None if nothing is left."""
    return lambda value: None if value is None else clean(value) or None


def raw(value: Any) -> str:
    """Whatever came, with NUL and halves of characters spelt out; cut to `LONGEST_RAW`, with a note."""
    text = str(value).encode(errors="backslashreplace").decode().replace("\0", "\\x00")
    if len(text) <= LONGEST_RAW:
        return text
    note = f" [cut: {len(text)} characters]"
    return text[: LONGEST_RAW - len(note)] + note


def identifier(value: Any) -> str:
    """What tells one thing from another: a text, or a number as its digits; a long one is cut, with a digest of all of it. Else `TypeError`."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise TypeError(f"expected an identifier, got {type(value).__name__}")
    if len(value) <= LONGEST_ID:
        return storable(value)
    digest = blake2b(value.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    return storable(f"{value[: LONGEST_ID - len(digest) - 1]}~{digest}")


def count(value: Any) -> int | None:
    """A number of bytes; None, if it cannot be one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else None


def choice(value: Any) -> bool | None:
    """A yes, a no, or neither."""
    return None if value is None else bool(value)


def seconds(value: Any) -> float:
    """A time; 0, if it is none."""
    is_time = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if is_time else 0.0


def member(kind: type[Enum]) -> Cleaner:
    """One of *kind*; `ValueError` if it is none."""
    return lambda value: value if isinstance(value, kind) else kind(value)


def instance(kind: type) -> Cleaner:
    """A *kind*; `TypeError` if it is none."""

    def check(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError(f"expected a {kind.__name__}, got {type(value).__name__}")
        return value

    return check


def each(clean: Cleaner, most: int = MOST) -> Cleaner:
    """A tuple of what *clean* makes of the first *most*."""

    def clean_all(values: Any) -> tuple[Any, ...]:
        kept = tuple(clean(value) for value in values[:most])
        same = isinstance(values, tuple) and len(kept) == len(values)
        return values if same and all(map(lambda one, other: one is other, kept, values)) else kept

    return lambda values: values if values == () else clean_all(values)


def texts(value: Any) -> dict[str, str]:
    """Texts by name, as many as `MOST`; what is no text is dropped."""
    if not isinstance(value, Mapping):
        return {}
    kept = {
        storable(name[:LONGEST_ID]): words(text)
        for name, text in list(value.items())[:MOST]
        if isinstance(name, str) and isinstance(text, str)
    }
    return value if isinstance(value, dict) and kept == value else kept


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest]


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) == "Cc"
