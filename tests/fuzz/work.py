"""
How much Python does, in calls: a bound that holds on every machine, however busy it is.

    with counting() as work:
        parse(text)
    assert work.calls < 50 * len(text)
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class Work:
    """What was done."""

    calls: int = 0  #: of functions written in Python or in C


@contextmanager
def counting() -> Iterator[Work]:
    """Count the calls made within, by this thread; nobody's garbage is collected meanwhile, whose ends are calls, too."""
    work = Work()

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        if event.endswith("call"):
            work.calls += 1

    before = sys.getprofile()
    gc.disable()
    sys.setprofile(count)
    try:
        yield work
    finally:
        sys.setprofile(before)
        gc.enable()
