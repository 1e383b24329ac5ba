"""Who may not talk here is refused before anything is kept, whatever they do."""

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import yaml

from simulators.coze import BOT
from simulators.slack.model import Params
from tests.scenarios.harness import WHOLE, BridgeHarness, SlackThread, Talk
from tests.scenarios.test_feedback import DOWN, UP, answered, ratings
from tests.scenarios.test_slack_surfaces import ASK, form

SORRY = "Sorry, you may not use this bot here."


def refuse(bridge: BridgeHarness, trolls: Iterable[Talk], **sections: object) -> None:
    """Let everybody in but the *trolls*; before the start."""
    names = [f"{talk.address['adapter']}:{talk.person.id}" for talk in trolls]  # type: ignore[attr-defined]  # each has one
    rule = {"not": {"people": names}}
    settings = yaml.safe_load(bridge.config.read_text()) | sections
    bridge.config.write_text(yaml.safe_dump(settings | {"access": {"private": rule, "groups": rule}}))


def people_known(folder: Path) -> set[str]:
    """Everybody of whom the database has a row, in any of its tables."""
    with sqlite3.connect(folder / "bridge.db") as database:
        return {person for (person,) in database.execute("SELECT person FROM inbox UNION SELECT person FROM people")}


async def test_an_outsider_leaves_no_trace_and_hears_of_it_once(bridge: BridgeHarness) -> None:
    eve, ann = bridge.in_private("Eve"), bridge.in_private("Ann")
    direct, thread = bridge.in_dm("Eve"), bridge.in_thread("Eve")
    refuse(bridge, [eve, direct, thread])
    await bridge.start()
    for talk in (eve, direct):
        for word in ("hello", "open up", "please"):
            talk.says(word)
    eve.tells("start")
    eve.tells("status")
    thread.says("hello")
    thread.says("and in the thread")
    for word in ("hello", "help"):
        bridge.slack.command(thread.person, "/coze", word, thread.channel)
    await bridge.until(lambda: bridge.slack.ephemerals)
    await eve.reads(SORRY)
    await direct.reads(SORRY)
    ann.says("hello")
    await ann.reads("You said: hello")
    bob = bridge.in_dm("Bob")
    bob.says("hello")
    await bob.reads("You said: hello")
    assert await bridge.terminate() == 0

    assert [SORRY] == eve.answers == direct.answers
    assert [] == thread.answers
    assert [SORRY] == [whispered.text for whispered in bridge.slack.ephemerals]
    assert {str(ann.person.id), bob.person.id} == people_known(bridge.folder)
    assert 2 == len(bridge.coze.chats)


async def test_an_outsider_stops_nobodys_answer_and_rates_none(bridge: BridgeHarness) -> None:
    ann = bridge.in_group("Ann")
    eve = bridge.in_group("Eve", ann.chat)
    assistant = {"coze": "main", "bot_id": BOT, "feedback": True}
    rules = {"busy": "interrupt", "memory": "chat"}
    refuse(bridge, [eve], bots={"assistant": assistant}, defaults=rules)
    await bridge.start()
    await answered(bridge, ann, "what?")
    eve.presses(UP)
    eve.presses("And now?")
    await bridge.half_said(ann, question="and?", pause="group")
    eve.says("stop that")
    eve.tells("stop")
    eve.tells("new")
    dan = bridge.in_private("Dan")
    dan.says("hello")  # Telegram's updates come in order
    await dan.reads("You said: hello")
    bridge.coze.go("group 2")
    await ann.until(lambda: WHOLE in ann.answers)

    assert WHOLE in ann.answers
    assert [] == bridge.asked("stop that") == bridge.asked("And now?")
    assert [] == ratings(bridge, "what?")
    assert await bridge.terminate() == 0
    assert str(eve.person.id) not in people_known(bridge.folder)


