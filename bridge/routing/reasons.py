"""Reasons why a rule holds or does not: in English for commands and logs, and translatable for an admin's browser."""

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Self


class Reason(str):
    """An English text that keeps its template and what was put into it, so that it can be translated later."""

    __slots__ = ("_parts", "_text")
    _text: str
    _parts: dict[str, str]

    def __new__(cls, text: str, /, **parts: str) -> Self:
        """The *text*, as catalogues know it, with the *parts* put in, which may be reasons themselves."""
        reason = super().__new__(cls, text.format_map(parts))
        reason._text, reason._parts = text, parts
        return reason

    def __deepcopy__(self, memo: object) -> Self:
        return self  # immutable, as every string

    def translated(self, say: Callable[..., str]) -> str:
        """The same as *say* says it, which is given a text and its parts."""
        parts = {name: part.translated(say) if isinstance(part, Reason) else part for name, part in self._parts.items()}
        return say(self._text, **parts)


def conjunction(reasons: Iterable[Reason]) -> Reason:
    """Several that count together, at least one."""
    return reduce(lambda said, one: Reason("{said}, {one}", said=said, one=one), reasons)


def listing(reasons: Iterable[Reason]) -> Reason:
    """Several that stand side by side, at least one."""
    return reduce(lambda said, one: Reason("{said}; {one}", said=said, one=one), reasons)
