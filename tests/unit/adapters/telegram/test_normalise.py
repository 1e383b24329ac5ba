"""What Telegram's updates become: pure, so every shape is a line."""

import re
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.api import TelegramIdentity
from adapters.telegram.normalise import normalise
from bridge.sdk.model import Address, ChatType, CommandName, Forward, MediaKind, Place, Quote, Rating, Ref

ME = TelegramIdentity(id=123456, username="TestBot")
ANN = {"id": 42, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "language_code": "zh-hans"}
US = {"id": ME.id, "is_bot": True, "first_name": "Bot"}
PRIVATE = {"id": 42, "type": "private"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Tea"}


def update(text=None, *, chat=PRIVATE, **fields):
    message = {"message_id": 7, "date": 1_700_000_000, "chat": chat, "from": ANN} | fields
    if text is not None:
        message |= {"text": text}
    return {"update_id": 1000, "message": message}


def heard(text=None, **fields):
    return normalise(update(text, **fields), adapter="helpdesk", me=ME)


def utf16(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def mention(text, name="@testbot"):
    before = text.partition(name)[0]
    return [{"type": "mention", "offset": utf16(before), "length": utf16(name)}]


def commands(text):
    """The entities that Telegram finds for the commands in *text*."""
    found = re.finditer(r"(?<!\S)/\w+(?:@\w+)?", text)
    return [{"type": "bot_command", "offset": utf16(text[: at.start()]), "length": utf16(at[0])} for at in found]


def test_a_private_message_in_full():
    message = heard("hello")

    assert ("123456:update:1000", "123456:message:42:7") == message.dedupe_keys
    assert Place(adapter="helpdesk", chat="42") == message.where
    assert ChatType.PRIVATE is message.chat_type
    assert ("42", "Ann Lee", "zh-hans") == (message.author.id, message.author.name, message.author.language)
    assert ("hello", Address.TO_US, None) == (message.text, message.address, message.command)
    assert 1_700_000_000.0 == message.sent_at
    assert {"message_id": "7"} == message.reply_context


class TestAddress:
    def test_what_people_in_a_group_tell_each_other_is_overheard(self):
        assert Address.OVERHEARD is heard("nice weather", chat=GROUP).address

    @pytest.mark.parametrize(
        ("said", "text"),
        [
            ("@testbot what is tea?", "what is tea?"),
            ("@testbot, what is tea?", "what is tea?"),
            ("@testbot：茶是什么", "茶是什么"),
            ("what is tea, @testbot?", "what is tea?"),
            ("what is tea @testbot", "what is tea"),
            ("👩‍👩‍👧 and 🍵 @testbot ok?", "👩‍👩‍👧 and 🍵 ok?"),
            ("@testbot\n\n    def tea():\n\tpass", "    def tea():\n\tpass"),
            ("one\n@testbot\n  two", "one\n  two"),
            ("a  b @testbot c  d", "a  b c  d"),
        ],
    )
    def test_a_mention_addresses_us_and_is_not_part_of_what_was_said(self, said, text):
        message = heard(said, chat=GROUP, entities=mention(said))

        assert (text, Address.TO_US) == (message.text, message.address)

    def test_a_mention_in_a_caption_counts_too(self):
        photo = [{"file_id": "small"}, {"file_id": "large", "file_size": 9}]
        caption = "@testbot what is this?"
        message = heard(chat=GROUP, photo=photo, caption=caption, caption_entities=mention(caption))

        assert ("what is this?", Address.TO_US) == (message.text, message.address)

    @pytest.mark.parametrize("chat", [PRIVATE, GROUP])
    @pytest.mark.parametrize("unseen", ["", "\u200b", " \ufeff\u2060", "\n\u3164"])
    def test_a_name_alone_asks_for_help(self, chat, unseen):
        assert CommandName.HELP is heard(f"@testbot{unseen}", chat=chat, entities=mention("@testbot")).command

    @pytest.mark.parametrize(
        "fields",
        [
            {"reply_to_message": {"message_id": 5, "from": ANN, "text": "how tall is Mont Blanc?"}},
            {"reply_to_message": {"message_id": 5, "from": ANN, "photo": [{"file_id": "x"}]}},
            {
                "external_reply": {
                    "origin": {"type": "hidden_user", "sender_user_name": "Eve"},
                    "dice": {"emoji": "🎲", "value": 3},
                }
            },
        ],
    )
    def test_a_name_under_a_message_points_at_it(self, fields):
        message = heard("@testbot", chat=GROUP, entities=mention("@testbot"), **fields)

        assert ("", None, Address.TO_US) == (message.text, message.command, message.address)
        assert message.quote

    def test_somebody_elses_name_stays(self):
        message = heard("@other look", chat=GROUP, entities=mention("@other look", "@other"))

        assert ("@other look", Address.OVERHEARD) == (message.text, message.address)

    def test_a_name_without_an_at_is_known_by_its_number(self):
        entity = {"type": "text_mention", "offset": 0, "length": 3, "user": US}

        assert Address.TO_US is heard("Bot hello", chat=GROUP, entities=[entity]).address

    def test_a_reply_to_the_bot_is_to_us(self):
        reply = {"message_id": 5, "from": US, "text": "Green or black?"}
        message = heard("green", chat=GROUP, reply_to_message=reply)

        assert Address.TO_US is message.address
        assert Quote(text="Green or black?", author="Bot", ours=True, ref=Ref("5")) == message.quote

    def test_a_message_in_a_topic_the_bot_opened_is_no_reply(self):
        """
        In a topic Telegram shows the message that opened it as what is replied to.
        """
        root = {"message_id": 3, "from": US, "forum_topic_created": {"name": "Tea"}}
        fields = {"chat": GROUP | {"is_forum": True}, "is_topic_message": True, "message_thread_id": 3}

        assert Address.OVERHEARD is heard("hi", reply_to_message=root, **fields).address
        assert Address.OVERHEARD is heard("hi", reply_to_message={"message_id": 3, "from": US}, **fields).address


class TestCommands:
    @pytest.mark.parametrize(
        ("said", "command", "text"),
        [
            ("/new", CommandName.NEW, ""),
            ("/new@TESTBOT", CommandName.NEW, ""),
            ("/NEW tell me\nmore", CommandName.NEW, "tell me\nmore"),
            ("/new what is the capital of Peru?", CommandName.NEW, "what is the capital of Peru?"),
            ("/stop it at once", CommandName.STOP, "it at once"),
            ("/new　你好　吗", CommandName.NEW, "你好　吗"),
            ("/new@testbot\u00a0hi", CommandName.NEW, "hi"),
            ("/stop\u2003", CommandName.STOP, ""),
            ("/ｎｅｗ", None, "/ｎｅｗ"),
            ("/new，你好", None, "/new，你好"),
            ("/start payload", CommandName.START, "payload"),
            ("/status of my order 4711?", None, "/status of my order 4711?"),
            ("/help me, please", None, "/help me, please"),
            ("/help@testbot me", None, "/help me"),
            ("/report\n  last week", None, "/report\n  last week"),
            ("/report@testbot last week", None, "/report last week"),
            ("/etc/passwd", None, "/etc/passwd"),
            ("/", None, "/"),
            ("see /new", None, "see /new"),
            ("/new@otherbot", None, "/new@otherbot"),
            ("/stop@TestBotX at once", None, "/stop@TestBotX at once"),
        ],
    )
    def test_our_own_words_are_commands_and_others_stay_text(self, said, command, text):
        message = heard(said)

        assert (command, text) == (message.command, message.text)

    @pytest.mark.parametrize(
        ("said", "address", "command"),
        [
            ("/help", Address.TO_US, CommandName.HELP),
            ("/help@otherbot", Address.OVERHEARD, None),
            ("/weather", Address.OVERHEARD, None),
            ("/weather@testbot", Address.TO_US, None),
        ],
    )
    def test_in_a_group_a_command_is_for_the_bot_it_names_or_that_knows_it(self, said, address, command):
        message = heard(said, chat=GROUP)

        assert (address, command) == (message.address, message.command)

    @pytest.mark.parametrize("said", ["please /help@testbot", "🍵 /weather@TESTBOT tomorrow", "one\n/new@TestBot\ntwo"])
    def test_one_that_names_us_in_the_middle_of_a_text_addresses_us_and_is_none(self, said):
        message = heard(said, chat=GROUP, entities=commands(said))
        caption = heard(chat=GROUP, photo=[{"file_id": "p"}], caption=said, caption_entities=commands(said))

        assert (Address.TO_US, None, said) == (message.address, message.command, message.text)
        assert (Address.TO_US, None, said) == (caption.address, caption.command, caption.text)

    @pytest.mark.parametrize("said", ["please /help", "see /help@otherbot", "see /help@mytestbot", "a/help@testbot"])
    def test_any_other_in_the_middle_of_a_text_is_overheard(self, said):
        assert Address.OVERHEARD is heard(said, chat=GROUP, entities=commands(said)).address

    def test_a_mention_before_a_command_is_fine(self):
        said = "@testbot /new"

        assert CommandName.NEW is heard(said, chat=GROUP, entities=mention(said)).command

    def test_a_caption_can_be_a_command_that_asks(self):
        message = heard(photo=[{"file_id": "p"}], caption="/new what plant is this?")

        assert (CommandName.NEW, "what plant is this?", 1) == (message.command, message.text, len(message.attachments))

    @pytest.mark.parametrize("said", ["/new", "/stop", "/start x", "/new@testbot and more"])
    def test_what_somebody_passes_on_is_none(self, said):
        message = heard(said, forward_origin={"type": "user", "sender_user": ANN})

        assert (None, "", said) == (message.command, message.text, message.forwards[0].text)


class TestPlaces:
    def test_a_topic_is_a_thread(self):
        message = heard("hi", chat=GROUP | {"is_forum": True}, is_topic_message=True, message_thread_id=3)

        assert "3" == message.where.thread
        assert "general" not in message.reply_context

    def test_the_general_topic_is_none_and_remembered(self):
        message = heard("hi", chat=GROUP | {"is_forum": True})

        assert message.where.thread is None
        assert "1" == message.reply_context["general"]

    def test_a_chain_of_replies_is_no_thread(self):
        assert heard("hi", chat=GROUP, message_thread_id=3).where.thread is None

    def test_a_topic_in_a_private_chat_is_a_thread(self):
        assert "3" == heard("hi", is_topic_message=True, message_thread_id=3).where.thread


class TestAuthors:
    def test_an_administrator_who_hides_speaks_as_the_group(self):
        anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
        message = heard("hi", chat=GROUP, sender_chat=GROUP, **{"from": anonymous})

        assert ("-1001", "Tea") == (message.author.id, message.author.name)


class TestEdits:
    def test_name_the_message_that_they_change(self):
        message = update("hi there")["message"]
        said = normalise({"update_id": 1, "message": message}, adapter="helpdesk", me=ME)
        edit = normalise({"update_id": 2, "edited_message": message | {"edit_date": 9}}, adapter="helpdesk", me=ME)

        assert (said.dedupe_keys[-1], "hi there", 9.0) == (edit.edits, edit.text, edit.sent_at)
        assert not edit.is_question
        assert {*said.dedupe_keys}.isdisjoint(edit.dedupe_keys)

    def test_of_a_caption_are_such(self):
        photo = {
            "photo": [{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}],
            "caption": "what is this?",
        }
        edit = normalise({"update_id": 2, "edited_message": update(**photo)["message"]}, adapter="helpdesk", me=ME)

        assert ("what is this?", 1) == (edit.text, len(edit.attachments))

    @pytest.mark.parametrize(("date", "size"), [({"edit_date": 9}, 7), ({}, None)])
    def test_without_a_date_a_file_is_the_one_that_it_was(self, date, size):
        film = {"text": None, "caption": "这是什么？", "video": {"file_id": "v", "file_size": 7}} | date
        edit = normalise({"update_id": 2, "edited_message": update(**film)["message"]}, adapter="helpdesk", me=ME)

        assert [("v", size)] == [(each.handle, each.size) for each in edit.attachments]

    @pytest.mark.parametrize(
        "wordless",
        [
            {"location": {"latitude": 48.2, "longitude": 16.37, "live_period": 900}},
            {"checklist": {"title": "Tea", "tasks": [{"id": 1, "text": "milk", "completion_date": 3}]}},
            {"dice": {"emoji": "🎯", "value": 6}},
        ],
    )
    def test_without_words_are_nothing(self, wordless):
        edited = {"update_id": 2, "edited_message": update(**wordless)["message"]}

        assert normalise(edited, adapter="helpdesk", me=ME) is None


class TestNothing:
    @pytest.mark.parametrize(
        "nothing",
        [
            {"update_id": 1, "stopped_message_generation": {"chat": PRIVATE, "draft_id": 1}},
            update(new_chat_members=[ANN], chat=GROUP),
            update(pinned_message={"message_id": 3}),
            update(unheard_of={}, chat=GROUP),
            {"update_id": 1, "business_message": update("hi", business_connection_id="b")["message"]},
            {"update_id": 1, "guest_message": update("hi", guest_query_id="g")["message"]},
            update("hi", chat=GROUP, is_automatic_forward=True),
            update("hi", chat=GROUP, **{"from": {"id": 9, "is_bot": True, "first_name": "Other"}}),
            update("hi", chat=GROUP, via_bot=US),
            update("hi", chat=GROUP, message_id=0),
            update("hi", chat=GROUP | {"is_direct_messages": True}),
        ],
    )
    def test_what_no_person_said_to_a_place_of_ours_is_nothing(self, nothing):
        assert normalise(nothing, adapter="helpdesk", me=ME) is None


class TestPreviews:
    """Of an address that the words do not name: people see it, and so does the bot."""

    @pytest.mark.parametrize(
        ("text", "options", "read"),
        [
            ("read this", {"url": "https://example.com/tea"}, "read this\nhttps://example.com/tea"),
            ("read https://example.com/tea", {"url": "https://example.com/tea"}, "read https://example.com/tea"),
            ("read Example.com/Tea", {"url": "https://www.example.com/Tea/"}, "read Example.com/Tea"),
            ("read this", {"url": "https://example.com", "is_disabled": True}, "read this"),
            ("read this", {"is_disabled": True}, "read this"),
            ("read this", {"prefer_large_media": True}, "read this"),
        ],
    )
    def test_are_told_by_their_address(self, text, options, read):
        assert read == heard(text, link_preview_options=options).text

    def test_of_a_message_in_another_chat_are_all_that_is_told_of_it(self):
        elsewhere = {
            "origin": {"type": "channel", "chat": {"title": "News"}},
            "link_preview_options": {"url": "https://example.com/tea"},
        }

        assert "https://example.com/tea" == heard("is it true?", external_reply=elsewhere).quote.text


class TestQuotes:
    def test_what_somebody_else_wrote_is_quoted(self):
        reply = {"message_id": 5, "from": ANN, "text": "tea is green"}

        assert "tea is green" == heard("is that so?", chat=GROUP, reply_to_message=reply).quote.text

    def test_a_chosen_passage_is_quoted_even_from_the_bot(self):
        reply = {"message_id": 5, "from": US, "text": "tea is green, or black"}

        quote = heard("why?", reply_to_message=reply, quote={"text": "or black"}).quote

        assert ("tea is green, or black", "or black") == (quote.text, quote.passage)

    def test_a_caption_is_quoted(self):
        reply = {"message_id": 5, "from": ANN, "caption": "my cup", "photo": [{"file_id": "x"}]}

        assert "my cup" == heard("nice", reply_to_message=reply).quote.text

    def test_what_it_holds_comes_along(self):
        reply = {"message_id": 5, "from": ANN, "document": {"file_id": "d", "file_name": "a.pdf"}}
        quote = heard("what does it say?", reply_to_message=reply).quote

        assert ("Ann Lee", ["a.pdf"]) == (quote.author, [each.name for each in quote.attachments])

    def test_an_answer_of_ours_can_be_found_again(self):
        reply = {"message_id": 5, "from": US, "text": "tea is green"}

        assert (True, Ref("5")) == ((quote := heard("why?", reply_to_message=reply).quote).ours, quote.ref)

    @pytest.mark.parametrize(
        ("fields", "author", "text"),
        [
            ({"reply_to_message": {"message_id": 5, "from": ANN, "sender_chat": GROUP, "text": "hi"}}, "Tea", "hi"),
            (
                {
                    "external_reply": {
                        "origin": {"type": "channel", "chat": {"title": "News"}},
                        "sticker": {"file_id": "s", "emoji": "👍"},
                    }
                },
                "News",
                "👍",
            ),
            ({"reply_to_story": {"chat": {"first_name": "Eve"}, "id": 1}}, None, "[story by Eve]"),
            (
                {
                    "reply_to_message": {
                        "message_id": 5,
                        "from": ANN,
                        "contact": {"first_name": "Bo", "phone_number": "1"},
                    }
                },
                "Ann Lee",
                "👤 Bo, 1",
            ),
        ],
    )
    def test_whatever_it_is_its_author_and_its_words_are_told(self, fields, author, text):
        quote = heard("so?", chat=GROUP, **fields).quote

        assert (author, text) == (quote.author, quote.text)


class TestForwards:
    @pytest.mark.parametrize(
        ("origin", "name"),
        [
            ({"type": "user", "sender_user": {"id": 1, "first_name": "Bo", "last_name": "Ek"}}, "Bo Ek"),
            ({"type": "hidden_user", "sender_user_name": "Somebody"}, "Somebody"),
            ({"type": "chat", "sender_chat": {"id": -1, "title": "Digest"}}, "Digest"),
            ({"type": "channel", "chat": {"id": -1, "title": "News"}, "message_id": 3}, "News"),
            ({"type": "of the future"}, ""),
        ],
    )
    def test_whose_words_they_are_is_told(self, origin, name):
        message = heard("Lyon is a city.", forward_origin=origin)

        assert (Forward(origin=name, text="Lyon is a city."),) == message.forwards
        assert "" == message.text

    def test_a_file_of_somebody_elses_is_among_its_own(self):
        message = heard(photo=[{"file_id": "p"}], forward_origin={"type": "hidden_user", "sender_user_name": "Eve"})

        assert ["p"] == [each.handle for each in message.attachments]


class TestLinks:
    """The address that stands behind a word."""

    @staticmethod
    def link(text, word, url, **more):
        entity = {"type": "text_link", "offset": utf16(text.partition(word)[0]), "length": utf16(word), "url": url}
        return heard(text, entities=[entity], **more)

    @pytest.mark.parametrize(
        ("text", "word", "url", "read"),
        [
            ("read this please", "this", "https://e.org/a?b=1", "read this (https://e.org/a?b=1) please"),
            ("🍵👩‍👩‍👧 tea", "tea", "https://e.org/", "🍵👩‍👩‍👧 tea (https://e.org/)"),
            ("see this , ok", "this ", "https://e.org", "see this (https://e.org) , ok"),
            ("see https://e.org now", "https://e.org", "https://e.org/", "see https://e.org now"),
            ("see E.org now", "E.org", "http://e.org/", "see E.org now"),
        ],
    )
    def test_is_told_behind_it(self, text, word, url, read):
        assert read == self.link(text, word, url).text

    def test_of_a_link_in_pieces_is_told_once(self):
        pieces = [{"type": "text_link", "offset": at, "length": 4, "url": "https://e.org/a"} for at in (0, 4)]
        bold = {"type": "bold", "offset": 0, "length": 4}

        assert "blue tea (https://e.org/a) now" == heard("blue tea now", entities=[bold, *pieces]).text

    def test_of_two_links_is_told_behind_each(self):
        links = [{"type": "text_link", "offset": at, "length": 3, "url": f"https://e.org/{at}"} for at in (0, 8)]

        assert "tea (https://e.org/0) and pot (https://e.org/8)" == heard("tea and pot", entities=links).text

    def test_of_a_link_in_our_name_goes_with_the_name(self):
        link = {"type": "text_link", "offset": 0, "length": 8, "url": "https://e.org"}

        assert "tea?" == heard("@testbot tea?", entities=[*mention("@testbot"), link]).text

    def test_is_told_of_what_is_quoted_too(self):
        entity = {"type": "text_link", "offset": 0, "length": 3, "url": "https://e.org/a"}
        reply = {
            "message_id": 5,
            "from": ANN,
            "caption": "tea",
            "caption_entities": [entity],
            "photo": [{"file_id": "x"}],
        }

        assert "tea (https://e.org/a)" == heard("so?", reply_to_message=reply).quote.text


class TestWhiteSpace:
    @pytest.mark.parametrize("said", ["def f():\n    return 1\n\n\n\treturn 2", "a  b\u3000c\td", "    x = 1\n  y"])
    def test_is_as_it_was_typed(self, said):
        assert said == heard(said).text


class TestDescriptions:
    """What is neither words nor a file."""

    @pytest.mark.parametrize(
        ("fields", "text"),
        [
            ({"location": {"latitude": 48.2, "longitude": 16.37}}, "📍 48.2, 16.37"),
            (
                {
                    "location": {"latitude": 48.2, "longitude": 16.37},
                    "venue": {
                        "location": {"latitude": 48.2, "longitude": 16.37},
                        "title": "Cafe",
                        "address": "Main St 1",
                    },
                },
                "📍 Cafe, Main St 1 (48.2, 16.37)",
            ),
            ({"contact": {"first_name": "Bo", "last_name": "Ek", "phone_number": "+43 1"}}, "👤 Bo Ek, +43 1"),
            (
                {"poll": {"question": "Lunch?", "options": [{"text": "Soup", "voter_count": 2}, {"text": "Pie"}]}},
                "📊 Lunch?\n- Soup (2)\n- Pie",
            ),
            ({"dice": {"emoji": "🎯", "value": 6}}, "🎯 6"),
            ({"sticker": {"file_id": "s", "emoji": "😂", "is_animated": True}}, "😂"),
            ({"sticker": {"file_id": "s"}}, "[sticker]"),
            ({"story": {"chat": {"title": "Digest"}, "id": 4}}, "[story by Digest]"),
            (
                {
                    "checklist": {
                        "title": "Buy",
                        "tasks": [{"id": 1, "text": "tea", "completion_date": 5}, {"id": 2, "text": "milk"}],
                    }
                },
                "☑️ Buy\n- [x] tea\n- [ ] milk",
            ),
            (
                {
                    "caption": "look",
                    "paid_media": {"star_count": 5, "paid_media": [{"type": "preview"}, {"type": "video"}]},
                },
                "look\n[paid media for 5 ⭐: preview, video]",
            ),
            ({"game": {"title": "Chess", "description": "Mate in one"}}, "🎮 Chess\nMate in one"),
            ({"invoice": {"title": "Tea", "description": "A cup"}}, "🧾 Tea\nA cup"),
            ({"giveaway": {"winner_count": 3, "prize_description": "Cups"}}, "🎁 [giveaway, 3 winners]\nCups"),
            (
                {
                    "rich_message": {
                        "blocks": [
                            {"type": "heading", "text": "Tea"},
                            {"type": "paragraph", "text": ["is ", {"type": "bold", "text": "green"}, "."]},
                            {"type": "list", "items": [{"blocks": [{"type": "paragraph", "text": "one"}]}]},
                            {
                                "type": "table",
                                "cells": [[{"text": "a"}, {"text": "b"}], [{"text": "1"}, {"text": "2"}]],
                            },
                            {"type": "paragraph", "text": {"type": "url", "url": "https://e.org/a", "text": "here"}},
                        ]
                    }
                },
                "Tea\nis green.\none\na | b\n1 | 2\nhere (https://e.org/a)",
            ),
        ],
    )
    def test_is_told_in_words(self, fields, text):
        assert text == heard(**fields).text

    @pytest.mark.parametrize(
        ("vcard", "lines"),
        [
            ("BEGIN:VCARD\nVERSION:3.0\nN:Ek;Bo;;;\nFN:Bo Ek\nTEL;TYPE=CELL:+43-1 23\nEND:VCARD", []),
            ("BEGIN:VCARD\r\nEMAIL;TYPE=INTERNET:bo@e.org\r\nORG:Tea\\, Ltd.;Sales\r\nEND:VCARD", ["bo@e.org", "Tea, Ltd. Sales"]),
            ("ADR;TYPE=HOME:;;Main St 1;Wien;;1010;Austria\nitem1.URL:https://e.org\nPHOTO;ENCODING=b:AAAA", ["Main St 1 Wien 1010 Austria", "https://e.org"]),
            ("TEL:+43 123\nTEL:+1 555\nTEL:+1 555\nNOTE:\nemail:b@e.org", ["+1 555", "b@e.org"]),
            ("no card at all", []),
        ],
    )  # fmt: skip
    def test_a_contact_has_what_its_card_says_beside_name_and_number(self, vcard, lines):
        contact = {"first_name": "Bo", "phone_number": "+43123", "vcard": vcard}

        assert ["👤 Bo, +43123", *lines] == heard(contact=contact).text.splitlines()

    @pytest.mark.parametrize(
        ("amount", "currency", "price"),
        [
            (1250, "EUR", "12.50 EUR"),
            (5, "USD", "0.05 USD"),
            (1200, "JPY", "1200 JPY"),
            (50, "XTR", "50 ⭐"),
            (100000, "CNY", "1000.00 CNY"),
        ],
    )
    def test_an_invoice_has_its_price(self, amount, currency, price):
        invoice = {"title": "Tea", "description": "A cup", "total_amount": amount, "currency": currency}

        assert f"🧾 Tea\nA cup\n{price}" == heard(invoice=invoice).text

    def test_a_kind_that_nobody_knows_is_a_message_that_holds_nothing(self):
        message = heard(unheard_of={"x": 1})

        assert message.is_empty
        assert message.is_question

    def test_pictures_for_money_come_along(self):
        bought = {"star_count": 5, "paid_media": [{"type": "photo", "photo": [{"file_id": "s"}, {"file_id": "l"}]}]}

        assert ["l"] == [each.handle for each in heard(paid_media=bought).attachments]


class TestMigration:
    @pytest.mark.parametrize(
        "said",
        [
            {"chat": {"id": -5, "type": "group"}, "migrate_to_chat_id": -1005},
            {"chat": {"id": -1005, "type": "supergroup"}, "migrate_from_chat_id": -5},
        ],
    )
    def test_is_told_alike_by_the_old_chat_and_the_new_one(self, said):
        message = heard(**said)

        assert (Place(adapter="helpdesk", chat="-5"), "-1005") == (message.where, message.moved_to)


class TestAttachments:
    @pytest.mark.parametrize(
        ("fields", "kind", "handle"),
        [
            ({"photo": [{"file_id": "small"}, {"file_id": "large"}]}, MediaKind.IMAGE, "large"),
            ({"document": {"file_id": "d", "file_name": "a.pdf"}}, MediaKind.FILE, "d"),
            ({"voice": {"file_id": "v"}}, MediaKind.VOICE, "v"),
            ({"audio": {"file_id": "a"}}, MediaKind.AUDIO, "a"),
            ({"video_note": {"file_id": "n"}}, MediaKind.VIDEO, "n"),
            ({"animation": {"file_id": "g"}, "document": {"file_id": "g"}}, MediaKind.VIDEO, "g"),
            ({"sticker": {"file_id": "s", "emoji": "👍"}}, MediaKind.STICKER, "s"),
            ({"location": {"latitude": 1.5, "longitude": -2}}, MediaKind.LOCATION, "1.5,-2"),
        ],
    )
    def test_each_kind_comes_once(self, fields, kind, handle):
        (attachment,) = heard(**fields).attachments

        assert (kind, handle) == (attachment.kind, attachment.handle)

    def test_name_type_and_size_come_along(self):
        file = {"file_id": "d", "file_name": "a.pdf", "mime_type": "application/pdf", "file_size": 9}
        (attachment,) = heard(document=file).attachments

        assert ("a.pdf", "application/pdf", 9) == (attachment.name, attachment.mime, attachment.size)

    @pytest.mark.parametrize(
        ("told", "name"),
        [
            ({"performer": "Ann", "title": "Tea"}, "Ann – Tea"),
            ({"title": "Tea"}, "Tea"),
            ({"performer": "Ann", "title": "Tea", "file_name": "t.mp3"}, "t.mp3"),
            ({}, None),
        ],
    )
    def test_music_without_a_name_is_called_by_its_title(self, told, name):
        (attachment,) = heard(audio={"file_id": "a"} | told).attachments

        assert name == attachment.name


@given(before=st.text(), after=st.text())
def test_a_name_is_found_wherever_it_stands_in_whatever_script(before, after):
    said = f"{before}@testbot{after}"
    entity = {"type": "mention", "offset": utf16(before), "length": 8}
    message = normalise(update(said, chat=GROUP, entities=[entity]), adapter="helpdesk", me=ME)

    assert message.address is Address.TO_US or message.text.startswith("/")
    assert message.command or "@testbot" not in message.text or "@testbot" in before + after


class TestPresses:
    """A button under an answer of ours."""

    KEYBOARD: ClassVar = {"inline_keyboard": [[{"text": "And now?", "callback_data": "ask:0"}]]}

    def pressed(self, *, by=ANN, data="ask:0", **message):
        answer = {"message_id": 9, "date": 1, "chat": GROUP, "from": US, "text": "So.", "reply_markup": self.KEYBOARD}
        press = {"id": "77", "from": by, "message": answer | message, "chat_instance": "1", "data": data}
        return normalise({"update_id": 1000, "callback_query": press}, adapter="helpdesk", me=ME)

    def test_is_what_it_says_asked_by_whoever_pressed_it(self):
        message = self.pressed()

        assert ("123456:update:1000", "123456:press:-1001:9:ask:0") == message.dedupe_keys
        assert Place(adapter="helpdesk", chat="-1001") == message.where
        assert ("And now?", Address.TO_US, None) == (message.text, message.address, message.command)
        assert ("42", "Ann Lee") == (message.author.id, message.author.name)
        assert {"message_id": "9", "press": "77"} == message.reply_context

    @pytest.mark.parametrize("chat", [GROUP, PRIVATE])
    def test_quotes_the_answer_it_stands_below(self, chat):
        quote = Quote(text="So.", ours=True, ref=Ref("9"))
        question = {"message_id": 8, "date": 1, "chat": chat, "from": ANN, "text": "tell me"}

        assert quote == self.pressed(chat=chat).quote
        assert quote == self.pressed(chat=chat, reply_to_message=question).quote

    def test_of_a_thumb_is_an_opinion_and_may_change(self):
        message = self.pressed(data="like:turn-7")

        assert ("👍", Rating(turn_key="turn-7", liked=True)) == (message.text, message.rating)
        assert not message.is_question
        assert ("123456:update:1000", "123456:press:-1001:9:77") == message.dedupe_keys

    @pytest.mark.parametrize("command", [CommandName.STOP, CommandName.RETRY])
    def test_below_an_answer_is_a_command_about_that_answer(self, command):
        message = self.pressed(data=f"{command}:turn-7")

        assert (command, "turn-7", "", None) == (message.command, message.turn_key, message.text, message.quote)
        assert not message.is_question

    def test_of_a_message_too_old_to_be_shown_still_says_which_answer_it_means(self):
        press = {"id": "7", "from": ANN, "message": {"message_id": 9, "chat": GROUP, "date": 0}, "data": "stop:turn-7"}
        update = {"update_id": 1000, "callback_query": press}

        assert "turn-7" == normalise(update, adapter="helpdesk", me=ME).turn_key

    def test_stays_in_its_topic(self):
        assert "5" == self.pressed(message_thread_id=5, is_topic_message=True).where.thread

    def test_a_command_on_a_button_is_a_question(self):
        said = {"inline_keyboard": [[{"text": "/new", "callback_data": "ask:0"}]]}

        assert ("/new", None) == ((one := self.pressed(reply_markup=said)).text, one.command)

    @pytest.mark.parametrize(
        "odd",
        [
            {"data": "ask:7"},
            {"data": "buy:0"},
            {"data": "new:turn-7"},
            {"data": "stop:"},
            {"from": ANN},
            {"reply_markup": None},
            {"reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "buy:0"}]]}, "data": "buy:0"},
        ],
    )
    def test_of_any_other_button_nobody_said_anything(self, odd):
        assert self.pressed(**odd) is None

    def test_of_a_message_too_old_to_be_shown_nobody_knows_what_it_said(self):
        press = {"id": "7", "from": ANN, "message": {"message_id": 9, "chat": GROUP, "date": 0}, "data": "ask:0"}

        assert normalise({"update_id": 1, "callback_query": press}, adapter="helpdesk", me=ME) is None
