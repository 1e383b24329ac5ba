"""The Telegram simulator, spoken to by the client library the bridge uses."""

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
import telegram
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter
from telegram.request import HTTPXRequest

from simulators.telegram import TOKEN, Telegram
from simulators.telegram.flood import Flood
from simulators.telegram.refused import Refused
from simulators.telegram.rules import trimmed, utf16, valid

PNG = b"\x89PNG\r\n\x1a\n and so on"
OTHER = "654321:ANOTHER-TOKEN-of-the-simulator-0123456789"


@asynccontextmanager
async def client(tg, token=TOKEN):
    def request():
        return HTTPXRequest(httpx_kwargs={"trust_env": False}, read_timeout=20)

    bot = telegram.Bot(
        token,
        base_url=f"{tg.url}/bot",
        base_file_url=f"{tg.url}/file/bot",
        request=request(),
        get_updates_request=request(),
    )
    async with bot:
        yield bot


@pytest.fixture
async def tg(monkeypatch):
    """A Telegram with two bots, whose seconds are short."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with Telegram(tokens={TOKEN: "testbot", OTHER: "otherbot"}) as tg:
        tg.time_scale = 0.01
        yield tg


@pytest.fixture
async def bot(tg):
    """Telegram's client library, as one of its bots."""
    async with client(tg) as bot:
        yield bot


@pytest.fixture
def ann(tg):
    """A person with a name of her own."""
    return tg.person("Ann", username="ann")


@pytest.fixture
def chat(tg, ann):
    """The chat in which she is alone with the bot."""
    return tg.private(ann)


async def refused(call, error=BadRequest):
    with pytest.raises(error) as caught:
        await call
    return caught.value.message


async def texts(bot, **how):
    return [(update.message or update.edited_message).text for update in await bot.get_updates(**how)]


# Who one is


async def test_a_bot_learns_who_it_is(tg, bot):
    assert (tg.bot_id, "testbot") == (bot.bot.id, bot.username)
    assert bot.bot.can_read_all_group_messages is False


@pytest.mark.parametrize(
    ("token", "words"),
    [("1:short", "Not Found"), ("999999:a-token-of-the-right-shape-but-revoked-012", "Unauthorized")],
)
async def test_a_wrong_token_is_refused(tg, token, words):
    with pytest.raises(InvalidToken, match=r"was rejected"):
        async with client(tg, token):
            pass

    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{tg.url}/bot{token}/getMe")

    assert words == answer.json()["description"]


async def test_an_unknown_method_is_a_404(bot):
    with pytest.raises(telegram.error.EndPointNotFound):
        await bot.do_api_request("sendFlowers")


async def test_methods_are_found_whatever_their_capitals_and_parameters_whatever_their_form(tg, chat):
    async with httpx.AsyncClient(trust_env=False) as http:
        url = f"{tg.url}/bot{TOKEN}/sendmessage"
        await http.post(url, json={"chat_id": chat, "text": "json"})
        await http.post(url, data={"chat_id": chat, "text": "form"})
        await http.post(url, files={"chat_id": (None, str(chat)), "text": (None, "multipart")})
        await http.get(url, params={"chat_id": chat, "text": "query"})

    assert ["json", "form", "multipart", "query"] == tg.bot_texts(chat)


async def test_a_call_is_remembered_with_its_parameters_read(tg, bot, chat):
    await bot.send_message(chat, "hi", entities=[MessageEntity("bold", 0, 2)], disable_notification=True)

    call = tg.called("sendMessage")[-1]
    expected = {
        "chat_id": chat,
        "text": "hi",
        "entities": [{"length": 2, "offset": 0, "type": "bold"}],
        "disable_notification": True,
    }
    assert expected == call.params
    assert call.ok


# Polling


async def test_an_update_comes_again_until_a_higher_offset_confirms_it(tg, bot, ann):
    first = tg.says(ann, "one")
    second = tg.says(ann, "two")

    tg.pass_time(10)
    assert ["one", "two"] == await texts(bot)
    tg.pass_time(10)
    assert ["one", "two"] == await texts(bot, offset=first)
    assert ["two"] == await texts(bot, offset=second)
    assert 1 == tg.pending()
    assert [] == await texts(bot, offset=second + 1)
    tg.pass_time(10)
    assert [] == await texts(bot)


