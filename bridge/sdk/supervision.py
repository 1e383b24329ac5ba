"""What nobody expected, survived: the last resort of whatever must go on."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final

from bridge.sdk import daemon_telemetry
from bridge.sdk.errors import BridgeError, Bug, ConfigError

LONGEST_PAUSE: Final = 30.0
"""Seconds before a task begins again, however often it has failed."""

LASTING: Final = 60.0
"""Seconds after which a task that fails has not failed again, but anew."""


@contextmanager
def bugs_expected(what: str) -> Iterator[None]:
    """Let an exception nobody expected become a `Bug`, logged with its traceback and counted by *what* it happened in."""
    try:
        yield
    except BridgeError:
        raise
    except Exception as failure:
        kind = type(failure).__name__
        daemon_telemetry.bug_met(what=what, error=kind)
        raise Bug(f"a bug: {kind}") from failure


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