async def test_an_outsider_who_presses_stop_on_slack_stops_nothing(bridge: BridgeHarness) -> None:
    bob = bridge.in_thread("Bob")
    mallory = bridge.in_thread("Mallory", bob.channel)
    refuse(bridge, [mallory])
    await bridge.start()
    await bridge.half_said(bob, question="and?", pause="thread")
    presses_stop(bridge, mallory.person.id, bob)
    await bridge.slack.settled()
    bridge.coze.go("thread 2")
    await bob.reads(WHOLE)

    assert await bridge.terminate() == 0


async def test_the_admins_sentence_is_said_instead(bridge: BridgeHarness) -> None:
    settings = yaml.safe_load(bridge.config.read_text())
    access = {"private": "nobody", "stranger": "Ask Ann to let you in."}
    bridge.config.write_text(yaml.safe_dump(settings | {"access": access}))
    await bridge.start()
    eve = bridge.in_private("Eve")
    eve.says("hello")
    await eve.reads("Ask Ann to let you in.")
    assert await bridge.terminate() == 0


async def access(bridge: BridgeHarness, verb: str, *words: str) -> str:
    """What the command says, run beside the daemon."""
    command = [sys.executable, "-m", "bridge", "access", verb, *words, "--config", str(bridge.config)]
    told = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert 0 == told.returncode, told.stderr
    return told.stdout


async def test_a_stranger_is_let_in_by_their_code_and_hears_of_it(bridge: BridgeHarness) -> None:
    settings = yaml.safe_load(bridge.config.read_text())
    bridge.config.write_text(yaml.safe_dump(settings | {"access": {"private": "pairing"}}))
    await bridge.start()
    talks = [bridge.in_private("Ann"), bridge.in_dm("Bob")]
    for talk in talks:
        talk.says("hello")
        talk.says("please")
        [sentence] = await talk.gets(1)
        [code] = re.findall(r"\b[A-Z2-9]{8}\b", sentence)
        await access(bridge, "approve", code)
        await talk.until(lambda: len(talk.answers) == 2)  # noqa: B023 - awaited at once
        talk.says("hello again")
        *_, news, answer = await talk.gets(3)

        assert ("You have been let in. What shall we talk about?", "You said: hello again") == (news, answer)
    assert 2 == len(bridge.coze.chats)

    bob = f"acme:{talks[1].person.id}"  # type: ignore[attr-defined]  # each has one
    assert {"code", "is_let_in", "person"} == {
        key for one in json.loads(await access(bridge, "list", "--json")) for key in one
    }
    assert f"{bob}: shut out\n" == await access(bridge, "revoke", bob)
    assert bob not in await access(bridge, "list")
    talks[1].says("and now?")
    await bridge.slack.settled()
    talks[0].says("I am in?")
    assert "You said: I am in?" == (await talks[0].gets(4))[-1]
    assert await bridge.terminate() == 0
    assert [] == bridge.asked("and now?")


async def test_an_admin_lets_a_stranger_in_from_a_chat_and_nobody_else_does(bridge: BridgeHarness) -> None:
    ann, bob, eve = bridge.in_private("Ann"), bridge.in_dm("Bob"), bridge.in_private("Eve")
    settings = yaml.safe_load(bridge.config.read_text())
    access = {"private": "pairing", "admins": [f"helpdesk:{ann.person.id}"]}
    bridge.config.write_text(yaml.safe_dump(settings | {"access": access}))
    await bridge.start()
    bob.says("hello")
    eve.says("hello")
    (for_bob,), (for_eve,) = await bob.gets(1), await eve.gets(1)
    [code] = re.findall(r"\b[A-Z2-9]{8}\b", for_bob)
    eve.says(f"/approve {code}")
    ann.says("/approve NONSENSE")
    await ann.until(lambda: len(ann.answers) == 1)
    ann.says(f"/approve {code.lower()}")
    *_, done = await ann.gets(2)
    await bob.until(lambda: len(bob.answers) == 2)

    assert done.endswith("is let in now, and hears of it.")
    assert [for_eve] == eve.answers
    assert await bridge.terminate() == 0


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with sqlite3.connect(folder / "bridge.db") as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: sorted(database.execute(f'SELECT * FROM "{name}"'), key=str) for name in names}
    database.close()
    return found


