"""Chats that fail again and again: asked anew while that may help, and given up in a sentence that takes the promise back."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Literal

from simulators.coze.script import Fail, Say
from tests.scenarios.harness import BridgeHarness
from tests.scenarios.test_outages import CODE, LATER

GAVE_UP = "Sorry, I tried for a long time and could not answer this. Please ask again."
MAY_PASS: list[tuple[int, Literal["chat.failed", "bare", "error"]]] = [
    (5000, "chat.failed"),
    (701231, "bare"),
    (720701013, "error"),
    (4013, "chat.failed"),
    (4102, "chat.failed"),
    (4009, "error"),
    (103100001, "bare"),
    (708232001, "chat.failed"),
    (5999, "error"),
    (987654, "chat.failed"),  # which nobody knows
]


async def test_what_may_pass_is_asked_anew_until_it_has(shared_bridge: BridgeHarness) -> None:
    """The third failure is not the last word, whatever its number and whichever way it is told."""

    async def asks(code: int, shape: Literal["chat.failed", "bare", "error"]) -> list[str]:
        question = f"Will {code} pass?"
        shared_bridge.plays(question, Fail(code=code, shape=shape))
        ann = shared_bridge.in_private(f"Ann {code}")
        ann.says(question)
        await shared_bridge.until(lambda: len(shared_bridge.asked(question)) == 3, within=60)
        shared_bridge.plays(question, Say(("At last.",)))
        await ann.until(lambda: "At last." in ann.answers, within=60)
        return ann.answers

    for answers in await asyncio.gather(*(asks(code, shape) for code, shape in MAY_PASS)):
        assert ("At last.", True) == (answers[-1], len(answers) <= 2)
        assert not any(CODE.search(answer) for answer in answers)


async def test_after_minutes_it_is_given_up_and_the_next_question_is_answered(bridge: BridgeHarness) -> None:
    bridge.plays("Will it pass?", Fail(code=5000))
    await bridge.start()
    ann = bridge.in_private("Ann")
    ann.says("Will it pass?")
    await ann.reads(LATER)
    with closing(sqlite3.connect(bridge.database.removeprefix("sqlite:///"), timeout=10)) as database, database:
        database.execute("UPDATE inbox SET accepted_at = accepted_at - 700")
    await ann.until(lambda: len(ann.answers) == 2, within=90)
    tries = len(bridge.asked("Will it pass?"))
    ann.says("And now?")
    await ann.reads(LATER, GAVE_UP, "You said: And now?")

    assert tries == len(bridge.asked("Will it pass?"))
    bridge.plays("Will it pass?", Say(("At last.",)))
    ann.presses("🔁 Try again")
    await ann.reads(LATER, GAVE_UP, "You said: And now?", "At last.")