async def test_the_limit_is_kept_and_a_hasty_poller_gets_one_at_a_time(tg, bot, ann):
    for text in "abc":
        tg.says(ann, text)
    tg.time_scale = 1.0

    assert ["a", "b"] == await texts(bot, limit=2)
    assert ["a"] == await texts(bot, limit=2)


async def test_a_negative_offset_throws_away_all_but_the_last(tg, bot, ann):
    for text in "abc":
        tg.says(ann, text)

    assert ["c"] == await texts(bot, offset=-1)
    assert 1 == tg.pending()


async def test_an_offset_far_ahead_begins_at_the_head(tg, bot, ann):
    number = tg.says(ann, "still here")

    assert ["still here"] == await texts(bot, offset=number + 1000)


async def test_a_long_poll_wakes_up_when_somebody_speaks(tg, bot, ann):
    poll = asyncio.create_task(texts(bot, timeout=30))
    await tg.until(tg.polling)
    tg.says(ann, "good morning")

    assert ["good morning"] == await poll


async def test_of_two_pollers_the_newer_wins(tg, bot, ann):
    async with client(tg) as second:
        older = asyncio.create_task(bot.get_updates(timeout=30))
        await tg.until(tg.polling)
        newer = asyncio.create_task(texts(second, timeout=30))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await older
        await tg.until(tg.polling)
        tg.says(ann, "hello")

        assert ["hello"] == await newer


async def test_allowed_updates_stay_as_they_were_said_last(tg, bot, ann):
    await bot.get_updates(allowed_updates=["edited_message"])
    assert 0 == tg.says(ann, "unheard")
    await bot.get_updates()
    assert 0 == tg.says(ann, "still unheard")
    assert 0 != tg.edits(ann, "heard")
    await bot.get_updates(allowed_updates=[])
    assert 0 != tg.says(ann, "heard again")


async def test_a_poisonous_update_spoils_the_batch_for_the_client_but_not_for_raw_calls(tg, bot, ann):
    tg.poison()
    tg.says(ann, "behind it")

    with pytest.raises((TypeError, KeyError)):
        await bot.get_updates()
    tg.pass_time(10)
    with pytest.warns(telegram.warnings.PTBUserWarning):
        raw = await bot.do_api_request("getUpdates")

    assert [None, "behind it"] == [update["message"].get("chat") and update["message"]["text"] for update in raw]


async def test_confirmed_updates_can_be_delivered_again_and_shuffled(tg, bot, ann):
    numbers = [tg.says(ann, text) for text in "abcdef"]
    await bot.get_updates(offset=numbers[-1] + 1)

    tg.pass_time(10)
    assert 12 == tg.redeliver(seed=1, times=2)
    again = await texts(bot, offset=numbers[-1] + 1)

    assert sorted("abcdef" * 2) == sorted(again)
    assert list("abcdef" * 2) != again


async def test_a_poll_is_cut_off_by_an_outage_and_nothing_is_lost(tg, bot, ann):
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await tg.until(tg.polling)
    await tg.go_away()
    with pytest.raises(NetworkError):
        await poll
    tg.says(ann, "while away")
    await tg.come_back()

    assert ["while away"] == await texts(bot)


async def test_an_answer_to_a_poll_can_get_lost_and_its_updates_come_again(tg, bot, ann):
    tg.says(ann, "once more")
    tg.faults.add("getUpdates", apply=True, cut=True)

    with pytest.raises(NetworkError):
        await bot.get_updates()
    assert ["once more"] == await texts(bot)


async def test_an_update_of_a_kind_nobody_knows_still_comes(tg, bot, chat):
    tg.update("stopped_message_generation", {"chat": {"id": chat, "type": "private"}, "draft_id": 7})

    [update] = await bot.get_updates()
    assert 7 == update.api_kwargs["stopped_message_generation"]["draft_id"]


# Webhook


class Hook:
    """A server of the bot's, which answers as told and 200 after that."""

    def __init__(self):
        self.answers, self.got, self.secrets = deque(), [], set()

    async def take(self, request):
        self.got.append(await request.json())
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        status, headers = self.answers.popleft() if self.answers else (200, {})
        return web.Response(status=status, headers=headers)


@pytest.fixture
async def hook():
    """A server to which Telegram brings updates."""
    hook, app = Hook(), web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


