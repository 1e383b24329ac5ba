"""What Telegram's updates become: pure, so every shape is a line."""

from contextlib import suppress
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.api import TelegramIdentity
from adapters.telegram.normalise import UNREADABLE, normalise
from bridge.sdk.model import Address, ChatType, CommandName, MediaKind, Place, Rating

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


def test_a_private_message_in_full():
    message = heard("hello")

    assert ("update:1000", "message:42:7") == message.dedupe_keys
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
            ("@testbot", ""),
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
        assert message.quote is None

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
            ("/start payload", CommandName.START, "payload"),
            ("/report\n  last week", None, "/report\n  last week"),
            ("/report@testbot last week", None, "/report last week"),
            ("/etc/passwd", None, "/etc/passwd"),
            ("/", None, "/"),
            ("see /new", None, "see /new"),
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

    def test_a_mention_before_a_command_is_fine(self):
        said = "@testbot /new"

        assert CommandName.NEW is heard(said, chat=GROUP, entities=mention(said)).command


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


class TestNothing:
    @pytest.mark.parametrize(
        "nothing",
        [
            {"update_id": 1, "edited_message": update("hi")["message"]},
            {"update_id": 1, "channel_post": update("hi")["message"]},
            {"update_id": 1, "stopped_message_generation": {"chat": PRIVATE, "draft_id": 1}},
            update(new_chat_members=[ANN], chat=GROUP),
            update("hi", chat={"id": -5, "type": "channel"}),
            update("hi", chat=GROUP, is_automatic_forward=True),
            update("hi", chat=GROUP, **{"from": {"id": 9, "is_bot": True, "first_name": "Other"}}),
            update("hi", chat=GROUP, via_bot=US),
            update("hi", chat=GROUP, message_id=0),
            update("hi", chat=GROUP | {"is_direct_messages": True}),
        ],
    )
    def test_what_no_person_said_to_a_place_of_ours_is_nothing(self, nothing):
        assert normalise(nothing, adapter="helpdesk", me=ME) is None


class TestQuotes:
    def test_what_somebody_else_wrote_is_quoted(self):
        reply = {"message_id": 5, "from": ANN, "text": "tea is green"}

        assert "tea is green" == heard("is that so?", chat=GROUP, reply_to_message=reply).quote.text

    def test_a_chosen_passage_is_quoted_even_from_the_bot(self):
        reply = {"message_id": 5, "from": US, "text": "tea is green, or black"}

        assert "or black" == heard("why?", reply_to_message=reply, quote={"text": "or black"}).quote.text

    def test_a_caption_is_quoted(self):
        reply = {"message_id": 5, "from": ANN, "caption": "my cup", "photo": [{"file_id": "x"}]}

        assert "my cup" == heard("nice", reply_to_message=reply).quote.text


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


@given(before=st.text(), after=st.text())
def test_a_name_is_found_wherever_it_stands_in_whatever_script(before, after):
    said = f"{before}@testbot{after}"
    entity = {"type": "mention", "offset": utf16(before), "length": 8}
    message = normalise(update(said, chat=GROUP, entities=[entity]), adapter="helpdesk", me=ME)

    assert message.address is Address.TO_US or message.text.startswith("/")
    assert message.command or "@testbot" not in message.text or "@testbot" in before + after


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    field=st.sampled_from(["chat", "from", "text", "entities", "reply_to_message", "photo", "message_id"]), junk=_JSON
)
def test_whatever_is_wrong_with_an_update_is_a_failure_the_adapter_puts_aside(field, junk):
    with suppress(*UNREADABLE):
        normalise(update("hi", **{field: junk}), adapter="helpdesk", me=ME)


class TestPresses:
    """A button under an answer of ours."""

    KEYBOARD: ClassVar = {"inline_keyboard": [[{"text": "And now?", "callback_data": "ask:0"}]]}

    def pressed(self, *, by=ANN, data="ask:0", **message):
        answer = {"message_id": 9, "date": 1, "chat": GROUP, "from": US, "text": "So.", "reply_markup": self.KEYBOARD}
        press = {"id": "77", "from": by, "message": answer | message, "chat_instance": "1", "data": data}
        return normalise({"update_id": 1000, "callback_query": press}, adapter="helpdesk", me=ME)

    def test_is_what_it_says_asked_by_whoever_pressed_it(self):
        message = self.pressed()

        assert ("update:1000", "press:-1001:9:ask:0") == message.dedupe_keys
        assert Place(adapter="helpdesk", chat="-1001") == message.where
        assert ("And now?", Address.TO_US, None) == (message.text, message.address, message.command)
        assert ("42", "Ann Lee") == (message.author.id, message.author.name)
        assert {"message_id": "9", "press": "77"} == message.reply_context

    def test_of_a_thumb_is_an_opinion_and_may_change(self):
        message = self.pressed(data="like:turn-7")

        assert ("👍", Rating(turn_key="turn-7", liked=True)) == (message.text, message.rating)
        assert not message.is_question
        assert ("update:1000", "press:-1001:9:77") == message.dedupe_keys

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
