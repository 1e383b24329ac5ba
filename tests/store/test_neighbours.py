"""What else we have said in a chat, for whoever looks for a message of unknown fate there; on both databases."""

from dataclasses import replace

import pytest

from bridge.sdk.answers import SentPart
from bridge.sdk.model import Attachment, CommandName, MediaKind, Rating, Ref
from bridge.store.admission import Admission


async def begun(inbox, message, scope):
    """The turn of *message*, which nobody has answered yet."""
    await inbox.accept(message, Admission.in_order(scope))
    [turn] = await inbox.claim(1)
    return turn


async def answered(inbox, message, scope, *parts):
    turn = await begun(inbox, message, scope)
    await inbox.settle(turn, parts=parts)


def sent(ref, index=0):
    return SentPart(index=index, ref=Ref(ref), digest="d")


async def test_who_is_alone_there_has_no_neighbours(inbox, say):
    assert {} == await inbox.past.beside(await begun(inbox, say(), "a"))


async def test_what_others_were_answered_there_since_is_known(inbox, say):
    turn = await begun(inbox, say(), "a")
    await answered(inbox, say(), "b", sent("7"), sent("8", 1), SentPart(index=1000, digest="sent"))
    await inbox.accept(say("waits"), Admission.in_order("b"))

    assert {turn.message.where.chat: {"7", "8"}} == await inbox.past.beside(turn)


async def test_what_grows_there_is_known_once_its_message_is(inbox, say):
    turn = await begun(inbox, say(), "a")
    other = await begun(inbox, say(), "b")
    await inbox.progress.record_parts(other, [SentPart(index=0)])
    assert await inbox.past.beside(turn) is None, "it may stand, and nobody knows where"

    await inbox.progress.record_parts(other, [SentPart(index=0, ref=Ref("7"))])

    assert {turn.message.where.chat: {"7"}} == await inbox.past.beside(turn)


async def test_of_other_chats_nothing_needs_to_be_known(inbox, say):
    turn = await begun(inbox, say(), "a")
    message = say()
    elsewhere = replace(message, where=replace(message.where, chat="elsewhere"))
    other = await begun(inbox, elsewhere, "b")
    await inbox.progress.record_parts(other, [SentPart(index=0)])

    assert {} == await inbox.past.beside(turn)


async def test_what_stands_in_other_chats_is_told_by_chat(inbox, say):
    turn = await begun(inbox, say(), "a")
    message = say()
    for chat, ref in (("one", "7"), ("two", "7"), ("one", "8")):
        await answered(inbox, replace(say(), where=replace(message.where, chat=chat)), chat, sent(ref))

    assert {"one": {"7", "8"}, "two": {"7"}} == await inbox.past.beside(turn)


async def test_what_was_over_before_does_not_matter(inbox, say):
    await answered(inbox, say(command=CommandName.HELP), "b")
    turn = await begun(inbox, say(), "a")

    assert {} == await inbox.past.beside(turn)


@pytest.mark.parametrize(
    "kind",
    [
        {"command": CommandName.HELP},
        {"attachments": (Attachment(kind=MediaKind.FILE, handle="f"),)},
        {},
    ],
    ids=["a command", "a file", "a word instead of an answer"],
)
async def test_words_of_the_bridges_own_are_written_down_nowhere(inbox, say, kind):
    turn = await begun(inbox, say(), "a")
    await answered(inbox, say(**kind), "b")

    assert await inbox.past.beside(turn) is None


async def test_who_heard_of_trouble_or_of_its_end_has_a_message_that_nobody_knows(inbox, say):
    turn = await begun(inbox, say(), "a")
    other = await begun(inbox, say(), "b")
    await inbox.progress.record_failure_notice(other)
    assert await inbox.past.beside(turn) is None

    await inbox.dead_letter(other, because="no")

    assert await inbox.past.beside(turn) is None


async def test_a_thumb_says_nothing(inbox, say):
    turn = await begun(inbox, say(), "a")
    await answered(inbox, say(rating=Rating(turn_key="turn-1", liked=True)), "b")

    assert {} == await inbox.past.beside(turn)
