"""
Receives Slack's events: each is on disk before it is acknowledged. The socket's envelopes come through Bolt.

Bolt by itself acknowledges an event before any listener runs, and drops it if ``auth.test`` fails. A ``before_authorize``
middleware runs before both. If it gives no answer, nothing is acknowledged, and Slack sends the event again.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.api import SILENT_LOGGER
from adapters.slack.arrival_order import ArrivalOrder
from adapters.slack.directory import Directory
from adapters.slack.qualifying import split_id
from adapters.slack.workspaces import Workspaces
from bridge.sdk import telemetry
from bridge.sdk.errors import BridgeError, Garbled
from bridge.sdk.i18n import MessageId
from bridge.sdk.model import ChatType, Inbound
from bridge.sdk.ports import Accept
from bridge.sdk.unreadable import Unreadable, reading, unreadable

ACCEPT_WITHIN = 2.0  #: seconds; Slack waits for three; https://docs.slack.dev/apis/events-api
DRAIN_WITHIN = 3.0
_OF_ANY_KIND = ("C", "G")
"""How the ids begin that channels and group direct messages share."""
_TOLD = {"im": ChatType.PRIVATE, "mpim": ChatType.GROUP}


class EventReceiver:
    """Reads what Slack sends, by socket or by HTTP, and hands it to *accept*."""

    def __init__(
        self,
        adapter: str,
        workspaces: Workspaces,
        *,
        tell_presser: Callable[[Inbound, MessageId, str], None],
        client: AsyncWebClient,
    ) -> None:
        self._adapter = adapter
        self._workspaces = workspaces
        self._tell_presser = tell_presser  # a word to whoever has pressed a button, at Slack's address for it
        self._order = ArrivalOrder()
        self._running: set[asyncio.Task[Any]] = set()
        self.accept: Accept | None = None
        # Everything is passed explicitly: Bolt takes whatever is left out from the environment.
        self.app = AsyncApp(
            name="coze-bridge",
            logger=SILENT_LOGGER,
            client=client,
            signing_secret="",
            authorize=_nobody,
            before_authorize=self._take_envelope,
            request_verification_enabled=False,  # a socket's envelopes carry no signature, and nothing else comes this way
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
        )

    async def receive(self, body: dict[str, Any]) -> None:
        """Accept what an event, command or interaction says; put aside what cannot be read."""
        channel, ts = said_at(body)
        arrival = self._order.join(channel, ts)
        try:
            message = await self._readable(body)
            if isinstance(message, Inbound) and ts:
                await self._order.await_turn(channel, arrival)
        finally:
            self._order.leave(channel, arrival)
        if message is not None:  # nothing is awaited until it is on its way to the disk, so it stays before the next
            await self._keep(message, body)

    async def _readable(self, body: dict[str, Any]) -> Inbound | Unreadable | None:
        """Read *body*; None if there is nothing to answer."""
        try:
            with reading("event"):
                return await self._read(body)
        except Garbled as failure:
            event = body.get("event_id") if isinstance(body, dict) else None
            return unreadable(self._adapter, body, failure, key=event if isinstance(event, str) else None)

    async def _read(self, body: dict[str, Any]) -> Inbound | None:
        workspace = await self._workspaces.of(body)
        if workspace is None or workspace.surfaces.receive(body):
            return None
        await _learn_place(body, workspace.directory)
        if message := workspace.read(body):
            unnamed = message.reply_context.get("unnamed", "").split()
            workspace.directory.ask_about([split_id(message.author.id)[1], *unnamed], message.where.workspace or "")
            if message.rating:
                workspace.surfaces.ask_reason(body, message.rating)
        return message

    async def _keep(self, message: Inbound | Unreadable, body: dict[str, Any]) -> None:
        if isinstance(message, Unreadable):
            await self._hand_over(message)
            return
        self._track()
        word = await self._hand_over(message)
        address = body.get("response_url")
        if address and (word := MessageId.RATED if message.rating else word):
            self._tell_presser(message, word, str(address))

    async def put_aside(self, sent: object, failure: Exception, *, key: str | None = None) -> None:
        """Store what Slack *sent*, which could not be read because of *failure*; for *key* see `unreadable`."""
        await self._hand_over(unreadable(self._adapter, sent, failure, key=key))

    def read_again(self, raw: str) -> Inbound | None:
        """Read an event that an earlier version could not read."""
        with suppress(Garbled), reading("event"):
            body = json.loads(raw)
            workspace = self._workspaces.known(body)
            return workspace.read(body) if workspace else None
        return None

    async def drain(self) -> None:
        """Wait until what has arrived is accepted and acknowledged."""
        if self._running:
            await asyncio.wait(self._running, timeout=DRAIN_WITHIN)

    async def _take_envelope(self, body: dict[str, Any], next_: Callable[[], Awaitable[None]]) -> BoltResponse:
        """Answer for Bolt; what could not be accepted is not acknowledged, and was logged by `_hand_over`."""
        if body.get("type") == "url_verification":
            await next_()
            return BoltResponse(status=200)
        with suppress(BridgeError, TimeoutError, RuntimeError):
            await self.receive(body)
            return BoltResponse(status=200)
        return BoltResponse(status=503)

    def _track(self) -> None:
        """Keep track of the running task, so that `drain` waits for its acknowledgement too."""
        task = asyncio.current_task()
        if task and task not in self._running:
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _hand_over(self, message: Inbound | Unreadable) -> MessageId | None:
        accepted = False
        try:
            async with asyncio.timeout(ACCEPT_WITHIN):
                if self.accept is None:
                    raise RuntimeError("expected to be listening")
                word = await self.accept(message)
            accepted = True
            return word
        finally:
            if not accepted:
                telemetry.message_unaccepted(adapter=self._adapter)


def said_at(body: dict[str, Any]) -> tuple[str, str]:
    """The channel and time of what somebody said; only messages have a time."""
    event = body.get("event")
    if not isinstance(event, dict) or event.get("type") not in ("message", "app_mention"):
        return "", ""
    channel, ts = event.get("channel"), event.get("ts")
    return (channel, ts) if isinstance(channel, str) and isinstance(ts, str) else ("", "")


async def _learn_place(body: dict[str, Any], directory: Directory) -> None:
    """Learn what kind of channel it is, from the event or else from Slack."""
    channel, told = place_of(body)
    if told is not None:
        directory.chat_types[channel] = told
    elif channel[:1] in _OF_ANY_KIND and channel not in directory.chat_types:
        await directory.learn([channel])


def place_of(body: dict[str, Any]) -> tuple[str, ChatType | None]:
    """The channel of *body*, empty if it has none, and its kind, if *body* tells."""
    event = body.get("event") or {}
    channel = event.get("channel") or body.get("channel_id") or body.get("channel") or ""
    if isinstance(channel, dict):
        channel = channel.get("id") or ""
    kind = event.get("channel_type")
    return str(channel), _TOLD.get(str(kind), ChatType.CHANNEL) if kind else None


async def _nobody(**_: Any) -> AuthorizeResult:
    """Satisfy Bolt, which asks on whose behalf it acts: it only listens."""
    return AuthorizeResult(enterprise_id=None, team_id=None)
