"""
Better or worse than before: the ratios to the floor that were measured when somebody last kept them, in a file.

A ratio is compared, not a time: another machine has other times, and the floor ran beside us. It counts as worse only if
it is so in each run, for a busy moment of the machine meets one.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.report import Results, Row, rows
from benchmarks.subject import Kind

KEPT: Final = Path(__file__).with_name("baseline.json")

WORSE: Final = 1.5
"""Times the ratio that was kept; what is below is noise."""

Runs = dict[Kind, list[float]]
"""One figure, by what was measured, of each run."""

Ratios = dict[str, float]
"""By ``platform/people/figure``."""


def read(path: Path = KEPT) -> Ratios:
    """The ratios that were kept; none if there is no such file."""
    return json.loads(path.read_text()) if path.exists() else {}


def keep(every: dict[str, Results], path: Path = KEPT) -> None:
    """Keep the medians of what was measured; what was not measured now stays as it is."""
    measured = {name: round(_ratio(runs, median), 3) for name, _, runs in _compared(every)}
    path.write_text(json.dumps(read(path) | measured, indent=1, sort_keys=True) + "\n")


def complaints(every: dict[str, Results], kept: Ratios) -> Iterator[str]:
    """What got worse, a line each."""
    for name, row, runs in _compared(every):
        best = _ratio(runs, min)
        if best > WORSE * kept.get(name, float("inf")):
            yield f"{name.partition('/')[0]}: {row.title}: {best:.1f} times the floor at best, {kept[name]:.1f} before"


def _compared(every: dict[str, Results]) -> Iterator[tuple[str, Row, Runs]]:
    """Each figure that both have, with its name in the file."""
    for platform, results in every.items():
        for row in filter(lambda row: row.is_kept, rows(platform)):
            measured = results.get(row.people, {})
            runs = {
                kind: [run[row.figure] or 0 for run in measured.get(kind, ()) if row.figure in run] for kind in Kind
            }
            if all(values and all(values) for values in runs.values()):
                yield f"{platform}/{row.people}/{row.figure}", row, runs


def _ratio(runs: Runs, of: Callable[[Sequence[float]], float]) -> float:
    """Ours, as *of* chooses it from all runs, to the median of the floor."""
    return of(runs[Kind.DAEMON]) / median(runs[Kind.FLOOR])
