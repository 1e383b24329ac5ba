"""The demo's process: whoever ends it, it leaves nothing behind."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

PATIENCE = 20.0  # seconds; bounds a failure

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
async def test_the_demo_ends_in_good_order_when_it_is_told_to(told: signal.Signals, tmp_path: Path) -> None:
    """Whether by Ctrl-C or by whatever supervises it; what it had written is gone."""
    words = (sys.executable, "-m", "bridge", "demo", "--port", "0")
    environ = os.environ | {"TMPDIR": str(tmp_path)}
    demo = await asyncio.create_subprocess_exec(
        *words,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=lambda: signal.signal(told, signal.SIG_DFL),  # a shell has what runs in its background ignore Ctrl-C
    )
    assert demo.stdout is not None
    async for line in demo.stdout:
        if b"Ctrl-C" in line:
            break
    demo.send_signal(told)

    assert 0 == await asyncio.wait_for(demo.wait(), PATIENCE)
    assert [] == left_in(tmp_path)


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())
