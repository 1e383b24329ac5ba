"""What people read on Slack: the answer as it was meant, in its thread, within Slack's limits."""

from dataclasses import replace

import pytest

from adapters.slack.limits import MESSAGE_LONGEST
from bridge.sdk.answers import Buttons, TurnButton
from bridge.sdk.errors import ChatGone, MessageGone
from bridge.sdk.model import CommandName
from tests.wire.slack.harness import asked, listening, part


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Look: ![a red dot](https://a.b/c.png)", "Look: [a red dot](https://a.b/c.png)"),
        ("![图片](https://a.b/c.png?x=1) 好", "[图片](https://a.b/c.png?x=1) 好"),
        ('![x](https://a.b/c.png "A title") and more', "[x](https://a.b/c.png) and more"),
        ("[![build](https://a.b/c.svg)](https://d.e)", "[build](https://d.e)"),
        ("![dot](data:image/png;base64,iVBORw0) it is", "dot it is"),
    ],
)
async def test_a_picture_is_shown_as_a_link_with_its_words(slack, heard, adapter, said, shown):
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        await sink.finish(part(said, await sink.preview(part(said[: len(said) // 2]))))
        await sink.finish(part(said, key="turn-1/1", index=1))

    assert [shown, shown] == slack.bot_texts(desk, ts)


async def test_a_finished_part_finished_again_changes_nothing(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("A bri"))
        ref = await sink.finish(part("A bridge.", ref))
        before = len(slack.calls)
        again = await sink.finish(part("A bridge.", ref))

    assert ref == again
    assert before == len(slack.calls)
    assert ["A bridge."] == slack.bot_texts(desk, ts)


@pytest.mark.parametrize("unfurl", [None, True, False])
async def test_links_are_previewed_only_where_that_is_wanted(slack, heard, unfurl):
    async with listening(slack, heard, **({} if unfurl is None else {"unfurl": unfurl})) as adapter:
        message, _, _ = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            await sink.finish(part("See https://example.com."))
            await sink.notify("See https://example.com.")
    posts = [call.params for call in slack.called("chat.postMessage")]

    assert [(bool(unfurl), bool(unfurl))] * 2 == [(post["unfurl_links"], post["unfurl_media"]) for post in posts]


async def test_a_message_that_grows_by_edits_can_be_stopped_and_a_finished_one_cannot(slack, heard):
    stop = Buttons(turn=TurnButton(command=CommandName.STOP, turn_key="turn-1", label="Stop"))
    async with listening(slack, heard, stream="edit") as adapter:
        message, _, _ = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(replace(part("A bridge is"), buttons=stop))
            growing = slack.message(ref)
            shown = [block["type"] for block in growing.blocks]
            slack.presses(slack.world.people[message.author.id], ref, "turn:stop")
            press = await heard.one(2)
            await sink.finish(part("A bridge is", ref))

    assert ["markdown", "actions"] == shown
    assert (CommandName.STOP, "turn-1") == (press.command, press.turn_key)
    assert [] == [block for block in slack.message(ref).blocks if block["type"] == "actions"]


async def test_a_short_answer_is_one_post(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        await sink.finish(part("A bridge."))

    assert ["A bridge."] == slack.bot_texts(desk, ts)
    assert not slack.called("chat.startStream")


async def test_a_direct_message_is_answered_where_the_person_reads(slack, heard, adapter):
    ann = slack.person("ann")
    ts = slack.says(ann, "hello")
    async with adapter.reply(await heard.one()) as sink:
        ref = await sink.preview(part("Hello"))
        await sink.finish(part("Hello, Ann.", ref))

    assert ["Hello, Ann."] == slack.bot_texts(slack.dm(ann), ts)


async def test_nothing_a_bot_says_rings_a_phone(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    text = "<!channel> <@U01ANN> `<!here>` ok"
    async with adapter.reply(message) as sink:
        ref = None
        for end in range(1, len(text) + 1):
            ref = await sink.preview(part(text[:end], ref))
        await sink.finish(part(text, ref))
        await sink.finish(part(text, key="turn-1/1"))
        await sink.notify(text)

    assert 3 == len(slack.bot_texts(desk, ts))
    assert [] == slack.pings


async def test_a_whole_part_of_the_longest_kind_fits(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        longest = "<@" * (MESSAGE_LONGEST // sink.surface.measure("<@"))
        ref = await sink.preview(part(longest[:100]))
        await sink.finish(part(longest, ref))
        await sink.finish(part("水" * MESSAGE_LONGEST, key="turn-1/1"))

    assert 2 == len(slack.bot_texts(desk, ts))


async def test_an_answer_that_changed_its_mind_is_replaced(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("I think that"))
        await sink.finish(part("No.", ref))

    assert ["No."] == slack.bot_texts(desk, ts)


async def test_another_process_completes_the_message(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        ref = await sink.preview(part("A bridge is"))
    async with adapter.reply(message) as sink:
        await sink.preview(part("A bridge is a way", ref))
        await sink.finish(part("A bridge is a way over.", ref))

    assert ["A bridge is a way over."] == slack.bot_texts(desk, ts)


async def test_with_streaming_off_only_the_finished_text_is_shown(slack, heard):
    async with listening(slack, heard, stream="off") as adapter:
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            assert sink.surface.preview_interval is None
            assert await sink.preview(part("A bridge")) is None
            await sink.finish(part("A bridge."))

    assert ["A bridge."] == slack.bot_texts(desk, ts)


async def test_twenty_answers_in_one_thread_all_stand_and_slack_never_says_to_wait(slack, heard, adapter):
    """Manners: the limits are respected before they bite; whoever finds no stream left sees edits, or waits."""
    slack.strict_limits = True
    message, desk, ts = await asked(slack, heard)
    for number in range(20):
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("A bri", key=f"turn-{number}/0"))
            await sink.finish(part("A bridge.", ref, key=f"turn-{number}/0"))

    assert ["A bridge."] * 20 == slack.bot_texts(desk, ts)
    assert [] == [call.method for call in slack.calls if not call.ok]


async def test_a_final_waits_as_long_as_slack_says(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    slack.faults.add("chat.postMessage", status=429, headers={"Retry-After": "1"})
    async with adapter.reply(message) as sink:
        await sink.finish(part("A bridge."))

    assert ["A bridge."] == slack.bot_texts(desk, ts)


async def test_a_deleted_message_is_told(slack, heard, adapter):
    message, _desk, _ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        ref = await sink.finish(part("A bridge."))
        slack.world.remove(slack.message(ref))
        with pytest.raises(MessageGone):
            await sink.finish(part("A way.", ref))


async def test_a_closed_channel_is_told(slack, heard, adapter):
    message, desk, _ts = await asked(slack, heard)
    slack.archive(desk)
    async with adapter.reply(message) as sink:
        with pytest.raises(ChatGone):
            await sink.finish(part("A bridge."))


async def test_a_command_is_answered_for_the_one_who_gave_it(slack, heard, adapter):
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    slack.command(ann, "/coze", "status", desk)
    async with adapter.reply(await heard.one()) as sink:
        await sink.notify("All is well.")

    assert [] == slack.bot_texts(desk)
    assert ["All is well."] == [answer.text for answer in slack.responses]
