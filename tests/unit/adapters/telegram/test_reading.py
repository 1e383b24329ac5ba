"""Whatever an update holds, it is read or put aside; no exception of its reading keeps us from all others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram import reading
from adapters.telegram.buttons import vain_press
from adapters.telegram.drafts import DraftTurns
from adapters.telegram.reading import UpdateReader
from bridge.sdk.model import Address, ChatType, Inbound
from bridge.sdk.unreadable import Unreadable
from tests.unit.adapters.telegram.test_normalise import ANN, GROUP, ME, PRIVATE, US, mention, update

CHANNEL = {"id": -1009, "type": "channel", "title": "News"}


def read(sent, **options):
    return UpdateReader(adapter="helpdesk", drafts=DraftTurns(), **options).read(sent, ME)


def test_what_was_said_is_read():
    assert isinstance(read({"update_id": 7, "message": update("hello")["message"]}), Inbound)


@pytest.mark.parametrize(
    "wrong",
    [
        {"message_id": "five"},
        {"message_id": [5]},
        {"message_thread_id": "x", "is_topic_message": True},
        {"date": 10**400},
        {"chat": []},
    ],
)
def test_a_number_that_is_none_is_put_aside(wrong):
    message = update("hello")["message"] | wrong
    aside = read({"update_id": 7, "message": message})

    assert isinstance(aside, Unreadable)
    assert f"update:{ME.id}:7" == aside.dedupe_key
    assert aside.reason.startswith("unreadable: ")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    field=st.sampled_from(["chat", "from", "text", "entities", "reply_to_message", "photo", "message_id"]), junk=_JSON
)
def test_whatever_a_field_holds_the_update_is_read_or_put_aside(field, junk):
    message = update("hi")["message"] | {field: junk}

    assert isinstance(read({"update_id": 7, "message": message}), Inbound | Unreadable | None)


@pytest.mark.parametrize("sent", [None, [], 7, "x", True, [{"update_id": 1}]])
def test_what_is_no_update_is_put_aside(sent):
    assert isinstance(read(sent), Unreadable)


def test_a_bug_in_the_reading_puts_that_update_aside(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("who would have thought")

    monkeypatch.setattr(reading, "normalise", fail)

    assert "unreadable: RuntimeError" == read({"update_id": 7}).reason


@pytest.mark.parametrize("language", [7, None, ["en"], {}])
def test_a_press_that_has_expired_is_answered_whatever_language_it_tells(language):
    press = {"id": "1", "from": {"id": 5, "language_code": language}, "data": "ask:0", "message": {"date": 0}}

    assert vain_press({"callback_query": press}).language is None


class TestWhatTheConfigWants:
    def test_posts_of_channels_are_read_only_if_it_says_so(self):
        post = {"update_id": 7, "channel_post": update("@testbot hi", entities=mention("@testbot hi"))["message"]}
        post["channel_post"] |= {"chat": CHANNEL, "sender_chat": CHANNEL}
        del post["channel_post"]["from"]
        said = read(post, channel_posts=True)

        assert read(post) is None
        assert (ChatType.CHANNEL, Address.TO_US, "hi") == (said.chat_type, said.address, said.text)
        assert ("-1009", "News") == (said.author.id, said.author.name)

    def test_an_edited_post_is_an_edit(self):
        post = {"update_id": 7, "edited_channel_post": update("hi", chat=CHANNEL, sender_chat=CHANNEL)["message"]}

        assert "123456:message:-1009:7" == read(post, channel_posts=True).edits
        assert read(post) is None

    @pytest.mark.parametrize(
        "kind", ["business_message", "edited_business_message", "guest_message", "message_reaction", "of_the_future"]
    )
    def test_what_is_said_to_somebody_in_whose_name_we_are_there_is_nothing(self, kind):
        said = update("hello", business_connection_id="b", guest_query_id="g")["message"]

        assert read({"update_id": 7, kind: said}, channel_posts=True, reply_chains=True) is None


OURS = {"message_id": 5, "from": US, "text": "an answer", "chat": GROUP}
THEIRS = {"message_id": 6, "from": ANN, "text": "why?", "chat": GROUP}


class TestChainsOfReplies:
    def chained(self, replied, **more):
        return read(update("and then?", chat=GROUP, reply_to_message=replied, **more), reply_chains=True)

    def test_a_reply_to_us_is_remembered_beside_its_own_keys(self):
        said = self.chained(OURS)

        assert ("123456:update:1000", "123456:chain:-1001:7", "123456:message:-1001:7") == said.dedupe_keys
        assert (Address.TO_US, None) == (said.address, said.follows)

    def test_a_reply_to_somebody_else_is_ours_if_that_is_known(self):
        said = self.chained(THEIRS)

        assert (Address.IN_THREAD, "123456:chain:-1001:6") == (said.address, said.follows)
        assert "123456:chain:-1001:7" in said.dedupe_keys

    def test_nothing_is_remembered_where_the_config_does_not_want_it(self):
        said = read(update("and then?", chat=GROUP, reply_to_message=THEIRS))

        assert (Address.OVERHEARD, None) == (said.address, said.follows)
        assert 2 == len(said.dedupe_keys)

    def test_who_is_alone_with_us_needs_none(self):
        said = read(update("and then?", reply_to_message=THEIRS | {"chat": PRIVATE}), reply_chains=True)

        assert (Address.TO_US, 2) == (said.address, len(said.dedupe_keys))

    def test_the_message_that_opened_a_topic_is_none(self):
        opened = THEIRS | {"message_id": 3, "forum_topic_created": {"name": "tea", "icon_color": 1}}
        said = self.chained(opened, message_thread_id=3, is_topic_message=True)

        assert (Address.OVERHEARD, None) == (said.address, said.follows)

    def test_our_name_needs_none_either(self):
        text = "@testbot and then?"
        said = read(update(text, chat=GROUP, entities=mention(text), reply_to_message=THEIRS), reply_chains=True)

        assert (Address.TO_US, None) == (said.address, said.follows)

    def test_an_edit_names_the_message_alone(self):
        edited = update("and now?", chat=GROUP, reply_to_message=THEIRS)["message"]
        said = read({"update_id": 8, "edited_message": edited}, reply_chains=True)

        assert ("123456:message:-1001:7", ("123456:update:8",)) == (said.edits, said.dedupe_keys)
