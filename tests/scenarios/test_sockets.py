"""Slack closes connections whenever it likes: somebody always hears, and what comes twice is answered once."""

import asyncio
from collections import Counter

from tests.scenarios.harness import BridgeHarness

PEOPLE = 8
QUESTIONS = 2


async def test_one_socket_after_the_other_is_cut_under_load_and_nobody_notices(
    bridge: BridgeHarness,
) -> None:
    await bridge.start()
    slack = bridge.slack
    slack.sockets.alternates = True
    slack.time_scale = 0.2  # what was sent over a socket that is cut comes again soon
    people = [bridge.in_thread(f"p{number}") for number in range(PEOPLE)]
    asked: list[str] = []

    async def ask(number: int) -> None:
        talk = people[number]
        for turn in range(QUESTIONS):
            asked.append(f"question {turn} of {number}")
            talk.says(asked[-1])
            await talk.until(lambda turn=turn: len(talk.answers) > turn)

    async def cut() -> None:
        """Cut the older one whenever both are there and somebody has said more."""
        while len(asked) < PEOPLE * QUESTIONS:
            said = len(asked)
            await slack.until(lambda: len(slack.sockets.open) > 1)
            slack.sockets.drop(1)
            await slack.until(lambda said=said: len(asked) > said or len(asked) == PEOPLE * QUESTIONS, within=60)

    async with asyncio.TaskGroup() as load:
        for number in range(PEOPLE):
            load.create_task(ask(number))
        load.create_task(cut())
    await bridge.until(slack.courier.settled)
    await bridge.until(lambda: len(bridge.coze.chats) >= len(asked))

    assert Counter(asked) == Counter(chat.question for chat in bridge.coze.chats)
    assert [[f"You said: question {turn} of {number}" for turn in range(QUESTIONS)] for number in range(PEOPLE)] == [
        talk.answers for talk in people
    ]
    assert await bridge.terminate() == 0
