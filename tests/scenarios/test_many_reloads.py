"""The config changes again and again while people talk on both platforms: nobody is missed, nobody is answered twice."""

import asyncio
from typing import Any, Final

import pytest
import yaml

from tests.scenarios.harness import BridgeHarness, Talk
from tests.scenarios.test_reload import Editor, connections

PEOPLE = 4
"""On each platform."""


def changed(file: dict[str, Any], number: int) -> str:
    """The file with another adapter, bot, route and limit than before; every tenth time one that cannot be used."""
    file["adapters"]["helpdesk"]["stream"] = ("auto", "edit", "off")[number % 3]
    file["bots"]["assistant"]["feedback"] = bool(number % 2)
    file["bots"]["second"] = {"coze": "main", "bot_id": str(7379462189365190000 + number)}
    file["routes"] = [{"name": f"route {number}", "bot": "assistant"}]
    file["defaults"]["limits"]["messages"] = f"{1000 + number}/minute"
    return yaml.safe_dump(file) + ("rutes: []\n" if number % 10 == 9 else "")


STARVED: Final = 900.0
"""Seconds for one answer: on a machine too slow to open the adapter between two reloads nobody is heard before they pause."""


async def talk_until(done: asyncio.Event, name: str, talk: Talk) -> list[str]:
    """Ask, read, and ask again; gives what should stand there in the end."""
    expected: list[str] = []
    while not done.is_set():
        question = f"{name} asks {len(expected)}"
        talk.says(question)
        expected.append(f"You said: {question}")
        await talk.reads(*expected, within=STARVED)
    return expected


async def reload_under_load(bridge: BridgeHarness, reloads: int) -> None:
    await bridge.start()
    before = connections(bridge)
    talks = {f"Tom {n}": bridge.someone("in_private", f"Tom {n}") for n in range(PEOPLE)}
    talks |= {f"Sue {n}": bridge.someone("in_dm", f"Sue {n}") for n in range(PEOPLE)}
    done, editor = asyncio.Event(), Editor(bridge)
    talking = [asyncio.create_task(talk_until(done, name, talk)) for name, talk in talks.items()]
    for number in range(reloads):
        await editor.writes(changed(editor.text, number), "config.refused" if number % 10 == 9 else "config.reloaded")
    done.set()
    expected = await asyncio.gather(*talking)
    assert await bridge.terminate() == 0  # nothing more can come now

    questions = [answer.removeprefix("You said: ") for answers in expected for answer in answers]
    assert expected == [talk.answers for talk in talks.values()]
    assert sorted(questions) == sorted(chat.question for chat in bridge.coze.chats)
    after = connections(bridge)
    assert (before["slack"], before["socket"]) == (after["slack"], after["socket"])


class TestManyReloads:
    async def test_no_message_is_lost_or_answered_twice(self, bridge: BridgeHarness) -> None:
        await reload_under_load(bridge, 20)

    @pytest.mark.soak
    @pytest.mark.timeout(3600)
    async def test_nor_in_a_thousand(self, bridge: BridgeHarness) -> None:
        await reload_under_load(bridge, 1000)
