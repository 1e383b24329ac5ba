"""
Daemons that start at once: each is forked from an interpreter that has done its imports, and nothing else.

A start takes a second and a half of imports, and a test run has hundreds of starts. What is forked does all that
``python -m bridge run`` does from there on, as a process of its own, that is stopped and killed like any other.

    daemon = await start("run", "--config", "config.yaml", environment={…}, log=Path("a.log"))
    daemon.send_signal(signal.SIGKILL)
    assert await daemon.wait() == -signal.SIGKILL

Each daemon has a connection to the nursery, over which its order goes there and its pid and its exit code come back.
"""

import asyncio
import atexit
import functools
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from bridge import cli
from bridge.sdk import crashpoints

HOUSE = Path(__file__).parents[2]
IMPORTED = (
    "bridge.app",
    "bridge.store.notify",
    "adapters.slack.adapter",
    "adapters.telegram.adapter",
    "uvloop",
)
"""What a daemon would import first."""


class Daemon:
    """A process that was started here."""

    def __init__(self, pid: int, news: asyncio.StreamReader, line: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None  #: as `subprocess` has it; None while it runs
        self._line = line
        self._ending = asyncio.create_task(self._end(news))

    async def wait(self) -> int:
        """Its exit code, as soon as it has ended."""
        return await asyncio.shield(self._ending)

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    async def _end(self, news: asyncio.StreamReader) -> int:
        self.returncode = int(await news.readline())
        self._line.close()
        return self.returncode


async def start(*command: str, environment: Mapping[str, str], log: Path) -> Daemon:
    """Start ``coze-bridge`` with that *command*, in that *environment* and no other, with its output added to *log*."""
    news, line = await asyncio.open_unix_connection(_nursery())
    line.write(json.dumps({"command": command, "environment": dict(environment), "log": str(log)}).encode() + b"\n")
    return Daemon(int(await news.readline()), news, line)


@functools.cache
def _nursery() -> str:
    """The nursery's address; it ends with this process."""
    listener = socket.socket(socket.AF_UNIX)
    folder = tempfile.TemporaryDirectory(prefix="nursery-")
    address = str(Path(folder.name) / "socket")
    with listener:
        listener.bind(address)
        listener.listen(64)
        command = (sys.executable, "-m", "tests.scenarios.forkserver", str(listener.fileno()))
        process = subprocess.Popen(
            command,
            cwd=HOUSE,
            pass_fds=[listener.fileno()],
            env=os.environ | {"PYTHONWARNINGS": "error", "PYTHONUNBUFFERED": "1"},
        )
    atexit.register(folder.cleanup)
    atexit.register(process.wait)
    atexit.register(process.terminate)
    return address


# The process in which they are born


def main() -> None:
    """Fork a daemon for everybody who asks at the listening socket that is our only argument."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()  # what is here stays: no child need look through it, which would copy it
    mothers: dict[int, socket.socket] = {}

    def bury(*_: object) -> None:
        with suppress(ChildProcessError):  # none is left; another signal may have come in between and buried it
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                with mothers.pop(pid) as line, suppress(OSError):  # nobody may ask any more
                    line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))

    signal.signal(signal.SIGCHLD, bury)
    with socket.socket(fileno=int(sys.argv[1])) as listener:
        while True:
            line, _ = listener.accept()
            order = line.makefile().readline()
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
            pid = os.fork()
            if not pid:
                break
            mothers[pid] = line
            line.sendall(b"%d\n" % pid)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for other in (line, *mothers.values()):
        other.close()
    _live(**json.loads(order))


def _live(command: list[str], environment: dict[str, str], log: str) -> NoReturn:
    """Be what ``coze-bridge`` with that *command* would have become."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.environ.clear()
    os.environ.update(environment)
    importlib.reload(crashpoints)  # it reads the environment when it is imported
    with Path(log).open("ab", buffering=0) as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    sys.argv = ["coze-bridge", *command]
    cli.main()
    raise SystemExit


if __name__ == "__main__":
    main()
