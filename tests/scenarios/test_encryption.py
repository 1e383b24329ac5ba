"""Where a key is set no word that was said can be read in the database, and everything goes on: crashes, commands, new keys."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest_asyncio
import yaml
from cryptography.fernet import Fernet

from tests.scenarios.harness import BridgeHarness

SECRET = "the zebra is called Ottokar"
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@pytest_asyncio.fixture(loop_scope="module")
async def bridge(tmp_path: Path, database_url: str) -> AsyncIterator[BridgeHarness]:
    """A bridge that encrypts, on each kind of database, not started yet."""
    worker = {"lease": "3s"}  # after which another start takes what the killed one had
    async with BridgeHarness(tmp_path, database_url, privacy={"encryption_key": OLD}, worker=worker) as bridge:
        yield bridge


def contents(bridge: BridgeHarness) -> bytes:
    """All that the database holds: its files, or every row of every table."""
    if bridge.database.startswith("sqlite"):
        return b"".join(path.read_bytes() for path in sorted(Path(bridge.folder).glob("bridge.db*")))
    tables = "select table_name from information_schema.tables where table_schema = 'public'"
    with psycopg.connect(bridge.database) as connection:
        names = [name for (name,) in connection.execute(tables)]
        rows = [connection.execute(f'select * from "{name}"'.encode()).fetchall() for name in names]
    return str(rows).encode()


async def command(bridge: BridgeHarness, *words: str) -> str:
    """What a command beside the daemon prints."""
    called = [sys.executable, "-m", "bridge", *words[:2], "--config", str(bridge.config), *words[2:]]
    done = await asyncio.to_thread(subprocess.run, called, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout


async def test_no_word_stands_in_the_database_and_every_command_works(bridge: BridgeHarness) -> None:
    await bridge.start()
    ann = bridge.in_private("Ann")
    bridge.telegram.update("message", {"chat": 7, "from": {"id": 7}, "text": f"{SECRET} unread"})
    ann.says(SECRET)
    await ann.reads(f"You said: {SECRET}")
    await bridge.until(lambda: "turn.answered" in bridge.log)
    person = f"helpdesk:{ann.person.id}"

    assert b"Ottokar" not in contents(bridge)
    assert b"sealed:" in contents(bridge)
    exported = json.loads(await command(bridge, "people", "export", person))
    assert [SECRET] == [message["message"]["text"] for message in exported["messages"]]
    [letter] = json.loads(await command(bridge, "inbox", "list", "--json"))
    assert ("dead", "unreadable: ") == (letter["status"], letter["reason"][:12])
    assert letter == json.loads(await command(bridge, "inbox", "show", str(letter["id"]))) | {"age": letter["age"]}
    assert 1 == len(json.loads(await command(bridge, "sessions", "list", "--json")))
    assert await bridge.terminate() == 0
    assert b"Ottokar" not in contents(bridge)


async def test_an_answer_cut_off_under_the_old_key_goes_on_under_the_new_one(bridge: BridgeHarness) -> None:
    await bridge.start()
    ann = bridge.in_private("Ann")
    await bridge.half_said(ann, question=SECRET, pause="dark")
    await bridge.kill()
    settings = yaml.safe_load(bridge.config.read_text()) | {"privacy": {"encryption_key": f"{NEW}, {OLD}"}}
    bridge.config.write_text(yaml.safe_dump(settings))
    await bridge.start()
    bridge.coze.go("dark 2")
    await ann.reads("So far, so good, and so on to the end.")
    assert await bridge.terminate() == 0

    assert 1 == len(bridge.asked(SECRET))
    assert b"Ottokar" not in contents(bridge)


async def test_a_key_that_is_set_while_people_talk_holds_from_then_on(bridge: BridgeHarness) -> None:
    await bridge.start()
    settings = yaml.safe_load(bridge.config.read_text()) | {"privacy": {"encryption_key": NEW}}
    bridge.config.write_text(yaml.safe_dump(settings))
    await bridge.until(lambda: "config.reloaded" in bridge.log)
    ann = bridge.in_private("Ann")
    ann.says(SECRET)
    await ann.reads(f"You said: {SECRET}")
    await bridge.until(lambda: "turn.answered" in bridge.log)
    assert await bridge.terminate() == 0
    exported = json.loads(await command(bridge, "people", "export", f"helpdesk:{ann.person.id}"))

    assert [SECRET] == [message["message"]["text"] for message in exported["messages"]]
