"""Small plots as SVG, drawn here: a browser needs no script for them, and a screen reader reads their sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

WIDTH: Final = 600
HEIGHT: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of values, oldest first; None where there is nothing to tell."""

    name: str  #: what a legend calls it
    style: str  #: a class of the style sheet
    path: str  #: of an SVG, through values that have neighbours
    dots: str  #: of an SVG, at each that has none


def line(name: str, style: str, values: Sequence[float | None], *, points: int, highest: float) -> Line:
    """The *values* as a line in a plot that has room for so many *points*, the newest at its right end."""
    step = WIDTH / max(1, points - 1)
    spots = [
        None
        if value is None
        else (WIDTH - (len(values) - 1 - at) * step, HEIGHT - HEIGHT * min(value, highest) / highest)
        for at, value in enumerate(values)
    ]
    runs = [list(run) for is_there, run in groupby(spots, key=bool) if is_there]
    path = " ".join(_drawn(run) for run in runs if len(run) > 1)
    dots = " ".join(f"{_drawn(run)}h0.1" for run in runs if len(run) == 1)
    return Line(name=name, style=style, path=path, dots=dots)


def _drawn(run: Sequence[tuple[float, float] | None]) -> str:
    return "M" + "L".join(f"{spot[0]:.1f} {spot[1]:.1f}" for spot in run if spot)


def ceiling(value: float) -> float:
    """A round number above *value*, for the top of a plot."""
    scale = 0.1
    while scale < value:
        for factor in (1, 2, 5):
            if scale * factor >= value:
                return scale * factor
        scale *= 10
    return scale
