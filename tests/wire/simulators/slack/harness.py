"""Slack's own clients at the simulated Slack: the web client, the socket client, and Bolt."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from simulators.slack import Person, Slack


class Ears:
    """An app that keeps what it hears, and acknowledges unless told otherwise."""

    def __init__(self, client: SocketModeClient) -> None:
        self.client = client
        self.heard: list[SocketModeRequest] = []
        self.overhears = 0  #: how many it leaves without an answer
        client.socket_mode_request_listeners.append(self.hear)

    async def hear(self, _client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append(request)
        if len(self.heard) > self.overhears:
            await self.client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    @property
    def events(self) -> list[dict[str, Any]]:
        return [request.payload["event"] for request in self.heard]


async def refused(call: Awaitable[Any]) -> str:
    """The error word a call was refused with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def start(client: AsyncWebClient, person: Person, channel: str, thread: str, text: str | None = None) -> str:
    """A stream that answers *person*."""
    opened = await client.chat_startStream(
        channel=channel,
        thread_ts=thread,
        recipient_user_id=person.id,
        recipient_team_id=person.team,
        markdown_text=text,
    )
    return str(opened["ts"])


@asynccontextmanager
async def over_http(slack: Slack) -> AsyncIterator[AsyncApp]:
    """A Bolt application behind a real HTTP server, to which the workspace posts."""
    app = AsyncApp(
        client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url), signing_secret=slack.signing_secret
    )
    runner = web.AppRunner(app.web_app(path="/slack/events"), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield app
    await runner.cleanup()


@asynccontextmanager
async def over_socket(slack: Slack) -> AsyncIterator[AsyncApp]:
    """A Bolt application in Socket Mode."""
    app = AsyncApp(client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url))
    handler = AsyncSocketModeHandler(app, slack.app_token)
    await handler.connect_async()
    await slack.until(lambda: slack.sockets.open)
    yield app
    await handler.close_async()
