"""Which messages are pieces of a text that was too long for one."""

from dataclasses import replace

import pytest

from adapters.telegram.long_messages import LongMessageJoiner
from adapters.telegram.normalise import normalise
from tests.unit.adapters.telegram.test_normalise import GROUP, ME, update

LONG = "long " * 818


def said(text, number, at=0, **fields):
    message = update(text, message_id=number, date=1_700_000_000 + at, **fields)
    heard = normalise(message | {"update_id": number}, adapter="helpdesk", me=ME)
    assert heard is not None
    return heard


def batches(*messages):
    joiner = LongMessageJoiner()
    return [joiner.with_batch(message).batch for message in messages]


def test_what_follows_a_long_text_at_once_is_its_next_piece():
    paste = "paste:123456:message:42:1"

    assert [paste, paste, paste, None] == batches(
        said(LONG, 1), said(LONG, 2, at=1), said("the end", 3, at=2), said("And now?", 4, at=2)
    )


def test_a_text_of_usual_length_begins_nothing():
    assert [None, None] == batches(said("hello", 1), said("there", 2))


def test_what_comes_later_is_another_message():
    assert [None] == batches(said(LONG, 1), said("hello", 2, at=3))[1:]


@pytest.mark.parametrize("chat", [{"id": 43, "type": "private"}, GROUP])
def test_what_is_said_elsewhere_is_another_message(chat):
    assert [None] == batches(said(LONG, 1), said("hello", 2, chat=chat))[1:]


def test_a_command_or_a_file_is_another_message():
    file = {"document": {"file_id": "F"}}

    assert [None] == batches(said(LONG, 1), said("/new", 2))[1:]
    assert [None] == batches(said(LONG, 1), said(None, 2, **file))[1:]


def test_an_album_keeps_its_own_name():
    picture = replace(said("caption", 2), batch="album:7")

    assert ["album:7"] == batches(said(LONG, 1), picture)[1:]


def test_nobody_is_remembered_for_long():
    joiner = LongMessageJoiner()
    for number in range(1, 101):
        joiner.with_batch(said(LONG, number, at=number, chat={"id": number, "type": "private"}))

    assert 3 == len(joiner._open)
