"""
Reads one stream of a chat, and watches for silence.

A chat may be silent for minutes while a workflow runs, so silence alone ends nothing: the watch asks whether the chat is over
and, if it is, aborts the stream. The reader meets that like any cut, and the answer is fetched by the chat's id.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

import httpx

from bridge.coze.events import ChatParser
from bridge.coze.sse import EventDecoder
from bridge.coze.timeouts import Timeouts
from bridge.coze.transport import ByteStream
from bridge.sdk.asking import BotEvent


class StreamReader:
    """One pass over one stream."""

    def __init__(self, stream: ByteStream, chat: ChatParser, timeouts: Timeouts) -> None:
        self._stream = stream
        self._chat = chat
        self._timeouts = timeouts
        self._decoder = EventDecoder()
        self._time = asyncio.get_running_loop().time
        self._heard_at = self._time()

    async def events(self) -> AsyncGenerator[BotEvent, None]:
        """What the bot says, as it comes, until a verdict or the end; raises ``ReadError`` at a cut."""
        chat, feed = self._chat, self._decoder.feed
        while chunk := await self._stream.read():
            self._heard_at = self._time()
            for server_event in feed(chunk):
                for event in chat.feed(server_event):
                    yield event
            if chat.closed or chat.verdict is not None:
                break
        for event in await self._rest():
            yield event

    async def watch(self, is_over: Callable[[], Awaitable[bool]], deadline: float) -> None:
        """Abort the stream at the *deadline*, or once nothing is heard and *is_over* tells that nothing more will be."""
        timeouts, looked_at = self._timeouts, 0.0
        while (now := self._time()) < deadline:
            silence = timeouts.first_byte if self._chat.chat_ref is None else timeouts.idle
            due = max(self._heard_at + silence, looked_at + timeouts.probe_interval)
            if now < due:
                await asyncio.sleep(min(due, deadline, now + timeouts.idle) - now)
            elif await is_over():
                break
            else:
                looked_at = self._time()
        self._stream.abort()

    async def _rest(self) -> list[BotEvent]:
        """What comes after the verdict, for a few seconds, such as suggested questions."""
        events: list[BotEvent] = []
        with suppress(TimeoutError, httpx.ReadError):  # the verdict is known: nothing is missed
            async with asyncio.timeout(self._timeouts.trailing):
                while not self._chat.closed and (chunk := await self._stream.read()):
                    for server_event in self._decoder.feed(chunk):
                        events += self._chat.feed(server_event)
        for server_event in self._decoder.close():
            events += self._chat.feed(server_event)
        if self._chat.verdict is None:
            self._chat.raise_for_json_error(self._decoder.unparsed_lines)
        return events
