"""What is kept about one person is handed out, and erased: here, at Coze, and in every page of the file."""

import asyncio
import json
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from sqlalchemy import text

from bridge.cli.work import load_settings
from bridge.coze.build import open_bots
from bridge.engine.forgetting import forget_unseen
from bridge.store.database import open_database
from bridge.store.people import People
from bridge.store.retention import Retention
from tests.scenarios.harness import BridgeHarness, Talk

SECRET = "the zebra is called Ottokar"


def known_as(talk: Talk) -> str:
    """The person in the words of the command."""
    return f"helpdesk:{talk.person.id}"  # type: ignore[attr-defined]  # every talk has one


async def people(bridge: BridgeHarness, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command beside the daemon."""
    command = [sys.executable, "-m", "bridge", "people", words[0], "--config", str(bridge.config), *words[1:]]
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)


def traces(bridge: BridgeHarness, word: str) -> list[str]:
    """The files that still hold it."""
    return [path.name for path in Path(bridge.folder).glob("bridge.db*") if word.encode() in path.read_bytes()]


def modes(bridge: BridgeHarness) -> set[int]:
    """Who may read the database's files."""
    return {path.stat().st_mode & 0o777 for path in Path(bridge.folder).glob("bridge.db*")}


async def test_a_person_is_exported_and_then_forgotten_everywhere(bridge: BridgeHarness) -> None:
    await bridge.start()
    ann, bob = bridge.in_private("Ann"), bridge.in_private("Bob")
    for talk, words in ((ann, SECRET), (bob, "good day")):
        talk.says(words)
        await talk.reads(f"You said: {words}")
    conversations = {chat.question: chat.conversation_id for chat in bridge.coze.chats}
    await bridge.until(lambda: bridge.log.count("turn.answered") == 2)

    listed = await people(bridge, "list", "--json")
    assert {known_as(ann), known_as(bob)} == {f"{one['adapter']}:{one['person']}" for one in json.loads(listed.stdout)}
    exported = json.loads((await people(bridge, "export", known_as(ann))).stdout)
    assert [SECRET] == [message["message"]["text"] for message in exported["messages"]]
    assert [conversations[SECRET]] == [session["conversation_id"] for session in exported["sessions"]]
    assert traces(bridge, SECRET)
    assert {0o600} == modes(bridge), "the owner's alone"

    forgotten = await people(bridge, "forget", known_as(ann), "--yes")

    assert (0, f"{known_as(ann)}: forgotten\n") == (forgotten.returncode, forgotten.stdout), forgotten.stderr
    assert [] == traces(bridge, SECRET)
    assert 1 == len(bridge.coze.called("conversation.delete"))
    assert 1 == (await people(bridge, "export", known_as(ann))).returncode
    assert 0 == (await people(bridge, "export", known_as(bob))).returncode
    ann.says("again")
    await ann.reads(f"You said: {SECRET}", "You said: again")
    assert conversations[SECRET] not in {chat.conversation_id for chat in bridge.coze.chats if chat.question == "again"}


async def test_who_was_not_heard_of_for_long_is_forgotten_as_if_they_had_asked(bridge: BridgeHarness) -> None:
    """As the daemon does it once a minute; Bob, who was heard of, is left alone."""
    await bridge.start()
    ann, bob, kim = bridge.in_private("Ann"), bridge.in_private("Bob"), bridge.in_thread("Kim")
    for talk, words in ((ann, SECRET), (bob, "good day"), (kim, "in a thread")):
        talk.says(words)
        await talk.until(lambda talk=talk: talk.answers)
    conversations = {chat.question: chat.conversation_id for chat in bridge.coze.chats}
    await bridge.until(lambda: bridge.log.count("turn.answered") == 3)
    year = text("update sessions set used_at = used_at - 31536000 where conversation_id <> :kept")
    unseen = text("update people set seen_at = seen_at - 31536000 where person <> :bob")
    settings = load_settings(bridge.config)
    async with open_database(bridge.database, alone=False) as database, AsyncExitStack() as stack:
        kept = {"kept": conversations["good day"], "bob": str(bob.person.id)}
        for statement in (year, unseen):
            await database.write(lambda connection, it=statement: connection.execute(it, kept) and None)
        bots = await open_bots(stack, settings.coze, settings.bots)
        await forget_unseen(People(database), bots, Retention(database), 86400.0)
        remaining = [person.person for person in await People(database).search()]

    assert [str(bob.person.id)] == remaining
    assert 2 == len(bridge.coze.called("conversation.delete"))
    assert {conversations["good day"]} == {one for one in bridge.coze.conversations if one in conversations.values()}


async def test_while_coze_is_away_nothing_is_erased(bridge: BridgeHarness) -> None:
    await bridge.start()
    ann = bridge.in_private("Ann")
    ann.says(SECRET)
    await ann.reads(f"You said: {SECRET}")
    bridge.coze.faults.add("conversation.delete", status=503, times=50)

    refused = await people(bridge, "forget", known_as(ann), "--yes")

    assert 1 == refused.returncode
    assert 0 == (await people(bridge, "export", known_as(ann))).returncode


async def test_nobody_is_erased_by_mistake(bridge: BridgeHarness) -> None:
    await bridge.start()

    assert 2 == (await people(bridge, "forget", "helpdesk", "--yes")).returncode
    assert 1 == (await people(bridge, "forget", "helpdesk:999", "--yes")).returncode
