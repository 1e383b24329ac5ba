"""The benchmark runs, and tells what it promised to tell; how fast we are is no test's business."""

import asyncio
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="memory and CPU are read from Linux's /proc")
async def test_a_quick_benchmark_prints_its_table():
    table = await _benchmark("--quick", "--only", "telegram")

    assert "one person: first delta to first text" in table
    assert "≤ 3 ms" in table
    assert "!" not in table, "nobody was answered twice, or not at all"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="as above")
async def test_an_attack_of_a_moment_is_survived():
    table = await _benchmark("--seconds", "1", module="benchmarks.attack")

    assert "| first words, median ms |" in table
    assert "| health, slowest ms |" in table


async def _benchmark(*options, module="benchmarks"):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *options), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()

    assert process.returncode == 0

    return told.decode()
