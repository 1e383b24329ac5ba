"""
Proxies between the daemon and the far sides, which a test can make faulty.

Each connection meets a fate of its own: it passes everything on, or ends after so many bytes of what the far side says,
broken or half-closed. All of them may be sliced to single bytes, or stand still for a while.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, Self
from urllib.parse import urlsplit

AT_ONCE: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """How one connection fares."""

    after: int | None = None  #: bytes of the far side's after which it ends; None: it lasts
    how: Literal["break", "half-close"] = "break"
    slice: int = AT_ONCE  #: bytes that travel together


FLAWLESS: Final = Fate()


class FaultyProxy:
    """A proxy of the far side at *url*; open inside an ``async with`` block."""

    def __init__(self, url: str) -> None:
        self._far = urlsplit(url)
        self.fate: Callable[[], Fate] = lambda: FLAWLESS
        self.moving = asyncio.Event()  #: cleared, nothing that is said arrives
        self.moving.set()
        self.ended = 0  #: connections that did not last
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *failure: object) -> None:
        self._server.close()
        await self.break_off()

    @property
    def url(self) -> str:
        """The far side, by this proxy."""
        host, port = self._server.sockets[0].getsockname()
        return self._far._replace(netloc=f"{host}:{port}").geturl()

    async def break_off(self) -> None:
        """End every connection there is."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(near, to_near))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: to_near.transport.abort())  # also of one that was broken off before it began

    async def _carry(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        fate = self.fate()
        with suppress(OSError):
            far, to_far = await asyncio.open_connection(self._far.hostname, self._far.port)
            try:
                asked = asyncio.create_task(self._pass_on(near, to_far, fate.slice))
                if not await self._answer(far, to_near, fate) and fate.how == "half-close":
                    await asked  # it may still speak, and is not heard
                asked.cancel()
                await asyncio.gather(asked, return_exceptions=True)
            finally:
                to_far.transport.abort()

    async def _answer(self, far: asyncio.StreamReader, to_near: asyncio.StreamWriter, fate: Fate) -> bool:
        """Whether the far side was heard to its end."""
        if await self._pass_on(far, to_near, fate.slice, at_most=fate.after):
            return True
        self.ended += 1
        if fate.how == "half-close":
            to_near.write_eof()
        return False

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, size: int, *, at_most: int | None = None
    ) -> bool:
        """Whether all of it was passed on, or only the first so many bytes."""
        left = at_most
        with suppress(OSError):
            while data := await reader.read(AT_ONCE):
                data = data if left is None else data[:left]
                for begin in range(0, len(data), size):
                    await self.moving.wait()
                    writer.write(data[begin : begin + size])
                    await writer.drain()
                    await asyncio.sleep(0)  # so that it travels by itself
                left = left and left - len(data)
                if left == 0:
                    return False
            if writer.can_write_eof():
                writer.write_eof()
        return True
