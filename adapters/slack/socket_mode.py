"""
Keeps two Socket Mode connections open, and replaces each after every failure.

Slack closes each connection every few hours, and sends each envelope over any open one; so with two of them one is always
open. The client library reconnects when Slack asks it to. But after a failure it retries a single-use address for ever,
and it may stay connected without receiving anything. So a connection that is unwell for some seconds is replaced. https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final

from aiohttp import WSMessage
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from adapters.slack.api import SILENT_LOGGER, SlackApi
from adapters.slack.events import EventReceiver
from bridge.sdk.errors import Garbled, Later, Never, Unreachable
from bridge.sdk.outages import Outages
from bridge.sdk.unreadable import reading

CONNECT_WITHIN: Final = 10.0
UNWELL_SECONDS: Final = 3  #: seconds without a live connection before a new one is made
WELL_SECONDS: Final = 3  #: seconds between looks at a connection that was well; each wakes an idle process
CROWDED: Final = 8
"""Connections of all processes beyond which a second one gives way: an app has ten, and each process needs one.

https://docs.slack.dev/apis/events-api/using-socket-mode#connections"""
CROWDED_SECONDS: Final = 300.0
BOLT_FAILED: Final = 500  #: what Bolt answers with when it fails itself; we never do
_LONGEST_PAUSE: Final = 30.0
_PING_EVERY: Final = 5.0  #: seconds; four unanswered pings make the library's connection stale


class SocketMode:
    """Receives Slack's envelopes, and hands them to the `EventReceiver`."""

    def __init__(self, adapter: str, api: SlackApi, receiver: EventReceiver, *, app_token: str) -> None:
        self._outages = Outages(adapter=adapter)
        first, second = (
            SocketConnection(api, receiver, app_token=app_token, gives_way=spare, changed=self._changed)
            for spare in (False, True)
        )
        self._connections = first, second

    @property
    def unavailable_reason(self) -> str | None:
        """Why no events arrive; None while one connection is well."""
        first, second = (connection.unavailable_reason for connection in self._connections)
        return first and second and first

    async def listen(self) -> None:
        """Receive until cancelled."""
        async with asyncio.TaskGroup() as both:
            for connection in self._connections:
                both.create_task(connection.keep_open())

    def _changed(self, seconds: float) -> None:
        """Report that a connection was lost, to be replaced after so many *seconds*, or works again."""
        because = self.unavailable_reason
        if because is None:
            self._outages.note_hears()
        else:
            self._outages.note_failed(time.monotonic(), because, seconds=seconds)


class SocketConnection:
    """One connection; one that *gives_way* stays closed if it would leave no room for another process."""

    def __init__(
        self,
        api: SlackApi,
        receiver: EventReceiver,
        *,
        app_token: str,
        gives_way: bool,
        changed: Callable[[float], None],
    ) -> None:
        self._api = api
        self._receiver = receiver
        self._app_token = app_token
        self._gives_way = gives_way
        self._changed = changed
        self._failures = count()
        self._is_crowded = False
        self.unavailable_reason: str | None = "not listening yet"

    async def keep_open(self) -> None:
        """Receive until cancelled, over one connection after the other."""
        while True:
            try:
                await self._connect()
            except (Later, Never) as failure:
                pause = failure.retry_after if isinstance(failure, Later) else _LONGEST_PAUSE
                await self._wait(failure.detail, pause)

    async def _wait(self, because: str, pause: float | None) -> None:
        grown = min(_LONGEST_PAUSE, 0.5 * 2 ** min(next(self._failures), 10))
        seconds = pause or grown * random.uniform(0.5, 1)  # noqa: S311  only spreads replicas
        self.unavailable_reason = because
        self._changed(seconds)
        await asyncio.sleep(seconds)

    async def _connect(self) -> None:
        """Receive over one connection until it is lost; raises why."""
        address = await self._api.open_socket(self._app_token)
        handler = EnvelopeHandler(
            self._receiver.app, self._app_token, logger=SILENT_LOGGER, ping_interval=_PING_EVERY, proxy=None
        )
        handler.put_aside = self._receiver.put_aside
        handler.client.wss_uri = address
        handler.client.on_message_listeners.append(self._heard)
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await handler.client.connect()  # type: ignore[no-untyped-call]  # the library's has no types
            await self._watch(handler)
        except TimeoutError as failure:
            raise Unreachable("socket: no connection in time") from failure
        finally:
            closing = asyncio.create_task(self._close(handler))
            try:
                await asyncio.shield(closing)
            finally:  # also for who is cancelled meanwhile
                await closing

    async def _close(self, handler: AsyncSocketModeHandler) -> None:
        if await handler.client.is_connected():  # else nothing can be acknowledged on it any more
            await self._receiver.drain()
        await handler.client.close()  # type: ignore[no-untyped-call]  # as above

    async def _heard(self, frame: WSMessage) -> None:
        """Note a frame; the greeting tells how many connections the app has."""
        if self.unavailable_reason is not None:
            self._is_crowded = self._gives_way and _connections_told(frame) > CROWDED
            self.unavailable_reason = None
            self._failures = count()
            self._changed(0.0)

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        well, unwell = False, 0
        while unwell < UNWELL_SECONDS:
            await asyncio.sleep(WELL_SECONDS if well else 1)
            if self._is_crowded:
                raise Unreachable("socket: others need the room", retry_after=CROWDED_SECONDS)
            well = self.unavailable_reason is None and await handler.client.is_connected()
            unwell = 0 if well else unwell + 1
        raise Unreachable("socket: open, but silent" if await handler.client.is_connected() else "socket: closed")


class EnvelopeHandler(AsyncSocketModeHandler):
    """Bolt's handler, which also puts aside and acknowledges what Bolt cannot read: Slack would repeat it for ever."""

    put_aside: Callable[[object, Exception], Awaitable[None]]

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as Bolt does
        """Acknowledge an envelope once it is accepted."""
        try:
            answer = await self._answer(req)
        except Garbled as failure:
            await self.put_aside(req.payload, failure)
            answer = BoltResponse(status=200)
        await send_async_response(client, req, answer, time.monotonic())

    async def _answer(self, req: SocketModeRequest) -> BoltResponse:
        with reading("envelope"):
            answer: BoltResponse = await run_async_bolt_app(self.app, req)
        if answer.status == BOLT_FAILED:
            raise Garbled("Bolt cannot read it, and tells its log alone")
        return answer


def _connections_told(greeting: WSMessage) -> int:
    """The number of the app's connections in the *greeting*; 0 if it tells none."""
    try:
        told = json.loads(greeting.data).get("num_connections")
    except (ValueError, AttributeError):
        return 0
    return told if isinstance(told, int) else 0
