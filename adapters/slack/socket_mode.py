"""
One Socket Mode connection after the other, through every outage.

The client library reconnects by itself when Slack asks it to. What it cannot do, we do: it tries one single-use address for
ever, and it may be alive and deaf. So a connection that is not well for some seconds is thrown away, and a new one made.
"""

import asyncio
import random
from itertools import count

from aiohttp import WSMessage
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from adapters.slack.api import SILENT_LOGGER, SlackApi
from adapters.slack.events import EventReceiver
from bridge.sdk import telemetry
from bridge.sdk.errors import Later, Never, Unreachable

CONNECT_WITHIN = 10.0
UNWELL_SECONDS = 3  #: seconds without a live connection before a new one is made
_LONGEST_PAUSE = 30.0
_PING_EVERY = 5.0  #: seconds; four unanswered pings make the library's connection stale


class SocketMode:
    """Slack's envelopes, handed to the `EventReceiver`."""

    def __init__(self, adapter: str, api: SlackApi, receiver: EventReceiver, *, app_token: str) -> None:
        self._adapter = adapter
        self._api = api
        self._receiver = receiver
        self._app_token = app_token
        self._failures = count()
        self.unavailable_reason: str | None = "not listening yet"

    async def listen(self) -> None:
        """Hear until cancelled."""
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
        telemetry.adapter_disconnected(adapter=self._adapter, because=because, seconds=seconds)
        await asyncio.sleep(seconds)

    async def _connect(self) -> None:
        """Hear over one connection until it is lost; raises why."""
        address = await self._api.open_socket(self._app_token)
        handler = AsyncSocketModeHandler(
            self._receiver.app, self._app_token, logger=SILENT_LOGGER, ping_interval=_PING_EVERY, proxy=None
        )
        handler.client.wss_uri = address
        handler.client.on_message_listeners.append(self._heard)
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await handler.client.connect()  # type: ignore[no-untyped-call]  # the library's has no types
            await self._watch(handler)
        except TimeoutError as failure:
            raise Unreachable("socket: no connection in time") from failure
        finally:
            await self._receiver.drain()
            await handler.client.close()  # type: ignore[no-untyped-call]  # as above

    async def _heard(self, _frame: WSMessage) -> None:
        """A frame came, if only the greeting."""
        if self.unavailable_reason is not None:
            self.unavailable_reason = None
            self._failures = count()
            telemetry.adapter_connected(adapter=self._adapter)

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        unwell = 0
        while unwell < UNWELL_SECONDS:
            await asyncio.sleep(1)
            well = self.unavailable_reason is None and await handler.client.is_connected()
            unwell = 0 if well else unwell + 1
        raise Unreachable("socket: open, but silent" if await handler.client.is_connected() else "socket: closed")
