"""The table: what is measured, what was promised, and whether it is reached."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from benchmarks.driver import Figures
from benchmarks.subject import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a figure should not exceed."""

    value: float
    times_floor: bool = False  #: *value* is a ratio to the floor's figure in the same run

    def text(self, unit: str) -> str:
        """As the table shows it."""
        return f"≤ {self.value:g} {'×' if self.times_floor else unit}"  # noqa: RUF001 - the sign it is

    def is_met(self, ours: float, floor: float | None) -> bool | None:
        """None if there is nothing to compare with."""
        if not self.times_floor:
            return ours <= self.value
        return ours <= self.value * floor if floor else None


def at_most(value: float) -> Goal:
    """In the figure's own unit."""
    return Goal(value=value)


def times(ratio: float) -> Goal:
    """So many times what the floor takes."""
    return Goal(value=ratio, times_floor=True)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    people: int  #: under which load it is taken
    figure: str
    title: str
    unit: str
    goal: Goal | None = None
    is_kept: bool = (
        True  #: whether its ratio to the floor tells later runs anything; not where the floor has next to nothing
    )


ALONE = (
    Row(1, "first_ready_s", "start to ready, database not there yet", "s"),
    Row(1, "ready_s", "start to ready", "s", at_most(0.9)),
    Row(1, "ready_cpu_s", "start to ready: CPU", "s"),
    Row(1, "idle_mb", "memory, idle", "MB", at_most(80)),
    Row(1, "idle_hour_s", "an idle hour: CPU", "s", at_most(5), is_kept=False),
    Row(1, "sign_p50", "one person: message to first sign of life", "ms", at_most(7)),
    Row(1, "first_p50", "one person: first delta to first text", "ms", times(1.2)),
    Row(1, "final_p50", "one person: Coze's end to final text", "ms", times(1.3)),
    Row(1, "cpu_ms", "one person: CPU an answer", "ms"),
)
TOGETHER = (
    Row(50, "first_p95", "50 at once: first delta to first text, p95", "ms", times(1.0)),
    Row(50, "final_p95", "50 at once: Coze's end to final text, p95", "ms", times(1.0)),
    Row(50, "cpu_ms", "50 at once: CPU an answer", "ms", times(1.15)),
    Row(100, "first_p95", "100 at once: first delta to first text, p95", "ms", times(1.0)),
    Row(100, "final_p95", "100 at once: Coze's end to final text, p95", "ms", times(1.0)),
    Row(100, "cpu_ms", "100 at once: CPU an answer", "ms", times(1.15)),
    Row(300, "first_p95", "300 at once: first delta to first text, p95", "ms", times(1.0)),
    Row(300, "final_p95", "300 at once: Coze's end to final text, p95", "ms", times(1.5)),
    Row(300, "whole_p50", "300 at once: said to final text", "ms", times(1.1)),
    Row(300, "cpu_ms", "300 at once: CPU an answer", "ms", times(1.15)),
    Row(300, "peak_mb", "300 at once: memory, at most", "MB", at_most(100)),
    Row(1000, "whole_p95", "1,000 at once, 1,000 a second: said to final text, p95", "ms", times(1.5)),
    Row(1000, "peak_mb", "1,000 at once: memory, at most", "MB", at_most(120)),
)


def rows(platform: str) -> Iterator[Row]:
    """
    What is shown of that platform.

    Slack allows twenty streams and fifty edits a minute. The daemon keeps to that, so that most of a crowd waits for
    Slack; what we promise holds for those who do not.
    """
    yield from ALONE
    for row in TOGETHER:
        if platform == "slack" and row.figure.endswith("_p95"):
            yield replace(row, title=f"{row.title}, all", goal=None)
            yield replace(row, title=f"{row.title}, native", figure=f"native_{row.figure}")
        else:
            yield row


Results = dict[int, dict[Kind, list[Figures]]]
"""One platform's measurements: by load, then by what was measured, one of each run."""


def medians(runs: Sequence[Figures]) -> Figures:
    """The middle of each figure over all runs."""
    found = {name: [run[name] for run in runs] for name in runs[0]}
    known = {name: [value for value in values if value is not None] for name, values in found.items()}
    return {name: median(values) if values else None for name, values in known.items()}


def table(platform: str, results: Results) -> Iterator[str]:
    """The lines to print for one platform."""
    yield f"{platform:<57}{'floor':>10}{'daemon':>10}{'ratio':>8}{'goal':>10}"
    for row in rows(platform):
        if row.people in results:
            yield _line(row, {kind: medians(runs) for kind, runs in results[row.people].items()})
    for people, kinds in results.items():
        yield from _remarks(people, kinds)


def _line(row: Row, figures: dict[Kind, Figures]) -> str:
    floor, ours = (figures[kind].get(row.figure) if kind in figures else None for kind in (Kind.FLOOR, Kind.DAEMON))
    ratio = f"{ours / floor:.1f}" if floor and ours else "-"
    goal, mark = "", ""
    if row.goal is not None:
        goal = row.goal.text(row.unit)
        mark = _MARKS[None if ours is None else row.goal.is_met(ours, floor)]
    return f"  {row.title:<55}{_cell(floor, row.unit):>10}{_cell(ours, row.unit):>10}{ratio:>8}{goal:>10}{mark}"


_MARKS: Final = {None: "", True: "  ✔", False: "  ✘"}


def _cell(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:.2f} {unit}" if unit == "s" or value < 10 else f"{value:.0f} {unit}"


def _remarks(people: int, kinds: dict[Kind, list[Figures]]) -> Iterator[str]:
    """What else is to be known of one load."""
    for kind, runs in kinds.items():
        for run in runs:
            wrong = {name: int(run[name] or 0) for name in ("unanswered", "asked_again", "said_again")}
            if any(wrong.values()):
                yield f"  ! {kind}, {people}: " + ", ".join(f"{name} {count}" for name, count in wrong.items())
    if ours := kinds.get(Kind.DAEMON):
        figures = medians(ours)
        if figures["native"]:
            yield f"  {people} at once: {figures['native']:g} of {figures['answers']:g} answers streamed natively"
        yield f"  {people} at once: the simulators kept {100 * (figures['outside_busy'] or 0):.0f} % of one core busy"
