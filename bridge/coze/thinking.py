"""
Leaves a model's reasoning, ``<think>…</think>``, out of its answer.

Rules
* The visible text of a growing answer only gets longer, so whatever is undecided is held back.
* Code is left alone: a tag in a fenced block or between backticks is text.
* A block that opens a line and never closes is reasoning that was cut off; a tag in the middle of a sentence that never
  closes is a mention. A closing tag alone on its line ends reasoning whose beginning the model kept to itself.
"""

import re
from dataclasses import dataclass, field
from typing import Final

_MARK: Final = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})|(?P<ticks>`+)|(?P<tag><(?P<closes>/)?think(?:ing)?>)", re.IGNORECASE | re.MULTILINE
)
_TAG: Final = re.compile(r"</?think(?:ing)?>", re.IGNORECASE)
_END: Final = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_TAGS: Final = ("<think>", "<thinking>", "</think>", "</thinking>")
_LONGEST: Final = max(map(len, _TAGS))

_Block = tuple[int, int]
"""Where reasoning begins, and where it ends; behind the text if its end has not come."""


@dataclass(slots=True)
class ThinkingFilter:
    """The filter for one message that grows: takes its deltas, gives the visible text that they add."""

    _pieces: list[str] = field(default_factory=list)
    _length: int = 0  # characters of all pieces
    _shown: int = 0  # ... and of what was given
    _tagged: bool = False  # whether there is a tag at all
    _tail: str = ""  # the last characters, in which a tag may have begun

    def feed(self, delta: str) -> str:
        """What *delta* adds to the visible text."""
        self._pieces.append(delta)
        self._length += len(delta)
        tail = self._tail + delta
        self._tail = tail[-_LONGEST:]
        if "<" in tail and not self._tagged:
            self._tagged = _TAG.search(tail) is not None
        new = self._beside_tags() if self._tagged else _last(tail, self._length - self._shown)
        self._shown += len(new)
        return new

    def _beside_tags(self) -> str:
        return _visible("".join(self._pieces), growing=True)[self._shown :]


def _last(tail: str, length: int) -> str:
    """The last *length* characters of *tail*, without a tag that may begin in them."""
    begun = _begun_tag(tail) if "<" in tail else 0
    return tail[len(tail) - length : len(tail) - begun]


def without_thinking(text: str) -> str:
    """A whole *text* without its reasoning."""
    return _visible(text, growing=False) if _TAG.search(text) else text


def _visible(text: str, *, growing: bool) -> str:
    kept, start = "", 0
    while (block := _next_block(text, start, growing=growing)) is not None:
        kept += text[start : block[0]]
        start = block[1]
        if not kept.strip():  # nothing stands before the answer, so no empty line is wanted there
            start += len(text[start:]) - len(text[start:].lstrip())
    rest = text[start:]
    return kept + (rest[: len(rest) - _begun_tag(rest)] if growing else rest)


def _next_block(text: str, start: int, *, growing: bool) -> _Block | None:
    at = start
    while (mark := _MARK.search(text, at)) is not None:
        at = mark.end()
        if mark["fence"]:
            at = _behind_fence(text, mark)
        elif mark["ticks"]:
            behind = _behind_ticks(text, mark)
            if growing and (behind is None or behind == len(text)):  # a run of backticks at the end may get longer
                return _held(text, at)
            at = behind or at
        elif mark["closes"]:
            if not growing and _alone(text, mark):
                return start, at
        elif (end := _END.search(text, at)) is not None:
            return mark.start(), end.end()
        elif growing or _opens_line(text, mark):
            return mark.start(), len(text)
    return None


def _behind_fence(text: str, mark: re.Match[str]) -> int:
    fence = mark["fence"]
    end = re.compile(rf"^ {{0,3}}{fence[0]}{{{len(fence)},}}[ \t]*$", re.MULTILINE).search(text, mark.end())
    return end.end() if end else len(text)


def _behind_ticks(text: str, mark: re.Match[str]) -> int | None:
    """Behind the inline code that begins at *mark*, or behind backticks that begin none; None: that is still open."""
    paragraph = re.compile(r"\n[ \t]*\n").search(text, mark.end())
    stop = paragraph.start() if paragraph else len(text)
    end = re.compile(rf"(?<!`){mark['ticks']}(?!`)").search(text, mark.end(), stop)
    if end is not None:
        return end.end()
    return mark.end() if paragraph else None


def _held(text: str, at: int) -> _Block | None:
    """From the first tag in what may become code: reasoning or not, that is open."""
    tag = _TAG.search(text, at)
    return (tag.start(), len(text)) if tag else None


def _alone(text: str, mark: re.Match[str]) -> bool:
    return _opens_line(text, mark) and not text[mark.end() :].split("\n", 1)[0].strip()


def _opens_line(text: str, mark: re.Match[str]) -> bool:
    return not text[: mark.start()].rpartition("\n")[2].strip()


def _begun_tag(text: str) -> int:
    """How many characters at the end may be the beginning of a tag."""
    at = text.rfind("<", max(0, len(text) - _LONGEST))
    begun = text[at:].lower() if at >= 0 else ""
    return len(begun) if begun and any(tag.startswith(begun) and tag != begun for tag in _TAGS) else 0
