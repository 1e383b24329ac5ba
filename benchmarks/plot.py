"""A plot for the docs, as SVG: lines over one axis, readable on light and dark pages."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 320
LEFT: Final = 60
RIGHT: Final = 40
TOP: Final = 40
BOTTOM: Final = 44
COLOURS: Final = ("#2563eb", "#d97706", "#059669", "#db2777")
INK: Final = "#6b7280"
TICKS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was measured; *values* belong to the plot's *along*, in order."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Lines that share both axes; the upright one begins at nought, so that what is flat looks flat."""

    title: str
    along_name: str
    along: Sequence[float]
    lines: Sequence[Line]

    def write(self, path: Path) -> None:
        """Draw it into that file."""
        path.write_text("\n".join(self._svg()) + "\n", encoding="utf-8")

    def _svg(self) -> Iterator[str]:
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'font-family="sans-serif" font-size="12" fill="{INK}">'
        )
        yield f"<title>{escape(self.title)}</title>"
        yield _text(LEFT, 18, self.title, size=14)
        for tick in range(TICKS + 1):
            yield from self._ticks(tick / TICKS)
        yield _text(WIDTH - RIGHT, HEIGHT - 8, self.along_name, anchor="end")
        for number, line in enumerate(self.lines):
            yield from self._line(number, line)
        yield "</svg>"

    def _ticks(self, share: float) -> Iterator[str]:
        x, y = self._x(share * self.along[-1]), self._y(share * self._top)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{INK}" stroke-opacity=".25"/>'
        yield _text(LEFT - 6, y + 4, f"{share * self._top:,.3g}", anchor="end")
        yield _text(x, HEIGHT - BOTTOM + 16, f"{share * self.along[-1]:,.0f}", anchor="middle")

    def _line(self, number: int, line: Line) -> Iterator[str]:
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{self._x(x):.1f},{self._y(y):.1f}" for x, y in zip(self.along, line.values, strict=True))
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield _text(LEFT + 220 * number, TOP - 6, line.name, colour=colour)

    @property
    def _top(self) -> float:
        return TICKS * _round_step(1.05 * max(max(line.values) for line in self.lines) / TICKS)

    def _x(self, value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * value / self.along[-1]

    def _y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self._top


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 2.5 and 5, times a power of ten, that is not below *least*."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= least)


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, colour: str = INK) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{escape(text)}</text>'
    )
