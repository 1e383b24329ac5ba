"""Why a rule holds or does not: English for commands and logs, and whatever language an admin's browser asks for."""

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Self


class Reason(str):
    """A text that still knows what was put into it; English wherever it is taken for a string."""

    __slots__ = ("_parts", "_text")
    _text: str
    _parts: dict[str, str]

    def __new__(cls, text: str, /, **parts: str) -> Self:
        """The *text*, as catalogues know it, with the *parts* put in, which may be reasons themselves."""
        reason = super().__new__(cls, text.format_map(parts))
        reason._text, reason._parts = text, parts
        return reason

    def __deepcopy__(self, memo: object) -> Self:
        return self  # as a string is

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
