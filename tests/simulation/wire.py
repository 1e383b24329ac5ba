"""What lies between a replica and the far sides: time, and what goes wrong on the way."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextvars import Context
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random
from typing import Any, TypeVar

from bridge.sdk.errors import BridgeError, RateLimited, Uncertain, Unreachable
from tests.simulation.clock import VirtualLoop

T = TypeVar("T")

SLOWEST = 0.2
"""Seconds one way at most; less than what a fence leaves of a lease."""


class Fate(Enum):
    """What becomes of one call."""

    FINE = auto()
    LIMITED = auto()
    UNREACHABLE = auto()
    UNCERTAIN_DONE = auto()
    UNCERTAIN_NOT_DONE = auto()


FAULTS = tuple(fate for fate in Fate if fate is not Fate.FINE)


class Died(asyncio.CancelledError):
    """The process is no more; whatever still unwinds can reach nobody."""


@dataclass(slots=True)
class Process:
    """One life of a replica, as the outside sees it."""

    name: str
    alive: bool = True
    frozen: bool = False
    thaws: int = 0
    leaving: bool = False  #: it is being drained, and may be cut off in the middle of a call
    tasks: dict[asyncio.Task[object], None] = field(default_factory=dict)  #: in order, where a set would have none

    @property
    def listens(self) -> bool:
        """Whether a reply that comes now is surely heard and written down."""
        return self.alive and not self.frozen and not self.leaving


@dataclass(slots=True)
class Call:
    """One call as the far side sees it."""

    process: Process
    fate: Fate

    @property
    def heard(self) -> bool:
        """Whether the caller will learn what came of it."""
        return self.process.listens and self.fate is not Fate.UNCERTAIN_DONE


class Wire:
    """All that travels, with one source of chance."""

    def __init__(self, loop: VirtualLoop, random: Random) -> None:
        self.loop = loop
        self.random = random
        self.faults = 0.0  #: the share of calls that go wrong
        self.away = False  #: the database
        self.events: list[str] = []
        self._workers: dict[asyncio.Task[None], None] = {}

    def note(self, event: str) -> None:
        """Write down what happened, for the reader of a failure."""
        self.events.append(f"{self.loop.time():9.3f} {event}")

    async def call(self, process: Process, name: str, deed: Callable[[Call], T]) -> T:
        """What *deed* gives at the far side, if it gets there and its word gets back."""
        if not process.alive:
            raise Died
        call = Call(process, self._fate())
        self.note(f"{process.name} {name}" + ("" if call.fate is Fate.FINE else f" [{call.fate.name.lower()}]"))
        reply: asyncio.Future[T] = self.loop.create_future()
        self.later(self.random.uniform(0.01, SLOWEST), lambda: self._arrive(call, name, deed, reply))
        result = await reply
        if not process.alive:
            raise Died
        return result

    def later(self, seconds: float, deed: Callable[[], object]) -> None:
        """Have something happen outside, whatever becomes of the caller."""
        self.loop.call_later(seconds, deed, context=Context())

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin something outside."""
        task = self.loop.create_task(work, context=Context())
        self._workers[task] = None
        return task

    def ended(self) -> Iterator[BaseException]:
        """What went wrong outside; empty unless the simulation itself has a bug."""
        for task in self._workers:
            if task.done() and not task.cancelled() and (failure := task.exception()):
                yield failure

    async def close(self) -> None:
        """End everything outside."""
        for task in self._workers:
            task.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def _fate(self) -> Fate:
        if self.random.random() >= self.faults:
            return Fate.FINE
        return self.random.choice(FAULTS)

    def _arrive(self, call: Call, name: str, deed: Callable[[Call], T], reply: "asyncio.Future[T]") -> None:
        outcome: T | BaseException
        match call.fate:
            case Fate.LIMITED:
                outcome = RateLimited(f"{name}: wait", retry_after=self.random.uniform(0.5, 3.0))
            case Fate.UNREACHABLE:
                outcome = Unreachable(f"{name}: nobody there")
            case Fate.UNCERTAIN_NOT_DONE:
                outcome = Uncertain(f"{name}: cut off")
            case _:
                outcome = _outcome(call, deed)
                if call.fate is Fate.UNCERTAIN_DONE:
                    outcome = Uncertain(f"{name}: cut off")
        self.later(self.random.uniform(0.01, SLOWEST), lambda: _settle(reply, outcome))


def _outcome(call: Call, deed: Callable[[Call], T]) -> T | BridgeError:
    try:
        return deed(call)
    except BridgeError as failure:
        return failure


def _settle(reply: "asyncio.Future[T]", outcome: T | BaseException) -> None:
    if reply.done():
        return
    if isinstance(outcome, BaseException):
        reply.set_exception(outcome)
    else:
        reply.set_result(outcome)
