"""
Named places between two deeds, at which a test can let the process die.

Whoever reads the turn sees them as comments that can be executed: "what if it dies right here?" Outside such a test
`here` does nothing. ``COZE_BRIDGE_DIE_AT=5`` kills the process, as kill -9 would, at the fifth place it passes, and
``COZE_BRIDGE_PASSED=file`` writes down the names of those passed.
"""

import os
from itertools import count
from pathlib import Path

_passed = count(1)
_die_at = int(os.environ.get("COZE_BRIDGE_DIE_AT", "0"))
_log = os.environ.get("COZE_BRIDGE_PASSED")


def here(name: str) -> None:
    """The process may die at this place."""
    if not _die_at and not _log:
        return
    number = next(_passed)
    if _log:
        with Path(_log).open("a") as file:
            file.write(f"{number} {name}\n")
    if number == _die_at:
        os._exit(137)
