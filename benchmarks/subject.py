"""What is measured: the floor or the daemon, as a process of its own, and what it takes from the machine."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from benchmarks.outside import World

ROOT = Path(__file__).parents[1]
READY_WITHIN = 30.0
END_WITHIN = 40.0
"""Seconds; longer than the daemon's own drain."""

_TICK = os.sysconf("SC_CLK_TCK")


class Kind(StrEnum):
    """The two that are compared."""

    FLOOR = "floor"
    DAEMON = "daemon"


@dataclass(frozen=True, slots=True)
class Subject:
    """A running process."""

    pid: int
    ready_after: float  #: seconds from its start until all platforms were heard

    def cpu(self) -> float:
        """Seconds of processor it has used by now, in user and system mode."""
        return cpu(self.pid)

    def cpu_exactly(self) -> float:
        """The same to the nanosecond instead of the hundredth, without threads that have ended."""
        threads = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9

    def memory(self) -> float:
        """Megabytes it holds now."""
        return self._status("VmRSS")

    def peak(self) -> float:
        """Megabytes it held at most."""
        return self._status("VmHWM")

    def _status(self, name: str) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def cpu(pid: int) -> float:
    """Seconds of processor that process has used by now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@asynccontextmanager
async def subject(kind: Kind, world: World, folder: Path) -> AsyncIterator[Subject]:
    """The floor or the daemon, ready; told to end at the end of the block. RuntimeError with its last words."""
    config, log = folder / "config.yaml", folder / "log"
    config.write_text(world.config(str(folder)))
    began = time.monotonic()
    with log.open("wb") as words:
        process = await asyncio.create_subprocess_exec(
            *_command(kind, config),
            cwd=ROOT,
            env=_environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=words,
            stderr=words,
        )
    try:
        await _ready(process, world)
        yield Subject(process.pid, time.monotonic() - began)
    except TimeoutError as failure:
        raise RuntimeError(f"the {kind} is late; its last words:\n{_last_words(log)}") from failure
    finally:
        await _end(process)


def _command(kind: Kind, config: Path) -> list[str]:
    match kind:
        case Kind.FLOOR:
            return [sys.executable, "-m", "benchmarks.floor", str(config)]
        case Kind.DAEMON:
            return [sys.executable, "-m", "bridge", "run", "--config", str(config)]


def _environment() -> dict[str, str]:
    """Ours, but modules that are compiled stay so: an installed package has been, and compiling takes a third of a start."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


async def _ready(process: asyncio.subprocess.Process, world: World) -> None:
    """Wait until the simulators see that it listens everywhere; TimeoutError if it does not, or has ended."""
    ended = asyncio.create_task(process.wait())
    hearing = asyncio.create_task(_heard(world))
    await asyncio.wait({ended, hearing}, timeout=READY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
    heard = hearing.done()
    for task in (ended, hearing):
        task.cancel()
    await asyncio.gather(ended, hearing, return_exceptions=True)
    if not heard:
        raise TimeoutError


async def _heard(world: World) -> None:
    while not world.heard:  # noqa: ASYNC110 - two simulators, each with its own event; 1 ms is exact enough for seconds
        await asyncio.sleep(0.001)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(END_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])
