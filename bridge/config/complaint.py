"""What is wrong with a file: where, what, and the way out."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

BREAK: Final = "⏎"

KeyPath = tuple[str | int, ...]
"""The way to a value: keys and positions in lists."""


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """One thing that is wrong with the file, and what to do about it."""

    line: int  #: counted from one
    column: int  #: ... in code points
    path: str  #: the keys down to the value, joined by dots; empty for the file as a whole
    message: str  #: what was expected, what was found, and the way out
    file: str  #: as the command or an ``include`` names it

    def __str__(self) -> str:
        path = f"{self.path}: " if self.path else ""
        return _in_a_line(f"{self.file}:{self.line}:{self.column}: {path}{self.message}")


def _in_a_line(text: str) -> str:
    """The *text* with a sign for each line break, as a complaint is one line."""
    return BREAK.join(text.splitlines())


@dataclass(frozen=True, slots=True)
class Marks:
    """The positions of a file's values; lines and columns count from one."""

    file: str = "config.yaml"  #: the main file's name
    at: Mapping[KeyPath, tuple[int, int]] = field(default_factory=dict)  #: the line and the column of each
    files: Mapping[KeyPath, str] = field(default_factory=dict)  #: the file's name, for values from an included one

    def complaint(self, key_path: KeyPath, message: str) -> Complaint:
        """A complaint about *key_path*, at the deepest part of it that the file has."""
        known = key_path
        while known and known not in self.at:
            known = known[:-1]
        (line, column), file = self.at.get(known, (1, 1)), self.files.get(known, self.file)
        if key_path != known and isinstance(key_path[-1], int):  # one value was written where several might stand
            key_path = known
        return Complaint(line, column, ".".join(map(str, key_path)), message, file)


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a complaint that leads from a wrong *name* to a *known* one."""
    names = list(known)
    close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{close[0]}`?"
    return f"; expected one of {', '.join(names)}" if names else ""
