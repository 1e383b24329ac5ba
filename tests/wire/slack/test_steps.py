"""A workflow's steps as task cards."""

from dataclasses import replace

import pytest

from bridge.sdk.asking import Step
from bridge.sdk.errors import StoppedByPerson
from tests.wire.slack.harness import asked, listening, part, refused

SEARCHING = (Step(title="Search", is_over=False), Step(title="Sum up", is_over=False))
SEARCHED = (Step(title="Search", is_over=True), Step(title="Sum up", is_over=False))
ALL_OVER = tuple(Step(title=step.title, is_over=True) for step in SEARCHED)


def cards(slack, desk, ts):
    """What the task cards of the newest message in the thread say."""
    return [(card["title"], card["status"]) for card in slack.messages(desk, ts)[-1].tasks.values()]


async def test_cards_tell_how_far_the_workflow_is(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("Looking for bridges.", steps=SEARCHING))
        await sink.preview(part("Looking for bridges. A", ref, steps=SEARCHED))
        growing = cards(slack, desk, ts)
        appended = len(slack.called("chat.appendStream"))
        await sink.preview(part("Looking for bridges. A", ref, steps=SEARCHED))
        assert appended == len(slack.called("chat.appendStream"))
        await sink.finish(part("Looking for bridges. A way.", ref, steps=ALL_OVER))

    assert [("Search", "complete"), ("Sum up", "in_progress")] == growing
    assert [("Search", "complete"), ("Sum up", "complete")] == cards(slack, desk, ts)
    assert ["Looking for bridges. A way."] == slack.bot_texts(desk, ts)
    assert all("markdown_text" not in call.params for call in slack.called("chat.appendStream")[1:2])


@pytest.mark.parametrize(("last", "status"), [(True, "error"), (False, "complete")])
async def test_no_card_spins_for_ever(slack, heard, adapter, last, status):
    """What broke off is marked so; what goes on in another message goes on there."""
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("Looking for bridges.", steps=SEARCHING))
        await sink.preview(part("Looking for bridges. A", ref, steps=SEARCHED))
        await sink.finish(replace(part("Looking for bridges. A way.", ref, steps=SEARCHED), last=last))

    assert [("Search", "complete"), ("Sum up", status)] == cards(slack, desk, ts)


@pytest.mark.parametrize("code", ["invalid_chunks", "invalid_arguments", "unknown_method", "internal_error"])
async def test_where_slack_takes_no_cards_the_text_grows_without_them(slack, heard, adapter, code):
    message, desk, ts = await asked(slack, heard)
    slack.faults.add("chat.appendStream", times=9, when=lambda params: "chunks" in params, **refused(code))
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("Looking for bridges.", steps=SEARCHING))
        await sink.preview(part("Looking for bridges. A", ref, steps=SEARCHING))
        await sink.preview(part("Looking for bridges. A way", ref, steps=SEARCHED))
        await sink.finish(part("Looking for bridges. A way.", ref, steps=ALL_OVER))

    assert [] == cards(slack, desk, ts)
    assert ["Looking for bridges. A way."] == slack.bot_texts(desk, ts)
    assert 1 == len([call for call in slack.called("chat.appendStream") if "chunks" in call.params])


async def test_who_stops_it_at_a_card_has_stopped_it(slack, heard, adapter):
    message, _desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("Looking for bridges.", steps=SEARCHING))
        slack.stops(slack.world.people[message.author.id], ts)
        with pytest.raises(StoppedByPerson):
            await sink.preview(part("Looking for bridges.", ref, steps=SEARCHED))
        assert ref == await sink.finish(part("Looking for bridges. A way.", ref))


async def test_what_does_not_grow_has_none(slack, heard):
    async with listening(slack, heard, stream="edit") as adapter:
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("Looking for bridges.", steps=SEARCHING))
            await sink.finish(part("Looking for bridges. A way.", ref, steps=ALL_OVER))

    assert ["Looking for bridges. A way."] == slack.bot_texts(desk, ts)
    assert [] == slack.called("chat.appendStream")
