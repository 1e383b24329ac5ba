"""A chat that goes on under another id, on SQLite and on PostgreSQL."""

from dataclasses import replace

import pytest

from bridge.sdk.model import Place
from bridge.store.admission import Admission
from bridge.store.migration import Migration
from bridge.store.sessions import Sessions

OLD, NEW = Place(adapter="helpdesk", chat="-5"), Place(adapter="helpdesk", chat="-1005")
ALL = ("chat/helpdesk//-5", "chat/helpdesk//-1005")
MIGRATION = Migration(
    old=OLD, new=NEW, scopes=dict([ALL]), beginning=("person/helpdesk//-5/", "person/helpdesk//-1005/")
)
ANN, ANN_THERE = "person/helpdesk//-5/42", "person/helpdesk//-1005/42"


async def remembered(inbox, say, scope, conversation):
    await inbox.accept(say(chat="-5"), Admission.in_order(scope))
    [claimed] = await inbox.claim(1)
    await inbox.progress.record_asking(claimed, bot="assistant", conversation_id=conversation)
    await inbox.settle(claimed)


async def memories(database):
    return {session.scope: session.conversation_id for session in await Sessions(database).search()}


async def test_takes_every_memory_along(database, inbox, say):
    for scope, conversation in ((ANN, "ann"), (ALL[0], "all"), ("person/helpdesk//-55/42", "elsewhere")):
        await remembered(inbox, say, scope, conversation)

    assert 2 == await inbox.follow_migration(MIGRATION)
    assert 0 == await inbox.follow_migration(MIGRATION)
    assert {ANN_THERE: "ann", ALL[1]: "all", "person/helpdesk//-55/42": "elsewhere"} == await memories(database)


async def test_leaves_a_memory_that_was_begun_there(database, inbox, say):
    await remembered(inbox, say, ANN, "old")
    await remembered(inbox, say, ANN_THERE, "new")
    await inbox.follow_migration(MIGRATION)

    assert "new" == (await memories(database))[ANN_THERE]


async def test_a_memory_that_opens_meanwhile_is_found_there_from_the_next_question_on(database, inbox, say):
    await inbox.accept(say(chat="-5"), Admission.in_order(ANN))
    [claimed] = await inbox.claim(1)
    await inbox.follow_migration(MIGRATION)
    await inbox.progress.record_asking(claimed, bot="assistant", conversation_id="ann")
    await inbox.settle(claimed)
    await inbox.accept(say(chat="-1005"), Admission.in_order(ANN_THERE))
    [claimed] = await inbox.claim(1)
    await inbox.progress.record_asking(claimed, bot="assistant", conversation_id="ann")

    assert [(ANN_THERE, str(NEW))] == [(one.scope, one.place) for one in await Sessions(database).search()]


@pytest.mark.parametrize("admission", [Admission.in_order(ANN), Admission.past_answers(ANN)])
async def test_answers_there_what_waits(inbox, say, admission):
    said = say("hello?", chat="-5", reply_context={"message_id": "7"})
    await inbox.accept(said, admission)
    await inbox.follow_migration(MIGRATION)
    [claimed] = await inbox.claim(9)

    assert (ANN_THERE, admission.queue_key.replace("-5", "-1005")) == (claimed.scope, claimed.queue_key)
    assert replace(said, where=NEW, reply_context={}, former_chat="-5") == claimed.message
