"""A working day: many people, many questions, each answered once; and what is remembered over night."""

import asyncio

import pytest

from tests.scenarios.harness import FIRST, PLACES, BridgeHarness, Talk

TURNS = 5


async def go_on(bridge: BridgeHarness, talk: Talk, name: str) -> None:
    """Ask question after question, each once the last is answered."""
    for number in range(TURNS):
        bridge.answers(f"{name} {number}", f"To {name}, ", f"answer {number}.")
        talk.says(f"{name} {number}")
        await talk.reads(*[f"To {name}, answer {one}." for one in range(number + 1)])


class TestFiftyTurnsOnEachPlatform:
    """Ten people of five questions each, all at once, on each platform."""

    async def test_each_is_answered_once_and_the_bot_is_asked_once(self, bridge_on_each_db: BridgeHarness) -> None:
        bridge = bridge_on_each_db
        await bridge.start()
        names = [f"person{number}" for number in range(5)]
        talks = {f"{name} {where}": bridge.someone(where, name) for name in names for where in PLACES}
        await asyncio.gather(*(go_on(bridge, talk, name) for name, talk in talks.items()))
        assert await bridge.terminate() == 0

        asked = sorted(chat.question for chat in bridge.coze.chats)
        assert sorted(f"{name} {number}" for name in talks for number in range(TURNS)) == asked
        for name, talk in talks.items():
            assert [f"To {name}, answer {number}." for number in range(TURNS)] == talk.answers

    @pytest.mark.parametrize("where", PLACES)
    async def test_questions_in_one_breath_are_answered_in_their_order(
        self, shared_bridge: BridgeHarness, where: str
    ) -> None:
        """Nobody waits for the answer before the next question; Coze takes one at a time."""
        talk = shared_bridge.someone(where)
        if where == "in_thread":
            shared_bridge.answers("hello", "Hello.")
            talk.says("hello")  # the thread must exist before anybody can go on in it
            await talk.reads("Hello.")
        before = talk.answers
        said = [f"{number} of {where}" for number in range(3)]
        for words in said:
            shared_bridge.answers(words, *words)
            talk.says(words)
        await talk.until(lambda: sorted(before + said) == sorted(talk.answers))

        answers = talk.answers[len(before) :]
        assert said == (sorted(answers) if where == "in_dm" else answers)


class TestMemory:
    """What was said is remembered, by whom it should be."""

    @pytest.mark.parametrize("where", PLACES)
    async def test_each_conversation_remembers_its_own_beginning(
        self, shared_bridge: BridgeHarness, where: str
    ) -> None:
        ann, bob = shared_bridge.someone(where, "Ann"), shared_bridge.someone(where, "Bob")
        ann.says("my cat is grey")
        bob.says("my dog is brown")
        await ann.reads("You said: my cat is grey")
        await bob.reads("You said: my dog is brown")
        ann.says(FIRST)
        bob.says(FIRST)
        await ann.reads("You said: my cat is grey", "You began with: my cat is grey")
        await bob.reads("You said: my dog is brown", "You began with: my dog is brown")

    async def test_memory_lasts_over_a_restart(self, bridge_on_each_db: BridgeHarness) -> None:
        bridge = bridge_on_each_db
        talks = bridge.everywhere("Ann")
        await bridge.start()
        for talk in talks:
            talk.says("my cat is grey")
        for talk in talks:
            await talk.reads("You said: my cat is grey")
        assert await bridge.terminate() == 0
        await bridge.start()
        for talk in talks:
            talk.says(FIRST)
        for talk in talks:
            await talk.reads("You said: my cat is grey", "You began with: my cat is grey")
        assert await bridge.terminate() == 0

        assert [2] * 4 == [len(talk.answers) for talk in talks]

    async def test_what_is_said_while_nobody_listens_is_answered_afterwards(self, bridge: BridgeHarness) -> None:
        ann, bob = bridge.in_private("Ann"), bridge.in_dm("Bob")
        ann.says("is anybody there?")
        bob.says("is anybody there?")
        bridge.answers("is anybody there?", "Now ", "I am.")
        await bridge.start()
        bridge.slack.hurry()
        await ann.reads("Now I am.")
        await bob.reads("Now I am.")
