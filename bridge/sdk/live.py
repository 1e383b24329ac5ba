"""The turns at work in this process, as somebody who looks at it may see them; never what is said in them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class LiveTurn:
    """One of them."""

    turn: int  #: its number in the inbox
    conversation: str  #: where it answers
    adapter: str  #: its name in the config
    accepted_at: float  #: seconds since 1970
    began: float = field(default_factory=time.monotonic)  #: seconds of the monotonic clock
    route: str = ""  #: who decided, by name; empty until then
    bot: str = ""  #: who answers, by name; empty until then
    has_shown: bool = False  #: whether its author has seen a sign of life
    first_words: float | None = None  #: seconds from the message's acceptance to its first text on the screen


TURNS: dict[int, LiveTurn] = {}
"""Those at work, by number; as many as `worker.concurrency` at most."""

_ours: ContextVar[LiveTurn | None] = ContextVar("turn", default=None)


@contextmanager
def at_work(turn: LiveTurn) -> Iterator[None]:
    """While it is."""
    TURNS[turn.turn], token = turn, _ours.set(turn)
    try:
        yield
    finally:
        _ours.reset(token)
        TURNS.pop(turn.turn, None)


def current() -> LiveTurn | None:
    """The turn at hand."""
    return _ours.get()


def adapter() -> str:
    """Its adapter; empty outside of any turn."""
    turn = _ours.get()
    return turn.adapter if turn else ""


def answered_by(*, route: str, bot: str) -> None:
    """Write down who answers the turn at hand."""
    if turn := _ours.get():
        turn.route, turn.bot = route, bot


def speaks_after(seconds: float) -> None:
    """Write down that the first text of the turn at hand can be read."""
    if turn := _ours.get():
        turn.first_words = seconds
