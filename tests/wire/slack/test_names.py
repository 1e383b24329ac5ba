"""What is looked up when a turn begins: names, languages, and the message that opened the thread."""

import pytest

from bridge.sdk.model import CommandName
from tests.wire.slack.harness import refused


async def test_each_channel_is_asked_about_once(slack, heard, adapter):
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    for number in (1, 2, 3):
        slack.command(ann, "/coze", f"question {number}", desk)
        await heard.one(number)

    assert 1 == len(slack.called("conversations.info"))


async def test_people_groups_and_channels_get_their_names_when_the_turn_begins(slack, heard, adapter):
    ann, ben = slack.person("ann"), slack.person("Ben")
    group, tea = slack.user_group("desk"), slack.channel("tea", members=[ann])
    slack.says(ann, f"ask <@{ben.id}> or <!subteam^{group}> in <#{tea}|>, not <@U0GONE>")
    message = await adapter.complete(await heard.one(), about_author=True)

    assert "ask @Ben or @desk in #tea, not @U0GONE" == message.text
    assert "ann" == message.author.name


@pytest.mark.parametrize(
    "code",
    ["user_not_found", "user_not_visible", "users_not_found", "internal_error", "ratelimited", "of_the_future"],
)
@pytest.mark.parametrize("who", ["somebody named", "who asks"])
async def test_somebody_slack_does_not_know_hides_nobody_else(slack, heard, adapter, code, who):
    ann, ben = slack.person("ann"), slack.person("Ben")
    unknown = "U0GONE" if who == "somebody named" else ann.id
    slack.faults.add("users.info", times=9, when=lambda params: params["user"] == unknown, **refused(code))
    slack.says(ann, f"ask <@{unknown}>")
    await adapter.complete(await heard.one(), about_author=who == "who asks")
    slack.says(ben, "hello")
    second = await adapter.complete(await heard.one(2), about_author=True)

    assert "Ben" == second.author.name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({}, ""),
        ({"user": {"id": "U1"}}, ""),
        ({"user": {"name": "ann", "profile": {}}}, "ann"),
        ({"user": {"name": "ann", "profile": {"real_name": "Ann Lee"}}}, "Ann Lee"),
    ],
    ids=str,
)
async def test_of_somebody_slack_tells_no_more_than_it_does(slack, heard, adapter, said, name):
    slack.faults.add("users.info", status=200, body={"ok": True} | said)
    slack.says(slack.person("ann"), "hello")
    message = await adapter.complete(await heard.one(), about_author=True)

    assert name == message.author.name


async def test_a_missing_scope_is_not_tried_for_everybody(slack, heard, adapter):
    slack.scopes = slack.scopes - {"users:read"}
    for number, name in enumerate(("ann", "Ben", "Cy"), 1):
        slack.says(slack.person(name), "hello")
        await adapter.complete(await heard.one(number), about_author=True)

    assert 1 == len(slack.called("users.info"))


async def test_a_bare_mention_in_a_thread_asks_the_message_that_opened_it(slack, heard, adapter):
    ann, ben = slack.person("ann"), slack.person("Ben")
    desk = slack.channel("help", members=[ann])
    plan = slack.file(ben, "plan.txt", b"the plan")
    opened = slack.says(ben, "how tall is it?", desk, files=[plan])
    slack.says(ann, "", desk, opened, mention=True)
    message = await adapter.complete(await heard.one(2), about_author=False)

    assert ("", None) == (message.text, message.command)
    assert ("how tall is it?", "Ben", ["plan.txt"]) == (
        message.quote.text,
        message.quote.author,
        [file.name for file in message.quote.attachments],
    )


async def test_where_that_cannot_be_read_it_asks_for_help(slack, heard, adapter):
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    slack.refuses["conversations.replies"] = "missing_scope"
    slack.says(ann, "", desk, slack.says(ann, "how tall is it?", desk), mention=True)
    message = await adapter.complete(await heard.one(2), about_author=False)

    assert CommandName.HELP is message.command


async def test_the_next_message_knows_its_authors_language(slack, heard, adapter):
    ann = slack.person("ann", "zh-CN")
    slack.says(ann, "hello")
    await heard.one()
    await slack.until(lambda: slack.called("users.info"))
    await adapter.complete(heard.messages[0], about_author=True)
    slack.says(ann, "hello again")

    assert "zh-CN" == (await heard.one(2)).author.language


async def test_a_crowd_of_people_is_asked_about_within_the_limits(slack, heard, adapter):
    """Who cannot be asked about now keeps an id for a name, and is asked about with the next message."""
    slack.strict_limits = True
    people = [slack.person(f"p{number}") for number in range(130)]
    for number, person in enumerate(people):
        slack.says(person, "hello")
        await heard.one(number + 1)
        await slack.until(slack.courier.settled)

    assert [] == [call.method for call in slack.calls if not call.ok]
