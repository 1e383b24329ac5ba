r"""
Regular expressions by RE2, whose time is linear in the text, whatever the pattern.

It has no backreferences and no look-around, as these cannot be done in linear time; a pattern with one is refused. `\w`, `\d`
and `\b` mean ASCII there; write `\pL` for a letter of any script.
https://github.com/google/re2/wiki/Syntax
"""

from dataclasses import dataclass, field
from typing import Any, Final

_MEMORY: Final = 1 << 20
"""Bytes that one compiled pattern may take; one with large counted repetitions needs more, and is refused."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression; two are equal if they are written alike."""

    pattern: str
    compiled: Any = field(compare=False, repr=False)

    def search(self, text: str) -> bool:
        """Whether it is found anywhere in *text*."""
        # a lone surrogate has no encoding
        return self.compiled.search(text.encode(errors="replace")) is not None


def parse_pattern(text: str) -> Pattern:
    """The pattern written as *text*; raises ValueError with what is wrong with it."""
    if not text:
        raise ValueError("must not be empty; it would hold everywhere")
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415 - has no types; 3 MB that a config without patterns does not need

    options = re2.Options()
    options.max_mem, options.log_errors = _MEMORY, False
    try:
        return Pattern(text, re2.compile(text, options))
    except re2.error as refusal:
        raise ValueError(_reason(refusal)) from None


def _reason(refusal: Exception) -> str:
    words = refusal.args[0] if refusal.args else ""
    said = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    if "invalid perl operator" in said or "invalid escape sequence" in said:
        said += "; patterns run in linear time, without look-around and backreferences"
    return f"expected a regular expression of RE2 ({said})"
