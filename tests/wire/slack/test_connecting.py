"""Tokens, scopes and sockets: what is told at the start, and how a socket that was lost is replaced."""

import asyncio

import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from structlog.testing import capture_logs

from adapters.slack.adapter import SlackAdapter
from adapters.slack.scopes import SCOPES
from bridge.sdk.errors import Unauthorised
from bridge.sdk.ports import Adapter, WebhookReceiver
from tests.wire.slack.harness import listening, options


async def _never(_client):
    return False


def test_it_keeps_the_contracts(slack):
    adapter = SlackAdapter("acme", options(slack))

    assert isinstance(adapter, Adapter)
    assert isinstance(adapter, WebhookReceiver)


@pytest.mark.parametrize("how", ["drop", "refresh"])
async def test_it_hears_again_when_the_socket_was_lost(slack, heard, adapter, how):
    lost = slack.sockets.open[0]
    if how == "drop":
        slack.sockets.drop()
    else:
        await slack.sockets.refresh(closes_after=0)
    await slack.until(lambda: slack.sockets.open and lost not in slack.sockets.open)
    slack.says(slack.person("ann"), "hello")

    assert "hello" == (await heard.one()).text


async def test_a_socket_that_is_open_but_deaf_is_replaced(slack, heard, adapter, monkeypatch):
    """Such sockets have been silent for hours in the field."""
    deaf = slack.sockets.open[0]
    monkeypatch.setattr(SocketModeClient, "is_connected", _never)
    await slack.until(lambda: slack.sockets.open and deaf not in slack.sockets.open)
    monkeypatch.undo()
    slack.says(slack.person("ann"), "hello")

    assert "hello" == (await heard.one()).text


async def test_what_arrived_before_the_end_is_accepted_and_acknowledged(slack):
    arrived, go = asyncio.Event(), asyncio.Event()

    async def accept(_message):
        arrived.set()
        await go.wait()

    async with SlackAdapter.from_options("acme", options(slack)) as adapter:
        task = asyncio.create_task(adapter.run(accept))
        await slack.until(lambda: slack.sockets.open)
        slack.says(slack.person("ann"), "hello")
        await arrived.wait()
        task.cancel()
        go.set()
        await asyncio.gather(task, return_exceptions=True)
    await slack.until(slack.courier.settled)

    assert [1] == [len(delivery.sent_at) for delivery in slack.deliveries]


@pytest.mark.parametrize("scope", ["app_mentions:read", "files:write", "mpim:read", "users:read"])
async def test_each_missing_scope_is_named_with_what_will_not_work(slack, heard, scope):
    slack.scopes = slack.scopes - {scope}
    with capture_logs() as lines:
        async with SlackAdapter.from_options("acme", options(slack)):
            pass
    told = [(line["scope"], line["without"]) for line in lines if line["event"] == "adapter.scope_missing"]

    assert [(need.name, need.without) for need in SCOPES if need.name == scope] == told


async def test_nothing_is_named_where_nothing_is_missing(slack, heard):
    with capture_logs() as lines:
        async with SlackAdapter.from_options("acme", options(slack)):
            pass

    assert [] == [line for line in lines if line["event"] == "adapter.scope_missing"]


async def test_a_wrong_app_token_is_told_at_once(slack, heard):
    """The client library would try it for ever."""
    with pytest.raises(Unauthorised):
        async with listening(slack, heard, app_token="xapp-wrong"):
            pass


async def test_a_wrong_bot_token_is_told_at_once(slack, heard):
    with pytest.raises(Unauthorised):
        async with listening(slack, heard, bot_token="xoxb-wrong"):
            pass
