"""Where the bot may not speak: the answer to one person alone."""

import pytest

from bridge.sdk.answers import Buttons
from bridge.sdk.errors import ChatGone, Uncertain
from bridge.sdk.model import MediaBytes
from tests.wire.slack.harness import ALONE, QUESTION, asked, listening, part, refused, slack_text


async def asked_in_vain(slack, heard, ann=None, *, number=1):
    """A question by command where the bot may not speak, whose address takes nothing any more; and who asked."""
    ann = ann or slack.person("ann")
    desk = slack.channel("help", members=[ann], bot=False)
    slack.command(ann, "/coze", QUESTION, desk)
    slack.faults.add("response_url", times=9, status=404, body={"ok": False, "error": "used_url"})
    return await heard.one(number), ann


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "is_archived", "restricted_action"])
@pytest.mark.parametrize("stream", ["auto", "off"])
async def test_a_question_by_command_is_answered_privately_where_the_bot_may_not_speak(slack, heard, code, stream):
    async with listening(slack, heard, stream=stream) as adapter:
        ann = slack.person("ann")
        desk = slack.channel("help", members=[ann])
        slack.command(ann, "/coze", QUESTION, desk)
        slack.faults.add("chat.postMessage", times=9, **refused(code))
        slack.faults.add("conversations.history", times=9, **refused(code))
        async with adapter.reply(await heard.one()) as sink:
            assert await sink.preview(part("A bri")) is None
            assert await sink.find(part("A bridge is a way.")) is None
            await sink.finish(part("A **bridge** is a way."))
            await sink.finish(part("Over water.", key="turn-1/1", index=1))

    assert ["A **bridge** is a way.", "Over water."] == [answer.text for answer in slack.responses]
    assert [] == slack.bot_texts(desk)
    assert 1 == len(slack.called("chat.postMessage"))


@pytest.mark.parametrize("said", ["expired_url", "used_url"])
async def test_where_that_address_takes_nothing_any_more_who_asked_is_answered_in_their_direct_message(
    slack, heard, adapter, said
):
    ann = slack.person("ann")
    slack.command(ann, "/coze", QUESTION, slack.channel("help", members=[ann], bot=False))
    slack.faults.add("response_url", times=9, status=404, body={"ok": False, "error": said})
    async with adapter.reply(await heard.one()) as sink:
        assert await sink.preview(part("A bri")) is None
        await sink.finish(part("A **bridge** is a way."))
        await sink.notify("And out.")
        await sink.attach(MediaBytes(name="bridge.png", mime="image/png", data=b"png"))
    alone = slack.bot_texts(slack.dm(ann))

    assert [ALONE, "A **bridge** is a way.", "And out.", ""] == alone
    assert 1 == len(slack.called("response_url"))


async def test_an_answer_of_more_messages_than_the_address_takes_goes_on_in_the_direct_message(slack, heard, adapter):
    ann = slack.person("ann")
    slack.command(ann, "/coze", QUESTION, slack.channel("help", members=[ann], bot=False))
    async with adapter.reply(await heard.one()) as sink:
        for index in range(7):
            await sink.finish(part(f"Part {index}.", key=f"turn-1/{index}", index=index))

    assert [f"Part {index}." for index in range(5)] == [whispered.text for whispered in slack.ephemerals]
    assert [ALONE, "Part 5.", "Part 6."] == slack.bot_texts(slack.dm(ann))


@pytest.mark.parametrize("code", ["restricted_action", "restricted_action_read_only_channel"])
async def test_a_mention_where_only_some_may_post_is_answered_in_the_direct_message(slack, heard, adapter, code):
    message, desk, _ts = await asked(slack, heard)
    slack.faults.add("chat.startStream", times=9, **refused(code))
    slack.faults.add("chat.postMessage", **refused(code))
    async with adapter.reply(message) as sink:
        await sink.preview(part("A bri"))
        await sink.finish(part("A **bridge** is a way."))

    assert [] == slack.bot_texts(desk)
    assert [ALONE, "A **bridge** is a way."] == slack.bot_texts(slack.dm(slack.world.people[message.author.id]))


