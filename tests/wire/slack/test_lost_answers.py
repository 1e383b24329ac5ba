"""When Slack's answer to a call is lost, what was sent is found again and completed."""

import aiohttp
import pytest

from adapters.slack.api import SlackApi
from bridge.sdk.errors import Uncertain, Unreachable
from bridge.sdk.model import MediaBytes
from tests.wire.slack.harness import asked, listening, part


@pytest.mark.parametrize("stream", ["auto", "off"])
async def test_a_post_whose_answer_was_lost_is_found(slack, heard, stream):
    async with listening(slack, heard, stream=stream) as adapter:
        message, desk, ts = await asked(slack, heard)
        slack.faults.add("chat.postMessage", cut=True, apply=True)
        async with adapter.reply(message) as sink:
            with pytest.raises(Uncertain):
                await sink.finish(part("A bridge."))
        async with adapter.reply(message) as sink:
            found = await sink.find(part("A bridge."))
            assert await sink.find(part("A bridge.", key="turn-9/0")) is None
            await sink.finish(part("A bridge.", found))

    assert ["A bridge."] == slack.bot_texts(desk, ts)


async def test_a_stream_whose_beginning_was_lost_is_found(slack, heard, adapter):
    """A crash between the start of a stream and its ts on disk leaves a message without our mark."""
    message, desk, ts = await asked(slack, heard)
    slack.faults.add("chat.startStream", cut=True, apply=True)
    async with adapter.reply(message) as sink:
        with pytest.raises(Uncertain):
            await sink.preview(part("A bridge is"))
        found = await sink.find(part("A bridge is"))
        await sink.finish(part("A bridge is a way.", found))

    assert ["A bridge is a way."] == slack.bot_texts(desk, ts)


async def test_what_is_to_be_taken_away_is_found_by_its_mark_alone(slack, heard, adapter):
    """A file or the growing answer to somebody else bears none."""
    message, _, _ = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        await sink.preview(part("The answer to somebody else", key="turn-2/0"))
        await sink.attach(MediaBytes(name="chart.png", mime="image/png", data=b"png"))
        posted = await sink.finish(part("and more", key="turn-1/1", index=1))

        assert posted == await sink.find(part("", key="turn-1/1", index=1))
        assert await sink.find(part("", key="turn-1/2", index=2)) is None


async def test_the_answer_in_a_direct_message_is_found(slack, heard):
    async with listening(slack, heard, stream="edit") as adapter:
        ann = slack.person("ann")
        slack.says(ann, "hello")
        message = await heard.one()
        slack.faults.add("chat.postMessage", cut=True, apply=True)
        async with adapter.reply(message) as sink:
            with pytest.raises(Uncertain):
                await sink.finish(part("Hello."))
            found = await sink.find(part("Hello."))
            await sink.finish(part("Hello!", found))

    assert ["Hello!"] == slack.bot_texts(slack.dm(ann))


async def test_a_slack_that_was_away_for_a_moment_is_tried_again(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    slack.faults.add("chat.postMessage", status=200, body={"ok": False, "error": "service_unavailable"})
    async with adapter.reply(message) as sink:
        await sink.finish(part("A bridge."))

    assert ["A bridge."] == slack.bot_texts(desk, ts)


async def test_an_absent_slack_has_surely_not_heard():
    async with aiohttp.ClientSession() as session:
        api = SlackApi(session, token="xoxb-x", url="http://127.0.0.1:1/api/")
        with pytest.raises(Unreachable):
            await api.post("C1", "A bridge.", thread=None, metadata={})


@pytest.mark.parametrize("page", ["<html>Bad Gateway</html>", "", "[]", '"ok"', "null"])
async def test_a_proxy_that_answers_for_slack_leaves_a_post_uncertain(slack, heard, adapter, page):
    """What answers with something else than an object has perhaps handed the call on."""
    message, _desk, _ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        slack.faults.add("chat.postMessage", status=502, body=page)
        with pytest.raises(Uncertain):
            await sink.finish(part("A bridge."))
