"""The benchmark runs, and tells what it promised to tell; how fast we are is no test's business."""

import asyncio
import sys
from pathlib import Path

import pytest

from benchmarks import baseline
from benchmarks.crowd import optimum
from benchmarks.subject import Kind

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="memory and CPU are read from Linux's /proc")
async def test_a_quick_benchmark_prints_its_table():
    table = await _benchmark("--quick", "--only", "telegram")

    assert "one person: first delta to first text" in table
    assert "≤ 1.2 ×" in table
    assert "!" not in table, "nobody was answered twice, or not at all"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="as above")
async def test_an_attack_of_a_moment_is_survived():
    table = await _benchmark("--seconds", "1", module="benchmarks.attack")

    assert "| first words, median ms |" in table
    assert "| health, slowest ms |" in table


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="as above")
async def test_the_consoles_pages_are_timed_while_people_are_answered():
    table = await _benchmark("--rows", "1000", "--turns", "3", "--seconds", "1", module="benchmarks.console")

    assert "| Overview |" in table
    assert "| first words, median ms |" in table


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="as above")
async def test_a_crowd_on_slack_is_told_beside_the_soonest_that_its_budgets_allow():
    table = await _benchmark("--threads", "2", "--mentions", "1", module="benchmarks.crowd")

    assert "| 2 mentions in 2 threads, seconds | seen | computed |" in table
    assert "| calls that Slack refused | 0 | 0 |" in table


def test_two_hundred_mentions_in_fifty_threads_can_stand_no_sooner_than_budgets_allow():
    """In ten channels: each has twenty answers, five posts at once and one a second, and the workspace twenty streams and more."""
    stood = optimum(50, 4)

    assert 200 == len(stood)
    assert 10 < max(stood) < 16


async def test_growth_is_told_for_each_step_of_a_message(tmp_path):
    plot = tmp_path / "growth.svg"
    table = await _benchmark("--rows", "1000", "--steps", "2", "--svg", str(plot), module="benchmarks.growth")

    assert "| a message accepted |" in table
    assert "| a turn claimed where 5,000 wait |" in table
    assert 3 == plot.read_text().count("<polyline")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="as above")
async def test_a_process_is_looked_at_again_and_again():
    table = await _benchmark("--turns", "200", "--every", "100", module="benchmarks.steady")

    assert ["100", "200"] == [line.split()[1] for line in table.splitlines()[2:]]


@pytest.mark.soak
async def test_replicas_share_a_crowd_and_answer_each_once():
    table = await _benchmark("--replicas", "2", "--people", "4", module="benchmarks.replicas")

    assert "4 answered by 2 replicas" in table
    assert "0 unanswered, 0 answered twice, 0 asked of Coze more than once" in table


async def test_a_long_answer_is_told_by_the_character_on_each_platform():
    table = await _benchmark("--rounds", "1", "--length", "500", "--length", "1000", module="benchmarks.long")

    assert ["µs", "telegram", "slack"] == [line.split()[0] for line in table.splitlines()]
    assert table.count("(1.00)") >= 2


async def test_decisions_are_timed_by_the_number_of_routes():
    table = await _benchmark("--rounds", "1", module="benchmarks.routing")

    assert "| each names a chat |" in table
    assert "| each looks at the text |" in table


async def test_labels_in_east_asian_answers_are_bold_beside_plain_commonmark():
    table = await _benchmark(module="benchmarks.labels")

    written, ours, plain = (
        int(line.split("|")[at].split()[0]) for line, at in zip(_rows(table), (1, 2, 2), strict=True)
    )
    assert plain < ours == written


def _rows(table):
    """The head, ours and the first of the others."""
    head, _, *rows = table.splitlines()
    return [head, *rows[:2]]


async def test_joining_costs_plain_text_no_wait_and_no_statement():
    table = await _benchmark("--texts", "5", module="benchmarks.joining")

    assert "| statements of joining | 0 |" in table
    assert "| waits until it may be claimed, longest | 0 s |" in table


async def test_what_limits_cost_is_told_beside_no_limits():
    table = await _benchmark("--rounds", "1", module="benchmarks.limits")

    assert ["1", "100", "1,000"] == [line.split()[1] for line in table.splitlines()[2:]]


def results(ours, floor):
    """As many runs of one figure as are given."""
    return {
        "telegram": {
            1: {kind: [{"first_p50": ms} for ms in runs] for kind, runs in zip(Kind, (floor, ours), strict=True)}
        }
    }


@pytest.mark.parametrize(
    ("ours", "floor", "worse"),
    [
        pytest.param([3.2, 3.1, 3.3], [1, 1, 1], True, id="in every run"),
        pytest.param([9, 2.9, 9], [1, 1, 1], False, id="not in every run"),
        pytest.param([5.8, 5.9], [2, 2], False, id="as on a machine half as fast"),
        pytest.param([1, 1], [1, 1], False, id="better"),
    ],
)
def test_what_got_worse_than_the_baseline_is_told(tmp_path, ours, floor, worse):
    kept = tmp_path / "kept.json"
    baseline.keep(results([2, 2, 2], [1, 1, 1]), kept)

    assert {"telegram/1/first_p50": 2.0} == baseline.read(kept)
    told = [*baseline.complaints(results(ours, floor), baseline.read(kept))]
    assert worse == bool(told)
    assert all(line.startswith("telegram: one person: first delta to first text: 3.1 times") for line in told)


def test_what_was_never_kept_is_not_compared(tmp_path):
    assert [] == [*baseline.complaints(results([9], [1]), baseline.read(tmp_path / "none.json"))]


async def _benchmark(*options, module="benchmarks"):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *options), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()

    assert process.returncode == 0

    return told.decode()
