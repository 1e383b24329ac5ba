"""Limits as Telegram has them, and faults on demand."""

from datetime import timedelta

import pytest
from telegram.error import BadRequest, NetworkError, RetryAfter

from simulators.telegram.flood import Flood
from tests.wire.simulators.telegram.harness import refused


async def test_the_limits_are_enforced_when_asked_for(tg, bot, chat):
    tg.flood = Flood()
    for _ in range(3):
        await bot.send_message(chat, "burst")

    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(chat, "too much")
    assert timedelta(seconds=1) == caught.value.retry_after
    tg.pass_time(1.1)
    await bot.send_message(chat, "now")
    assert 4 == len(tg.messages(chat))


async def test_a_group_bears_twenty_messages_a_minute_edits_included(tg, bot):
    tg.flood, team = Flood(), tg.group("Team")
    sent = await bot.send_message(team, "0")
    for count in range(1, 20):
        await sent.edit_text(str(count))

    with pytest.raises(RetryAfter):
        await sent.edit_text("20")
    await bot.send_chat_action(team, "typing")


async def test_a_bot_as_a_whole_has_a_limit_too(tg, bot):
    tg.flood = Flood(bot_per_second=2)
    for name in ("Bob", "Cid"):
        await bot.send_message(tg.private(tg.person(name)), "hi")

    with pytest.raises(RetryAfter):
        await bot.send_message(tg.private(tg.person("Dot")), "hi")
    assert 1 == tg.flood.refused


async def test_a_single_refusal_can_be_ordered(tg, bot, chat):
    tg.faults.add("sendMessage", status=429, headers={"Retry-After": "7"})

    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(chat, "x")
    assert timedelta(seconds=7) == caught.value.retry_after
    assert [] == tg.bot_texts(chat)
    assert [False] == [call.ok for call in tg.called("sendMessage")]


async def test_an_answer_can_get_lost_after_the_deed(tg, bot, chat):
    tg.faults.add("sendMessage", apply=True, cut=True)

    with pytest.raises(NetworkError):
        await bot.send_message(chat, "said, though you do not know")
    assert ["said, though you do not know"] == tg.bot_texts(chat)


async def test_a_gateway_in_front_speaks_html(tg, bot, chat):
    tg.faults.add("sendMessage", status=502)

    assert "Bad Gateway" in await refused(bot.send_message(chat, "x"), NetworkError)


async def test_a_bot_that_logged_out_is_refused(bot, chat):
    await bot.log_out()

    assert "Logged out" == await refused(bot.send_message(chat, "x"))


async def test_private_chats_and_basic_groups_of_a_bot_are_counted_together(tg, bot):
    """And a supergroup by itself, whoever speaks there."""
    ann, bob = tg.person("Ann"), tg.person("Bob")
    basic, tea = tg.group("Basic", basic=True, members=[ann]), tg.group("Tea", members=[ann])
    tg.says(ann, "one")
    tg.says(bob, "two")
    first = await bot.send_message(ann.id, "three")
    second = await bot.send_message(basic, "four")
    tg.says(ann, "elsewhere", tea)
    third = await bot.send_message(tea, "elsewhere")
    last = await bot.send_message(bob.id, "five")

    assert [1, 1] == [second.message_id - first.message_id, last.message_id - second.message_id]
    assert third.message_id == tg.messages(tea)[0].message_id + 1


async def test_a_message_of_another_chat_cannot_be_edited_by_its_number(tg, bot):
    ann, bob = tg.person("Ann"), tg.person("Bob")
    tg.says(ann, "one")
    sent = await bot.send_message(tg.private(bob), "two")

    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("two", ann.id, sent.message_id)
