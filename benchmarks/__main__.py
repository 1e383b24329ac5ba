"""
`python -m benchmarks`: the floor and the daemon, side by side, on this machine.

The simulators and the people live in this process, the floor and the daemon in one of their own, fresh for each load.
"""

import json
import os
import platform as machine
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import click
import uvloop

from benchmarks import baseline
from benchmarks.driver import CROWDS, Load, measure
from benchmarks.outside import DELTAS, EVERY
from benchmarks.report import Results, table
from benchmarks.subject import Kind

LOADS = (
    Load(people=1, rounds=15, restart=True, thinks=0.3),
    Load(people=50),
    Load(people=100),
    Load(people=300),
    Load(people=1000, rate="1000/second"),
)
QUICK = (Load(people=1),)
RUNS = 5


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--runs", type=click.IntRange(1), default=RUNS, show_default=True, help="Of each; the table has medians.")
@click.option("--quick", is_flag=True, help="One person, one answer, one run: whether it works at all.")
@click.option("--only", type=click.Choice([*CROWDS]), help="One platform.")
@click.option("--people", type=int, multiple=True, help="Only the load of so many people; may be repeated.")
@click.option("--without-floor", is_flag=True, help="The daemon alone.")
@click.option("--keep", is_flag=True, help="Let what is measured now be the baseline from now on.")
@click.option("--json", "path", type=click.Path(path_type=Path), help="Write every figure of every run there.")
def main(
    runs: int,
    only: str | None,
    people: tuple[int, ...],
    path: Path | None,
    *,
    quick: bool,
    without_floor: bool,
    keep: bool,
) -> None:
    """Measure the daemon beside the least that the same libraries need, and print a table; exit 1 if it got worse."""
    if not Path("/proc/self/stat").exists():
        raise click.ClickException("expected Linux: memory and CPU are read from /proc")
    loads = [load for load in (QUICK if quick else LOADS) if not people or load.people in people]
    kinds = [Kind.DAEMON] if without_floor else [*Kind]
    click.echo("\n".join(_conditions()))
    every: dict[str, Results] = {}
    for platform in [only] if only else CROWDS:
        every[platform] = uvloop.run(_measure(platform, kinds, loads, 1 if quick else runs))
        click.echo("\n" + "\n".join(table(platform, every[platform])))
    if path:
        path.write_text(json.dumps(every, indent=1))
    if keep:
        baseline.keep(every)
    elif not quick and (worse := [*baseline.complaints(every, baseline.read())]):
        raise click.ClickException("slower than the baseline in every run:\n" + "\n".join(worse))


async def _measure(platform: str, kinds: Sequence[Kind], loads: Sequence[Load], runs: int) -> Results:
    """Every load on every kind, by turns, so that a noisy minute of the machine meets both."""
    results: Results = {load.people: {kind: [] for kind in kinds} for load in loads}
    for run in range(runs):
        for load in loads:
            for kind in kinds:
                click.echo(f"{platform}: run {run + 1} of {runs}, {load.people} at once, {kind} …", err=True)
                results[load.people][kind].append(await measure(kind, platform, load))
    return results


def _conditions() -> Iterator[str]:
    yield f"Python {machine.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before it began"
    yield f"a durable write to {tempfile.gettempdir()} takes {1000 * _durable_write():.2f} ms"
    yield f"an answer is {DELTAS} deltas, {1000 * EVERY:g} ms apart; a fresh process for each load, warmed up by one answer"
    yield "one person alone asks a bot that thinks for 0.3 s, as a quick model does; a crowd's bot speaks at once"
    yield "the simulators share these cores, and take about 67 µs a delta: 300 at once keep one core busy by themselves"


def _durable_write() -> float:
    """Seconds; the middle of twenty."""
    with tempfile.TemporaryFile() as file:
        return median(_written(file.fileno()) for _ in range(20))


def _written(file: int) -> float:
    began = time.perf_counter()
    os.write(file, bytes(4096))
    os.fsync(file)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