async def test_a_webhook_gets_what_waited_and_what_comes_with_its_secret(tg, bot, ann, hook):
    tg.says(ann, "before")
    await bot.set_webhook(hook.url, secret_token="s3cret")
    tg.says(ann, "after")
    await tg.until(lambda: not tg.pending())

    assert ["before", "after"] == [update["message"]["text"] for update in hook.got]
    assert {"s3cret"} == hook.secrets


async def test_a_webhook_is_tried_again_until_it_says_yes_and_the_chat_waits_meanwhile(tg, bot, ann, hook):
    hook.answers.extend([(500, {}), (503, {"Retry-After": "2"}), (403, {})])
    await bot.set_webhook(hook.url)
    tg.says(ann, "first")
    tg.says(ann, "second")
    await tg.until(lambda: not tg.pending())

    assert ["first"] * 4 + ["second"] == [update["message"]["text"] for update in hook.got]
    assert "403" in (await bot.get_webhook_info()).last_error_message


async def test_chats_do_not_wait_for_each_other(tg, bot, ann, hook):
    tg.time_scale = 1000.0
    hook.answers.append((503, {"Retry-After": "60"}))
    await bot.set_webhook(hook.url)
    tg.says(ann, "stuck")
    await tg.until(lambda: tg.bot().updates.webhook.attempts)
    tg.says(tg.person("Bob"), "through")
    await tg.until(lambda: tg.pending() == 1)

    assert "through" == hook.got[-1]["message"]["text"]


async def test_nobody_polls_beside_a_webhook(tg, bot, hook):
    await bot.set_webhook(hook.url)

    assert "can't use getUpdates method while webhook is active" in await refused(bot.get_updates(), Conflict)

    await bot.delete_webhook()

    assert () == await bot.get_updates()
    assert "" == (await bot.get_webhook_info()).url


async def test_a_webhook_survives_an_outage_of_telegram(tg, bot, ann, hook):
    await bot.set_webhook(hook.url)
    await tg.go_away()
    tg.says(ann, "while away")
    await tg.come_back()
    await tg.until(lambda: not tg.pending())

    assert ["while away"] == [update["message"]["text"] for update in hook.got]


async def test_a_webhook_can_be_told_everything_again(tg, bot, ann, hook):
    await bot.set_webhook(hook.url)
    for text in "abc":
        tg.says(ann, text)
    await tg.until(lambda: not tg.pending())
    tg.redeliver(seed=3)
    await tg.until(lambda: len(hook.got) == 6)

    told = [update["update_id"] for update in hook.got]
    assert sorted(told[:3]) == sorted(told[3:])


async def test_a_secret_has_only_plain_characters(bot, hook):
    assert "Secret token contains unallowed characters" == await refused(bot.set_webhook(hook.url, secret_token="ä"))


# Text


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


# Edits


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


# Drafts and actions


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


# Places


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


# Buttons, reactions, commands


async def test_a_pressed_button_is_told_and_can_be_answered(tg, bot, ann, chat):
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="s:1")]])
    sent = await bot.send_message(chat, "pick", reply_markup=buttons)
    tg.presses(ann, sent.id, "s:1")

    [update] = await bot.get_updates()
    query = update.callback_query
    assert ("s:1", sent.id, ann.id) == (query.data, query.message.message_id, query.from_user.id)
    await query.answer("on it")
    assert ["on it"] == [answer.text for answer in tg.bot().answers]
    assert "Query is too old" in await refused(bot.answer_callback_query("123"))

    await sent.edit_reply_markup(None)
    with pytest.raises(LookupError):
        tg.presses(ann, sent.id, "s:1")


async def test_buttons_are_checked(bot, chat):
    def markup(**button):
        return InlineKeyboardMarkup([[InlineKeyboardButton("x", **button)]])

    assert "Button_data_invalid" == await refused(
        bot.send_message(chat, "x", reply_markup=markup(callback_data="ä" * 33))
    )
    assert "is invalid" in await refused(bot.send_message(chat, "x", reply_markup=markup(url="http://note")))
    assert "unallowed" in await refused(bot.send_message(chat, "x", reply_markup=markup()))


