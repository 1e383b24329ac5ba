"""A value that can be made can be stored, and read again; whatever an adapter puts into it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sdk.cleaning import LONGEST_ID, LONGEST_TEXT, MOST
from bridge.sdk.model import (
    Address,
    Attachment,
    ChatType,
    Forward,
    Inbound,
    MediaKind,
    Person,
    Place,
    Quote,
    Rating,
)
from bridge.store.claim import MESSAGE

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | st.text(st.characters()) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
    max_leaves=6,
)


def say(**given: Any) -> Inbound:
    plain = {
        "dedupe_keys": ("update:1",),
        "where": Place(adapter="helpdesk", chat="7"),
        "chat_type": ChatType.PRIVATE,
        "author": Person(id="7", name="Ann", language="en"),
        "text": "hello",
        "address": Address.TO_US,
    }
    return Inbound(**{**plain, **given})


@given(st.data())
def test_what_can_be_made_can_be_stored_and_read_again(data: st.DataObject) -> None:
    def make(model: type, *names: str, **fixed: Any) -> Any:
        return model(**{name: data.draw(ANYTHING, label=name) for name in names}, **fixed)

    try:
        message = say(
            where=make(Place, "chat", "thread", "workspace", adapter="helpdesk"),
            author=make(Person, "name", "language", id="7"),
            attachments=(make(Attachment, "handle", "name", "mime", "size", kind=MediaKind.FILE),),
            quote=make(Quote, "text", "author", "passage"),
            forwards=(make(Forward, "origin", "text"),),
            **{name: data.draw(ANYTHING, label=name) for name in ("text", "sent_at", "reply_context", "batch")},
        )
    except (TypeError, ValueError):
        return  # refused as it is made, which an adapter takes for an update that it cannot read
    stored = MESSAGE.dump_json(message).decode()

    assert "\0" not in stored
    assert "\\u0000" not in stored
    assert message == MESSAGE.validate_json(stored)


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("\ud800.txt", "\ufffd.txt"),
        ("\ud83d\ude00", "\U0001f600"),
        ("nul\0byte", "nulbyte"),
        (5, ""),
        (None, ""),
        (["list"], ""),
        ("x" * (LONGEST_TEXT + 5), "x" * LONGEST_TEXT),
    ],
)
def test_a_text_is_whole_and_bounded(given_text: Any, kept: str) -> None:
    assert kept == say(text=given_text).text


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("\ud800.txt", "\ufffd.txt"),
        ("image/png\r\nX-Evil: 1", "image/png  X-Evil: 1"),
        ("a\0b\x07c", "abc"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        (7, None),
        ("", None),
    ],
)
def test_a_name_is_one_line_of_what_can_be_shown(given_name: Any, kept: str | None) -> None:
    assert kept == Attachment(kind=MediaKind.FILE, handle="F", mime=given_name).mime


def test_a_language_that_is_a_number_is_no_language() -> None:
    assert Person(id="1", language=7).language is None  # type: ignore[arg-type]


@pytest.mark.parametrize("size", ["5", -1, 2**63, True, 1.5])
def test_a_size_that_cannot_be_is_unknown(size: Any) -> None:
    assert Attachment(kind=MediaKind.FILE, handle="F", size=size).size is None


@pytest.mark.parametrize("time", [float("nan"), float("inf"), "noon", True])
def test_a_time_that_cannot_be_is_none(time: Any) -> None:
    assert 0.0 == say(sent_at=time).sent_at


def test_long_identifiers_stay_apart() -> None:
    one, other = (Place(adapter="h", chat="x" * 5000 + end) for end in "ab")

    assert one != other
    assert len(one.chat) <= LONGEST_ID
    assert Place(adapter="h", chat=7).chat == "7"  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [None, [], {}, 1.5, True, b"7"])
def test_who_and_where_must_be_known(wrong: Any) -> None:
    with pytest.raises(TypeError):
        Person(id=wrong)
    with pytest.raises(TypeError):
        Place(adapter="h", chat=wrong)
    with pytest.raises(TypeError):
        Rating(turn_key=wrong, liked=True)


def test_what_came_along_is_bounded() -> None:
    many = tuple(Attachment(kind=MediaKind.IMAGE, handle=str(number)) for number in range(MOST + 5))

    assert many[:MOST] == say(attachments=many).attachments
    assert MOST == len(say(reply_context={str(number): "x" for number in range(MOST + 5)}).reply_context)
    assert {"a": "b"} == say(reply_context={"a": "b", "c": 5, 6: "d"}).reply_context
