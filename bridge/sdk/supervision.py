"""How the daemon survives exceptions that nobody expected, and begins failed tasks again."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from bridge.sdk import daemon_telemetry
from bridge.sdk.errors import BridgeError, Bug, ConfigError

LONGEST_PAUSE: Final = 30.0
"""Seconds before a task begins again, however often it has failed."""

LASTING: Final = 60.0
"""Seconds after which a task that fails has not failed again, but anew."""


@contextmanager
def unexpected(becomes: Callable[[Exception], Exception]) -> Iterator[None]:
    """
    Turn every exception that is raised inside and is no `BridgeError` into the one that *becomes* makes of it.

    The only broad ``except`` of the house: for code of others, and for faults in our own.
    """
    try:
        yield
    except BridgeError:
        raise
    except Exception as failure:
        raise becomes(failure) from failure


def bugs_expected(what: str) -> AbstractContextManager[None]:
    """Turn an unexpected exception into a `Bug`, logged with its traceback and counted by *what* it happened in."""

    def bug(failure: Exception) -> Bug:
        kind = type(failure).__name__
        daemon_telemetry.bug_met(what=what, error=kind)
        return Bug(f"a bug: {kind}")

    return unexpected(bug)


async def supervise(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """
    Do *work* to its end, and begin again whenever it fails, with backoff.

    Only `ConfigError` gets through: what an operator must mend does not mend itself.
    """
    failures = 0
    while True:
        began = time.monotonic()
        try:
            with bugs_expected(name):
                return await work()
        except ConfigError:
            raise
        except BridgeError as failure:
            failures = 1 if time.monotonic() - began > LASTING else failures + 1
            pause = min(LONGEST_PAUSE, 2.0 ** min(failures - 1, 5))
            daemon_telemetry.task_restarted(task=name, because=failure.detail, seconds=pause)
            await asyncio.sleep(pause)
