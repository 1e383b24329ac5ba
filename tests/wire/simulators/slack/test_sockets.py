"""Socket Mode: every event reaches one connection, again until it is acknowledged."""

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from simulators.slack import Slack
from tests.wire.simulators.slack.harness import Ears


async def test_a_direct_message_arrives_over_the_socket_and_is_acknowledged(slack: Slack, ears: Ears) -> None:
    ann = slack.person("ann")

    ts = slack.says(ann, "1 < 2 & see https://example.com")
    await slack.settled()

    assert slack.deliveries[0].acked
    assert (ann.id, slack.dm(ann), "im", ts) == tuple(
        ears.events[0][key] for key in ("user", "channel", "channel_type", "ts")
    )
    assert "1 &lt; 2 &amp; see <https://example.com>" == ears.events[0]["text"]


async def test_a_mention_in_a_channel_is_told_twice_with_different_event_ids(slack: Slack, ears: Ears) -> None:
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    slack.both_orders = "message"

    ts = slack.says(ann, "hello", desk, mention=True)
    await slack.settled()

    assert {"message", "app_mention"} == {event["type"] for event in ears.events}
    assert ["message", "app_mention"] == [delivery.event["type"] for delivery in slack.deliveries]
    assert {(desk, ts)} == {(event["channel"], event["ts"]) for event in ears.events}
    assert 2 == len({request.payload["event_id"] for request in ears.heard})


async def test_an_unacknowledged_event_comes_again_and_says_so(slack: Slack, ears: Ears) -> None:
    slack.time_scale = 0.05
    ears.overhears = 1

    slack.says(slack.person("ann"), "hello")
    await slack.settled()

    assert slack.deliveries[0].acked
    assert [0, 1] == [request.retry_attempt for request in ears.heard[:2]]
    assert "timeout" == ears.heard[1].retry_reason
    assert 1 == len({request.payload["event_id"] for request in ears.heard})


async def test_an_event_said_while_no_socket_was_open_comes_when_one_is(slack: Slack) -> None:
    slack.says(slack.person("ann"), "anybody there?")
    await slack.until(lambda: len(slack.deliveries[0].reasons) == 2)
    socket = SocketModeClient(slack.app_token, web_client=AsyncWebClient(base_url=slack.api_url))
    ears = Ears(socket)
    await socket.connect()
    await slack.until(lambda: slack.sockets.open)

    slack.hurry()
    await slack.settled()

    assert [2] == [request.retry_attempt for request in ears.heard]
    await socket.close()


async def test_of_several_connections_each_event_takes_one(slack: Slack, ears: Ears) -> None:
    socket = SocketModeClient(slack.app_token, web_client=AsyncWebClient(base_url=slack.api_url))
    others = Ears(socket)
    await socket.connect()
    await slack.until(lambda: len(slack.sockets.open) == 2)
    slack.sockets.alternates = True  # else a burst may all go to one of them

    ann = slack.person("ann")
    for number in range(20):
        slack.says(ann, str(number))
    await slack.settled()
    await socket.close()

    assert ears.heard
    assert others.heard
    assert {str(number) for number in range(20)} == {event["text"] for event in ears.events + others.events}
    assert 20 == len(ears.heard + others.heard)


async def test_a_connection_may_be_open_and_dead(slack: Slack, ears: Ears) -> None:
    slack.time_scale = 0.05
    slack.sockets.mute = True
    slack.says(slack.person("ann"), "hello")
    await slack.until(lambda: len(slack.deliveries[0].reasons) == 2)

    slack.sockets.mute = False
    slack.hurry()
    await slack.settled()

    assert ["timeout", "timeout"] == slack.deliveries[0].reasons
    assert slack.deliveries[0].acked


async def test_a_command_nobody_hears_is_lost(slack: Slack) -> None:
    """Slack repeats neither commands nor presses; the person is shown a failure instead."""
    delivery = slack.command(slack.person("ann"), "/coze", "new")
    await slack.settled()

    assert delivery.lost
    assert 1 == len(delivery.sent_at)


async def test_asked_to_refresh_the_client_connects_anew_and_hears_on(slack: Slack, ears: Ears) -> None:
    before = slack.sockets.open[0]

    await slack.refresh_sockets()
    await slack.until(lambda: slack.sockets.open and before not in slack.sockets.open)
    slack.says(slack.person("ann"), "still there?")
    await slack.settled()

    assert ["still there?"] == [event["text"] for event in ears.events]


async def test_a_cut_socket_is_replaced(slack: Slack, ears: Ears) -> None:
    before = slack.sockets.open[0]

    slack.sockets.drop()
    await slack.until(lambda: slack.sockets.open and before not in slack.sockets.open)
    slack.says(slack.person("ann"), "still there?")
    await slack.settled()

    assert ["still there?"] == [event["text"] for event in ears.events]


async def test_every_event_can_be_sent_again_in_any_order(slack: Slack, ears: Ears) -> None:
    ann = slack.person("ann")
    for text in ("one", "two", "three"):
        slack.says(ann, text)
    await slack.settled()

    again = slack.redeliver(times=3, seed=1)
    await slack.settled()

    assert 9 == len(again)
    assert 12 == len(ears.heard)
    assert 3 == len({request.payload["event_id"] for request in ears.heard})


async def test_a_lost_acknowledgement_brings_the_event_again(slack: Slack, ears: Ears) -> None:
    slack.time_scale = 0.05
    slack.faults.add("ack")

    slack.says(slack.person("ann"), "hello")
    await slack.settled()

    assert 2 == len(ears.heard)


async def test_a_ticket_admits_one_connection_only(slack: Slack) -> None:
    web_client = AsyncWebClient(base_url=slack.api_url)
    opened = await web_client.apps_connections_open(app_token=slack.app_token)

    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as socket:
        assert "hello" == (await socket.receive_json())["type"]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(opened["url"])
