"""Chats, topics and replies: who hears what, and who may write where."""

import pytest
from telegram import ReplyParameters
from telegram.error import ChatMigrated, Forbidden

from tests.wire.simulators.telegram.harness import OTHER, client, refused, texts


async def test_chats_the_bot_does_not_know_are_not_found(tg, bot):
    stranger = tg.person("Bob")

    for unknown in (4, -100, "@nobody", stranger.id):
        assert "Chat not found" == await refused(bot.send_message(unknown, "hi"))


async def test_topics_keep_messages_apart(tg, bot, ann):
    forum = tg.group("Forum", forum=True, members=[ann])
    bugs, ideas = tg.topic(forum, "Bugs"), tg.topic(forum, "Ideas")
    await bot.send_message(forum, "in bugs", message_thread_id=bugs)
    await bot.send_message(forum, "in general")

    assert ["in bugs"] == tg.bot_texts(forum, bugs)
    assert [] == tg.bot_texts(forum, ideas)
    assert ["in general"] == tg.bot_texts(forum, 1)
    for unknown in (1, 999):
        assert "Message thread not found" == await refused(bot.send_message(forum, "no", message_thread_id=unknown))
    tg.close_topic(forum, ideas)
    assert "Topic_closed" == await refused(bot.send_message(forum, "no", message_thread_id=ideas))


async def test_a_message_in_a_topic_replies_to_its_beginning_and_one_in_general_names_no_thread(tg, bot, ann):
    forum = tg.group("Forum", forum=True, members=[ann])
    bugs = tg.topic(forum, "Bugs")
    tg.says(ann, tg.mention("broken"), forum, thread=bugs)
    tg.says(ann, tg.mention("hi"), forum)

    created, in_topic, in_general = (update.message for update in await bot.get_updates())
    assert created.forum_topic_created.name == "Bugs"
    assert (bugs, True, bugs) == (in_topic.message_thread_id, in_topic.is_topic_message, in_topic.reply_to_message.id)
    assert (None, None) == (in_general.message_thread_id, in_general.is_topic_message)


async def test_a_chain_of_replies_in_a_plain_group_is_a_thread_but_no_topic(tg, bot, ann):
    team = tg.group("Team", members=[ann])
    sent = await bot.send_message(team, "question?")
    tg.says(ann, "answer", team, reply_to=sent.id)

    [update] = await bot.get_updates()
    assert (sent.id, None) == (update.message.message_thread_id, update.message.is_topic_message)
    assert "Message thread not found" == await refused(bot.send_message(team, "no", message_thread_id=sent.id))


async def test_a_private_chat_can_have_topics(tg, bot, chat):
    thread = tg.topic(chat, "Plans")
    await bot.send_message_draft(chat, 1, "thin", message_thread_id=thread)
    assert "thin" == tg.draft(chat, thread)
    await bot.send_message(chat, "elsewhere")
    assert "thin" == tg.draft(chat, thread)
    await bot.send_message(chat, "thinking", message_thread_id=thread)

    assert tg.draft(chat, thread) is None
    assert (await bot.get_me()).has_topics_enabled


async def test_a_reply_needs_its_target_unless_told_otherwise(tg, bot, chat):
    gone = ReplyParameters(99)
    assert "Message to be replied not found" == await refused(bot.send_message(chat, "re", reply_parameters=gone))

    await bot.send_message(chat, "re", reply_parameters=ReplyParameters(99, allow_sending_without_reply=True))
    assert [(None, "re")] == [(message.reply_to, message.text) for message in tg.messages(chat)]


async def test_a_reply_stands_in_the_topic_of_its_target(tg, bot, ann):
    forum = tg.group("Forum", forum=True, members=[ann])
    bugs = tg.topic(forum, "Bugs")
    tg.says(ann, "x", forum, thread=bugs)
    await bot.send_message(forum, "y", reply_parameters=ReplyParameters(tg.messages(forum)[-1].message_id))

    assert ["y"] == tg.bot_texts(forum, bugs)


async def test_privacy_mode_lets_through_only_what_is_meant_for_the_bot(tg, bot, ann):
    team = tg.group("Team", members=[ann])

    assert 0 == tg.says(ann, "to nobody", team)
    assert 0 == tg.says(ann, "/start", team)
    assert 0 == tg.says(ann, "/start@otherbot", team, bot="testbot")
    assert 0 != tg.says(ann, "hey @TestBot", team)
    assert 0 != tg.says(ann, "/start@testbot now", team)
    sent = await bot.send_message(team, "here")
    assert 0 != tg.says(ann, "/start", team)
    assert 0 != tg.says(ann, "thanks", team, reply_to=sent.id)
    tg.privacy[tg.token] = False
    assert 0 != tg.says(ann, "to nobody", team)


async def test_an_administrator_hears_everything(tg, ann):
    team = tg.group("Team", members=[ann])
    tg.promote(team)

    assert 0 != tg.says(ann, "to nobody", team)


async def test_marks_are_counted_in_utf16_units(tg, bot, ann):
    tg.says(ann, "🙂 @testbot look at https://example.org\n/help")

    [update] = await bot.get_updates()
    assert {"@testbot": "mention", "https://example.org": "url", "/help": "bot_command"} == {
        text: entity.type for entity, text in update.message.parse_entities().items()
    }


async def test_two_bots_have_their_own_private_chats_and_updates(tg, bot, ann):
    async with client(tg, OTHER) as other:
        tg.says(ann, "to the first")
        tg.says(ann, "to the other", bot="otherbot")

        assert ["to the first"] == await texts(bot)
        assert ["to the other"] == await texts(other)
        await other.send_message(ann.id, "yes?")
        assert [] == tg.bot_texts(ann.id)
        assert ["yes?"] == tg.bot_texts(ann.id, bot=OTHER)


async def test_a_bot_that_is_blocked_is_told_so(tg, bot, ann, chat):
    tg.block(ann)

    assert "Forbidden: bot was blocked by the user" == await refused(bot.send_message(chat, "hi"), Forbidden)
    [update] = await bot.get_updates()
    assert "kicked" == update.my_chat_member.new_chat_member.status
    tg.unblock(ann)
    await bot.send_message(chat, "hi")


async def test_a_bot_that_left_or_was_thrown_out_cannot_write(tg, bot, ann):
    team = tg.group("Team", members=[ann])
    await bot.leave_chat(team)
    assert "not a member" in await refused(bot.send_message(team, "hi"), Forbidden)

    tg.add(ann, team)
    tg.kick(ann, team)
    assert "kicked from the supergroup" in await refused(bot.send_message(team, "hi"), Forbidden)


async def test_a_group_that_was_upgraded_names_its_new_id(tg, bot, ann):
    old = tg.group("Team", members=[ann], basic=True)
    new = tg.migrate(old)

    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(old, "hi")
    assert new == caught.value.new_chat_id
    await bot.send_message(new, "hi")
    assert [new, old] == [
        u.message.migrate_to_chat_id or u.message.migrate_from_chat_id for u in await bot.get_updates()
    ]


async def test_chats_and_members_can_be_looked_up(tg, bot, ann):
    team = tg.group("Team", members=[ann])

    assert "Team" == (await bot.get_chat(team)).title
    assert "member" == (await bot.get_chat_member(team, ann.id)).status
    assert "left" == (await bot.get_chat_member(team, tg.person("Bob").id)).status
