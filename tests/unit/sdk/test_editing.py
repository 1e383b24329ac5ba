"""A question that was said in several messages, and one of them changed."""

import pytest

from bridge.sdk.editing import changes_question, is_said_in, revised
from bridge.sdk.model import Address, Attachment, ChatType, Inbound, MediaKind, Person, Place

PHOTO = Attachment(kind=MediaKind.IMAGE, handle="p")
OTHER = Attachment(kind=MediaKind.IMAGE, handle="o")


def said(key: str, text: str, **more: object) -> Inbound:
    facts: dict[str, object] = {"dedupe_keys": (f"update:{key}", key), "sent_at": 1.0} | more
    return Inbound(
        where=Place(adapter="helpdesk", chat="1"),
        chat_type=ChatType.PRIVATE,
        author=Person(id="42"),
        text=text,
        address=Address.TO_US,
        **facts,  # type: ignore[arg-type]  # each a field of it
    )


def edit(key: str, text: str, **more: object) -> Inbound:
    return said("e", text, edits=key, sent_at=2.0, **more)


def test_a_single_message_says_what_it_says_now():
    now = revised(said("a", "one"), edit("a", "two"))

    assert ("two", (), 2.0, 1) == (now.text, now.attachments, now.sent_at, now.revision)


@pytest.mark.parametrize(
    ("had", "has", "shown"), [((PHOTO,), (), PHOTO), ((PHOTO,), (OTHER,), OTHER), ((), (OTHER,), OTHER)]
)
def test_its_files_are_the_new_ones_where_there_are_any(had, has, shown):
    now = revised(said("a", "one", attachments=had), edit("a", "two", attachments=has))

    assert ("two", (shown,)) == (now.text, now.attachments)


@pytest.mark.parametrize(
    ("key", "text", "whole"),
    [
        ("a", "ONE", "ONE\ntwo\nlines\nthree"),
        ("b", "TWO", "one\nTWO\nthree"),
        ("c", "", "one\ntwo\nlines\nthree"),
        ("d", "a longer three", "one\ntwo\nlines\na longer three"),
        ("c", "now a caption", "one\ntwo\nlines\nnow a caption\nthree"),
    ],
)
def test_of_several_one_is_changed(key, text, whole):
    batch = said("a", "one").merged_with(said("b", "two\nlines")).merged_with(said("c", "", attachments=(PHOTO,)))
    batch = batch.merged_with(said("d", "three"))
    now = revised(batch, edit(key, text))

    assert (whole, (PHOTO,)) == (now.text, now.attachments)
    assert "one\ntwo\nlines\nthree" == revised(now, edit(key, batch_text(key))).text


def batch_text(key: str) -> str:
    return {"a": "one", "b": "two\nlines", "c": "", "d": "three"}[key]


def test_every_message_of_a_batch_is_known_by_its_key():
    batch = said("a", "one").merged_with(said("b", "two"))

    assert [True, True, True, False] == [is_said_in(batch, key) for key in ("a", "b", "update:a", "c")]


@pytest.mark.parametrize(
    ("text", "sizes", "changed"),
    [
        ("one", (5, 5), False),
        ("one", (5, 6), True),
        ("one", (None, 6), False),
        ("one", (6, None), False),
        ("two", (5, 5), True),
    ],
)
def test_other_words_or_another_file_make_another_question(text, sizes, changed):
    before, after = (Attachment(kind=MediaKind.IMAGE, handle=f"h{size}", size=size) for size in sizes)

    assert changed is changes_question(said("a", "one", attachments=(before,)), said("a", text, attachments=(after,)))
