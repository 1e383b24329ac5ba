"""What `explain` says of a message is what the running daemon does about it, on both platforms."""

import asyncio
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bridge.cli.work import load_settings
from bridge.routing.explanation import Explanation, explain, question
from simulators.coze import BOT
from tests.scenarios.harness import BridgeHarness, SlackTalk, Talk

CODER, REPORTER = "7379462189365190001", "7379462189365190002"
NUMBERED = {BOT: "assistant", CODER: "coder", REPORTER: "reporter"}
WORDS = ("report:", "secret", "noise", "the bill", "hello")
CLOSED = "We are closed today."
FEW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something that somebody says, and where."""

    text: str
    talk: Talk
    language: str

    @property
    def facts(self) -> dict[str, str]:
        """It, as one asks `explain` about it."""
        person: Any = self.talk.person  # type: ignore[attr-defined]  # every talk has one
        slack = isinstance(self.talk, SlackTalk)
        facts = self.talk.address | {"say": self.text, "from": str(person.id), "language": self.language}
        facts |= {"workspace": "T0SIM"} if slack else {}
        chat = facts["chat"]
        alone = chat.startswith("D") if slack else not chat.startswith("-")
        return facts | {"chat_type": "private" if alone else "channel" if slack else "group"}


def config(staff: list[Talk], trolls: list[Talk], busy: Talk) -> dict[str, object]:
    """Rules of every kind."""
    named = [[f"{one.address['adapter']}:{one.person.id}" for one in group] for group in (staff, trolls)]  # type: ignore[attr-defined]
    everyone_else = {"not": {"people": ["trolls"]}}
    begins = {word: {"text": {"starts_with": word}} for word in WORDS}
    return {
        "bots": {name: {"coze": "main", "bot_id": number} for number, name in NUMBERED.items()},
        "people": {"staff": named[0], "trolls": named[1]},
        "access": {"private": everyone_else, "groups": everyone_else},
        "defaults": {"meta_data": {"route": "{route.name}"}},
        "routes": [
            {"name": "noise", "when": begins["noise"], "discard": True},
            {"name": "closed", "when": begins["secret"] | {"not": {"from": ["staff"]}}, "reply": CLOSED},
            {"name": "busy", "when": {"chat": [busy.address["chat"]]}, "bot": "coder", "limits": {"messages": f"{FEW}/day"}},
            {"name": "reports", "when": begins["report:"] | {"from": ["staff"]}, "bot": "reporter", "memory": "chat"},
            {"name": "chinese", "when": {"language": "zh"}, "bots": ["coder", "assistant"], "memory": "chat"},
            {"name": "bills", "when": {"workspace": "T0SIM", "text": {"matches": r"bill \d*[02468]$"}}, "bot": "reporter"},
            {"name": "groups", "when": {"platform": "telegram", "chat_type": "group"}, "bot": "assistant"},
            {"name": "some", "when": {"share": "50%"}, "bot": "coder", "memory": "thread"},
            {"name": "alone", "when": {"any": [{"chat_type": "private"}, {"thread": ["0"]}]}, "bot": "assistant"},
        ],
    }  # fmt: skip


def stored(folder: Path) -> dict[str, str]:
    """The scope of every message that the daemon has kept, by its text."""
    with sqlite3.connect(folder / "bridge.db") as database:
        rows = database.execute("SELECT message, scope FROM inbox WHERE message IS NOT NULL").fetchall()
    return {json.loads(message)["text"]: scope for message, scope in rows}


def says_each_word(talks: dict[Talk, str]) -> list[Asked]:
    """Everybody says something that begins with each of the `WORDS`."""
    said: list[Asked] = []
    for talk, language in talks.items():
        for word in WORDS:
            text = f"{word} {len(said)}"
            talk.says(text)
            said.append(Asked(text=text, talk=talk, language=language))
    return said


def answered_by(found: Explanation) -> tuple[str, str] | None:
    """The route and the bot that answer, as it says."""
    terms = found.terms if found.let_in else None
    return (terms.route, terms.bot) if terms and terms.bot else None


def replies(found: Explanation) -> bool:
    """Whether the route's own sentence is said, as it says."""
    return found.let_in and found.terms is not None and found.terms.reply is not None


async def test_each_message_goes_the_way_that_was_told(bridge: BridgeHarness) -> None:
    ann, bob, eve, group = (
        bridge.in_private("Ann"),
        bridge.in_private("Bob"),
        bridge.in_private("Eve"),
        bridge.in_group("Ann"),
    )
    forum = bridge.telegram.group("Forum", forum=True)
    topic, thread = bridge.in_group("Bob", forum, bridge.telegram.topic(forum, "Tea")), bridge.in_thread("Zoe")
    troll, amy, tom, busy = bridge.in_dm("Eve"), bridge.in_dm("Amy"), bridge.in_dm("Tom"), bridge.in_dm("Bea")
    mei, hao = bridge.in_private("Mei", "zh-hans"), bridge.in_dm("Hao", "zh-CN")
    languages: dict[Talk, str] = dict.fromkeys([ann, bob, eve, group, topic], "en")
    languages |= dict.fromkeys([thread, troll, amy, tom, busy], "en-US") | {mei: "zh-hans", hao: "zh-CN"}
    assert bridge.coze.bots is not None
    bridge.coze.bots |= {CODER, REPORTER}
    settings = yaml.safe_load(bridge.config.read_text())
    bridge.config.write_text(yaml.safe_dump(settings | config([ann, group, amy], [eve, troll], busy)))
    rules = await asyncio.to_thread(load_settings, bridge.config)
    await bridge.start()
    hao.says("who am I?")  # Slack is asked for their language with the first message
    await hao.reads("You said: who am I?")

    said = says_each_word(languages)
    told = {one: explain(rules, question(one.facts)) for one in said}
    expected = {one.text: way for one in said if one.talk is not busy and (way := answered_by(told[one]))}
    closed = {talk: sum(replies(told[one]) for one in said if one.talk is talk) for talk in languages}
    await bridge.until(lambda: all(map(bridge.asked, expected)))
    await bridge.until(lambda: all(talk.answers.count(CLOSED) >= times for talk, times in closed.items()))
    await bridge.slack.settled()
    await bridge.until(lambda: not bridge.telegram.pending())
    assert await bridge.terminate() == 0

    asked = {chat.question: (chat.meta_data["route"], NUMBERED[chat.bot_id]) for chat in bridge.coze.chats}
    of_busy = [one for one in said if one.talk is busy and answered_by(told[one])]
    assert ("chinese", "coder") == asked.pop("who am I?")
    assert expected == {text: way for text, way in asked.items() if way[0] != "busy"}
    assert {f"{FEW}/day messages"} == {terms.limits for one in of_busy if (terms := told[one].terms)}
    assert FEW == sum(route == "busy" for route, _ in asked.values()) < len(of_busy)
    kept = stored(bridge.folder)
    for one in (one for one in said if one.talk is not busy):
        found = told[one]
        assert (found.let_in and not (found.terms and found.terms.discards)) == (one.text in kept), (one.text, found)
        if one.text in kept and found.terms:
            assert found.terms.scope == kept[one.text]
    assert closed == {talk: talk.answers.count(CLOSED) for talk in languages}
