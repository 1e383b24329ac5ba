"""What a platform sends and nobody can read is confirmed, kept as a dead letter, and never keeps anybody waiting."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest_asyncio
from sqlalchemy import text

from bridge.store.admin import InboxAdmin
from bridge.store.database import open_database
from bridge.store.tables import TurnStatus
from tests.scenarios.harness import BridgeHarness

GARBLED: tuple[Mapping[str, Any], ...] = (
    {"message_id": 5, "chat": {"type": "private"}, "from": {}, "text": "lost"},
    {"message_id": "five", "date": 0, "chat": {"id": 7, "type": "private"}, "from": {"id": 7}, "text": 5},
    {"chat": 7, "from": {"id": 7}},
    {"message_id": 6, "date": 0, "chat": {"id": None, "type": "private"}, "from": {"id": [1]}, "text": "lost"},
)


async def dead(bridge: BridgeHarness) -> list[tuple[int, str | None]]:
    """The dead letters, oldest first, and why each is one."""
    async with open_database(bridge.database, alone=False) as database:
        entries = await InboxAdmin(database).entries(status=TurnStatus.DEAD)
    return [(entry.id, entry.reason) for entry in reversed(entries)]


async def bodies(bridge: BridgeHarness) -> list[str]:
    """What is kept of them."""
    async with open_database(bridge.database, alone=False) as database:
        rows = text("select message from inbox where status = 3 order by id")
        return list(await database.read(lambda connection: connection.scalars(rows).all()))


@pytest_asyncio.fixture(loop_scope="module")
async def bridge(tmp_path: Path, database_url: str) -> AsyncIterator[BridgeHarness]:
    """A bridge that runs."""
    async with BridgeHarness(tmp_path, database_url) as bridge:
        await bridge.start()
        yield bridge


async def test_it_is_kept_and_everybody_else_is_answered(bridge: BridgeHarness) -> None:
    ann = bridge.in_private("Ann")
    for garbled in GARBLED:
        bridge.telegram.update("message", dict(garbled))
    bridge.answers("hello", "Good morning.")
    ann.says("hello")
    await ann.reads("Good morning.")

    letters = [number for number, reason in await dead(bridge) if str(reason).startswith("unreadable: ")]
    kept = [json.loads(json.loads(body).get("unreadable") or "{}").get("message") for body in await bodies(bridge)]
    assert 2 <= len(letters)
    assert GARBLED[0] in kept, "as it came"
    assert GARBLED[2] in kept


async def test_it_is_tried_again_when_an_operator_says_so_and_only_then(bridge: BridgeHarness) -> None:
    """As an upgrade finds it: what no version could read then, this one can."""
    ann = bridge.in_private("Ann")
    bridge.telegram.update("message", dict(GARBLED[0]))
    bridge.answers("first", "One.")
    ann.says("first")
    await ann.reads("One.")
    [(number, _)] = await dead(bridge)
    bridge.answers("read at last", "Two.")
    update = {
        "update_id": 999_999,
        "message": {
            "message_id": 999_999,
            "date": 1_700_000_000,
            "chat": {"id": ann.person.id, "type": "private"},
            "from": {"id": ann.person.id, "is_bot": False, "first_name": "Ann", "language_code": "en"},
            "text": "read at last",
        },
    }
    async with open_database(bridge.database, alone=False) as database:
        stored = json.loads((await bodies(bridge))[0]) | {"unreadable": json.dumps(update)}
        mend = text("update inbox set message = :body where id = :number")
        values = {"body": json.dumps(stored), "number": number}
        await database.write(lambda connection: connection.execute(mend, values).rowcount)
        assert await InboxAdmin(database).retry(number)

    await ann.reads("One.", "Two.")
    assert [] == await dead(bridge)


async def test_what_still_cannot_be_read_is_dead_again(bridge: BridgeHarness) -> None:
    bridge.telegram.update("message", dict(GARBLED[0]))
    ann = bridge.in_private("Ann")
    bridge.answers("first", "One.")
    ann.says("first")
    await ann.reads("One.")
    [(number, _)] = await dead(bridge)
    async with open_database(bridge.database, alone=False) as database:
        assert await InboxAdmin(database).retry(number)
    bridge.answers("second", "Two.")
    ann.says("second")
    await ann.reads("One.", "Two.")
    await bridge.until(lambda: "turn.dead_lettered" in bridge.log)

    assert [(number, "Refused: unreadable: its adapter still cannot read it")] == await dead(bridge)
