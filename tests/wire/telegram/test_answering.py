"""Answers in groups and topics, which grow by edits."""

import pytest

from bridge.sdk.errors import ChatGone, Refused
from bridge.sdk.model import MediaBytes, Ref
from tests.wire.telegram.harness import adapter_of, answering, hearing, part, refusal


class TestLinkPreviews:
    async def test_none_is_shown_unless_the_config_wants_them(self, telegram):
        async with answering(telegram, stream="edit") as sink:
            ref = await sink.preview(part("see https://example.org"))
            await sink.finish(part("see https://example.org now", ref=ref))

        wishes = [call.params["link_preview_options"] for call in telegram.calls if call.params.get("text")]
        assert [{"is_disabled": True}] * 2 == wishes

    async def test_with_previews_telegram_does_as_it_likes(self, telegram):
        async with answering(telegram, stream="edit", link_previews=True) as sink:
            ref = await sink.preview(part("see https://example.org"))
            await sink.finish(part("see https://example.org now", ref=ref))

        assert not [call for call in telegram.calls if "link_preview_options" in call.params]


class TestEdits:
    @pytest.mark.usefixtures("_eager")
    async def test_in_a_group_one_message_grows(self, telegram):
        group = telegram.group("Tea")
        async with answering(telegram, said=telegram.mention("tea?"), chat=group) as sink:
            ref = await sink.preview(part("Green"))
            await sink.preview(part("Green or", ref=ref))

            assert ["Green or"] == telegram.bot_texts(group)
            assert ref == await sink.finish(part("Green or *black*?", ref=ref))
            assert ref == await sink.finish(part("Green or *black*?", ref=ref))

        (message,) = [one for one in telegram.messages(group) if one.sender_is_bot]
        assert "Green or black?" == message.text
        assert 2 == message.edits
        assert message.reply_to == telegram.messages(group)[0].message_id
        assert not telegram.called("sendMessageDraft")

    async def test_what_is_shown_already_is_not_sent_again(self, telegram):
        """
        An edit that changes nothing is refused, and counts against the limits all the same.
        """
        async with answering(telegram, stream="edit") as sink:
            ref = await sink.preview(part("Once upon a time."))
            await sink.finish(part("Once upon a time.", ref=ref))

        assert not telegram.called("editMessageText")

    async def test_an_answer_is_completed_by_another_process(self, telegram):
        ann = telegram.person("Ann")
        telegram.says(ann, "hello")
        async with hearing(telegram, stream="edit") as recorder:
            message = await recorder.hears()
            async with recorder.adapter.reply(message) as sink:
                ref = await sink.preview(part("Once"))
        async with adapter_of(telegram, stream="edit") as adapter, adapter.reply(message) as sink:
            await sink.finish(part("Once upon", ref=ref))
            await sink.finish(part("Once upon", ref=ref))

        assert ["Once upon"] == telegram.bot_texts(ann.id)

    async def test_a_message_somebody_deleted_is_posted_anew(self, telegram):
        async with answering(telegram, stream="edit") as sink:
            telegram.faults.add("editMessageText", **refusal("Bad Request: message to edit not found"))
            ref = await sink.finish(part("Once upon", ref=Ref("99")))

        assert Ref("99") != ref
        assert 1 == len(telegram.called("sendMessage"))

    async def test_too_early_a_preview_is_dropped(self, telegram):
        async with answering(telegram, stream="edit") as sink:
            ref = await sink.preview(part("Once"))

            assert ref == await sink.preview(part("Once upon", ref=ref))
        assert not telegram.called("editMessageText")

    async def test_without_streaming_only_finished_text_is_shown(self, telegram):
        async with answering(telegram, stream="off") as sink:
            assert sink.surface.preview_interval is None
            assert await sink.preview(part("Once")) is None

            await sink.finish(part("Once upon"))

        assert 1 == len(telegram.called("sendMessage"))
        assert not telegram.called("sendMessageDraft")


class TestTopics:
    async def test_an_answer_stands_in_the_topic_it_was_asked_in(self, telegram):
        forum = telegram.group("Office", forum=True)
        topic = telegram.topic(forum, "Tea", by=telegram.person("Bob"))
        async with answering(telegram, said=telegram.mention("tea?"), chat=forum, thread=topic) as sink:
            await telegram.until(lambda: telegram.actions)
            await sink.finish(part("Yes."))

        assert ["Yes."] == telegram.bot_texts(forum, topic)
        assert {topic} == {action.thread for action in telegram.actions}

    async def test_in_the_general_topic_only_the_typing_sign_names_it(self, telegram):
        """
        Telegram refuses messages that name the general topic, and hides typing signs that do not.
        """
        forum = telegram.group("Office", forum=True)
        async with answering(telegram, said=telegram.mention("tea?"), chat=forum) as sink:
            await telegram.until(lambda: telegram.actions)
            await sink.finish(part("Yes."))

        assert ["Yes."] == telegram.bot_texts(forum)
        assert {1} == {action.thread for action in telegram.actions}
        assert "message_thread_id" not in telegram.called("sendMessage")[0].params

    async def test_an_answer_stays_with_its_question_when_its_topic_is_refused(self, telegram):
        forum = telegram.group("Office", forum=True)
        topic = telegram.topic(forum, "Tea", by=telegram.person("Bob"))
        async with answering(telegram, said=telegram.mention("tea?"), chat=forum, thread=topic) as sink:
            await sink.finish(part("Yes."))
            telegram.faults.add("sendMessage", **refusal("Bad Request: TOPIC_CLOSED"))
            await sink.finish(part("Green.", index=1))
            await sink.finish(part("Or black.", index=2))

        assert ["Yes.", "Green.", "Or black."] == telegram.bot_texts(forum, topic)
        assert [True, False, True, True] == [call.ok for call in telegram.called("sendMessage")]

    @pytest.mark.parametrize("how", ["closed", "deleted"])
    async def test_an_answer_never_lands_in_another_topic(self, telegram, how):
        """Nor does the sentence that says so: the turn ends quietly."""
        forum = telegram.group("Office", forum=True)
        topic = telegram.topic(forum, "Tea", by=telegram.person("Bob"))
        async with answering(telegram, said=telegram.mention("tea?"), chat=forum, thread=topic) as sink:
            (telegram.close_topic if how == "closed" else telegram.delete_topic)(forum, topic)
            with pytest.raises(ChatGone):
                await sink.finish(part("Yes."))
            with pytest.raises(ChatGone):
                await sink.notify("Something went wrong.")
            with pytest.raises((ChatGone, Refused)):
                await sink.attach(MediaBytes(name="tea.pdf", mime="application/pdf", data=b"%PDF"))

        assert [] == telegram.bot_texts(forum)
        assert not [message for message in telegram.messages(forum) if message.media]
