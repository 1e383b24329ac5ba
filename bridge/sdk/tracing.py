"""
Spans of work for a collector of traces; until one is set, nothing happens here and nothing is imported.

Rule: as in the log, ids, counts and reasons; never what people wrote, never a token. Spans nest as the blocks do that open
them, tasks that are begun inside included.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol


class Tracer(Protocol):
    """A collector of traces."""

    def span(self, name: str, began_at: float | None, /, **attributes: object) -> AbstractContextManager[object]:
        """A span for as long as the block lasts; *began_at*: in seconds since 1970, where it began before."""

    def note(self, **attributes: object) -> None:
        """Add to the innermost span."""

    def ids(self) -> dict[str, str]:
        """The ids by which the lines of the log and a trace are matched."""


@dataclass(slots=True)
class _Collected:
    by: Tracer | None = None


_collected = _Collected()


def collect(tracer: Tracer | None) -> None:
    """Hand every span to *tracer* from now on; to nobody with None."""
    _collected.by = tracer


def span(name: str, began_at: float | None = None, /, **attributes: object) -> AbstractContextManager[object]:
    """A span for as long as the block lasts."""
    tracer = _collected.by
    return tracer.span(name, began_at, **attributes) if tracer else nullcontext()


def note(**attributes: object) -> None:
    """Add to the innermost span, if there is any; None is left out."""
    if tracer := _collected.by:
        tracer.note(**attributes)


def ids() -> dict[str, str]:
    """The ids of the innermost span for a line of the log; none where nobody collects."""
    tracer = _collected.by
    return tracer.ids() if tracer else {}
