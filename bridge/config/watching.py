"""
Files looked at again and again, and so noticed whichever way they are changed.

In place, by rename, or by a link that is turned to another folder; on a disk of this machine or of another. Two looks a
second cost less than to be told by the system: that takes a thread that wakes more often, and tells nothing of a network's disk.
"""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

LOOK_EVERY: Final = 0.5
"""Seconds; a change is told after two looks that see the same, so that none is read while it is being written."""

Fingerprint = tuple[tuple[Path, int, int, int, int] | None, ...]
"""Each file's name, device, inode, time of change (ns) and size; None for one that is not there."""


def fingerprint(files: Iterable[Path]) -> Fingerprint:
    """What is another as soon as one of *files* is."""
    return tuple(map(_fingerprint, files))


async def watch(files: Callable[[], Iterable[Path]], look: Callable[[], None]) -> None:
    """Call *look* whenever *files* have stayed as they are for `LOOK_EVERY`, until cancelled."""
    last = fingerprint(files())
    while True:
        await asyncio.sleep(LOOK_EVERY)
        before, last = last, fingerprint(files())
        if before == last:
            look()


def _fingerprint(file: Path) -> tuple[Path, int, int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return file, found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
