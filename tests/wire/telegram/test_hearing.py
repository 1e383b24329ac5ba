"""What people say to the bot on Telegram is heard, in order, and confirmed only once it was accepted."""

import asyncio
import json

import pytest

from bridge.sdk.errors import Later
from bridge.sdk.model import Address, CommandName, Inbound, MediaKind
from bridge.sdk.unreadable import Unreadable
from tests.wire.telegram.harness import PNG, adapter_of, eventually, hearing

SUCCESSOR = "654321:TEST-TOKEN-of-another-bot-9876543210987654"


async def test_posts_of_channels_come_only_where_they_are_wanted(telegram):
    ann = telegram.person("Ann")
    news = telegram.channel("News", members=[ann])
    async with hearing(telegram) as recorder:
        await eventually(lambda: recorder.adapter.unavailable_reason is None)
        telegram.says(ann, telegram.mention("nobody hears this"), news)
        telegram.says(ann, "hello")
        await recorder.hears()
    async with hearing(telegram, channel_posts=True) as wanting:
        await eventually(lambda: wanting.adapter.unavailable_reason is None)
        telegram.says(ann, telegram.mention("what is new?"), news)
        await eventually(lambda: "what is new?" in [message.text for message in wanting.heard])

    assert ["hello"] == [message.text for message in recorder.heard]


async def test_what_was_said_while_it_was_away_is_heard_in_order(telegram):
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    for number in range(20):
        telegram.says(ann, f"{number}")
        telegram.says(bob, f"{number}")
    async with hearing(telegram) as recorder:
        await recorder.hears(40)

    spoken = [(message.author.name, message.text) for message in recorder.heard]
    assert [("Ann", f"{number}") for number in range(20)] == [one for one in spoken if one[0] == "Ann"]
    assert [("Bob", f"{number}") for number in range(20)] == [one for one in spoken if one[0] == "Bob"]


@pytest.mark.parametrize(
    "said",
    [
        {"text": "hello"},
        {"text": "/new and how high?"},
        {"caption": "what is it?", "photo": PNG},
        {"more": {"location": {"latitude": 48.2, "longitude": 16.37}}},
        {"more": {"contact": {"first_name": "Bo", "phone_number": "+43 1"}}},
    ],
    ids=str,
)
async def test_another_bot_of_that_name_repeats_nothing_though_its_numbers_are_the_same(telegram, said):
    telegram.add_bot(SUCCESSOR, "successor")
    ann = telegram.person("Ann")
    first, second = telegram.says(ann, **said), telegram.says(ann, bot="successor", **said)
    async with hearing(telegram) as recorder:
        old = await recorder.hears()
    async with hearing(telegram, token=SUCCESSOR) as recorder:
        new = await recorder.hears()

    assert first == second
    assert (old.where, old.text) == (new.where, new.text)
    assert not {*old.dedupe_keys} & {*new.dedupe_keys}


async def test_chats_do_not_wait_for_each_other(telegram):
    """
    All of a batch is accepted at once, so that its messages share one commit.
    """
    together = asyncio.Barrier(3)
    for name in ("Ann", "Bob", "Cat"):
        telegram.says(telegram.person(name), "hello")

    async def accept(_message):
        await together.wait()
        done.set()

    done = asyncio.Event()
    async with adapter_of(telegram) as adapter:
        running = asyncio.create_task(adapter.run(accept))
        async with asyncio.timeout(20):
            await done.wait()
        running.cancel()
        await asyncio.wait([running])

    assert "stopped" == adapter.unavailable_reason


async def test_telegram_learns_that_we_have_it_only_after_it_was_accepted(telegram):
    """
    What the database could not take must be delivered again.
    """
    telegram.says(telegram.person("Ann"), "hello")
    async with hearing(telegram) as recorder:
        recorder.failures.append(Later("the disk is full"))
        await eventually(lambda: not recorder.failures)

        assert 1 == telegram.pending()
        assert [] == recorder.heard

        await recorder.hears()
        await telegram.until(lambda: not telegram.pending())

    assert ["hello"] == [message.text for message in recorder.heard]


