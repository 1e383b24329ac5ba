"""A Slack, and each of its own clients."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from simulators.slack import Slack
from tests.wire.simulators.slack.harness import Ears, over_http, over_socket


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    """A Slack that does not bring an app its own messages."""
    async with Slack() as simulator:
        simulator.echoes = False
        yield simulator


@pytest.fixture
async def client(slack: Slack) -> AsyncIterator[AsyncWebClient]:
    """Slack's own client library."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])


@pytest.fixture
async def ears(slack: Slack) -> AsyncIterator[Ears]:
    """An app that listens by Slack's own socket client."""
    socket = SocketModeClient(slack.app_token, web_client=AsyncWebClient(base_url=slack.api_url), ping_interval=1)
    app = Ears(socket)
    await socket.connect()
    await slack.until(lambda: slack.sockets.open)
    yield app
    await socket.close()


@pytest.fixture
async def bolt(slack: Slack) -> AsyncIterator[AsyncApp]:
    """A Bolt app, listening by HTTP."""
    async with over_http(slack) as app:
        yield app


@pytest.fixture(params=[over_http, over_socket])
async def either_bolt(slack: Slack, request: pytest.FixtureRequest) -> AsyncIterator[AsyncApp]:
    """A Bolt app, listening by HTTP, then by a socket."""
    async with request.param(slack) as app:
        yield app
