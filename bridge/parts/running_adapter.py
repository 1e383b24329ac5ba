"""One adapter, from its opening to its end."""

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Final

from bridge.sdk.errors import Later, Never
from bridge.sdk.outages import Outages
from bridge.sdk.ports import Accept, Adapter
from bridge.sdk.supervision import supervise
from bridge.store.leases import Leases

NOT_OPEN_YET: Final = "not open yet"

RETRY_SECONDS: Final = 5.0
"""Seconds before an adapter that could not be opened, or whose lease another replica has, is tried again."""


@dataclass(slots=True, kw_only=True, eq=False)
class RunningAdapter:
    """
    An adapter in operation: it is opened, with as many tries as necessary, and receives messages once it is `admitted`.

    After `stop` it receives nothing, but stays open for the answers that still run, until `close`.
    """

    adapter: Adapter
    accept: Accept
    leases: Leases | None  #: None if there are no other replicas
    renew_every: float  #: seconds
    failure: Later | Never | None = None  #: why it could not be opened the last time
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    tried: asyncio.Event = field(default_factory=asyncio.Event)  #: its first opening has ended, well or not
    admitted: asyncio.Event = field(default_factory=asyncio.Event)  #: its config is in force, its predecessor stopped
    _outages: Outages = field(init=False)
    _stands_by: bool = False
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self._outages = Outages(adapter=self.adapter.name)

    @property
    def unready(self) -> str | None:
        """Why it receives nothing; None while it does, or while another replica does."""
        if not self.opened.is_set():
            return self.failure.detail if self.failure else NOT_OPEN_YET
        return None if self._stands_by else self.adapter.unavailable_reason

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Begin to open it."""
        name = self.adapter.name
        self._task = tasks.create_task(supervise(name, self._run), name=f"adapter-{name}")

    def admit(self) -> None:
        """Let it receive: its config is in force now, so a failure to open is reported from now on."""
        self.admitted.set()
        if self.failure and not self.opened.is_set():
            self._tell(self.failure)

    async def stop(self) -> None:
        """Receive nothing more; safe to call twice: a second cancellation would interrupt the end of `Adapter.run`."""
        if self._task:
            if not self._task.cancelling():
                self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def close(self) -> None:
        """Stop, and close what was opened."""
        await self.stop()
        await self._stack.aclose()

    async def _run(self) -> None:
        await self._open()
        await self.admitted.wait()
        if self.adapter.exclusive_lease is None or self.leases is None:
            await self.adapter.run(self.accept)
        else:
            await self._run_with_lease(self.adapter.exclusive_lease, self.leases)

    async def _open(self) -> None:
        while not self.opened.is_set():
            try:
                await self._stack.enter_async_context(self.adapter)
                self.opened.set()
            except (Later, Never) as failure:
                self.failure = failure
                if self.admitted.is_set():  # before that another of its name may be receiving
                    self._tell(failure)
            self.tried.set()
            if not self.opened.is_set():
                await asyncio.sleep(RETRY_SECONDS)

    def _tell(self, failure: Later | Never) -> None:
        now = asyncio.get_running_loop().time()
        self._outages.note_failed(now, failure.detail, seconds=RETRY_SECONDS)

    async def _run_with_lease(self, name: str, leases: Leases) -> None:
        """Receive while we hold the lease of that *name*; otherwise another replica does."""
        while True:
            if not await _held(leases, name):
                self._stands_by = True
                await asyncio.sleep(min(RETRY_SECONDS, self.renew_every))
                continue
            self._stands_by = False
            hearing = asyncio.create_task(self.adapter.run(self.accept), name=f"hearing-{self.adapter.name}")
            try:
                while await _held(leases, name) and not hearing.done():
                    await asyncio.wait({hearing}, timeout=self.renew_every)
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)
            if not hearing.cancelled():
                hearing.result()


async def _held(leases: Leases, name: str) -> bool:
    with suppress(Later):  # the database is away, of which its writer tells
        return await leases.acquire_or_renew(name)
    return False