async def test_what_is_none_of_ours_is_confirmed_and_not_heard(telegram):
    """Somebody's business with others, a guest's words, what other bots offer inline, and presses of what we never sent."""
    ann = telegram.person("Ann")
    here, by = {"id": 42, "type": "private", "first_name": "Eve"}, {"id": 42, "is_bot": False, "first_name": "Eve"}
    said = {"message_id": 3, "chat": here, "date": 1, "from": by, "text": "不是对你说的"}
    press = {"id": "7", "from": by, "chat_instance": "1"}
    telegram.update("business_connection", {"id": "b", "user": by, "user_chat_id": 42, "date": 1, "is_enabled": True})
    telegram.update("business_message", said | {"business_connection_id": "b"})
    telegram.update("edited_business_message", said | {"business_connection_id": "b", "edit_date": 2})
    telegram.update("guest_message", said | {"guest_query_id": "g", "chat": {"id": -42, "type": "group", "title": "T"}})
    telegram.update("inline_query", {"id": "1", "from": by, "query": "x", "offset": ""})
    telegram.update(
        "callback_query", press | {"game_short_name": "x", "message": {"message_id": 2, "chat": here, "date": 0}}
    )
    telegram.update("message_reaction", {"chat": here, "message_id": 9, "user": by, "date": 1, "old_reaction": []})
    telegram.says(ann, "是对你说的")
    async with hearing(telegram) as recorder:
        await recorder.hears()
        await telegram.until(lambda: not telegram.pending())

    assert ["是对你说的"] == [message.text for message in recorder.heard]


async def test_an_update_that_cannot_be_read_does_not_keep_us_from_the_others(telegram):
    ann = telegram.person("Ann")
    telegram.poison()
    telegram.says(ann, "hello")
    async with hearing(telegram) as recorder:
        await recorder.hears(2)
        await telegram.until(lambda: not telegram.pending())

    [message] = [one for one in recorder.heard if isinstance(one, Inbound)]
    [aside] = [one for one in recorder.heard if isinstance(one, Unreadable)]
    assert "hello" == message.text
    assert json.loads(aside.raw)["update_id"], "kept as it came"
    assert recorder.adapter.read_again(aside.raw) is None


@pytest.mark.parametrize(
    ("age", "renamed_to", "heard"), [(61, "FreshBot", True), (59, "FreshBot", False), (3601, "Fresh", True)]
)
async def test_a_new_name_is_learned_hourly_and_when_an_unknown_bot_is_named(telegram, age, renamed_to, heard):
    ann = telegram.person("Ann")
    group = telegram.group("Tea", members=[ann])
    telegram.promote(group)
    async with hearing(telegram) as recorder:
        await eventually(lambda: recorder.adapter.unavailable_reason is None)
        telegram.rename(renamed_to)
        recorder.adapter._identity._learned_at -= age
        telegram.says(ann, f"@{renamed_to}, which tea?", group)
        message = await recorder.hears()

    assert (Address.TO_US if heard else Address.OVERHEARD) is message.address


async def test_a_photo_with_a_caption_is_one_message(telegram):
    telegram.says(telegram.person("Ann"), photo=b"\xff\xd8", caption="what is this?")
    async with hearing(telegram) as recorder:
        message = await recorder.hears()

    assert "what is this?" == message.text
    assert [MediaKind.IMAGE] == [attachment.kind for attachment in message.attachments]


async def test_a_group_member_is_heard_when_they_mention_the_bot(telegram):
    ann = telegram.person("Ann")
    group = telegram.group("Tea", members=[ann])
    telegram.says(ann, telegram.mention("which tea?"), group)
    telegram.says(ann, f"/new@{telegram.username}", group)
    async with hearing(telegram) as recorder:
        await recorder.hears(2)

    asked, commanded = recorder.heard
    assert ("which tea?", Address.TO_US) == (asked.text, asked.address)
    assert CommandName.NEW is commanded.command
