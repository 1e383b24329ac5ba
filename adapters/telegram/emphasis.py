"""
Which of the characters ``* _ ~`` are emphasis marks: CommonMark's rules, and what language models mean beyond them.

Marks beside East Asian text need no space, as those scripts write none: ``**价格：**100元``. Arithmetic, Python's names and
blanks to fill in are no emphasis: ``2*3*4``, ``__init__``, ``____/____``. What is open at the end of a growing text is
closed there.
"""

import re
import string
from collections.abc import Iterator
from typing import Final

from markdown_it.rules_inline import StateInline, emphasis, strikethrough
from markdown_it.rules_inline.state_inline import Delimiter

TAIL: Final = "tail"
"""The key in the parser's environment of the words that a growing text ends with."""

_EASTERN: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_LABEL: Final = re.compile(r"\w[^\w\s]*[:：] ?\Z")
_STRUCK: Final = 2  #: tildes around what is struck out; three begin a block of code
_MEANINGLESS: Final = string.punctuation + string.whitespace
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*|[A-Z][A-Z0-9_]+")
_BEFORE_FACTOR: Final = frozenset(string.ascii_letters + string.digits + ")]}")
_FACTOR: Final = frozenset(string.ascii_letters + string.digits + "([{")


def tokenize_emphasis(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the library calls it so
    """The rule for ``*`` and ``_``."""
    begin, first = state.pos, len(state.delimiters)
    taken = emphasis.tokenize(state, silent)
    if taken:
        _note_places(state, begin, first)
        if state.src[begin] == "*":
            _loosen(state, begin, first)
    return taken


def tokenize_strikethrough(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    """The rule for ``~~``."""
    begin, first = state.pos, len(state.delimiters)
    taken = strikethrough.tokenize(state, silent)
    if taken:
        _note_places(state, begin, first)
        _loosen(state, begin, first)
    return taken


def close_pairs(state: StateInline) -> None:
    """Run after pairing: undo pairs that are no emphasis, and close what is open at the end of a growing text."""
    for delimiters in _lists(state):
        for opener in delimiters:
            if opener.end >= 0 and _is_plain(state, opener, closer := delimiters[opener.end]):
                opener.end, opener.open, closer.open = -1, False, False
    if state.env.get(TAIL) == state.src:
        _close(state, state.delimiters)


def _lists(state: StateInline) -> Iterator[list[Delimiter]]:
    yield state.delimiters
    yield from (meta["delimiters"] for meta in state.tokens_meta if meta and "delimiters" in meta)


def _note_places(state: StateInline, begin: int, first: int) -> None:
    """Record the position of each delimiter in the source."""
    for delimiter in state.delimiters[first:]:
        token = state.tokens[delimiter.token]
        token.meta = {"at": begin}
        begin += len(token.content)


def _loosen(state: StateInline, begin: int, first: int) -> None:
    """
    Let marks open and close in East Asian text, and close behind a label's colon.

    CommonMark wants a space between a mark and punctuation; of double marks also where the punctuation is a Latin one.
    """
    before, after = state.src[begin - 1 : begin], state.src[state.pos : state.pos + 1]
    double = state.pos - begin > 1
    loose, label = double and bool(_EASTERN.search(state.src)), double and bool(_LABEL.search(state.src[:begin]))
    for mark in state.delimiters[first:]:
        mark.open = mark.open or bool((loose or _EASTERN.match(before)) and after.strip())
        eastern = loose or _EASTERN.match(before) or _EASTERN.match(after)
        mark.close = mark.close or label or bool(eastern and before.strip())


def _is_plain(state: StateInline, opener: Delimiter, closer: Delimiter) -> bool:
    """Whether these two delimiters are plain characters."""
    source, mark = state.src, chr(opener.marker)
    start, end = state.tokens[opener.token].meta["at"], state.tokens[closer.token].meta["at"]
    inner = source[start:end].strip(mark)
    before, after = source[:start].rstrip(mark)[-1:], source[end:].lstrip(mark)[:1]
    if not inner.strip(_MEANINGLESS):
        return True
    if mark == "_":
        return opener.length > 1 and bool(_NAME.fullmatch(inner))
    if mark == "~":
        return _run(source, start) != _STRUCK or _run(source, end) != _STRUCK
    opens, closes = before in _BEFORE_FACTOR and inner[0] in _FACTOR, inner[-1] in _BEFORE_FACTOR and after in _FACTOR
    if opener.length == 1:
        return opens or closes or (inner[0].isdigit() and after.isdigit())
    return opens and closes


def _run(source: str, at: int) -> int:
    """The length of the run of equal delimiters at *at*."""
    return len(source) - at - len(source[at:].lstrip(source[at])) + at - len(source[:at].rstrip(source[at]))


def _close(state: StateInline, delimiters: list[Delimiter]) -> None:
    """Close, from the innermost outwards, whatever was opened and is not closed yet."""
    closed = {opener.end for opener in delimiters if opener.end >= 0}
    for at in range(len(delimiters) - 1, -1, -1):
        opener = delimiters[at]
        if opener.open and opener.end < 0 and at not in closed and _may_be_open(state, opener):
            token = state.push("text", "", 0)
            token.content = state.tokens[opener.token].content
            opener.end = len(delimiters)
            delimiters.append(
                Delimiter(opener.marker, opener.length, len(state.tokens) - 1, end=-1, open=False, close=True)
            )


def _may_be_open(state: StateInline, opener: Delimiter) -> bool:
    """Whether that delimiter is likely to become emphasis, not a product or a name."""
    start, mark = state.tokens[opener.token].meta["at"], chr(opener.marker)
    inner, before = state.src[start:].strip(mark), state.src[:start].rstrip(mark)[-1:]
    if not inner.strip(_MEANINGLESS) or opener.length > 3:  # noqa: PLR2004 - more than bold and italic at once
        return False
    if mark == "_":
        return not (opener.length > 1 and _NAME.fullmatch(inner))
    return not (before in _BEFORE_FACTOR and inner[0] in _FACTOR)