async def test_only_certain_reactions_exist(tg, bot, ann, chat):
    tg.says(ann, "hi")
    await bot.set_message_reaction(chat, tg.messages(chat)[0].message_id, "👀")

    assert ["👀"] == tg.messages(chat)[0].reactions
    assert "Reaction_invalid" == await refused(bot.set_message_reaction(chat, tg.messages(chat)[0].message_id, "✅"))
    await bot.set_message_reaction(chat, tg.messages(chat)[0].message_id, [])
    assert [] == tg.messages(chat)[0].reactions


async def test_the_menu_of_commands_is_kept_per_scope_and_language(bot):
    await bot.set_my_commands([("new", "Begin anew")], language_code="de")

    assert ["new"] == [command.command for command in await bot.get_my_commands(language_code="de")]
    assert () == await bot.get_my_commands()
    assert "Bot_command_invalid" == await refused(bot.set_my_commands([("New!", "no")]))


# Files


async def test_what_people_send_can_be_fetched(tg, bot, ann):
    tg.says(ann, photo=b"a photo", caption="see @testbot")
    tg.says(ann, document=("notes.md", b"# Notes"))
    tg.says(ann, voice=b"OggS")

    photo, document, voice = (update.message for update in await bot.get_updates())
    assert ("see @testbot", "mention") == (photo.caption, photo.caption_entities[0].type)
    assert ("notes.md", "text/markdown") == (document.document.file_name, document.document.mime_type)
    for attachment, data in ((photo.photo[-1], b"a photo"), (document.document, b"# Notes"), (voice.voice, b"OggS")):
        assert data == bytes(await (await attachment.get_file()).download_as_bytearray())


async def test_a_large_file_cannot_be_fetched(tg, bot, ann):
    tg.says(ann, document=("film.mp4", b""), size=(20 << 20) + 1)

    [update] = await bot.get_updates()
    assert "File is too big" == await refused(update.message.document.get_file())


async def test_files_are_posted(tg, bot, chat):
    await bot.send_photo(chat, PNG, caption="look")
    sent = await bot.send_document(chat, b"# Answer", filename="answer.md")
    await bot.send_voice(chat, b"OggS")
    await bot.send_document(chat, sent.document.file_id)

    photo, document, voice, again = tg.messages(chat)
    assert ("look", PNG) == (photo.text, photo.photo.data)
    assert ("answer.md", b"# Answer") == (document.document.name, document.document.data)
    assert b"OggS" == voice.voice.data
    assert document.document == again.document
    assert "There is no text in the message to edit" == await refused(
        bot.edit_message_text("x", chat, photo.message_id)
    )
    await bot.edit_message_caption(chat, photo.message_id, caption="see")
    assert "see" == photo.text


async def test_files_telegram_cannot_use_are_refused(tg, bot, chat):
    tg.world.web["http://example.org/a.png"] = PNG
    await bot.send_photo(chat, "http://example.org/a.png")

    assert "Image_process_failed" == await refused(bot.send_photo(chat, b"no picture"))
    assert "File must be non-empty" == await refused(bot.send_document(chat, b""))
    assert "Failed to get http url content" == await refused(bot.send_photo(chat, "http://example.org/b.png"))
    assert "Wrong file identifier/http url specified" == await refused(bot.send_photo(chat, "nonsense"))
    assert "Message caption is too long" == await refused(bot.send_photo(chat, PNG, caption="x" * 1025))


async def test_an_album_is_several_messages(tg, bot, ann, chat):
    await bot.send_media_group(chat, [InputMediaPhoto(PNG, caption="both"), InputMediaPhoto(PNG)])
    tg.says(ann, photo=PNG, media_group_id="5")
    tg.says(ann, photo=PNG, media_group_id="5")

    assert ["both", ""] == tg.bot_texts(chat)
    assert ["5", "5"] == [update.message.media_group_id for update in await bot.get_updates()]


async def test_an_album_holds_no_documents_beside_photos(bot, chat):
    with pytest.raises(BadRequest, match="can't be mixed"):
        await bot.send_media_group(chat, [InputMediaPhoto(PNG), InputMediaDocument(b"%PDF-1.7 a report")])


async def test_an_album_counts_as_so_many_messages(tg, bot, chat):
    tg.flood = Flood()
    await bot.send_media_group(chat, [InputMediaPhoto(PNG) for _ in range(3)])

    with pytest.raises(RetryAfter):
        await bot.send_message(chat, "too much")


# When things go wrong


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
