"""Answers in private, which grow as drafts."""

from dataclasses import replace

import pytest

from bridge.sdk.answers import Buttons
from bridge.sdk.model import CommandName
from tests.wire.telegram.harness import STOP, answering, eventually, hearing, part, refusal


class TestDrafts:
    async def test_a_private_answer_grows_as_a_draft_and_stands_exactly_once(self, telegram):
        async with answering(telegram) as sink:
            ann = next(iter(telegram.world.people))
            await telegram.until(lambda: telegram.actions)
            await sink.preview(part("Once **upon**"))

            assert "Once upon" == telegram.draft(ann)

            await sink.finish(part("Once **upon** a time."))

        assert ["Once upon a time."] == telegram.bot_texts(ann)
        assert telegram.draft(ann) is None
        assert not telegram.called("editMessageText")

    @pytest.mark.usefixtures("_eager")
    async def test_a_draft_can_be_stopped_where_the_answer_can(self, telegram):
        async with answering(telegram) as sink:
            await sink.preview(replace(part("Once"), buttons=Buttons(turn=STOP)))
            await sink.preview(part("Once upon"))

        assert [True, False] == [draft.can_stop for draft in telegram.drafts]

    async def test_an_empty_one_says_that_the_bot_thinks_and_becomes_the_answer(self, telegram):
        async with answering(telegram) as sink:
            thinking_after = sink.surface.thinking_after
            await sink.preview(replace(part(""), buttons=Buttons(turn=STOP)))
            await sink.preview(part("Once"))

        assert 3.0 == thinking_after
        assert [("", True), ("Once", False)] == [(draft.text, draft.can_stop) for draft in telegram.drafts]
        assert 1 == len({draft.draft_id for draft in telegram.drafts})

    async def test_a_server_that_takes_no_empty_ones_is_asked_once_and_shows_all_others(self, telegram):
        telegram.faults.add(
            "sendMessageDraft",
            times=9,
            **refusal("Bad Request: text must be non-empty"),
            when=lambda params: not params.get("text"),
        )
        async with answering(telegram) as sink:
            for _ in range(5):
                await sink.preview(part(""))
            await sink.preview(part("Once"))

            assert sink.surface.thinking_after is None
        assert ["Once"] == [draft.text for draft in telegram.drafts]

    async def test_an_empty_one_is_shown_again_before_it_vanishes(self, telegram):
        async with answering(telegram) as sink:
            await telegram.until(lambda: telegram.actions)
            await sink.preview(part(""))
            sink._life.frame = replace(sink._life.frame, at=sink._life.frame.at - 21)
            await sink._life.refresh()

        assert ["", ""] == [draft.text for draft in telegram.drafts]

    @pytest.mark.parametrize("options", [{"stream": "edit"}, {"stream": "off"}])
    async def test_where_answers_grow_otherwise_nothing_empty_is_shown(self, telegram, options):
        async with answering(telegram, **options) as sink:
            await sink.preview(part(""))

            assert sink.surface.thinking_after is None
        assert not telegram.drafts
        assert not telegram.called("sendMessage")

    async def test_in_a_group_nothing_empty_is_shown(self, telegram):
        tea = telegram.group("Tea", members=[telegram.person("Bob")])
        async with answering(telegram, said=telegram.mention("hello"), chat=tea) as sink:
            await sink.preview(part(""))

            assert sink.surface.thinking_after is None
        assert not telegram.called("sendMessage")

    async def test_stopping_a_draft_says_which_answer_is_meant(self, telegram):
        ann = telegram.person("Ann")
        telegram.says(ann, "hello")
        async with hearing(telegram) as recorder, recorder.adapter.reply(await recorder.hears()) as sink:
            await sink.preview(replace(part("Once"), buttons=Buttons(turn=STOP)))
            telegram.stops(ann)
            stop = await recorder.hears(2)

        assert (CommandName.STOP, "turn-1", str(ann.id)) == (stop.command, stop.turn_key, stop.author.id)

    async def test_stopping_a_draft_that_nobody_knows_any_more_says_nothing(self, telegram):
        ann = telegram.person("Ann")
        stopped = {"chat": {"id": ann.id, "type": "private"}, "draft_id": 7}
        async with hearing(telegram) as recorder:
            await eventually(telegram.polling)
            telegram.update("stopped_message_generation", stopped)
            telegram.says(ann, "hello")

            assert "hello" == (await recorder.hears()).text

    async def test_one_refused_frame_does_not_end_the_drafts(self, telegram):
        async with answering(telegram) as sink:
            ann = next(iter(telegram.world.people))
            telegram.faults.add("sendMessageDraft", **refusal("Bad Request: something new"))
            await sink.preview(part("Once"))
            await sink.preview(part("Once upon"))

            assert "Once upon" == telegram.draft(ann)
        assert not telegram.called("sendMessage")

    async def test_after_three_refused_frames_only_the_answer_is_shown(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessageDraft", times=9, **refusal("Bad Request: something new"))
            for _ in range(5):
                await sink.preview(part("Once upon"))

            assert 3 == len(telegram.called("sendMessageDraft"))

            await sink.finish(part("Once upon a time"))

        assert 1 == len(telegram.called("sendMessage"))

    async def test_a_server_without_drafts_is_asked_once_and_then_edits_are_used(self, telegram):
        ann = telegram.person("Ann")
        telegram.says(ann, "hello")
        telegram.faults.add("sendMessageDraft", **refusal("Not Found: method not found", 404))
        async with hearing(telegram) as recorder:
            message = await recorder.hears()
            async with recorder.adapter.reply(message) as sink:
                await sink.preview(part("Once"))
                await sink.finish(part("Once upon"))
            async with recorder.adapter.reply(message) as sink:
                assert sink.surface.previews_are_messages

                assert await sink.preview(part("Again")) is not None

        assert 1 == len(telegram.called("sendMessageDraft"))

    @pytest.mark.usefixtures("_eager")
    async def test_each_part_has_a_bubble_of_its_own(self, telegram):
        async with answering(telegram) as sink:
            await sink.preview(part("One"))
            await sink.finish(part("One."))
            await sink.preview(part("Two", index=1))
            await sink.finish(part("Two.", index=1))

        first, second = (draft.draft_id for draft in telegram.drafts)
        assert first != second
        assert [None, True] == [call.params.get("disable_notification") for call in telegram.called("sendMessage")]

    async def test_a_draft_is_shown_again_before_it_vanishes(self, telegram):
        async with answering(telegram) as sink:
            await telegram.until(lambda: telegram.actions)
            await sink.preview(part("Once"))
            sink._life.frame = replace(sink._life.frame, at=sink._life.frame.at - 21)
            await sink._life.refresh()
            await sink._life.refresh()

        first, again = telegram.drafts
        assert (first.draft_id, first.text) == (again.draft_id, again.text)
