"""No refusal of a form costs the content: it is sent again plainer, split, as a file, or elsewhere."""

import html
from dataclasses import replace

import pytest

from tests.wire.hearing import letters
from tests.wire.slack.harness import MORE, asked, listening, part, refused, slack_text


@pytest.mark.parametrize(
    "code", ["invalid_blocks", "msg_blocks_too_long", "msg_too_long", "invalid_arguments", "something_new"]
)
async def test_what_is_refused_is_done_without(slack, heard, adapter, code):
    message, desk, ts = await asked(slack, heard)
    slack.faults.add("chat.postMessage", **refused(code))
    async with adapter.reply(message) as sink:
        await sink.finish(replace(part("A **bridge** over 水."), buttons=MORE))

    assert ["A **bridge** over 水."] == slack.bot_texts(desk, ts)


async def test_refused_blocks_leave_the_formatting_alone(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    slack.faults.add("chat.postMessage", **refused("invalid_blocks"))
    async with adapter.reply(message) as sink:
        await sink.finish(replace(part("A **bridge**."), buttons=MORE))

    (shown,) = [one for one in slack.messages(desk, ts) if one.bot]
    assert (True, []) == (shown.markdown, shown.blocks)


@pytest.mark.parametrize("said", ["A **bridge**.", "a < b & c", "水" * 2900])
async def test_refused_formatting_leaves_the_buttons_alone(slack, heard, adapter, said):
    message, desk, ts = await asked(slack, heard)
    slack.faults.add("chat.postMessage", **refused("something_new"))
    async with adapter.reply(message) as sink:
        await sink.finish(replace(part(said), buttons=MORE))

    (shown,) = [one for one in slack.messages(desk, ts) if one.bot]
    assert said == html.unescape(shown.shown)
    assert ["section", "actions"] == [block["type"] for block in shown.blocks]


async def test_words_alone_that_leave_no_room_for_buttons_go_without(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    slack.faults.add("chat.postMessage", **refused("something_new"))
    async with adapter.reply(message) as sink:
        await sink.finish(replace(part("bridge " * 900), buttons=MORE))

    (shown,) = [one for one in slack.messages(desk, ts) if one.bot]
    assert ("bridge " * 900, []) == (shown.text, shown.blocks)


async def test_words_alone_mention_nobody_either(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    slack.faults.add("chat.postMessage", **refused("something_new"))
    async with adapter.reply(message) as sink:
        await sink.finish(part("<!channel> <@U01ANN> a < b && c > d"))

    assert ["&lt;!channel&gt; &lt;@U01ANN&gt; a &lt; b &amp;&amp; c &gt; d"] == slack.bot_texts(desk, ts)
    assert [] == slack.pings


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "chat.appendStream", "chat.stopStream"])
@pytest.mark.parametrize("said", ["bridge " * 1500, "水" * 9000, "a way\n\n" * 1200])
async def test_a_text_that_is_too_long_loses_nothing(slack, heard, adapter, method, said):
    message, desk, ts = await asked(slack, heard)
    slack.faults.add(method, **refused("msg_too_long"))
    async with adapter.reply(message) as sink:
        ref = None
        if method != "chat.postMessage":
            ref = await sink.preview(part(said[:100]))
            await sink.preview(part(said[:200] if method != "chat.update" else "Hm. " + said[:200], ref))
        await sink.finish(part(said, ref))

    assert letters(said) == letters("".join(slack.bot_texts(desk, ts)))
    assert not [one for one in slack.messages(desk, ts) if one.streaming]


async def test_an_edit_that_is_too_long_goes_on_in_another_message(slack, heard):
    async with listening(slack, heard, stream="edit") as adapter:
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("bridge " * 10))
            slack.faults.add("chat.update", **refused("msg_too_long"))

            assert ref == await sink.finish(replace(part("bridge " * 1500, ref), buttons=MORE))

    first, second = [one for one in slack.messages(desk, ts) if one.bot]
    assert letters("bridge " * 1500) == letters(first.text + slack_text(second))
    assert (False, True) == (bool(first.blocks), bool(second.blocks))


@pytest.mark.parametrize("code", ["msg_too_long", "invalid_blocks", "something_new", "no_text"])
async def test_what_no_message_may_say_comes_as_a_file(slack, heard, adapter, code):
    message, _desk, _ts = await asked(slack, heard)
    slack.faults.add("chat.postMessage", times=99, **refused(code))
    async with adapter.reply(message) as sink:
        await sink.finish(part("A **bridge**. " * 50))

    assert 1 == len(slack.called("files.completeUploadExternal"))
    assert len(slack.called("chat.postMessage")) <= 6


@pytest.mark.parametrize(
    "code",
    [
        "cannot_reply_to_message",
        "restricted_action_non_threadable_channel",
        "thread_not_found",
        "invalid_thread_ts",
    ],
)
@pytest.mark.parametrize("stream", ["auto", "edit", "off"])
async def test_where_nobody_can_reply_the_answer_stands_beside_it(slack, heard, code, stream):
    async with listening(slack, heard, stream=stream) as adapter:
        message, desk, ts = await asked(slack, heard)
        slack.faults.add("chat.startStream", times=9, **refused(code))
        slack.faults.add("chat.postMessage", **refused(code))
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("A bridge is"))
            await sink.finish(part("A bridge is a way.", ref))
            await sink.finish(part("Over water.", key="turn-1/1", index=1))
            await sink.notify("And out.")

    assert [] == slack.bot_texts(desk, ts)
    assert ["A bridge is a way.", "Over water.", "And out."] == slack.bot_texts(desk)
    assert 1 == len([call for call in slack.called("chat.postMessage") if not call.ok])
