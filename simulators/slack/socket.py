"""Slack's Socket Mode: tickets, connections, envelopes and their acknowledgements."""

import asyncio
import contextlib
import itertools
import json
import random
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import WSMsgType, web

from simulators.server import Faults
from simulators.slack.delivery import COMMANDS, INTERACTIVE, Delivery
from simulators.slack.events import APP
from simulators.slack.model import Answer, Params

MOST_SOCKETS = 10
_BURST_SECONDS = 0.2
_CLOSES_AFTER = 10.0  #: seconds between a warning and the end of a connection


class Sockets:
    """The open connections of the app."""

    def __init__(
        self, faults: Faults, changed: Callable[[], None], answered: Callable[[Delivery, Params], None]
    ) -> None:
        self._faults, self._changed, self._answered = faults, changed, answered
        self.open: list[web.WebSocketResponse] = []
        self._wires: dict[web.WebSocketResponse, asyncio.Transport | None] = {}
        self._leaving: set[web.WebSocketResponse] = set()
        self._tickets: set[str] = set()
        self._awaited: dict[str, asyncio.Future[Params]] = {}
        self._numbers = itertools.count(1)
        self._closing: set[asyncio.TimerHandle] = set()
        self.random = random.Random(0)
        self.greetings: list[int] = []  #: how many connections there were, as each was told at its beginning
        self.alternates = (
            False  #: each envelope goes to another connection than the one before; else a burst goes to one
        )
        self._last: tuple[web.WebSocketResponse, float] | None = None
        self.mute = False  #: a connection that is open, but dead: no pong, no envelope
        self.url = ""
        self.methods = {"apps.connections.open": self.ticket}

    def ticket(self, _params: Params) -> Answer:
        """An address that lets the app connect once."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return {"url": f"{self.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={APP}"}

    async def link(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self.open) >= MOST_SOCKETS:
            await socket.send_json(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        self.greetings.append(len(self.open) + 1)
        await socket.send_json(_hello(self.greetings[-1]))
        self.open.append(socket)
        self._wires[socket] = request.transport
        self._changed()
        try:
            await self._listen(socket)
        finally:
            self._left(socket)
        return socket

    async def attempt(self, delivery: Delivery, retry: int, reason: str, within: float) -> str | None:
        """Send one envelope to any of the connections, and wait for its acknowledgement."""
        staying = [socket for socket in self.open if socket not in self._leaving and not socket.closed]
        if not staying:
            return "connection_failed"
        envelope = f"{next(self._numbers):08x}-sim"
        acknowledged: asyncio.Future[Params] = asyncio.get_running_loop().create_future()
        self._awaited[envelope] = acknowledged
        try:
            if not self.mute:
                await self._choose(staying).send_str(json.dumps(_envelope(envelope, delivery, retry, reason)))
            async with asyncio.timeout(within):
                self._answered(delivery, await acknowledged)
        except TimeoutError:
            return "timeout"
        except ConnectionError:
            return "connection_failed"
        finally:
            del self._awaited[envelope]
        return None

    def _choose(self, staying: list[web.WebSocketResponse]) -> web.WebSocketResponse:
        """Any of the connections; what comes at the same time goes over the same, unless they are to alternate."""
        now = asyncio.get_running_loop().time()
        last, until = self._last or (None, 0.0)
        if self.alternates:
            chosen = staying[(staying.index(last) + 1) % len(staying)] if last in staying else staying[0]
        else:
            chosen = last if last in staying and now < until else self.random.choice(staying)
        self._last = chosen, now + _BURST_SECONDS
        return chosen

    async def refresh(self, reason: str = "refresh_requested", *, closes_after: float = _CLOSES_AFTER) -> None:
        """Ask the app to connect anew; the old connections end soon."""
        loop = asyncio.get_running_loop()
        for socket in list(self.open):
            self._leaving.add(socket)
            with contextlib.suppress(ConnectionError):
                await socket.send_json(_disconnect(reason))
            self._closing.add(loop.call_later(closes_after, self._cut, socket))

    def drop(self, most: int | None = None) -> None:
        """Cut every connection without a word, or so many at *most*, the oldest first."""
        for socket in self.open[:most]:
            self._cut(socket)

    async def close(self) -> None:
        """End all connections."""
        for timer in self._closing:
            timer.cancel()
        self._closing.clear()
        for socket in list(self.open):
            await _within_a_second(socket.close())

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for frame in socket:
            if self.mute:
                continue
            if frame.type is WSMsgType.PING:
                await socket.pong(frame.data)
            elif frame.type is WSMsgType.TEXT:
                self._hear(frame.data)

    def _hear(self, text: str) -> None:
        """Take an acknowledgement; whatever else an app says is ignored, as Slack does."""
        try:
            said = json.loads(text)
        except ValueError:
            return
        if not isinstance(said, dict) or self._faults.take("ack", said):
            return
        waiting = self._awaited.get(str(said.get("envelope_id")))
        if waiting and not waiting.done():
            waiting.set_result(said.get("payload") or {})

    def _left(self, socket: web.WebSocketResponse) -> None:
        self._leaving.discard(socket)
        self._wires.pop(socket, None)
        if socket in self.open:
            self.open.remove(socket)
        self._changed()

    def _cut(self, socket: web.WebSocketResponse) -> None:
        wire = self._wires.get(socket)
        if wire:
            wire.abort()


async def _within_a_second(closing: Awaitable[object]) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            await closing


def _hello(connections: int) -> Params:
    return {
        "type": "hello",
        "num_connections": connections,
        "debug_info": {"host": "applink-sim", "build_number": 1, "approximate_connection_time": 18060},
        "connection_info": {"app_id": APP},
    }


def _disconnect(reason: str) -> Params:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sim"}}


def _envelope(number: str, delivery: Delivery, retry: int, reason: str) -> Params:
    envelope: Params = {
        "envelope_id": number,
        "type": delivery.kind,
        "payload": delivery.payload,
        "accepts_response_payload": delivery.kind == COMMANDS
        or (delivery.kind == INTERACTIVE and delivery.payload.get("type") == "view_submission"),
    }
    if delivery.kind not in (COMMANDS, INTERACTIVE):
        envelope |= {"retry_attempt": retry, "retry_reason": reason}
    return envelope
