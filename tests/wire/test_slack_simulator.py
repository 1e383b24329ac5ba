"""The Slack simulator, driven by the clients Slack itself publishes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
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

from simulators.slack import Limits, Person, Slack

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing:UserWarning")


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


@pytest.fixture
async def ears(slack: Slack) -> AsyncIterator[Ears]:
    """An app that listens by Slack's own socket client."""
    socket = SocketModeClient(slack.app_token, web_client=AsyncWebClient(base_url=slack.api_url), ping_interval=1)
    app = Ears(socket)
    await socket.connect()
    await slack.until(lambda: slack.sockets.open)
    yield app
    await socket.close()


async def refused(call: Awaitable[Any]) -> str:
    """The error word a call was refused with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


# --- Socket Mode


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


# --- posting


async def test_a_post_is_seen_and_can_be_replaced(slack: Slack, client: AsyncWebClient) -> None:
    desk = slack.channel("help")
    root = slack.says(slack.person("ann"), "hi", desk)

    posted = await client.chat_postMessage(channel=desk, thread_ts=root, markdown_text="**one**")
    await client.chat_update(channel=desk, ts=posted["ts"], markdown_text="**two**")

    message = slack.message(posted["ts"])
    assert ["**two**"] == slack.bot_texts(desk, root)
    assert ["**one**", "**two**"] == [text for _at, text in message.history]
    assert (True, 1) == (message.markdown, message.edits)


@pytest.mark.parametrize(
    ("wanted", "arguments"),
    [
        ("msg_too_long", {"markdown_text": "x" * 12_001}),
        ("markdown_text_conflict", {"markdown_text": "x", "text": "y"}),
        ("markdown_text_conflict", {"markdown_text": "x", "blocks": [{"type": "divider"}]}),
        ("no_text", {"text": "  "}),
        ("invalid_thread_ts", {"text": "x", "thread_ts": "soon"}),
        ("thread_not_found", {"text": "x", "thread_ts": "1700000000.000100"}),
        ("msg_blocks_too_many", {"text": "x", "blocks": [{"type": "divider"}] * 51}),
        (
            "invalid_blocks",
            {"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]},
        ),
        ("msg_blocks_too_long", {"text": "x", "blocks": [{"type": "markdown", "text": "x" * 12_001}]}),
        ("invalid_blocks", {"text": "x", "blocks": [{"type": "marquee"}]}),
        ("invalid_metadata_format", {"text": "x", "metadata": {"event_type": "x"}}),
    ],
)
async def test_a_post_slack_would_not_take_is_refused(
    slack: Slack, client: AsyncWebClient, wanted: str, arguments: dict[str, Any]
) -> None:
    desk = slack.channel("help")

    assert wanted == await refused(client.chat_postMessage(channel=desk, **arguments))
    assert [] == slack.messages(desk)


async def test_a_place_the_bot_cannot_write_to_says_why(slack: Slack, client: AsyncWebClient) -> None:
    archived = slack.channel("old")
    slack.archive(archived)

    places = ["C404", slack.channel("elsewhere", bot=False), slack.private_channel("secret", bot=False), archived]

    assert ["channel_not_found", "not_in_channel", "channel_not_found", "is_archived"] == [
        await refused(client.chat_postMessage(channel=place, text="x")) for place in places
    ]


async def test_an_update_is_shorter_than_a_post_and_of_ones_own_messages(slack: Slack, client: AsyncWebClient) -> None:
    desk = slack.channel("help")
    theirs = slack.says(slack.person("ann"), "hi", desk)
    posted = await client.chat_postMessage(channel=desk, text="x" * 40_001)

    assert 40_000 == len(slack.message(posted["ts"]).text)
    assert "message_truncated" == posted["warning"]
    assert "msg_too_long" == await refused(client.chat_update(channel=desk, ts=posted["ts"], text="x" * 4001))
    assert "cant_update_message" == await refused(client.chat_update(channel=desk, ts=theirs, text="x"))
    assert "message_not_found" == await refused(client.chat_update(channel=desk, ts="1700000000.000100", text="x"))


async def test_metadata_is_read_back_only_when_asked_for(slack: Slack, client: AsyncWebClient) -> None:
    """How a sender finds out whether a post whose answer was lost had been made."""
    desk = slack.channel("help")
    root = slack.says(slack.person("ann"), "hi", desk)
    metadata = {"event_type": "delivery", "event_payload": {"id": "d1"}}
    await client.chat_postMessage(channel=desk, thread_ts=root, markdown_text="**hello**", metadata=metadata)

    blind = await client.conversations_replies(channel=desk, ts=root)
    seeing = await client.conversations_replies(channel=desk, ts=root, include_all_metadata=True)

    assert [None, None] == [message.get("metadata") for message in blind["messages"]]
    assert metadata == seeing["messages"][1]["metadata"]
    assert "*hello*" == seeing["messages"][1]["text"]


async def test_every_mention_that_would_notify_somebody_is_written_down(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    root = slack.says(ann, "hi", desk)
    stream = await start(client, ann, desk, root, "all of <!cha")

    await client.chat_appendStream(channel=desk, ts=stream, markdown_text="nnel> and &lt;!here>")
    await client.chat_postMessage(
        channel=desk, text="fine @here", blocks=[{"type": "markdown", "text": f"<@{ann.id}>"}]
    )

    assert ["<!channel>", f"<@{ann.id}>"] == [ping.token for ping in slack.pings]


# --- streams


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


async def test_a_stream_grows_and_ends_as_an_ordinary_message(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    root = slack.says(ann, "hi", desk)

    ts = await start(client, ann, desk, root, "one ")
    assert slack.message(ts).streaming
    assert "processing" == slack.sessions[desk, root]
    await client.chat_appendStream(channel=desk, ts=ts, markdown_text="two ")
    metadata = {"event_type": "delivery", "event_payload": {"id": "d1"}}
    await client.chat_stopStream(
        channel=desk, ts=ts, markdown_text="three", blocks=[{"type": "divider"}], metadata=metadata
    )

    message = slack.message(ts)
    assert ["one ", "one two ", "one two three"] == [text for _at, text in message.history]
    assert (False, metadata, [{"type": "divider"}]) == (message.streaming, message.metadata, message.blocks)
    assert "active" == slack.sessions[desk, root]
    await client.chat_update(channel=desk, ts=ts, markdown_text="amended")


async def test_outside_direct_messages_a_stream_names_its_recipient(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    root, private = slack.says(ann, "hi", desk), slack.says(ann, "hi")

    start_stream = client.chat_startStream
    team, user = slack.team, ann.id
    assert "missing_recipient_team_id" == await refused(
        start_stream(channel=desk, thread_ts=root, recipient_user_id=user)
    )
    assert "missing_recipient_user_id" == await refused(
        start_stream(channel=desk, thread_ts=root, recipient_team_id=team)
    )
    assert "user_not_found" == await refused(
        start_stream(channel=desk, thread_ts=root, recipient_user_id="U404", recipient_team_id=team)
    )
    assert "invalid_thread_ts" == await refused(
        start_stream(channel=desk, thread_ts="", recipient_user_id=user, recipient_team_id=team)
    )
    assert (await start_stream(channel=slack.dm(ann), thread_ts=private))["ok"]


async def test_an_append_slack_would_not_take_is_refused(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    root, place = slack.says(ann, "hi"), slack.dm(ann)
    ts = await start(client, ann, place, root, "x" * 11_000)
    append = client.chat_appendStream
    chunk = {"type": "markdown_text", "text": "y"}

    assert "cannot_provide_both_markdown_text_and_chunks" == await refused(
        append(channel=place, ts=ts, markdown_text="x", chunks=[chunk])
    )
    assert "no_text" == await refused(append(channel=place, ts=ts, markdown_text=""))
    assert "invalid_chunks" == await refused(append(channel=place, ts=ts, chunks=[{"type": "song"}]))
    assert "msg_too_long" == await refused(append(channel=place, ts=ts, markdown_text="x" * 1001))
    assert "message_not_owned_by_app" == await refused(append(channel=place, ts=root, markdown_text="x"))
    assert "message_not_found" == await refused(append(channel=place, ts="1700000000.000100", markdown_text="x"))
    assert "streaming_state_conflict" == await refused(client.chat_update(channel=place, ts=ts, text="x"))
    await append(channel=place, ts=ts, chunks=[chunk])
    await client.chat_stopStream(channel=place, ts=ts)
    assert "message_not_in_streaming_state" == await refused(append(channel=place, ts=ts, markdown_text="x"))
    assert "message_not_in_streaming_state" == await refused(client.chat_stopStream(channel=place, ts=ts))
    assert "x" * 11_000 + "y" == slack.message(ts).text


async def test_a_stream_ends_by_itself_however_much_is_appended(slack: Slack, client: AsyncWebClient) -> None:
    slack.stream_lifetime = 0.05
    ann = slack.person("ann")
    root, place = slack.says(ann, "hi"), slack.dm(ann)

    ts = await start(client, ann, place, root, "one")
    await slack.until(lambda: not slack.message(ts).streaming)

    assert "message_not_in_streaming_state" == await refused(
        client.chat_appendStream(channel=place, ts=ts, markdown_text="x")
    )
    await client.chat_update(channel=place, ts=ts, markdown_text="one and all")
    assert ["one and all"] == slack.bot_texts(place, root)


async def test_a_person_can_stop_a_stream(slack: Slack, client: AsyncWebClient, ears: Ears) -> None:
    ann = slack.person("ann")
    root, place = slack.says(ann, "hi"), slack.dm(ann)
    ts = await start(client, ann, place, root, "one")

    slack.stops(ann, ts)
    await slack.settled()

    stopped = next(event for event in ears.events if event["type"] == "agent_session_stopped")
    assert (root, [ts]) == (stopped["thread_ts"], stopped["streaming_message_ts"])
    assert "stopped_by_user" == await refused(client.chat_appendStream(channel=place, ts=ts, markdown_text="x"))


async def test_whitespace_at_the_start_of_an_append_can_get_lost(slack: Slack, client: AsyncWebClient) -> None:
    slack.swallow_whitespace = True
    ann = slack.person("ann")
    root, place = slack.says(ann, "hi"), slack.dm(ann)

    ts = await start(client, ann, place, root, "one")
    await client.chat_appendStream(channel=place, ts=ts, markdown_text=" two")

    assert "onetwo" == slack.message(ts).text


async def test_a_workspace_may_have_no_streams(slack: Slack, client: AsyncWebClient) -> None:
    slack.native_streaming = False
    ann = slack.person("ann")
    root = slack.says(ann, "hi")

    assert "unknown_method" == await refused(start(client, ann, slack.dm(ann), root))


async def test_the_sdks_own_streamer_is_understood(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    root, place = slack.says(ann, "hi"), slack.dm(ann)

    streamer = await client.chat_stream(channel=place, thread_ts=root, buffer_size=4)
    await streamer.append(markdown_text="hello ")
    await streamer.append(markdown_text="world")
    await streamer.stop()

    assert ["hello world"] == slack.bot_texts(place, root)


async def test_the_app_hears_of_its_own_words(slack: Slack, client: AsyncWebClient, ears: Ears) -> None:
    """Who answers these talks to themselves for ever."""
    slack.echoes = True
    ann = slack.person("ann")

    posted = await client.chat_postMessage(channel=slack.dm(ann), text="one")
    await client.chat_update(channel=slack.dm(ann), ts=posted["ts"], text="two")
    await slack.settled()

    by_subtype = {event.get("subtype"): event for event in ears.events}
    assert slack.bot_id == by_subtype[None]["bot_id"]
    assert ("two", "one") == tuple(
        by_subtype["message_changed"][key]["text"] for key in ("message", "previous_message")
    )


async def test_people_edit_and_take_back_what_they_said(slack: Slack, ears: Ears) -> None:
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])

    ts = slack.says(ann, "hello", desk, mention=True)
    slack.edits(ann, ts, f"<@{slack.bot_user}> goodbye")
    slack.deletes(ann, ts)
    await slack.settled()

    assert ["app_mention", "message", "message/message_changed", "app_mention", "message/message_deleted"] == [
        f"{event['type']}/{event['subtype']}" if "subtype" in event else event["type"]
        for event in sorted((d.event for d in slack.deliveries[:2]), key=lambda event: event["type"])
        + [d.event for d in slack.deliveries[2:]]
    ]
    assert 1 == len([event for event in ears.events if event["type"] == "app_mention" and "edited" in event])
    assert [] == slack.messages(desk)


# --- statuses


async def test_a_status_stands_until_the_app_speaks(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    root, place = slack.says(ann, "hi"), slack.dm(ann)

    await client.assistant_threads_setStatus(
        channel_id=place, thread_ts=root, status="is thinking…", loading_messages=["Reading", "Writing"]
    )
    assert "is thinking…" == slack.status(place, root)
    await client.chat_postMessage(channel=place, thread_ts=root, text="done")

    assert "" == slack.status(place, root)
    assert "processing" == slack.sessions[place, root]


async def test_an_agent_names_its_session_and_proposes_questions(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    root, place = slack.says(ann, "hi"), slack.dm(ann)

    await client.agents_sessions_setStatus(channel_id=place, thread_ts=root, status="processing", title="Hi")
    await client.assistant_threads_setSuggestedPrompts(
        channel_id=place, thread_ts=root, prompts=[{"title": "More", "message": "Tell me more"}]
    )

    assert ("processing", "Hi") == (slack.sessions[place, root], slack.titles[place, root])
    assert "Tell me more" == slack.prompts[place, root][0]["message"]
    assert "invalid_status" == await refused(
        client.agents_sessions_setStatus(channel_id=place, thread_ts=root, status="busy")
    )


# --- HTTP


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


async def test_bolt_accepts_the_signature_and_the_challenge(slack: Slack, bolt: AsyncApp) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    @bolt.event("message")
    async def hear(event: dict[str, Any]) -> None:
        heard.put_nowait(event["text"])

    slack.says(slack.person("ann"), "over HTTP")
    await slack.settled()

    assert await slack.verify_url()
    assert slack.deliveries[0].acked
    async with asyncio.timeout(5):
        assert "over HTTP" == await heard.get()


async def test_bolt_turns_away_what_is_signed_with_another_secret(slack: Slack, bolt: AsyncApp) -> None:
    slack.signing_secret = "another"

    slack.says(slack.person("ann"), "hello")
    await slack.until(lambda: len(slack.deliveries[0].reasons) == 2)
    slack.hurry()
    await slack.until(lambda: len(slack.deliveries[0].reasons) == 3)
    slack.hurry()
    await slack.settled()

    assert slack.deliveries[0].lost
    assert ["http_error"] * 4 == slack.deliveries[0].reasons
    assert 4 == len(slack.deliveries[0].sent_at)


async def test_over_http_a_failure_is_told_with_the_next_attempt(slack: Slack) -> None:
    requests: list[web.Request] = []

    async def fail_twice(request: web.Request) -> web.Response:
        requests.append(request)
        return web.Response(status=500 if len(requests) <= 2 else 200)

    application = web.Application()
    application.router.add_post("/", fail_twice)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/"

    slack.says(slack.person("ann"), "hello")
    await slack.until(lambda: len(slack.deliveries[0].reasons) == 2)
    slack.hurry()
    await slack.settled()
    await runner.cleanup()

    assert [(None, None), ("1", "http_error"), ("2", "http_error")] == [
        (request.headers.get("x-slack-retry-num"), request.headers.get("x-slack-retry-reason")) for request in requests
    ]
    assert slack.deliveries[0].acked


# --- commands and buttons


async def test_a_command_is_answered_at_once_and_later(slack: Slack, either_bolt: AsyncApp) -> None:
    @either_bolt.command("/coze")
    async def coze(ack: Any, respond: Any, command: dict[str, Any]) -> None:
        await ack(f"you said {command['text']}")
        await respond("and that was that")

    ann = slack.person("ann")
    slack.command(ann, "/coze", "new")
    await slack.until(lambda: len(slack.responses) == 2)

    assert {"you said new", "and that was that"} == {response.text for response in slack.responses}
    assert {ann.id} == {whispered.user for whispered in slack.ephemerals}


async def test_a_pressed_button_says_where_it_stood(slack: Slack, client: AsyncWebClient, ears: Ears) -> None:
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    root = slack.says(ann, "hi", desk)
    button = {"type": "button", "action_id": "ask:0", "value": "q1", "text": {"type": "plain_text", "text": "More"}}
    row = {"type": "actions", "block_id": "row", "elements": [button]}
    posted = await client.chat_postMessage(channel=desk, thread_ts=root, text="pick", blocks=[row])

    delivery = slack.presses(ann, posted["ts"], "ask:0")
    await slack.settled()

    assert delivery.acked
    payload = ears.heard[-1].payload
    assert ("q1", "row", "ask:0") == tuple(payload["actions"][0][key] for key in ("value", "block_id", "action_id"))
    assert root == payload["container"]["thread_ts"]
    async with (
        aiohttp.ClientSession() as session,
        session.post(payload["response_url"], json={"replace_original": True, "text": "picked"}) as answer,
    ):
        assert 200 == answer.status
    assert ["picked"] == slack.bot_texts(desk, root)


async def test_a_response_url_is_used_up_after_five_answers(slack: Slack) -> None:
    url = slack.command(slack.person("ann"), "/coze").payload["response_url"]

    async with aiohttp.ClientSession() as session:
        answers = [await session.post(url, json={"text": "x"}) for _ in range(6)]

    assert [200] * 5 + [404] == [answer.status for answer in answers]


# --- files


async def test_an_uploaded_file_appears_and_can_be_fetched(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    root, place = slack.says(ann, "hi"), slack.dm(ann)

    await client.files_upload_v2(
        channel=place, thread_ts=root, filename="a.txt", content="hello", initial_comment="here"
    )
    (message,) = await slack.until(lambda: [m for m in slack.messages(place, root) if m.bot])

    assert ("here", "a.txt", b"hello") == (message.text, message.files[0].name, message.files[0].data)


async def test_a_stranger_who_wants_a_file_is_shown_a_login_page(slack: Slack, ears: Ears) -> None:
    """With 200, so that whoever trusts the status keeps the page for the file."""
    ann = slack.person("ann")
    slack.says(ann, "look", files=[slack.file(ann, "a.pdf", b"%PDF")])
    await slack.settled()
    url = ears.events[0]["files"][0]["url_private_download"]

    async with aiohttp.ClientSession() as session:
        stranger = await session.get(url)
        bot = await session.get(url, headers={"authorization": f"Bearer {slack.bot_token}"})

        assert "file_share" == ears.events[0]["subtype"]
        assert (200, "text/html") == (stranger.status, stranger.content_type)
        assert b"%PDF" == await bot.read()


async def test_of_a_foreign_file_only_the_id_is_told(slack: Slack, client: AsyncWebClient, ears: Ears) -> None:
    bob = slack.person("bob", team="T0EXT")
    slack.says(bob, "look", files=[slack.file(bob, "a.pdf", b"%PDF", access="check_file_info")])
    await slack.settled()

    (told,) = ears.events[0]["files"]
    assert {"id", "mode", "file_access"} == set(told)
    assert "a.pdf" == (await client.files_info(file=told["id"]))["file"]["name"]
    assert ("T0EXT", True) == (ears.events[0]["user_team"], ears.heard[0].payload["is_ext_shared_channel"])


# --- who may, how often, and what goes wrong


async def test_tokens_and_scopes_are_checked(slack: Slack, client: AsyncWebClient) -> None:
    desk = slack.channel("help")
    stranger, app = (AsyncWebClient(token=token, base_url=slack.api_url) for token in ("xoxb-other", slack.app_token))

    assert "chat:write" in (await client.auth_test()).headers["x-oauth-scopes"]
    assert "invalid_auth" == await refused(stranger.auth_test())
    assert "not_allowed_token_type" == await refused(app.chat_postMessage(channel=desk, text="x"))
    assert "unknown_method" == await refused(client.api_call("chat.sing"))
    slack.scopes.discard("chat:write")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=desk, text="x")
    assert ("missing_scope", "chat:write") == tuple(caught.value.response[key] for key in ("error", "needed"))


async def test_documented_limits_can_be_switched_on(slack: Slack, client: AsyncWebClient) -> None:
    desk, other = slack.channel("help"), slack.channel("other")
    slack.limits = Limits(post_burst=2, speed=0.001)

    for _ in range(2):
        await client.chat_postMessage(channel=desk, text="x")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=desk, text="x")
    await client.chat_postMessage(channel=other, text="x")

    response = caught.value.response
    assert (429, "ratelimited") == (response.status_code, response["error"])
    assert int(response.headers["retry-after"]) >= 1
    assert 2 == len(slack.bot_texts(desk))


async def test_streams_are_the_scarcest(slack: Slack, client: AsyncWebClient) -> None:
    """Twenty starts a minute for the whole workspace, however many threads there are."""
    slack.limits = Limits(speed=0.001)
    ann = slack.person("ann")
    root, place = slack.says(ann, "hi"), slack.dm(ann)

    for _ in range(20):
        await start(client, ann, place, root)

    assert "ratelimited" == await refused(start(client, ann, place, root))


async def test_an_answer_can_get_lost_after_the_deed(slack: Slack, client: AsyncWebClient) -> None:
    desk = slack.channel("help")
    slack.faults.add("chat.postMessage", apply=True, cut=True)

    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=desk, text="once")

    assert ["once"] == slack.bot_texts(desk)


async def test_errors_can_be_ordered(slack: Slack, client: AsyncWebClient) -> None:
    desk = slack.channel("help")
    slack.faults.add("chat.postMessage", status=429, headers={"Retry-After": "7"})
    slack.faults.add("chat.postMessage", status=200, body={"ok": False, "error": "fatal_error"})

    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel=desk, text="x")

    assert "7" == limited.value.response.headers["Retry-After"]
    assert "fatal_error" == await refused(client.chat_postMessage(channel=desk, text="x"))
    assert [] == slack.bot_texts(desk)


async def test_gone_away_it_comes_back_with_all_it_knew(slack: Slack, client: AsyncWebClient, ears: Ears) -> None:
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    await slack.go_away()
    slack.says(ann, "hello", desk)
    await slack.until(lambda: len(slack.deliveries[0].reasons) == 2)

    with pytest.raises(aiohttp.ClientError):
        await client.auth_test()
    await slack.come_back()
    await slack.until(lambda: slack.sockets.open)
    slack.hurry()
    await slack.settled()

    assert ["hello"] == [event["text"] for event in ears.events]


# --- looking things up


async def test_people_and_places_can_be_looked_up(slack: Slack, client: AsyncWebClient) -> None:
    ann, bob = slack.person("ann", locale="de-DE"), slack.person("bob")
    desk = slack.channel("help", members=[ann])

    assert "de-DE" == (await client.users_info(user=ann.id, include_locale=True))["user"]["locale"]
    assert "user_not_found" == await refused(client.users_info(user="U404"))
    assert (await client.conversations_info(channel=slack.dm(ann)))["channel"]["is_im"]
    assert slack.dm(ann) == (await client.conversations_open(users=ann.id))["channel"]["id"]
    assert slack.mpim([ann, bob]) == (await client.conversations_open(users=[ann.id, bob.id]))["channel"]["id"]
    assert sorted([ann.id, slack.bot_user]) == (await client.conversations_members(channel=desk))["members"]


async def test_a_long_history_comes_in_pages(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    for number in range(5):
        slack.says(ann, str(number), desk)

    first = await client.conversations_history(channel=desk, limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel=desk, limit=3, cursor=cursor)

    assert ["4", "3", "2", "1", "0"] == [m["text"] for page in (first, second) for m in page["messages"]]
    assert (True, False) == (first["has_more"], second["has_more"])


async def test_a_reaction_stands_once(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    ts, place = slack.says(ann, "hi"), slack.dm(ann)

    await client.reactions_add(channel=place, timestamp=ts, name="eyes")

    assert {("eyes", slack.bot_user)} == slack.message(ts).reactions
    assert "already_reacted" == await refused(client.reactions_add(channel=place, timestamp=ts, name="eyes"))
    await client.reactions_remove(channel=place, timestamp=ts, name="eyes")
    assert "no_reaction" == await refused(client.reactions_remove(channel=place, timestamp=ts, name="eyes"))


async def test_the_home_tab_shows_what_was_published(slack: Slack, client: AsyncWebClient, ears: Ears) -> None:
    ann = slack.person("ann")
    slack.opens_home(ann)
    await slack.settled()

    await client.views_publish(user_id=ann.id, view={"type": "home", "blocks": [{"type": "divider"}]})

    assert "home" == ears.events[0]["tab"]
    assert [{"type": "divider"}] == slack.home[ann.id]["blocks"]


async def test_a_whisper_is_seen_by_one_person(slack: Slack, client: AsyncWebClient) -> None:
    ann, bob = slack.person("ann"), slack.person("bob")
    desk = slack.channel("help", members=[ann])

    await client.chat_postEphemeral(channel=desk, user=ann.id, text="psst")

    assert [(ann.id, "psst")] == [(whispered.user, whispered.text) for whispered in slack.ephemerals]
    assert "user_not_in_channel" == await refused(client.chat_postEphemeral(channel=desk, user=bob.id, text="psst"))


async def test_where_there_are_blocks_the_text_is_only_the_notification(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    block = {"type": "markdown", "text": "# The answer"}

    await client.chat_postMessage(channel=ann.id, text="You have an answer", blocks=[block])

    assert ["# The answer"] == slack.bot_texts(slack.dm(ann))
