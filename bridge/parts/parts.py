"""
Opens the parts that the config names, and follows its changes: new parts are opened, swapped in, and the old ones closed.

The swap is one step of the event loop, so that nothing sees half of a file. Turns that began with the old parts end with them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Final

from bridge.config.changes import Changes, all_of, changes
from bridge.config.complaint import Complaint
from bridge.config.reload import Current
from bridge.config.settings import Settings
from bridge.config.watching import watch
from bridge.parts.adapters import Adapters
from bridge.parts.bots import Bots, OpenBots
from bridge.parts.opening_pace import OpeningPace
from bridge.parts.running_adapter import RunningAdapter
from bridge.sdk import daemon_telemetry, telemetry
from bridge.sdk.errors import ConfigError, Later, Never, Unauthorised
from bridge.sdk.ports import NamesAccounts

FIRST_TRY_SECONDS: Final = 2.0
"""Seconds a reload waits for its new adapters; one whose platform is away is opened later, as at start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a change of parts needs from the rest of the daemon."""

    build_adapter: Callable[[Settings, str], RunningAdapter]  #: builds the adapter of that name; raises `ConfigError`
    ended: Callable[[str | None], Awaitable[None]]  #: waits for the turns that run now: all, or those of one adapter
    retry: Callable[[], Awaitable[object]]  #: has what was postponed tried again; may raise `Later`
    changed: Callable[[Changes], None]  #: called within the step that swaps
    refused: Callable[[str], Awaitable[None]]  #: called with the complaints about a file that is refused
    reloading: Callable[[], AbstractContextManager[None]]  #: entered while the file is read again; it tells systemd


@dataclass(slots=True, eq=False)
class Parts:
    """The adapters, the bots and their connections, as the config in force has them."""

    current: Current
    adapters: Adapters = field(default_factory=Adapters)
    bots: Bots = field(default_factory=Bots)
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _pace: OpeningPace = field(default_factory=OpeningPace)

    def reload(self) -> None:
        """Have the file read again soon."""
        self._asked.set()

    async def open_bots(self) -> None:
        """Open what the first settings name; raises `ConfigError`."""
        change = all_of(self.current.settings)
        async with AsyncExitStack() as undo:
            fresh = await self.bots.prepare(self.current.settings, change, undo)
            undo.pop_all()
        self.bots.replace(change, fresh)

    def build_adapters(self, around: Surroundings) -> None:
        """Build the first adapters; `run` opens them. Raises `ConfigError`."""
        settings = self.current.settings
        self.adapters.replace((), {name: around.build_adapter(settings, name) for name in settings.adapters})

    async def close(self) -> None:
        """Close everything."""
        await self.adapters.close()
        await self.bots.close()

    async def run(self, around: Surroundings) -> None:
        """Let the adapters receive, and follow the file, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self.adapters.start(tasks)
            looking = watch(lambda: self.current.files, lambda: self.current.is_stale, self.reload)
            tasks.create_task(looking, name="config-watch")
            while True:
                await self._asked.wait()
                await self._keep_pace()
                self._asked.clear()
                with around.reloading():
                    await self._reload(tasks, around)

    async def _keep_pace(self) -> None:
        if wait := self._pace.time_left(time.monotonic()):
            daemon_telemetry.config_deferred(path=str(self.current.path), seconds=wait)
            await asyncio.sleep(wait)

    async def _reload(self, tasks: asyncio.TaskGroup, around: Surroundings) -> None:
        """Read the file, open what it adds, and swap; or change nothing, and record why."""
        try:
            async with AsyncExitStack() as undo:
                settings = await asyncio.to_thread(self.current.candidate)
                change = changes(self.current.settings, settings)
                bots = await self.bots.prepare(settings, change, undo)
                starting = {name: around.build_adapter(settings, name) for name in change.adapters.opening}
                for adapter in starting.values():
                    undo.push_async_callback(adapter.close)
                    adapter.start(tasks)
                await _first_tries(starting.values())
                self._count_opening(starting.values())
                _raise_for_refused(starting, settings)
                undo.pop_all()
        except ConfigError as refusal:
            self.current.refuse(refusal)
            await around.refused(refusal.detail)
            return
        self._swap(tasks, around, settings, change=change, bots=bots, starting=starting)

    def _count_opening(self, starting: Collection[RunningAdapter]) -> None:
        if starting:
            self._pace.count_opening(time.monotonic(), failed=any(adapter.failure for adapter in starting))

    def _swap(
        self,
        tasks: asyncio.TaskGroup,
        around: Surroundings,
        settings: Settings,
        *,
        change: Changes,
        bots: OpenBots,
        starting: Mapping[str, RunningAdapter],
    ) -> None:
        """Put *settings* into force, with all that belongs to them, in one step of the event loop."""
        stale = self.adapters.replace(change.adapters.closing, starting)
        unused = self.bots.replace(change, bots)
        self.current.adopt(settings)
        around.changed(change)
        for name, old in stale.items():
            tasks.create_task(_retire(old, around, for_good=name not in starting), name=f"retire-{name}")
        for name, new in starting.items():
            before = [stale[one] for one in change.predecessors[name]]
            tasks.create_task(_welcome(new, before, around), name=f"welcome-{name}")
        if unused:
            tasks.create_task(_close_unused(unused, around), name="close-connections")


async def _first_tries(starting: Iterable[RunningAdapter]) -> None:
    """Wait until the opening of each was tried, for `FIRST_TRY_SECONDS` at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(FIRST_TRY_SECONDS):
            for adapter in starting:
                await adapter.tried.wait()


def _raise_for_refused(starting: Mapping[str, RunningAdapter], settings: Settings) -> None:
    """Raise `ConfigError` if the platform of any refuses it for good."""
    complaints = [
        _complaint(settings, name, adapter.failure)
        for name, adapter in sorted(starting.items())
        if isinstance(adapter.failure, Never)
    ]
    if complaints:
        raise ConfigError("\n".join(map(str, sorted(complaints))))


def _complaint(settings: Settings, name: str, failure: Never) -> Complaint:
    """The complaint about a refused adapter: at the key of its token, where that is refused, else at the whole section."""
    options = settings.adapters[name].options
    keys = options.accounts if isinstance(failure, Unauthorised) and isinstance(options, NamesAccounts) else ()
    message = f"refused by its platform ({failure.detail}); `coze-bridge doctor` tells what to do"
    return settings.marks.complaint(("adapters", name, *(list(keys)[:1])), message)


async def _retire(old: RunningAdapter, around: Surroundings, *, for_good: bool) -> None:
    """Stop *old*, and close it once its turns have ended; *for_good*: no other takes its name."""
    name = old.adapter.name
    try:
        await old.stop()
        await around.ended(name)
    finally:
        await old.close()
    if for_good:
        telemetry.adapter_removed(adapter=name)


async def _welcome(new: RunningAdapter, before: Iterable[RunningAdapter], around: Surroundings) -> None:
    """Let *new* receive once those *before* it have stopped; once it is open, have postponed turns tried again."""
    for old in before:
        await old.stop()
    new.admit()
    await new.opened.wait()
    with suppress(Later):  # the database is away: they are tried again when they are due
        await around.retry()


async def _close_unused(unused: Iterable[AsyncExitStack], around: Surroundings) -> None:
    """Close connections once the turns that use them have ended."""
    try:
        await around.ended(None)
    finally:
        for stack in unused:
            await stack.aclose()
