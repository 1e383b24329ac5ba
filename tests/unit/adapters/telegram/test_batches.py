"""Which messages are pieces of one question."""

import pytest

from adapters.telegram.batches import BatchJoiner
from adapters.telegram.normalise import normalise
from bridge.sdk.model import Address
from tests.unit.adapters.telegram.test_normalise import GROUP, ME, update

LONG = "long " * 818


def said(text, number, at=0, **fields):
    message = update(text, message_id=number, date=1_700_000_000 + at, **fields)
    heard = normalise(message | {"update_id": number}, adapter="helpdesk", me=ME)
    assert heard is not None
    return heard


def batches(*messages):
    """Their batches, each message delivered by itself."""
    joiner = BatchJoiner()
    return [piece.batch for message in messages for piece in joiner.joined([message])]


def together(*messages):
    """Their batches, delivered at once."""
    return [piece.batch for piece in BatchJoiner().joined(messages)]


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
    picture = said(None, 2, caption="look", photo=[{"file_id": "p"}], media_group_id="7")

    assert ["album:7"] == batches(said(LONG, 1), picture)[1:]


def test_nobody_is_remembered_for_long():
    joiner = BatchJoiner()
    for number in range(1, 101):
        joiner.joined([said(LONG, number, at=number, chat={"id": number, "type": "private"})])

    assert 3 == len(joiner._open)


PHOTO = {"photo": [{"file_id": "p"}]}
FORWARD = {"forward_origin": {"type": "hidden_user", "sender_user_name": "Digest"}}


def one(pieces):
    """Whether they are all pieces of one question."""
    return len(set(pieces)) == 1 and pieces[0] is not None


class TestForwards:
    def test_that_come_one_by_one_are_one_question(self):
        assert one(batches(*(said("words", number, **FORWARD) for number in range(1, 5))))

    def test_wait_for_the_comment_and_come_behind_it(self):
        assert one(batches(said("words", 1, **FORWARD), said("is that so?", 2, at=1)))
        assert one(together(said("is that so?", 1), said("words", 2, **FORWARD), said("more", 3, **FORWARD)))

    def test_take_an_album_along(self):
        assert one(
            batches(
                said("words", 1, **FORWARD),
                said(None, 2, media_group_id="7", **PHOTO, **FORWARD),
                said(None, 3, media_group_id="7", **PHOTO, **FORWARD),
                said("what are these?", 4),
            )
        )

    def test_have_one_comment(self):
        comments = said("so?", 1), said("words", 2, **FORWARD), said("And now?", 3)

        assert one((pieces := together(*comments))[:2])
        assert pieces[2] is None

    def test_of_another_minute_are_another_question(self):
        first, second = batches(said("words", 1, **FORWARD), said("words", 2, at=60, **FORWARD))

        assert first != second


class TestTextAndPhoto:
    def test_of_one_delivery_are_one_question_in_either_order(self):
        text, photo = said("what is this?", 1), said(None, 2, **PHOTO)

        assert one(together(text, photo))
        assert one(together(photo, text))
        assert one(together(text, photo, said(None, 3, **PHOTO)))

    def test_of_two_deliveries_wait_for_nothing(self):
        assert [None, None] == batches(said("what is this?", 1), said(None, 2, **PHOTO))

    def test_text_joins_the_album_it_comes_with(self):
        album = [said(None, number, media_group_id="7", **PHOTO) for number in (2, 3)]

        assert ["album:7"] * 3 == together(said("what are these?", 1), *album)

    def test_a_caption_says_it_all(self):
        assert [None, None] == together(said("hello", 1), said(None, 2, caption="what is this?", **PHOTO))

    def test_of_different_people_are_apart(self):
        bob = {"from": {"id": 43, "first_name": "Bob"}}

        assert [None, None] == together(said("what?", 1, chat=GROUP), said(None, 2, chat=GROUP, **PHOTO, **bob))

    def test_plain_texts_are_apart(self):
        assert [None, None, None] == together(said("one", 1), said("two", 2), said("/stop", 3))


class TestAlbumInAGroup:
    """Its caption names the bot, and may stand below any of its photos."""

    CAPTION = "@testbot what are these?"

    def album(self):
        mention = {"type": "mention", "offset": 0, "length": 8}
        plain = {"chat": GROUP, "media_group_id": "7"} | PHOTO
        return [
            said(None, 1, **plain),
            said(None, 2, caption=self.CAPTION, caption_entities=[mention], **plain),
            said(None, 3, **plain),
        ]

    def test_is_said_to_us_as_a_whole(self):
        heard = BatchJoiner().joined(self.album())

        assert [Address.TO_US] * 3 == [piece.address for piece in heard]

    def test_is_whole_when_each_photo_is_delivered_by_itself(self):
        joiner = BatchJoiner()
        heard = [piece for message in self.album() for piece in joiner.joined([message])]

        to_us = [piece.dedupe_keys[-1][-1] for piece in heard if piece.address is Address.TO_US]
        assert ["1", "2"] == to_us

    def test_of_others_is_not_remembered_for_long(self):
        joiner = BatchJoiner()
        for number in range(1, 101):
            joiner.joined([said(None, number, at=number, chat=GROUP, media_group_id=str(number), **PHOTO)])

        assert 3 == len(joiner._overheard)

    def test_of_others_however_long_it_goes_on_is_remembered_in_part(self):
        joiner = BatchJoiner()
        for number in range(1, 301):
            joiner.joined([said(None, number, chat=GROUP, media_group_id="7", **PHOTO)])

        assert [100] == [len(pieces) for pieces in joiner._overheard.values()]
