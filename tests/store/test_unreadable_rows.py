"""A row that this version cannot read is dead alone, with its reason; all others are answered."""

import pytest
from sqlalchemy import text

from bridge.store.admin import InboxAdmin
from bridge.store.admission import Admission
from bridge.store.arrivals import Accepted

GARBLED = [
    ("message", "{not json", "unreadable: Inbound: json_invalid"),
    ("message", "{}", "unreadable: Inbound.dedupe_keys: missing"),
    ("message", "[" * 5000, "unreadable: Inbound: json_invalid"),
    ("message", None, "unreadable: Inbound: json_invalid"),
    ("stage", "pondering", "unreadable: ValueError"),
    ("parts", '[{"index": "first"}]', "unreadable: tuple[SentPart, ...].0.index: int_parsing"),
    ("follow_ups", "{}", "unreadable: tuple[str, ...]: tuple_type"),
]


@pytest.mark.parametrize("garbled", GARBLED)
async def test_it_is_put_aside_and_the_others_go_on(inbox, database, say, garbled):
    column, value, because = garbled
    for scope in ("garbled", "garbled", "fine"):
        await inbox.accept(say(scope), Admission.in_order(scope))
    spoil = text(f"update inbox set {column} = :value where id = 1")
    await database.write(lambda connection: connection.execute(spoil, {"value": value}) and None)

    assert ["fine"] == [turn.message.text for turn in await inbox.claim(10)]
    assert ["garbled"] == [turn.message.text for turn in await inbox.claim(10)], "what stood behind it"
    dead = await InboxAdmin(database).show(1)
    assert ("dead", because) == (dead.status, dead.reason)


async def test_a_word_of_a_newer_version_is_no_reason_to_stop(inbox, database, say):
    for scope in ("new", "old"):
        await inbox.accept(say(scope), Admission.in_order(scope))
    newer = text("""update inbox set message = replace(message, '"to_us"', '"to_all"') where id = 1""")
    await database.write(lambda connection: connection.execute(newer) and None)

    assert ["old"] == [turn.message.text for turn in await inbox.claim(10)]
    assert "unreadable: Inbound.address: enum" == (await InboxAdmin(database).show(1)).reason


async def test_a_garbled_row_keeps_nobody_from_being_heard(inbox, database, say):
    piece = say("one", batch="paste")
    await inbox.accept(piece, Admission.in_order("a"))
    await database.write(lambda connection: connection.execute(text("update inbox set message = '{'")) and None)

    assert Accepted.KEPT == await inbox.accept(say("two", batch="paste"), Admission.in_order("a"))


@pytest.mark.parametrize("garbled", ["half \ud800 a character", "NUL \0 in it"])
async def test_what_a_bot_or_an_error_says_can_be_stored(inbox, database, say, garbled):
    await inbox.accept(say(), Admission.in_order("a"))
    [turn] = await inbox.claim(1)
    await inbox.progress.record_answer(turn, answer=garbled, tokens=1, parts=())
    await inbox.postpone(turn, seconds=0, because=garbled)
    [turn] = await inbox.claim(1)
    await inbox.dead_letter(turn, because=garbled)

    assert "dead" == (await InboxAdmin(database).show(turn.id)).status


async def test_a_batch_is_bounded(inbox, database, say):
    for _ in range(30):
        await inbox.accept(say("x" * 9_000, batch="paste"), Admission.in_order("a"))
    lengths = text("select count(*), max(length(message)) from inbox")
    rows, longest = await database.read(lambda connection: connection.execute(lengths).one())

    assert 3 == rows
    assert longest < 102_000
