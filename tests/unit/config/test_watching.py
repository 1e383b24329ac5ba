"""Files that are watched: a change is told once it has settled, and an idle process is not woken for more than that."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from bridge.config.watching import LOOK_EVERY, SETTLED_AFTER, Fingerprint, fingerprint, watch
from tests.simulation.clock import VirtualLoop

PROMISED = 2.0
"""Seconds within which a changed file is in force."""


class Reader:
    """Who reads the file again when told that it has changed; *writing* is what goes on beside that, for so many seconds."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.read: list[tuple[float, str]] = []
        self.looks = 0
        self._seen: Fingerprint = fingerprint([file])

    def watch(self, seconds: float, writing: Coroutine[Any, Any, None] | None = None) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(self._watch(seconds, writing))

    async def _watch(self, seconds: float, writing: Coroutine[Any, Any, None] | None) -> None:
        watching = asyncio.create_task(watch(lambda: [self.file], self._is_stale, self._changed))
        if writing:
            await writing
        await asyncio.sleep(seconds)
        watching.cancel()

    def _is_stale(self) -> bool:
        self.looks += 1
        return fingerprint([self.file]) != self._seen

    def _changed(self) -> None:
        self._seen = fingerprint([self.file])
        self.read.append((asyncio.get_running_loop().time(), self.file.read_text()))


def reader(tmp_path: Path) -> Reader:
    file = tmp_path / "config.yaml"
    file.write_text("old")
    return Reader(file)


async def after(seconds: float, deed: Callable[[], object]) -> None:
    await asyncio.sleep(seconds)
    deed()


def test_a_change_is_told_within_what_is_promised_and_once(tmp_path):
    for at in (0.1, 0.5, 0.99, 1.01, 7.3):
        watched = reader(tmp_path)

        watched.watch(60, after(at, partial(watched.file.write_text, f"new at {at}")))

        [(told, text)] = watched.read
        assert f"new at {at}" == text
        assert at < told < at + PROMISED


def test_a_file_that_is_replaced_or_goes_is_changed_too(tmp_path):
    watched, other = reader(tmp_path), tmp_path / "other.yaml"
    other.write_text("another")

    watched.watch(5, after(3.2, lambda: other.replace(watched.file)))

    assert ["another"] == [text for _, text in watched.read]


def test_nothing_is_read_while_it_is_being_written(tmp_path):
    watched = reader(tmp_path)

    async def write_slowly() -> None:
        for length in range(1, 30):
            await asyncio.sleep(SETTLED_AFTER / 2)
            watched.file.write_text("x" * length)

    watched.watch(5, write_slowly())

    assert ["x" * 29] == [text for _, text in watched.read]


def test_what_does_not_change_is_looked_at_once_a_second(tmp_path):
    watched = reader(tmp_path)

    watched.watch(3600)

    assert not watched.read
    assert watched.looks <= 3600 / LOOK_EVERY
