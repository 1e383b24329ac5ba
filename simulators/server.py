"""
The ground every simulator stands on: a real HTTP server on loopback that can be told to misbehave.

A simulator knows nothing of the bridge.
It speaks the platform's wire protocol, remembers what it was asked, and wakes whoever waits for something to happen.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request a simulator was sent, and how it answered."""

    method: str  #: the platform's own name for the call, e.g. ``sendMessage``
    params: dict[str, Any]
    at: float  #: seconds on the monotonic clock, when the request had been read
    ok: bool  #: whether the platform did as it was asked


@dataclass(slots=True, kw_only=True)
class Fault:
    """How the next matching calls go wrong."""

    method: str  #: the call it waits for, or ``*`` for any
    times: int = 1  #: how many calls it spoils before it is used up
    status: int = 500
    body: Any = None  #: JSON to answer with; None: the platform's own words for *status*
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0  #: seconds to wait before doing anything
    apply: bool = False  #: do what was asked, and only then fail (an answer that got lost)
    cut: bool = False  #: drop the connection instead of answering
    raw: bytes = b""  #: what goes out byte by byte before the connection is cut, whatever HTTP thinks of it
    when: Callable[[dict[str, Any]], bool] = lambda _params: True


def cut_off(request: web.Request, fault: Fault) -> None:
    """End the connection of *request*, after what the fault wants said on it."""
    if request.transport is None:
        return
    if not fault.raw:
        request.transport.abort()
        return
    request.transport.write(fault.raw)
    request.transport.close()


class Faults:
    """The misbehaviour a test has ordered, first ordered first served."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, method: str, **how: Any) -> None:
        """Spoil the next calls of *method*; the keywords are those of `Fault`."""
        self._waiting.append(Fault(method=method, **how))

    def take(self, method: str, params: dict[str, Any]) -> Fault | None:
        """The fault this very call has to suffer, if one was ordered for it."""
        for fault in self._waiting:
            if fault.method in (method, "*") and fault.when(params):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Behave again."""
        self._waiting.clear()


class Simulator:
    """A platform on a loopback port, open inside an ``async with`` block."""

    def __init__(self, *, port: int = 0) -> None:
        self._wanted_port = port
        self._runner: web.AppRunner | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self._listeners: list[Callable[[], None]] = []
        self.port = 0
        self.calls: list[Call] = []
        self.faults = Faults()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def routes(self, app: web.Application) -> None:
        """Add the platform's paths to *app*."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 << 20)
        self.routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._wanted_port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.closing()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def closing(self) -> None:
        """Let go of what a platform keeps open by itself; for subclasses."""

    async def go_away(self) -> None:
        """Refuse connections for a while, keeping everything known; `come_back` ends it."""
        await self.__aexit__(None, None, None)
        self._wanted_port = self.port

    async def come_back(self) -> None:
        """Listen again on the same port."""
        await self.__aenter__()

    def record(self, method: str, params: dict[str, Any], *, ok: bool) -> None:
        """Remember a call, and wake whoever waits for one."""
        self.calls.append(Call(method=method, params=params, at=time.monotonic(), ok=ok))
        self.changed()

    def called(self, method: str) -> list[Call]:
        """The calls of *method* so far, oldest first, refused ones included."""
        return [call for call in self.calls if call.method == method]

    def listen(self, listener: Callable[[], None]) -> None:
        """Have *listener* called after every change, for instance to repaint a page."""
        self._listeners.append(listener)

    def changed(self) -> None:
        """Something happened: wake those in `until` and tell the listeners."""
        for listener in self._listeners:
            listener()
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, something: Callable[[], T], *, within: float = 20.0) -> T:
        """What *something* gives as soon as it is true; TimeoutError after *within* seconds."""
        async with asyncio.timeout(within):
            while not (value := something()):
                waiter = asyncio.get_running_loop().create_future()
                self._waiting.append(waiter)
                await waiter
            return value
