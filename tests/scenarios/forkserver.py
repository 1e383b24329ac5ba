"""
Daemons that start at once: each is forked by multiprocessing's forkserver, which has done their imports.

A start takes a second and a half of imports, and a test run has hundreds of starts. What is forked does all that
``python -m bridge run`` does from there on, as a process of its own, that is stopped and killed like any other.

    daemon = await start("run", "--config", "config.yaml", environment={…}, log=Path("a.log"))
    daemon.send_signal(signal.SIGKILL)
    assert await daemon.wait() == -signal.SIGKILL
"""

import asyncio
import importlib
import io
import multiprocessing
import os
import sys
import threading
import warnings
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from bridge.cli import main
from bridge.sdk import crashpoints

IMPORTED = (
    "bridge.app.bridge",
    "bridge.store.notify",
    *(f"bridge.cli.{command}" for command in ("access", "check", "inbox", "people", "sessions")),
    "bridge.web.console",
    "jinja2",
    "adapters.slack.adapter",
    "adapters.telegram.adapter",
    "uvloop",
    __name__,
    "pytest",  # not the daemon's, but multiprocessing imports the parent's main script in each child
)
"""What the forkserver imports, and no daemon need import any more."""

_forkserver = multiprocessing.get_context("forkserver")
_forkserver.set_forkserver_preload(list(IMPORTED))


class Daemon:
    """A process that was started here; it ends with this one at the latest."""

    def __init__(self, process: ForkServerProcess) -> None:
        assert process.pid
        self.pid = process.pid
        self._process = process
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, self._end)

    @property
    def returncode(self) -> int | None:
        """As `subprocess` has it; None while it runs."""
        return self._process.exitcode

    async def wait(self) -> int:
        """Its exit code, as soon as it has ended."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._ended.set()


async def start(*command: str, environment: Mapping[str, str], log: Path) -> Daemon:
    """Start ``coze-bridge`` with that *command*, in that *environment* and no other, with its output added to *log*."""
    await asyncio.to_thread(_await_imports)
    process = _forkserver.Process(target=_live, args=(command, dict(environment), log), daemon=True)
    process.start()  # never in a thread: it reads the exit codes of all that ended, which only one may do
    return Daemon(process)


async def run(*commands: tuple[str, ...], environment: Mapping[str, str], output: Path) -> None:
    """Run these commands of ``coze-bridge``, one after the other, with what they print added to *output*."""
    await asyncio.to_thread(_await_imports)
    process = _forkserver.Process(target=_run, args=(commands, dict(environment), output), daemon=True)
    process.start()
    await Daemon(process).wait()


_importing = threading.Lock()


def _await_imports() -> None:
    """Return once the forkserver has imported everything; the platforms go on meanwhile."""
    with _importing:
        _start_forkserver()


@cache
def _start_forkserver() -> None:
    first = _forkserver.Process(target=int)
    first.start()
    first.join()


def _live(command: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
    """Be what ``coze-bridge`` with that *command* would have become."""
    _prepare(environment, log)
    importlib.reload(crashpoints)  # it reads the environment when it is imported
    sys.argv = ["coze-bridge", *command]
    main()


def _run(commands: tuple[tuple[str, ...], ...], environment: dict[str, str], output: Path) -> None:
    """Be all of the *commands*, however each ends."""
    _prepare(environment, output)
    for command in commands:
        sys.stdout.write(f"--- {' '.join(command)}\n")
        sys.argv = ["coze-bridge", *command]
        with suppress(SystemExit):
            main()


def _prepare(environment: dict[str, str], output: Path) -> None:
    """Have this process look as if it had been started with *environment*, and write to *output*."""
    os.environ.clear()
    os.environ.update(environment)
    warnings.simplefilter("error")  # an interpreter reads PYTHONWARNINGS and PYTHONUNBUFFERED only when it starts
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(write_through=True)
    with output.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
