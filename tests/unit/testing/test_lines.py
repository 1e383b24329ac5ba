"""The adapter of docs/adapters.md keeps the contract; here is a server for it, and somebody who talks there."""

import asyncio
import itertools
import json
from contextlib import AsyncExitStack
from typing import Any

from bridge.testing.contract import AdapterContract
from bridge.testing.harness import PATIENCE, AdapterHarness, Trait
from tests.unit.testing.coze_bridge_lines import LinesAdapter


class OnLines(AdapterHarness):
    """Ann at a chat server, which brings what she says to all who are connected until one of them has got it."""

    kind = LinesAdapter
    traits = frozenset({Trait.KEEPS})

    async def build(self, opening: AsyncExitStack) -> None:
        """Put up the server."""
        self._kept: dict[str, dict[str, str]] = {}
        self._numbers = itertools.count(1)
        self._shown: list[str] = []
        self._listeners: list[asyncio.StreamWriter] = []
        self._empty = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1")
        self._serving: list[asyncio.Task[None] | None] = []
        opening.push_async_callback(self._close)

    def options(self) -> dict[str, Any]:
        """Where the server listens."""
        return {"port": self._server.sockets[0].getsockname()[1]}

    def says(self, text: str) -> None:
        """Ann says it."""
        key = str(next(self._numbers))
        self._kept[key] = {"id": key, "from": "ann", "text": text}
        self._empty.clear()
        self._bring(key)

    @property
    def reads(self) -> list[str]:
        """What the bot has said to Ann."""
        return self._shown

    def unacknowledged(self) -> bool:
        """Whether the server still has something."""
        return bool(self._kept)

    async def acknowledged(self) -> None:
        """Wait until it has nothing."""
        async with asyncio.timeout(PATIENCE):
            await self._empty.wait()

    def _bring(self, key: str) -> None:
        self._listeners[0].write(json.dumps(self._kept[key]).encode() + b"\n")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._listeners.append(writer)
        self._serving.append(asyncio.current_task())
        async for line in reader:
            match json.loads(line):
                case {"got": key}:
                    del self._kept[key]
                    if not self._kept:
                        self._empty.set()
                case {"again": key}:
                    self._bring(key)
                case {"to": "ann", "text": text}:
                    self._shown.append(text)
                    writer.write(b"ok\n")
        writer.close()
        await writer.wait_closed()

    async def _close(self) -> None:
        self._server.close()
        await asyncio.gather(*filter(None, self._serving))


class TestLines(AdapterContract):
    """Every promise that such a server lets an adapter keep."""

    harnesses = (OnLines,)
