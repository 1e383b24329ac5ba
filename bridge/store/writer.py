"""
Threads that write, each with a connection and with group commit.

While one transaction is made durable, the writes of the next one gather: there is no timer and no added wait, and all of them share
one `synchronous=FULL` commit. One transaction for each write would be twenty times slower.
"""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bridge.sdk import metrics
from bridge.sdk.charges import Charge
from bridge.sdk.errors import BridgeError, Garbled, Later, Unreachable
from bridge.store.payments import Payments
from bridge.store.write_queue import Write, WriteQueue

T = TypeVar("T")

FAILURES = (SQLAlchemyError, BridgeError, ValueError, OverflowError)
"""What one write may fail with; the last two are the drivers' own, for a text or a number that no column can hold."""

RACED = ("23505", "40", "55", "57014")
"""SQLSTATE codes, or their beginnings, that pass soon: another replica was quicker, deadlocks, locks and timeouts."""

ROLLED_BACK: Final = "40"
"""Of these the beginning of what passes at once: PostgreSQL has ended a transaction so that another may go on."""

_QUOTED: Final = re.compile(r"(\".*\"|'.*')")
"""What a database's message quotes: values and names of columns. Its further lines may hold a whole row, and are not used."""


class Writer:
    """The connections that write, *connections* of them at most; open inside an ``async with`` block."""

    def __init__(self, engine: Engine, *, connections: int = 1) -> None:
        self._engine = engine
        self._payments = Payments(shared=engine.dialect.name == "postgresql")
        self._queue = WriteQueue()
        self._threads = [threading.Thread(target=self._work, name="writer", daemon=True) for _ in range(connections)]
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._ended = asyncio.Event()

    async def __aenter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._queue.end()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        self._close([])

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
        keys: Iterable[str] = (),
    ) -> asyncio.Future[T]:
        """
        Run *operation* in a transaction; the future gives what it returned, once that is durable.

        *operation* may run twice (its transaction can fail because of another write), so it must touch nothing but the
        connection. `Unreachable` when the database is away, unless *retry_while_away*: such writes wait until it
        is back, and are then done in the order in which they came. *charges*: all that it may pay.

        Where there are several connections, writes that share one of their *keys* are done in the order in which they came.
        """
        done: asyncio.Future[T] = self._loop.create_future()
        done.add_done_callback(_look_at)
        self._queue.put(Write(operation, done, retry_while_away, charges, frozenset(keys)))
        if self._closed:  # asked after the put: the thread looks once more after it has said so
            done.set_exception(Unreachable("the writer has stopped"))
        return done

    def _work(self) -> None:
        held: list[Write] = []
        batch: list[Write] = []
        try:
            while batch := self._queue.gather(over=batch, held=held):
                told = dict(zip(batch, self._commit(batch), strict=True))
                held = [] if self._queue.ending else [write for write in batch if _must_retry(write, told[write])]
                for waiting in held:
                    del told[waiting]
                metrics.WRITE.observe(time.monotonic() - batch[0].handed_in_at)
                self._tell(told)
        finally:
            if batch:  # only after a bug of ours is there one left; nobody may wait for it for ever
                self._close(batch)

    def _close(self, left: Sequence[Write]) -> None:
        """Tell what is *left*, and all that waits or is still to come, that it is not done."""
        self._closed = True
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._ended.set)
        self._tell(dict.fromkeys([*left, *self._queue.drain()], Unreachable("the writer has stopped")))

    def _tell(self, outcomes: dict[Write, Any]) -> None:
        with suppress(RuntimeError):  # the loop is gone: nobody waits any more
            self._loop.call_soon_threadsafe(_settle, outcomes)

    def _commit(self, batch: Sequence[Write], *, tries: int = 2) -> list[Any]:
        """What each write returned; one that fails, fails alone."""
        try:
            charges = [charge for write in batch for charge in write.charges]
            with self._engine.begin() as connection, self._payments.opened(connection, charges):
                return [write.operation(connection) for write in batch]
        except FAILURES as failure:
            if tries > 1 and _sqlstate(failure).startswith(ROLLED_BACK):
                return self._commit(batch, tries=tries - 1)
            if len(batch) == 1:
                return [_translated(failure)]
        return self._commit_each(batch)

    def _commit_each(self, batch: Sequence[Write]) -> list[Any]:
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


def _must_retry(write: Write, outcome: Any) -> bool:
    return write.retry_while_away and isinstance(outcome, Unreachable)


def _translated(failure: SQLAlchemyError | BridgeError | ValueError | OverflowError) -> BridgeError:
    if isinstance(failure, BridgeError):
        return failure
    if not isinstance(failure, SQLAlchemyError):  # its words may quote what people wrote
        return Garbled(f"the database refuses: {type(failure).__name__}")
    cause = getattr(failure, "orig", failure)
    words = f"{type(cause).__name__}: {_QUOTED.sub('…', str(cause).partition(chr(10))[0])}"
    if _sqlstate(failure).startswith(RACED):
        return Later(f"the database was busy: {words}")
    if isinstance(failure, (OperationalError, InterfaceError, PoolTimeout)):
        return Unreachable(f"the database is away: {words}")
    return Garbled(f"the database refuses: {words}")


def _sqlstate(failure: Exception) -> str:
    """The code by which PostgreSQL says why; empty where it is not its failure."""
    return str(getattr(getattr(failure, "orig", None), "sqlstate", None) or "")


def _settle(outcomes: dict[Write, Any]) -> None:
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
