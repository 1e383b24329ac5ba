"""What people say, press and command on Slack is heard, once and in the right place."""

from bridge.sdk.model import Address, ChatType, CommandName, Forward
from tests.wire.slack.harness import QUESTION, asked, part


async def test_white_space_and_code_are_heard_as_they_were_typed(slack, heard, adapter):
    code = "```\ndef area(r):\n    return r\t* 3\n```"
    slack.says(slack.person("ann"), code)

    assert code == (await heard.one()).text


async def test_a_forwarded_message_is_heard_with_its_author_and_its_file(slack, heard, adapter):
    ann = slack.person("ann")
    plan = slack.file(ann, "plan.txt", b"the plan")
    shared = {"is_share": True, "author_name": "Ben", "text": "see &lt;this&gt;", "files": [plan.wire()]}
    slack.says(ann, "", attachments=[shared])
    message = await heard.one()
    got = await adapter.fetch(message.attachments[0], at_most=100)

    assert (Forward(origin="Ben", text="see <this>"),) == message.forwards
    assert b"the plan" == got.data


async def test_a_reply_below_the_answer_to_a_command_is_for_us(slack, heard, adapter):
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    slack.command(ann, "/coze", QUESTION, desk)
    first = await heard.one()
    async with adapter.reply(first) as sink:
        answer = await sink.finish(part("A way across."))
    slack.says(ann, "and who built it?", desk, answer)
    second = await heard.one(2)
    async with adapter.reply(second) as sink:
        reply = await sink.finish(part("Romans.", key="turn-2/0"))

    assert (Address.TO_US, first.where) == (second.address, second.where)
    assert answer == slack.message(reply).thread_ts


async def test_a_thread_goes_on_without_a_mention(slack, heard, adapter):
    first, desk, ts = await asked(slack, heard)
    slack.says(slack.person("ben"), "and who built it?", desk, ts)
    second = await heard.one(2)

    assert first.where == second.where
    assert Address.IN_THREAD is second.address


async def test_direct_messages_are_one_place_whatever_thread_they_are_in(slack, heard, adapter):
    ann = slack.person("ann")
    ts = slack.says(ann, "hello")
    first = await heard.one()
    slack.says(ann, "and again", thread=ts)
    second = await heard.one(2)

    assert first.where == second.where
    assert (ChatType.PRIVATE, None) == (second.chat_type, second.where.thread)


async def test_what_could_not_be_written_down_is_delivered_again(slack, heard, adapter):
    """The promise of the house: Slack lets go of a message only when we have it."""
    heard.refuse = 1
    slack.says(slack.person("ann"), "hello")
    message = await heard.one()
    await slack.until(slack.courier.settled)

    assert "hello" == message.text
    assert [2] == [len(delivery.sent_at) for delivery in slack.deliveries]


async def test_a_slash_command_is_heard(slack, heard, adapter):
    delivery = slack.command(slack.person("ann"), "/coze", "new")
    message = await heard.one()
    await slack.until(lambda: delivery.acked)

    assert CommandName.NEW is message.command


async def test_the_stop_button_is_heard_as_the_command(slack, heard, adapter):
    message, _desk, ts = await asked(slack, heard)
    slack.stops(slack.world.people[message.author.id], ts)
    stop = await heard.one(2)

    assert (CommandName.STOP, message.where) == (stop.command, stop.where)


async def test_nobody_answers_the_bot_itself(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        await sink.finish(part("An answer."))
    slack.says(slack.person("ann"), "thanks", desk, ts)
    await slack.until(slack.courier.settled)

    assert [QUESTION, "thanks"] == [m.text for m in heard.messages]
