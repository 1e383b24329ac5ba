"""
Files watched, whichever way they are written: in place, by rename, or by a link that is turned to another folder.

Editors rename a new file over the old one, and a mounted Kubernetes ConfigMap is a link to a folder behind another link,
which is swapped; so folders are watched, not files.
https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Final

from bridge.sdk import daemon_telemetry

LOOK_EVERY: Final = 1000
"""Milliseconds between looks without any word of the system's: of a file on a network's disk it has none."""

DEBOUNCE, STEP = 400, 100
"""Milliseconds for which changes are gathered at most, and without one before they are told."""

Fingerprint = tuple[tuple[int, ...] | None, ...]
"""Each file's device, inode, time of change (ns) and size; None for one that is not there."""


def fingerprint(files: Iterable[Path]) -> Fingerprint:
    """What is another as soon as one of *files* is."""
    return tuple(map(_fingerprint, files))


def folders(file: Path) -> frozenset[Path]:
    """Every folder in which a rename could make *file* another: its own, and that of each link on the way to it."""
    found: set[Path] = set()
    todo, done = [file.absolute()], set()
    while todo:
        place = todo.pop()
        done.add(place)
        found.add(place.parent.resolve())
        for step in (place, *place.parents):
            if step.is_symlink():
                found.add(step.parent.resolve())
                todo += {step.parent / step.readlink()} - done
    return frozenset(folder for folder in found if folder.is_dir())


async def watch(files: Callable[[], Iterable[Path]], look: Callable[[], None]) -> None:
    """Call *look* within a second of any change near *files*, and now and then without one, until cancelled."""
    while True:
        watched = _watched(files())
        async with aclosing(_ticks(watched)) as ticks:
            async for _ in ticks:
                look()
                if _watched(files()) != watched:
                    break


def _watched(files: Iterable[Path]) -> frozenset[Path]:
    return frozenset().union(*map(folders, files))


async def _ticks(watched: frozenset[Path]) -> AsyncGenerator[None]:
    from watchfiles import awatch  # noqa: PLC0415 - it takes a while to load, and no other command needs it

    look = partial(awatch, *watched, watch_filter=None, recursive=False, debounce=DEBOUNCE, step=STEP)
    try:
        async for _ in look(rust_timeout=LOOK_EVERY, yield_on_timeout=True):
            yield
    except OSError as failure:  # no inotify left, or a folder that has just gone
        daemon_telemetry.config_unwatched(because=str(failure))
    while True:
        await asyncio.sleep(LOOK_EVERY / 1000)
        yield


def _fingerprint(file: Path) -> tuple[int, ...] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