def tries_everything_on_telegram(bridge: BridgeHarness, eve: Talk, chat: int, answer: int) -> None:
    """In a group, below somebody else's answer."""
    telegram, person = bridge.telegram, eve.person  # type: ignore[attr-defined]  # each has one
    eve.says("a mention")
    telegram.says(person, "a reply", chat, reply_to=answer)
    for word in ("stop", "new", "retry", "status", "privacy", "link", "bot", "start"):
        eve.tells(word)
    for offer in ("And now?", UP, DOWN):
        eve.presses(offer)
    for caption in (telegram.mention("an album"), ""):
        telegram.says(person, caption=caption, chat=chat, photo=b"\x89PNG\r\n\x1a\n", media_group_id="7")
    eve.edits("a mention, edited")


async def tries_everything_on_slack(bridge: BridgeHarness, eve: Talk, bob: SlackThread, form: Params) -> None:
    """In a channel, below the answer of *bob*; with a *form* that somebody else was shown."""
    slack, person, channel, thread = bridge.slack, eve.person, bob.channel, bob.root  # type: ignore[attr-defined]  # as above
    eve.says("a mention")
    slack.says(person, "in the thread", channel, thread)
    slack.says(person, slack.mention("a mention in it"), channel, thread)
    for word in ("stop", "new", "retry", "status", "privacy", "link", "a question"):
        slack.command(person, "/coze", word, channel)
    for message, _, button in bob.buttons():
        slack.presses(person, message.ts, *button)
    album = [slack.file(person, name, b"\x89PNG\r\n\x1a\n") for name in ("a.png", "b.png")]
    slack.says(person, slack.mention("with files"), channel, files=album)
    slack.says(person, "", channel, thread, files=album[:1])
    eve.edits("a mention, edited")
    slack.opens_home(person)
    slack.shortcut(person, bob.ids[-1], ASK)
    slack.submits(person, form, "a question about a message")
    presses_stop(bridge, person.id, bob)
    await slack.settled()


def presses_stop(bridge: BridgeHarness, person: str, bob: SlackThread) -> None:
    """Have Slack tell that *person* has pressed Stop on the newest answer of *bob*."""
    event = {"type": "agent_session_stopped", "channel": bob.channel, "thread_ts": bob.root, "user": person}
    stamp = bridge.slack.world.stamp()
    bridge.slack.emit(event | {"streaming_message_ts": [bob.ids[-1]], "event_ts": stamp})


async def test_whatever_an_outsider_tries_the_database_is_as_before(bridge: BridgeHarness) -> None:
    ann, bob = bridge.in_group("Ann"), bridge.in_thread("Bob")
    eve, mallory = bridge.in_group("Eve", ann.chat), bridge.in_thread("Mallory", bob.channel)
    refuse(bridge, [eve, mallory], bots={"assistant": {"coze": "main", "bot_id": BOT, "feedback": True}})
    await bridge.start()
    for talk, question in ((ann, "what?"), (bob, "why?")):
        await answered(bridge, talk, question)
    opened = await form(bridge, bob.person, bob.ids[-1])
    await bridge.until(lambda: {2} == {row[5] for row in rows(bridge.folder)["inbox"]})
    before, chats, said = rows(bridge.folder), len(bridge.coze.chats), (ann.answers, bob.answers)

    tries_everything_on_telegram(bridge, eve, ann.chat, int(ann.ids[-1]))
    await tries_everything_on_slack(bridge, mallory, bob, opened)
    await bridge.until(lambda: not bridge.telegram.pending())

    assert before == rows(bridge.folder)
    assert chats == len(bridge.coze.chats)
    assert said == (ann.answers, bob.answers)
    assert [opened] == bridge.slack.modals
    assert await bridge.terminate() == 0
