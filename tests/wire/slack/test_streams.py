"""Answers that grow by Slack's own streams, and what replaces a stream that ends or is refused."""

import pytest

from adapters.slack.pace import START
from adapters.slack.previews import SHORT_SECONDS
from bridge.sdk.errors import StoppedByPerson
from tests.wire.slack.harness import asked, listening, part, refused


async def test_an_answer_grows_natively_and_ends_as_exactly_the_text(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    slack.swallow_whitespace = True
    whole = "A bridge\n\nis a *way* over 水. <3"
    async with adapter.reply(message) as sink:
        ref = None
        for end in range(1, len(whole) + 1):
            ref = await sink.preview(part(whole[:end], ref))
        assert whole.startswith(slack.messages(desk, ts)[-1].text)
        await sink.finish(part(whole, ref))

    assert [whole] == [m.text for m in slack.messages(desk, ts) if m.bot]
    assert not slack.messages(desk, ts)[-1].streaming
    assert not slack.called("chat.update")


async def test_while_streams_are_short_an_answer_that_may_end_soon_waits_and_its_second_part_is_posted(
    slack, heard, adapter
):
    message, desk, ts = await asked(slack, heard)
    awaited = []
    for number in range(12):
        async with adapter.reply(message) as sink:
            awaited.append(sink.surface.ending_awaited)
            await sink.preview(part("A bridge is", key=f"turn-{number}/0"))
    async with adapter.reply(message) as sink:
        await sink.preview(part("and its second part", key="turn-1/1", index=1))

    assert [0.0] * 11 + [SHORT_SECONDS] == awaited
    assert 12 == len(slack.called("chat.startStream"))
    assert "and its second par" == slack.bot_texts(desk, ts)[-1]


async def test_a_stream_that_slack_ended_is_made_whole(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("A bridge is"))
        slack.streams._expire(slack.message(ref))
        await sink.preview(part("A bridge is a way", ref))
        await sink.finish(part("A bridge is a way over.", ref))

    assert ["A bridge is a way over."] == slack.bot_texts(desk, ts)


@pytest.mark.parametrize("method", ["chat.appendStream", "chat.stopStream"])
@pytest.mark.parametrize("final", ["A bridge is a way over.", "No."])
async def test_a_stream_that_slack_takes_for_over_and_then_for_open_is_made_whole(slack, heard, adapter, method, final):
    message, desk, ts = await asked(slack, heard)
    slack.faults.add(method, **refused("message_not_in_streaming_state"))
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("A bridge is"))
        await sink.preview(part("A bridge is a way", ref))
        await sink.finish(part(final, ref))

    assert [(final, False)] == [(one.shown, one.streaming) for one in slack.messages(desk, ts) if one.bot]


async def test_an_old_stream_is_ended_before_slack_does_and_goes_on_by_edits(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    clock = adapter._workspaces.by_default().shared.now()
    adapter._workspaces.by_default().shared.now = lambda: clock
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("A bridge is"))
        clock += 241
        await sink.preview(part("A bridge is a way", ref))
        assert ["A bridge is a wa"] == slack.bot_texts(desk, ts)
        await sink.preview(part("A bridge is a way over", ref))
        await sink.finish(part("A bridge is a way over.", ref))

    assert 1 == len(slack.called("chat.stopStream"))
    assert 2 == len(slack.called("chat.update"))
    assert ["A bridge is a way over."] == slack.bot_texts(desk, ts)


async def test_after_as_long_as_a_stream_lives_the_answer_goes_on_in_another(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    shared = adapter._workspaces.by_default().shared
    clock = shared.now()
    shared.now = lambda: clock
    async with adapter.reply(message) as sink:
        first = await sink.preview(part("A bridge is"))
        assert sink.surface.closed is None
        clock += 241
        assert first == sink.surface.closed
        await sink.finish(part("A bridge", first))
        second = await sink.preview(part("is a way ov", index=1))
        assert (True, None) == (slack.message(second).streaming, sink.surface.closed)
        await sink.finish(part("is a way over.", second, index=1))

    assert ["A bridge", "is a way over."] == slack.bot_texts(desk, ts)
    assert [] == [call.method for call in slack.calls if not call.ok]


async def test_where_streams_are_short_an_old_one_is_replaced_by_edits(slack, heard, adapter):
    message, _, _ = await asked(slack, heard)
    shared = adapter._workspaces.by_default().shared
    clock = shared.now()
    shared.now = lambda: clock
    async with adapter.reply(message) as sink:
        await sink.preview(part("A bridge is"))
        clock += 241
        while not shared.is_short_of_streams:
            shared.pace.try_preview(clock, START)

        assert sink.surface.closed is None


async def test_a_ten_minute_answer_stands_whole_in_its_thread(slack, heard, adapter):
    """Twice as long as a stream lives; what is left of it grows by edits, in the message that began it."""
    message, desk, ts = await asked(slack, heard)
    shared = adapter._workspaces.by_default().shared
    clock = shared.now()
    shared.now = lambda: clock
    lines = [f"- **minute {minute / 3:.1f}:** `step {minute}`" for minute in range(30)]
    whole = "\n".join(lines)
    async with adapter.reply(message) as sink:
        ref = None
        for count in range(1, len(lines) + 1):
            ref = await sink.preview(part("\n".join(lines[:count]), ref))
            clock += 20
            slack.streams.lifetime = 300 if count < 14 else 0  # as Slack ends them
        await sink.finish(part(whole, ref))

    assert [whole] == slack.bot_texts(desk, ts)
    assert 1 == len(slack.called("chat.startStream"))
    assert not slack.message(ref).streaming


async def test_where_streams_are_refused_the_answer_is_edited(slack, heard, adapter):
    slack.native_streaming = False
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("A bridge is"))
        await sink.finish(part("A bridge is a way.", ref))
    async with adapter.reply(message) as sink:
        assert 3.0 == sink.surface.preview_interval
        await sink.preview(part("Another", key="turn-2/0"))

    assert 1 == len(slack.called("chat.startStream"))
    assert ["A bridge is a way.", "Anothe"] == slack.bot_texts(desk, ts)


async def test_where_only_streams_are_wanted_and_refused_the_finished_text_is_shown(slack, heard):
    slack.native_streaming = False
    async with listening(slack, heard, stream="native") as adapter:
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            assert await sink.preview(part("A bridge")) is None
            assert sink.surface.preview_interval is None
            await sink.finish(part("A bridge."))

    assert ["A bridge."] == slack.bot_texts(desk, ts)


async def test_what_the_person_stopped_stays_as_it_is(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("A bridge is"))
        slack.stops(slack.world.people[message.author.id], ts)
        with pytest.raises(StoppedByPerson):
            await sink.preview(part("A bridge is a way", ref))
        assert ref == await sink.finish(part("A bridge is a way over.", ref))

    assert ["A bridge i"] == slack.bot_texts(desk, ts)


async def test_a_lost_append_is_healed_at_the_end(slack, heard, adapter):
    """Nobody can tell whether it arrived: appending again might say it twice."""
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("A bridge is"))
        slack.faults.add("chat.appendStream", cut=True, apply=True)
        await sink.preview(part("A bridge is a way", ref))
        await sink.finish(part("A bridge is a way over.", ref))

    assert ["A bridge is a way over."] == slack.bot_texts(desk, ts)
