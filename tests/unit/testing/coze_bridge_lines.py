"""An adapter for a chat server that speaks JSON over TCP, a line each."""

import asyncio
import json
from contextlib import closing
from functools import partial
from typing import ClassVar, Self

from pydantic import BaseModel

from bridge.sdk.errors import Later, Uncertain, Unreachable
from bridge.sdk.model import Inbound
from bridge.sdk.plain import PlainAdapter, PlainSink
from bridge.sdk.ports import Accept, Fence, no_fence


class LinesOptions(BaseModel):
    """Its section in the config file."""

    port: int


class LinesAdapter(PlainAdapter):
    """One bot at one such server, which keeps what people say until it is told that we have it."""

    Options: ClassVar[type[BaseModel]] = LinesOptions
    platform = "lines"

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await self._connect()
        return self

    async def __aexit__(self, *failure: object) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def run(self, accept: Accept) -> None:
        """Hear what people say, a line each."""
        self.unavailable_reason = None
        async for line in self._reader:
            said = json.loads(line)
            try:
                await accept(self.said(said["text"], key=said["id"], person=said["from"]))
            except Later:  # it could not be kept: the server shall bring it again
                self._writer.write(json.dumps({"again": said["id"]}).encode() + b"\n")
            else:
                self._writer.write(json.dumps({"got": said["id"]}).encode() + b"\n")

    def reply(self, message: Inbound, fence: Fence = no_fence) -> PlainSink:
        """A private chat with whoever asked."""
        return PlainSink(partial(self._say, message.author.id), fence)

    async def _say(self, person: str, text: str) -> None:
        reader, writer = await self._connect()
        with closing(writer):
            writer.write(json.dumps({"to": person, "text": text}).encode() + b"\n")
            if not await reader.readline():
                raise Uncertain("the server gave no receipt")  # it may have been read: it is never sent twice

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await asyncio.open_connection("127.0.0.1", self.options.port)
        except OSError as failure:
            raise Unreachable(str(failure)) from failure  # nothing was done: it may be tried again
