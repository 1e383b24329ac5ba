"""Pieces of one question that come by way of different processes, which know nothing of each other's."""

import pytest
from sqlalchemy import select

from bridge.sdk.model import Attachment, CommandName, Forward, MediaKind, Person, Quote
from bridge.store.admission import Admission
from bridge.store.batches import BATCH_WINDOW
from bridge.store.tables import inbox as messages

IN_ORDER = Admission.in_order("a")
LONG = "long " * 819
FORWARD = (Forward(origin="Digest", text="Lyon is a city."),)
PHOTO = (Attachment(kind=MediaKind.IMAGE, handle="photo"),)


async def claimed(inbox):
    """What is claimed of the queue, one question after the other."""
    questions = []
    while True:
        await inbox.retry_postponed_now()
        turns = await inbox.claim(10)
        if not turns:
            return questions
        questions += [turn.message for turn in turns]
        for turn in turns:
            await inbox.settle(turn)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"text": "", "forwards": FORWARD}, {"text": "is it?"}),
        ({"text": "", "forwards": FORWARD}, {"text": "", "forwards": FORWARD, "batch": "forward:2"}),
        ({"text": LONG}, {"text": "and so on"}),
        ({"text": LONG}, {"text": LONG, "batch": "paste:2"}),
        ({"text": "what is this?"}, {"text": "", "attachments": PHOTO}),
        ({"text": "", "attachments": PHOTO}, {"text": "what is this?"}),
    ],
)
async def test_what_goes_on_is_joined_when_the_first_is_claimed(inbox, rival, say, first, then):
    await inbox.accept(say(batch="first", **first), IN_ORDER)
    await rival.accept(say(**then), IN_ORDER)
    [question] = await claimed(inbox)

    assert question.text == "\n".join(filter(None, (first["text"], then["text"])))
    assert (*first.get("forwards", ()), *then.get("forwards", ())) == question.forwards
    assert (*first.get("attachments", ()), *then.get("attachments", ())) == question.attachments


async def test_many_pieces_are_one_question(inbox, rival, say):
    await inbox.accept(say("", batch="f", forwards=FORWARD), IN_ORDER)
    for piece in (say("", forwards=FORWARD, batch="g"), say("", forwards=FORWARD, batch="h"), say("are they?")):
        await rival.accept(piece, IN_ORDER)
    await rival.accept(say("thank you"), IN_ORDER)
    first, second = await claimed(inbox)

    assert (3, "are they?", 4) == (len(first.forwards), first.text, len(first.pieces))
    assert "thank you" == second.text


@pytest.mark.parametrize(
    "then",
    [
        {"author": Person(id="8")},
        {"sent_at": 9.0},
        {"command": CommandName.HELP},
        {"attachments": PHOTO},
        {"reply_context": {"press": "1"}},
    ],
)
async def test_what_does_not_go_on_is_another_question(inbox, rival, say, then):
    await inbox.accept(say("", batch="f", forwards=FORWARD), IN_ORDER)
    await rival.accept(say("by itself", **then), IN_ORDER)
    first, second = await claimed(inbox)

    assert ("", "by itself") == (first.text, second.text)


async def test_plain_words_are_two_questions(inbox, rival, say):
    """Whoever writes two of them has asked twice."""
    await inbox.accept(say("one"), IN_ORDER)
    await rival.accept(say("", attachments=PHOTO), IN_ORDER)

    assert ["one", ""] == [question.text for question in await claimed(inbox)]


@pytest.mark.parametrize(
    "said",
    [
        {"text": "one"},
        {"text": "word " * 900},
        {"text": "what is this?", "attachments": PHOTO},
        {"text": "", "attachments": PHOTO},
        {"text": "", "command": CommandName.NEW},
        {"text": "and so?", "quote": Quote(text="so it is")},
    ],
)
async def test_what_is_no_piece_is_due_at_once(database, inbox, say, said):
    await inbox.accept(say(**said), IN_ORDER)

    assert 0.0 == await wait_of_the_newest(database)


async def test_a_piece_is_due_when_no_other_can_come_any_more(database, inbox, say):
    await inbox.accept(say("", batch="f", forwards=FORWARD), IN_ORDER)

    assert BATCH_WINDOW == pytest.approx(await wait_of_the_newest(database))


async def wait_of_the_newest(database):
    """Seconds from the arrival of the newest message until it may be claimed."""
    wait = select(messages.c.due - messages.c.accepted_at).order_by(messages.c.id.desc()).limit(1)
    return await database.read(lambda connection: max(0.0, connection.scalar(wait)))


async def test_whoever_has_joined_them_may_die(inbox, rival, say):
    await inbox.accept(say("", batch="f", forwards=FORWARD), IN_ORDER)
    await rival.accept(say("is it?"), IN_ORDER)
    await inbox.retry_postponed_now()
    [turn] = await inbox.claim(10)
    await inbox.requeue_expired(alone=True)
    await rival.accept(say("thank you"), IN_ORDER)
    [again] = await rival.claim(10)

    assert "is it?" == turn.message.text
    assert turn.message == again.message
    assert 1 == await rival.queue_length("a")


async def test_what_waits_for_more_waits_on_where_nobody_could_hear_it(inbox, say):
    """A process has ended between two pieces; plain words are not kept back by that."""
    await inbox.accept(say("", batch="f", forwards=FORWARD), IN_ORDER)
    await inbox.accept(say("and you?"), Admission.in_order("b"))
    await inbox.retry_postponed_now()
    await inbox.batches.wait_on()

    assert ["and you?"] == [turn.message.text for turn in await inbox.claim(10)]
