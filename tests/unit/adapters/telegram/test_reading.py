"""Whatever an update holds, it is read or put aside; no exception of its reading keeps us from all others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram import reading
from adapters.telegram.buttons import vain_press
from adapters.telegram.drafts import DraftTurns
from adapters.telegram.reading import read_update
from bridge.sdk.model import Inbound
from bridge.sdk.unreadable import Unreadable
from tests.unit.adapters.telegram.test_normalise import ME, update


def read(sent):
    return read_update(sent, adapter="helpdesk", me=ME, drafts=DraftTurns())


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
