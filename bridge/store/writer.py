"""
One thread that writes, with group commit.

While one transaction is made durable, the writes of the next one gather: there is no timer and no added wait, and all of them share
one `synchronous=FULL` commit. One transaction for each write would be twenty times slower.
"""

import asyncio
import queue
import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bridge.sdk import metrics
from bridge.sdk.charges import Charge
from bridge.sdk.errors import BridgeError, Garbled, Later, Unreachable
from bridge.store.payments import Payments

T = TypeVar("T")

FAILURES = (SQLAlchemyError, BridgeError, ValueError, OverflowError)
"""What one write may fail with; the last two are the drivers' own, for a text or a number that no column can hold."""

RACED = ("23505", "40", "55", "57014")
"""SQLSTATE codes, or their beginnings, that pass soon: another replica was quicker, deadlocks, locks and timeouts."""

_QUOTED: Final = re.compile(r"(\".*\"|'.*')")
"""What a database's message quotes: values and names of columns. Its further lines may hold a whole row, and are not used."""

BATCH = 500
"""Writes in one transaction at most; more only delays the first of them."""

RETRY_SECONDS = 1.0
"""Seconds until writes that wait for an absent database are tried again, if no other write comes earlier."""


@dataclass(frozen=True, slots=True, eq=False)
class _Write:
    operation: Callable[[Connection], Any]
    done: asyncio.Future[Any]
    retry_while_away: bool = False
    charges: Sequence[Charge] = ()
    handed_in_at: float = field(default_factory=time.monotonic)


class Writer:
    """The only connection that writes; open inside an ``async with`` block."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.payments = Payments(shared=engine.dialect.name == "postgresql")  #: of the transaction that is open
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._loop = asyncio.get_running_loop()
        self._ending = False
        self._closed = False
        self._ended = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writes.put(None)
        await asyncio.to_thread(self._thread.join)

    async def watch(self) -> None:
        """Wait until the thread dies of a bug of ours, and raise: a daemon that cannot write must not go on."""
        await self._ended.wait()
        raise RuntimeError("the writer has died; its traceback stands above")

    def write(
        self,
        operation: Callable[[Connection], T],
        *,
        retry_while_away: bool = False,
        charges: Sequence[Charge] = (),
    ) -> asyncio.Future[T]:
        """
        Run *operation* in the next transaction; the future gives what it returned, once that is durable.

        *operation* may run twice (its transaction can fail because of another write), so it must touch nothing but the
        connection. `Unreachable` when the database is away, unless *retry_while_away*: such writes wait until it
        is back, and are then done in the order in which they came. *charges*: all that it may pay.
        """
        done: asyncio.Future[T] = self._loop.create_future()
        done.add_done_callback(_look_at)
        self._writes.put(_Write(operation, done, retry_while_away, charges))
        if self._closed:  # asked after the put: the thread looks once more after it has said so
            done.set_exception(Unreachable("the writer has stopped"))
        return done

    def _work(self) -> None:
        held: list[_Write] = []
        batch: list[_Write] = []
        try:
            while batch := self._gather(held):
                told = dict(zip(batch, self._commit(batch), strict=True))
                held = [] if self._ending else [write for write in batch if _must_retry(write, told[write])]
                for waiting in held:
                    del told[waiting]
                metrics.WRITE.observe(time.monotonic() - batch[0].handed_in_at)
                self._tell(told)
        finally:  # only after a bug of ours is there a batch left; nobody may wait for it for ever
            gone = Unreachable("the writer has stopped")
            self._closed = True
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._ended.set)
            self._tell(dict.fromkeys(batch, gone))
            while not self._writes.empty():
                if write := self._writes.get():
                    self._tell({write: gone})

    def _gather(self, held: list[_Write]) -> list[_Write]:
        """What was *held* and what waits by now, at least one write; none once the end was announced."""
        batch, wait = [*held], RETRY_SECONDS if held else None
        with suppress(queue.Empty):
            while not self._ending and len(batch) < BATCH + len(held):
                write = self._writes.get(timeout=wait)
                if write is None:
                    self._ending = True
                else:
                    batch.append(write)
                wait = 0.0
        return batch

    def _tell(self, outcomes: dict[_Write, Any]) -> None:
        with suppress(RuntimeError):  # the loop is gone: nobody waits any more
            self._loop.call_soon_threadsafe(_settle, outcomes)

    def _commit(self, batch: list[_Write]) -> list[Any]:
        """What each write returned; one that fails, fails alone."""
        try:
            charges = [charge for write in batch for charge in write.charges]
            with self._engine.begin() as connection, self.payments.opened(connection, charges):
                return [write.operation(connection) for write in batch]
        except FAILURES as failure:
            if len(batch) == 1:
                return [_translated(failure)]
        return self._commit_each(batch)

    def _commit_each(self, batch: list[_Write]) -> list[Any]:
        """
        The same, in a transaction for each.

        After the first that found the database away, the others of its kind are not tried: they would find the same, and what is
        retried must stay in order. The other kind is tried, as a full disk takes small writes and refuses large ones.
        """
        away: dict[bool, Unreachable] = {}
        outcomes: list[Any] = []
        for write in batch:
            outcome = away.get(write.retry_while_away) or self._commit([write])[0]
            if isinstance(outcome, Unreachable):
                away[write.retry_while_away] = outcome
            outcomes.append(outcome)
        return outcomes


def _must_retry(write: _Write, outcome: Any) -> bool:
    return write.retry_while_away and isinstance(outcome, Unreachable)


def _translated(failure: SQLAlchemyError | BridgeError | ValueError | OverflowError) -> BridgeError:
    if isinstance(failure, BridgeError):
        return failure
    if not isinstance(failure, SQLAlchemyError):  # its words may quote what people wrote
        return Garbled(f"the database refuses: {type(failure).__name__}")
    cause = getattr(failure, "orig", failure)
    words = f"{type(cause).__name__}: {_QUOTED.sub('…', str(cause).partition(chr(10))[0])}"
    if str(getattr(cause, "sqlstate", "")).startswith(RACED):
        return Later(f"the database was busy: {words}")
    if isinstance(failure, (OperationalError, InterfaceError, PoolTimeout)):
        return Unreachable(f"the database is away: {words}")
    return Garbled(f"the database refuses: {words}")


def _settle(outcomes: dict[_Write, Any]) -> None:
    for write, outcome in outcomes.items():
        if write.done.done():
            continue
        if isinstance(outcome, BridgeError):
            write.done.set_exception(outcome)
        else:
            write.done.set_result(outcome)


def _look_at(done: asyncio.Future[Any]) -> None:
    """Fetch the exception of a write that nobody awaits, so that asyncio does not log it; the turn's next write meets it again."""
    if not done.cancelled():
        done.exception()
