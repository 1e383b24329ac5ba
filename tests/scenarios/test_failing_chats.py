"""Chats that fail again and again: asked anew while that may help, and given up in a sentence that takes the promise back."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Literal

from bridge.store.tables import TurnStatus
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


async def test_what_was_refused_is_asked_anew_once_an_operator_retries_it(bridge: BridgeHarness) -> None:
    """Though the chat had begun: what has failed at Coze stays failed there."""
    refused: list[tuple[int, Literal["chat.failed", "bare", "error"]]] = [
        (4028, "chat.failed"),
        (4015, "chat.failed"),
        (4014, "error"),
        (4010, "bare"),
    ]
    await bridge.start()
    people = {f"May {code} pass?": bridge.in_private(f"Ann {code}") for code, _ in refused}
    for (code, shape), (question, ann) in zip(refused, people.items(), strict=True):
        bridge.plays(question, Fail(code=code, shape=shape))
        ann.says(question)
    numbers = await dead_letters(bridge, len(refused))
    for question in people:
        bridge.plays(question, Say(("At last.",)))
    await bridge.prints(*(("inbox", "retry", number) for number in numbers))

    for question, ann in people.items():
        await ann.until(lambda ann=ann: len(ann.answers) == 2)
        assert (2, "At last.") == (len(bridge.asked(question)), ann.answers[-1])


async def dead_letters(bridge: BridgeHarness, count: int) -> list[str]:
    """The numbers of the dead letters, once there are so many."""
    numbers: list[str] = []

    def found() -> bool:
        with closing(sqlite3.connect(bridge.database.removeprefix("sqlite:///"), timeout=10)) as database:
            rows = database.execute("SELECT id FROM inbox WHERE status = ?", (TurnStatus.DEAD,))
            numbers[:] = [str(number) for (number,) in rows]
        return len(numbers) == count

    await bridge.until(found)
    return numbers
