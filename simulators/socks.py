"""
A SOCKS5 proxy on loopback that really forwards: RFC 1928, with the passwords of RFC 1929.

It looks up names itself, in a table of its own, so that who asks it needs no resolver.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

LOOPBACK: Final = "127.0.0.1"
_VERSION: Final = 5
_CONNECT: Final = 1
_NAME: Final = 3
_WITHOUT, _BY_PASSWORD, _NONE_OF_THEM = 0, 2, 255
_SUCCEEDED, _UNREACHABLE = 0, 4


@dataclass(slots=True)
class SocksProxy:
    """One proxy; open inside an ``async with`` block."""

    names: dict[str, tuple[str, int]]  #: the hosts it knows, and where they really are
    login: tuple[str, str] | None = None  #: user and password it asks for
    asked: list[str] = field(default_factory=list)  #: the hosts it was asked for, as they were written
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()

    @property
    def address(self) -> str:
        """Its host and port."""
        if self._server is None:
            raise RuntimeError("not open")
        return f"{LOOPBACK}:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            if await self._admits(reader, writer):
                await self._forward(reader, writer)
        writer.close()

    async def _admits(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        _, count = await reader.readexactly(2)
        wanted = _BY_PASSWORD if self.login else _WITHOUT
        if wanted not in await reader.readexactly(count):
            writer.write(bytes((_VERSION, _NONE_OF_THEM)))
            return False
        writer.write(bytes((_VERSION, wanted)))
        return await self._knows(reader, writer) if self.login else True

    async def _knows(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await reader.readexactly(1)
        shown = (await _counted(reader), await _counted(reader))
        known = shown == self.login
        writer.write(bytes((1, not known)))
        return known

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        version, command, _, kind = await reader.readexactly(4)
        host = await _counted(reader) if kind == _NAME else ".".join(map(str, await reader.readexactly(4)))
        await reader.readexactly(2)  # the port: the table tells a better one
        self.asked.append(host)
        known = (version, command) == (_VERSION, _CONNECT) and host in self.names
        writer.write(bytes((_VERSION, _SUCCEEDED if known else _UNREACHABLE, 0, 1, 0, 0, 0, 0, 0, 0)))
        if known:
            there = await asyncio.open_connection(*self.names[host])
            await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))


async def _counted(reader: asyncio.StreamReader) -> str:
    """A string behind a byte that says how long it is."""
    return (await reader.readexactly((await reader.readexactly(1))[0])).decode()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