async def test_who_moved_there_and_died_is_gone_on_after_and_nothing_is_said_twice(slack, heard, adapter):
    message, ann = await asked_in_vain(slack, heard)
    async with adapter.reply(message) as sink:
        first = await sink.finish(part("A bridge."))
        slack.faults.add("chat.postMessage", cut=True, apply=True)
        with pytest.raises(Uncertain):
            await sink.finish(part("Over water.", key="turn-1/1", index=1))
    async with adapter.reply(message) as sink:
        await sink.finish(part("Over water.", key="turn-1/1", index=1))
        await sink.finish(part("A bridge, of stone.", first))
        taken = await sink.finish(part("And back.", key="turn-1/2", index=2))
    async with adapter.reply(message) as sink:
        await sink.withdraw(taken)

    assert [ALONE, "A bridge, of stone.", "Over water."] == slack.bot_texts(slack.dm(ann))


async def test_the_next_question_from_there_is_another_one(slack, heard, adapter):
    message, ann = await asked_in_vain(slack, heard)
    another, _ = await asked_in_vain(slack, heard, ann, number=2)
    for each, said in ((message, "A bridge."), (another, "A ferry.")):
        async with adapter.reply(each) as sink:
            await sink.finish(part(said, key=f"{said}/0"))

    assert [ALONE, "A bridge.", ALONE, "A ferry."] == slack.bot_texts(slack.dm(ann))


@pytest.mark.parametrize("method", ["conversations.open", "conversations.history"])
async def test_where_nobody_may_look_there_the_answer_comes_all_the_same(slack, heard, adapter, method):
    message, ann = await asked_in_vain(slack, heard)
    slack.refuses[method] = "missing_scope"
    async with adapter.reply(message) as sink:
        await sink.finish(part("A bridge."))

    assert [ALONE, "A bridge."] == slack.bot_texts(slack.dm(ann))


@pytest.mark.parametrize(("method", "status"), [("response_url", 404), ("response_url", 400)])
async def test_what_only_who_gave_a_command_shall_read_is_never_said_openly(slack, heard, adapter, method, status):
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    slack.command(ann, "/coze", "status", desk)
    slack.faults.add(method, times=9, status=status, body={"ok": False, "error": "expired_url"})
    async with adapter.reply(await heard.one()) as sink:
        await sink.notify("You have **3** questions left.", Buttons(follow_ups=("And then?",)))
        await sink.notify("Of 20.")

    assert [(ann.id, desk, "You have **3** questions left."), (ann.id, desk, "Of 20.")] == [
        (whispered.user, whispered.channel, slack_text(whispered)) for whispered in slack.ephemerals
    ]
    assert [] == slack.bot_texts(desk)


@pytest.mark.parametrize("code", ["not_in_channel", "user_not_in_channel", "channel_not_found", "missing_scope"])
async def test_where_nobody_can_be_told_alone_it_is_said_in_the_direct_message(slack, heard, adapter, code):
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    slack.command(ann, "/coze", "status", desk)
    slack.faults.add("response_url", times=9, status=404, body={"ok": False, "error": "used_url"})
    slack.refuses["chat.postEphemeral"] = code
    async with adapter.reply(await heard.one()) as sink:
        await sink.notify("You have 3 questions left.")
        await sink.notify("Of 20.")

    assert ([], [ALONE, "You have 3 questions left.", "Of 20."]) == (
        slack.bot_texts(desk),
        slack.bot_texts(slack.dm(ann)),
    )


@pytest.mark.parametrize("code", ["not_in_channel", "is_archived", "channel_not_found"])
async def test_where_nobody_is_answered_any_more_nobody_is_followed(slack, heard, adapter, code):
    message, _desk, _ts = await asked(slack, heard)
    slack.faults.add("chat.startStream", times=9, **refused(code))
    slack.faults.add("chat.postMessage", times=9, **refused(code))
    async with adapter.reply(message) as sink:
        with pytest.raises(ChatGone):
            await sink.finish(part("A bridge is a way."))

    assert [] == slack.bot_texts(slack.dm(slack.world.people[message.author.id]))


async def test_a_private_answer_whose_form_is_refused_is_plain(slack, heard, adapter):
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    slack.command(ann, "/coze", QUESTION, desk)
    slack.faults.add("chat.postMessage", **refused("not_in_channel"))
    slack.faults.add("response_url", status=400, body={"ok": False, "error": "invalid_blocks"})
    async with adapter.reply(await heard.one()) as sink:
        await sink.finish(part("A **bridge**."))

    assert ["A **bridge**."] == [answer.text for answer in slack.responses]
