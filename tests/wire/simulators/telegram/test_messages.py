"""What may be said, edited and drafted, and what people see of it."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import MessageEntity

from simulators.telegram import TOKEN
from simulators.telegram.refused import Refused
from simulators.telegram.rules import trimmed, utf16, valid
from tests.wire.simulators.telegram.harness import refused


async def test_what_a_person_sees_is_what_was_sent(tg, bot, chat):
    sent = await bot.send_message(chat, "  hello 🙂 you\n", entities=[MessageEntity("bold", 11, 3)])

    [message] = tg.messages(chat)
    assert ("hello 🙂 you", "hello 🙂 you") == (message.text, sent.text)
    assert [{"type": "bold", "offset": 9, "length": 3}] == message.entities
    assert "you" == sent.parse_entity(sent.entities[0])
    assert message.sender_is_bot


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Message text is empty"),
        (" \n ", "Text must be non-empty"),
        ("x" * 4097, "Message is too long"),
        ("🙂" * 2049, "Message is too long"),
        ("x" * 32769, "Text is too long"),
    ],
)
async def test_a_text_has_between_one_and_4096_units(bot, chat, text, why):
    assert why == await refused(bot.send_message(chat, text))


async def test_4096_units_are_fine_before_white_space_goes_and_after(tg, bot, chat):
    await bot.send_message(chat, " " + "🙂" * 2048 + " ")

    assert ["🙂" * 2048] == tg.bot_texts(chat)


async def test_half_a_surrogate_pair_is_no_text(tg, chat):
    async with httpx.AsyncClient(trust_env=False) as http:
        url, head = f"{tg.url}/bot{TOKEN}/sendMessage", {"Content-Type": "application/json"}
        answer = await http.post(url, content=b'{"chat_id": %d, "text": "\\ud83d"}' % chat, headers=head)

    assert "Bad Request: strings must be encoded in UTF-8" == answer.json()["description"]


async def test_an_edit_and_a_draft_are_refused_in_capitals_when_too_long(bot, chat):
    sent = await bot.send_message(chat, "short")

    assert "Message_too_long" == await refused(sent.edit_text("x" * 4097))
    assert "Message_too_long" == await refused(bot.send_message_draft(chat, 1, "x" * 4097))


@pytest.mark.parametrize(
    ("entity", "why"),
    [
        (MessageEntity("bold", 2, 9), "ends after the end of the text"),
        (MessageEntity("bold", 1, 1), "begins in a middle of a utf-16 symbol"),
        (MessageEntity("bold", 0, 1), "ends in a middle of a utf-16 symbol"),
        (MessageEntity("text_link", 0, 2, url="note"), "wrong http url"),
        (MessageEntity("text_link", 0, 2, url="/rel"), "url host is empty"),
        (MessageEntity("text_link", 0, 2, url="javascript:alert(1)"), "wrong port number"),
        (MessageEntity("text_link", 0, 2, url="ftp://example.org"), "unsupported url protocol"),
        (MessageEntity("text_link", 0, 2, url="https://a.b:0/"), "wrong port number"),
        (MessageEntity("text_link", 0, 2, url="https://a.b:99999/"), "wrong port number"),
        (MessageEntity("text_link", 0, 2, url="https://{you}.example.org"), "disallowed character in url host"),
        (MessageEntity("text_link", 0, 2, url="https://example.org\\path"), "disallowed character in url host"),
        (MessageEntity("glitter", 0, 2), "unsupported type"),
    ],
)
async def test_entities_must_fit_the_text(bot, chat, entity, why):
    assert why in (await refused(bot.send_message(chat, "🙂 hi", entities=[entity]))).lower()


async def test_nothing_else_can_be_where_code_is(bot, chat):
    link = MessageEntity("text_link", 0, 4, url="https://a.b")
    sent = await bot.send_message(chat, "code here", entities=[link, MessageEntity("code", 0, 4)])

    assert ["code"] == [str(entity.type) for entity in sent.entities]


async def test_a_tab_is_one_blank(bot, chat):
    assert "a b" == (await bot.send_message(chat, "a\tb")).text


@pytest.mark.parametrize("url", ["https://example.org/a?b#c", "example.org", "tg://user?id=1", "mailto:a@b.c"])
async def test_links_that_telegram_accepts(tg, bot, chat, url):
    await bot.send_message(chat, "link", entities=[MessageEntity("text_link", 0, 4, url=url)])

    assert url == tg.messages(chat)[0].entities[0]["url"]


async def test_surplus_entities_are_lost_without_a_word(tg, bot, chat):
    await bot.send_message(chat, "ab" * 101, entities=[MessageEntity("bold", 2 * at, 1) for at in range(101)])

    assert 100 == len(tg.messages(chat)[0].entities)


async def test_html_is_understood_and_broken_html_refused(tg, bot, chat):
    await bot.send_message(chat, '🙂 <b>a &lt; <i>b</i></b> <a href="http://x.y">l</a>', parse_mode="HTML")

    [message] = tg.messages(chat)
    assert "🙂 a < b l" == message.text
    assert [("bold", 3, 5), ("italic", 7, 1), ("text_link", 9, 1)] == [
        (entity["type"], entity["offset"], entity["length"]) for entity in message.entities
    ]
    for broken in ("<b>", "<b></i>", "<think>", "</b>", "1 < 2"):
        assert "can't parse entities" in (await refused(bot.send_message(chat, broken, parse_mode="HTML"))).lower()


async def test_reserved_characters_need_their_backslash(tg, bot, chat):
    await bot.send_message(chat, r"1\.5", parse_mode="MarkdownV2")

    assert ["1.5"] == tg.bot_texts(chat)
    assert "reserved" in await refused(bot.send_message(chat, "1.5", parse_mode="MarkdownV2"))


@given(text=st.text("a 🙂\n", max_size=12), data=st.data())
def test_what_is_left_after_trimming_still_fits(text, data):
    spans = st.tuples(st.integers(0, 12), st.integers(1, 12))
    given_ = [{"type": "bold", "offset": o, "length": n} for o, n in data.draw(st.lists(spans, max_size=3))]
    try:
        entities = valid(text, given_)
    except Refused:
        return

    text, entities = trimmed(text, entities)

    assert all(0 <= e["offset"] and e["offset"] + e["length"] <= utf16(text) and e["length"] > 0 for e in entities)


async def test_an_edit_changes_what_is_seen_and_is_remembered(tg, bot, chat):
    sent = await bot.send_message(chat, "one")
    await sent.edit_text("two")

    [message] = tg.messages(chat)
    assert ["two"] == tg.bot_texts(chat)
    assert (1, ["one", "two"]) == (message.edits, [text for _, text in message.history])


async def test_an_edit_that_changes_nothing_is_refused(bot, chat):
    sent = await bot.send_message(chat, "same", entities=[MessageEntity("bold", 0, 4)])

    assert "Message is not modified" in await refused(sent.edit_text("same ", entities=[MessageEntity("bold", 0, 4)]))
    await sent.edit_text("same")


async def test_only_own_messages_that_are_there_can_be_edited(tg, bot, ann, chat):
    tg.says(ann, "mine")
    sent = await bot.send_message(chat, "gone soon")
    await sent.delete()

    assert "Message can't be edited" == await refused(bot.edit_message_text("no", chat, 2))
    assert "Message to edit not found" == await refused(sent.edit_text("no"))
    assert "Message to delete not found" == await refused(sent.delete())
    assert "Message identifier is not specified" == await refused(bot.edit_message_text("no", chat))
    assert [] == tg.bot_texts(chat)
    assert tg.messages(chat)[-1].deleted


async def test_a_draft_is_seen_until_a_message_of_the_bot_comes(tg, bot, ann, chat):
    await bot.send_message_draft(chat, 7, "I thi")
    await bot.send_message_draft(chat, 7, "I think")
    tg.says(ann, "go on")

    assert "I think" == tg.draft(chat)

    await bot.send_message(chat, "I think so.")

    assert tg.draft(chat) is None
    assert [(7, "I thi"), (7, "I think")] == [(draft.draft_id, draft.text) for draft in tg.drafts]


async def test_a_draft_vanishes_after_thirty_seconds(tg, bot, chat):
    await bot.send_message_draft(chat, 7, "")
    assert "" == tg.draft(chat)

    tg.pass_time(31)

    assert tg.draft(chat) is None


async def test_drafts_need_a_number_and_a_private_chat(tg, bot, ann, chat):
    assert "draft_id" in (await refused(bot.send_message_draft(chat, 0, "x"))).lower()
    assert "Textdraft_peer_invalid" == await refused(bot.send_message_draft(tg.group("Team"), 1, "x"))


async def test_typing_is_seen_in_the_general_topic_too(tg, bot):
    forum = tg.group("Forum", forum=True)
    await bot.send_chat_action(forum, "typing", message_thread_id=1)

    assert [(forum, 1, "typing")] == [(action.chat, action.thread, action.action) for action in tg.actions]
    assert "Wrong parameter action in request" == await refused(bot.send_chat_action(forum, "dancing"))
