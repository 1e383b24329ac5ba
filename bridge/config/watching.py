"""
Watches files by polling, so that every kind of change is noticed.

They may be changed in place, by rename, or by a link that is turned to another folder, on a local or a network disk. A look a
second costs less than the system's own notifications, which need a thread that wakes more often, and miss network disks.
"""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

LOOK_EVERY: Final = 1.0
"""Seconds; each look wakes an idle process."""

SETTLED_AFTER: Final = 0.3
"""Seconds for which a changed file must stay the same before it is read, so that none is read while it is being written."""

Fingerprint = tuple[tuple[Path, int, int, int, int] | None, ...]
"""Each file's name, device, inode, time of change (ns) and size; None for one that is not there."""


def fingerprint(files: Iterable[Path]) -> Fingerprint:
    """A value that changes as soon as one of *files* does."""
    return tuple(map(_fingerprint, files))


async def watch(files: Callable[[], Iterable[Path]], is_stale: Callable[[], bool], changed: Callable[[], None]) -> None:
    """Call *changed* whenever what was read *is_stale* and *files* have settled, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        if is_stale():
            await _settled(files)
            changed()


async def _settled(files: Callable[[], Iterable[Path]]) -> None:
    last: Fingerprint | None = None
    while (found := fingerprint(files())) != last:
        last = found
        await asyncio.sleep(SETTLED_AFTER)


def _fingerprint(file: Path) -> tuple[Path, int, int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return file, found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
