"""Small plots as SVG, drawn here: a browser needs no script for them, and a screen reader reads their sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 600
HEIGHT: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of values, oldest first; None where there is nothing to tell."""

    name: str  #: what a legend calls it
    style: str  #: a class of the style sheet
    path: str  #: of an SVG


def line(name: str, style: str, values: Sequence[float | None], *, points: int, highest: float) -> Line:
    """The *values* as a line in a plot that has room for so many *points*, the newest at its right end."""
    step = WIDTH / max(1, points - 1)
    path, pen_down = [], False
    for index, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        x = WIDTH - (len(values) - 1 - index) * step
        y = HEIGHT - HEIGHT * min(value, highest) / highest
        path.append(f"{'L' if pen_down else 'M'}{x:.1f} {y:.1f}" + ("" if pen_down else "h0.1"))
        pen_down = True
    return Line(name=name, style=style, path=" ".join(path))


def ceiling(value: float) -> float:
    """A round number above *value*, for the top of a plot."""
    scale = 0.1
    while scale < value:
        for factor in (1, 2, 5):
            if scale * factor >= value:
                return scale * factor
        scale *= 10
    return scale
