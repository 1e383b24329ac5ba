"""
Failpoints: named places between two steps, at which a test can let the process die.

In the code they read as comments that can be executed: "what if it dies right here?" Outside such a test `here` does
nothing. ``COZE_BRIDGE_DIE_AT="part: sent 2"`` kills the process, as kill -9 would, when it passes the place of that name
for the second time; ``COZE_BRIDGE_PASSED=file`` writes each passage to that file, in the same form.
"""

import os
from collections import Counter
from pathlib import Path

_passed: Counter[str] = Counter()
_die_at = os.environ.get("COZE_BRIDGE_DIE_AT")
_log = os.environ.get("COZE_BRIDGE_PASSED")


def here(name: str) -> None:
    """The process may die at this place."""
    if not _die_at and not _log:
        return
    _passed[name] += 1
    passage = f"{name} {_passed[name]}"
    if _log:
        with Path(_log).open("a") as file:
            file.write(f"{passage}\n")
    if passage == _die_at:
        os._exit(137)
