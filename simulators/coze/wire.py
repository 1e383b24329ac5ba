"""
How Coze writes: JSON as its Go encoder does, server-sent events, and one client's open stream.

A stream that lost its client swallows what is written to it, as the platform does: the turn never notices.
"""

import asyncio
import contextlib
import json
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # made once: it is asked for every delta


def compact(value: Any) -> str:
    """*value* as the platform's encoder writes JSON: no spaces, real characters."""
    return _ENCODER.encode(value)


def go_json(value: Any) -> str:
    """*value* as Go writes it for browsers: as `compact`, with the characters HTML and JavaScript trip over escaped."""
    text = compact(value).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The liberties a server may take with an event stream, all legal, all seen somewhere."""

    crlf: bool = False
    comments: bool = False  #: a keep-alive comment before each event
    ids: bool = False  #: an ``id:`` line in each event
    space: bool = False  #: a space after the colon
    raw_separators: bool = False  #: U+2028 and U+2029 as they are, not escaped
    slice: int = 0  #: bytes per write; 0: an event at a time
    seed: int | None = None  #: cut at random places instead, with this seed
    retry: bool = False  #: a ``retry:`` line in each event
    head: str = "text/event-stream; charset=utf-8"  #: the content type, in whatever case
    gzip: bool = False  #: compressed, event by event, whatever the client said it reads

    def json(self, value: Any) -> str:
        """*value* as this wire writes JSON."""
        return compact(value) if self.raw_separators else go_json(value)

    def frame(self, event: str, data: str, number: int = 0) -> bytes:
        """One event, ready to be sent."""
        if self.plain:
            return f"event:{event}\ndata:{data}\n\n".encode()
        return self._dressed(event, data, number)

    @property
    def plain(self) -> bool:
        """Whether events look as the cloud was recorded to write them."""
        return not (self.crlf or self.comments or self.ids or self.space or self.retry)

    def _dressed(self, event: str, data: str, number: int) -> bytes:
        colon = ": " if self.space else ":"
        lines = [f"id{colon}{number}"] if self.ids else []
        lines += [f"event{colon}{event}", *([f"retry{colon}3000"] if self.retry else []), f"data{colon}{data}", "", ""]
        text = ("\r\n" if self.crlf else "\n").join([":keep-alive", "", *lines] if self.comments else lines)
        return text.encode()

    def cut(self, frame: bytes) -> Iterator[bytes]:
        """The pieces *frame* is written in."""
        dice = None if self.seed is None else random.Random(self.seed + len(frame))
        at = 0
        while at < len(frame):
            size = max(1, self.slice) if dice is None else dice.randint(1, self.slice or 7)
            yield frame[at : at + size]
            at += size

    def beside(self, habit: "Wire") -> "Wire":
        """These liberties, taken with a stream that has a *habit* of its own."""
        return replace(self, space=self.space or habit.space, ids=self.ids or habit.ids)

    @property
    def whole(self) -> bool:
        """Whether an event is written in one piece."""
        return self.slice == 0 and self.seed is None


PLAIN = Wire()  #: what the cloud was recorded to do
SPACED = Wire(space=True)  #: what chatflows were recorded to do
WORKFLOW = Wire(space=True, ids=True)  #: what workflow runs were recorded to do


@dataclass(slots=True, eq=False)
class Stream:
    """One client's connection, while events are written to it."""

    request: web.Request
    wire: Wire
    headers: dict[str, str]
    response: web.StreamResponse = field(init=False)
    _over: asyncio.Future[None] = field(init=False)
    _number: int = 0
    _pack: Any = field(default_factory=lambda: zlib.compressobj(wbits=16 + zlib.MAX_WBITS))

    def __post_init__(self) -> None:
        packed = {"Content-Encoding": "gzip"} if self.wire.gzip else {}
        self.response = web.StreamResponse(headers={"Content-Type": self.wire.head, **packed, **self.headers})
        self._over = asyncio.get_running_loop().create_future()

    @property
    def watched(self) -> bool:
        """Whether the client is still there."""
        transport = self.request.transport
        return not self._over.done() and transport is not None and not transport.is_closing()

    async def open(self) -> None:
        """Send the head of the response."""
        try:
            await self.response.prepare(self.request)
        except ConnectionError:
            self._end()

    async def send(self, event: str, data: str) -> None:
        """Write one event."""
        await self.write(self.wire.frame(event, data, self._number))
        self._number += 1

    async def write(self, frame: bytes) -> None:
        """Write these bytes, if anybody is there."""
        if self._over.done():
            return
        try:
            await self._write(frame)
        except ConnectionError:
            self._end()

    async def _write(self, frame: bytes) -> None:
        if self.wire.gzip:
            frame = self._pack.compress(frame) + self._pack.flush(zlib.Z_SYNC_FLUSH)
        if self.wire.whole:
            await self.response.write(frame)
            return
        for piece in self.wire.cut(frame):
            await self.response.write(piece)
            await asyncio.sleep(0)  # let a client in this very loop read it apart

    async def finish(self) -> None:
        """End the response as it should end."""
        if not self._over.done():
            with contextlib.suppress(ConnectionError):
                await self.response.write_eof(self._pack.flush() if self.wire.gzip else b"")
            self._end()

    def drop(self) -> None:
        """Break the connection off, without the end of the response."""
        if self.request.transport is not None:
            self.request.transport.close()
        self._end()

    async def over(self) -> None:
        """Return once nothing more will be written."""
        await self._over

    def _end(self) -> None:
        if not self._over.done():
            self._over.set_result(None)
