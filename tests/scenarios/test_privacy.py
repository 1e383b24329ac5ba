"""What is kept about a person: told, handed out, erased; by themselves, where only they read it."""

import json

import pytest
import yaml

from tests.scenarios.dialogue import presses, tells
from tests.scenarios.harness import FIRST, BridgeHarness, SlackTalk, Talk

SECRET = "my cat is called Zanzibar"
ALONE = ("in_private", "in_dm")


def files(talk: Talk) -> list[bytes]:
    """What was posted as files there."""
    if isinstance(talk, SlackTalk):
        return [file.data for message in talk.said() for file in message.files]
    return [message.document.data for message in talk.said() if message.document]


@pytest.mark.parametrize("where", ALONE)
async def test_it_says_what_is_kept_and_for_how_long(shared_bridge: BridgeHarness, where: str) -> None:
    talk = shared_bridge.someone(where)
    said = await tells(talk, "privacy")

    assert "for 7 days after the answer" in said
    assert "400 days after you were last here" in said
    assert ["Give me all of it", "Erase it"] == talk.offers


async def test_what_it_says_follows_the_settings(bridge: BridgeHarness) -> None:
    settings = yaml.safe_load(bridge.config.read_text()) | {"privacy": {"keep_messages": "0s", "keep_people": "30d"}}
    bridge.config.write_text(yaml.safe_dump(settings))
    await bridge.start()
    said = await tells(bridge.in_private("Ann"), "privacy")

    assert "only until it is answered" in said
    assert "30 days after you were last here" in said
    assert "encrypted" not in said
    assert await bridge.terminate() == 0


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("in_group", "privacy"),
        ("in_thread", "privacy"),
        ("in_thread", "privacy export"),
        ("in_thread", "privacy forget yes"),
    ],
)
async def test_in_company_it_says_where_to_ask(shared_bridge: BridgeHarness, where: str, words: str) -> None:
    talk = shared_bridge.someone(where)

    assert "private chat" in await tells(talk, words)
    assert [] == talk.offers


@pytest.mark.parametrize("where", ALONE)
async def test_forgetting_is_confirmed_and_leaves_nothing(bridge: BridgeHarness, where: str) -> None:
    await bridge.start()
    talk, other = bridge.someone(where), bridge.someone(where, "Bob")
    for one in (talk, other):
        one.says(SECRET)
        await one.reads(f"You said: {SECRET}")
    await tells(talk, "privacy")
    asked = await presses(talk, "Erase it")
    kept = await presses(talk, "No, keep it")
    await presses(talk, "Erase it")
    done = await presses(talk, "Yes, erase it all")
    theirs, others = bridge.asked(SECRET)
    talk.says(FIRST)
    await talk.until(lambda: "You began with: nothing" in talk.answers)
    other.says(FIRST)
    await other.until(lambda: f"You began with: {SECRET}" in other.answers)

    assert "Shall I erase" in asked
    assert "Nothing was erased." == kept
    assert done.startswith("Done: all that was kept about you is erased.")
    assert theirs.conversation_id not in bridge.coze.conversations
    assert others.conversation_id in bridge.coze.conversations
    assert await bridge.terminate() == 0


@pytest.mark.parametrize("where", ALONE)
async def test_the_export_is_a_file_with_all_that_was_said(shared_bridge: BridgeHarness, where: str) -> None:
    talk = shared_bridge.someone(where)
    talk.says(f"{SECRET} {where}")
    await talk.reads(f"You said: {SECRET} {where}")
    talk.tells("/privacy export" if isinstance(talk, SlackTalk) else "privacy export")
    await talk.until(lambda: files(talk))
    [file] = files(talk)
    told = json.loads(file)

    assert any("as a file" in answer for answer in talk.answers)
    assert SECRET in told["messages"][0]["message"]["text"]
    assert 1 == len(told["sessions"])
