"""Posts, streams and statuses, and what people see of them."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from simulators.slack import Slack
from tests.wire.simulators.slack.harness import Ears, refused, start

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing:UserWarning")


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
