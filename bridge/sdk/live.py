"""The turns that run in this process, as the console and the diagnosis show them; never what is said in them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class LiveTurn:
    """A turn that runs."""

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
"""Those that run, by number; as many as `worker.concurrency` at most."""

_ours: ContextVar[LiveTurn | None] = ContextVar("turn", default=None)


@contextmanager
def at_work(turn: LiveTurn) -> Iterator[None]:
    """List *turn* in `TURNS`, and make it `current`, for as long as the block lasts."""
    TURNS[turn.turn], token = turn, _ours.set(turn)
    try:
        yield
    finally:
        _ours.reset(token)
        TURNS.pop(turn.turn, None)


def current() -> LiveTurn | None:
    """The turn in whose block the caller runs; None outside of any."""
    return _ours.get()


def adapter() -> str:
    """The adapter of the `current` turn, by name; empty outside of any."""
    turn = _ours.get()
    return turn.adapter if turn else ""


def answered_by(*, route: str, bot: str) -> None:
    """Note who answers the `current` turn."""
    if turn := _ours.get():
        turn.route, turn.bot = route, bot


def speaks_after(seconds: float) -> None:
    """Note after how many *seconds* the first text of the `current` turn could be read."""
    if turn := _ours.get():
        turn.first_words = seconds
