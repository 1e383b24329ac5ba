"""What a bot proposes to ask next: buttons below its answer, and a press asks."""

from asyncio import gather
from pathlib import Path

import pytest

from simulators.coze.script import FollowUps, Say
from tests.scenarios.harness import PLACES, BridgeHarness, Talk


async def offered(bridge: BridgeHarness, talk: Talk, tag: str, *, said: str = "So it is.") -> tuple[str, str]:
    """Have the bot answer them and propose two questions, one too long for a label in Slack; gives both."""
    offers = (
        f"And the weather {tag}?",
        f"Why is the sea salt, when not a single one of so many rivers is, {tag} or not?",
    )
    bridge.plays(f"tell me {tag}", Say((said,)), FollowUps(offers))
    talk.says(f"tell me {tag}")
    await talk.until(lambda: len(talk.offers) == len(offers))

    assert [offer[:60] for offer in offers] == [offer[:60] for offer in talk.offers]
    return offers


def below_an_answer(question: str) -> str:
    """What the bot is asked by *question* where its memory does not end with the answer that it is about."""
    return f"In reply to your answer:\n> So it is.\n\n{question}"


class TestAnOffer:
    """In each kind of place."""

    @pytest.mark.parametrize("where", PLACES)
    async def test_asks_when_it_is_pressed(self, shared_bridge: BridgeHarness, where: str) -> None:
        """Below the newest answer of that memory its words alone; else the answer that it stands below is quoted."""
        ann = shared_bridge.someone(where)
        short, long = await offered(shared_bridge, ann, f"one {where}")
        ann.presses(ann.offers[1])
        await ann.reads("So it is.", f"You said: {long}")
        ann.presses(ann.offers[0])
        await ann.gets(3)

        assert 1 == len(shared_bridge.asked(long))
        assert 1 == len(shared_bridge.asked(below_an_answer(short)))

    @pytest.mark.parametrize("where", PLACES)
    async def test_below_an_answer_from_before_the_memory_was_forgotten_quotes_it(
        self, shared_bridge: BridgeHarness, where: str
    ) -> None:
        ann = shared_bridge.someone(where)
        short, _ = await offered(shared_bridge, ann, f"four {where}")
        ann.tells("new")
        await ann.gets(2)
        ann.presses(short)
        await ann.gets(3)

        assert 1 == len(shared_bridge.asked(below_an_answer(short)))

    @pytest.mark.parametrize("where", PLACES)
    async def test_pressed_again_is_not_asked_again(self, shared_bridge: BridgeHarness, where: str) -> None:
        ann = shared_bridge.someone(where)
        short, long = await offered(shared_bridge, ann, f"two {where}")
        for _ in range(3):
            ann.presses(short)
        await ann.reads("So it is.", f"You said: {short}")
        ann.presses(ann.offers[1])
        await ann.gets(3)

        assert 1 == len(shared_bridge.asked(short))
        assert 1 == len(shared_bridge.asked(below_an_answer(long)))

    @pytest.mark.parametrize("where", PLACES)
    async def test_stands_below_the_last_message_of_a_long_answer(
        self, shared_bridge: BridgeHarness, where: str
    ) -> None:
        ann = shared_bridge.someone(where)
        short, _ = await offered(shared_bridge, ann, f"three {where}", said="word " * 4_000)
        *_, last = ann.said()
        parts = len(ann.answers)
        ann.presses(short)
        await ann.until(lambda: ann.answers[-1] == f"You said: {short}")
        await ann.until(lambda: {id(last)} == {id(message) for message, *_ in ann.buttons()})  # Stop is gone

        assert parts > 1
        assert parts + 1 == len(ann.answers)
        assert {id(last)} == {id(message) for message, *_ in ann.buttons()}

    @pytest.mark.parametrize("where", PLACES)
    async def test_that_is_refused_does_not_cost_the_answer(self, shared_bridge: BridgeHarness, where: str) -> None:
        ann = shared_bridge.someone(where)
        question = f"tell me bare {where}"
        refuses = {
            "status": 400,
            "body": {"ok": False, "error_code": 400, "description": "Bad Request: BUTTON_DATA_INVALID"},
        }
        shared_bridge.telegram.faults.add("*", times=100, **refuses, when=lambda params: "reply_markup" in params)
        shared_bridge.slack.faults.add(
            "*",
            times=100,
            status=200,
            body={"ok": False, "error": "invalid_blocks"},
            when=lambda params: params.get("blocks"),
        )
        shared_bridge.plays(question, Say(("So ", "it is.")), FollowUps(("And now?",)))
        ann.says(question)
        await ann.reads("So it is.")
        shared_bridge.telegram.faults.clear()
        shared_bridge.slack.faults.clear()

        assert [] == ann.offers

    async def test_is_told_that_it_was_pressed(self, shared_bridge: BridgeHarness) -> None:
        """A button in Telegram blinks until then."""
        ann = shared_bridge.in_private("Ann")
        short, _ = await offered(shared_bridge, ann, "blinking")
        ann.presses(short)
        await shared_bridge.telegram.until(
            lambda: [call for call in presses_answered(shared_bridge) if call["text"] == short]
        )

    async def test_under_a_message_too_old_to_be_shown_is_asked_while_it_is_remembered(
        self, shared_bridge: BridgeHarness
    ) -> None:
        ann = shared_bridge.in_private("Ann")
        short, _ = await offered(shared_bridge, ann, "not long ago")
        [message, _, data] = ann.buttons()[0]
        shared_bridge.telegram.presses(ann.person, message.message_id, data, ann.chat, inaccessible=True)

        await ann.reads("So it is.", f"You said: {short}")

    async def test_under_a_message_too_old_to_be_shown_is_said_to_be_so(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        ann = bridge.in_private("Ann", "zh-hans")
        await offered(bridge, ann, "long ago")
        await bridge.kill()
        await bridge.start()
        [message, _, data] = ann.buttons()[0]
        bridge.telegram.presses(ann.person, message.message_id, data, ann.chat, inaccessible=True)
        await bridge.telegram.until(
            lambda: "这个按钮已失效，请直接输入你的问题。" in [call["text"] for call in presses_answered(bridge)]
        )

        assert ["So it is."] == ann.answers

    async def test_that_telegram_is_slow_to_hear_of_keeps_nobody_waiting(self, shared_bridge: BridgeHarness) -> None:
        """What makes a button stop blinking is in nobody's way: not even ten of them, five seconds each."""
        ann = shared_bridge.in_private("Ann")
        for turn in (1, 2):
            shared_bridge.plays(
                f"slow {turn}", Say(("So.",)), FollowUps(tuple(f"Why {turn}{letter}?" for letter in "abcde"))
            )
            ann.says(f"slow {turn}")
            await ann.until(lambda turn=turn: len(ann.offers) == 5 * turn)
        shared_bridge.telegram.faults.add("answerCallbackQuery", delay=3600.0, times=len(ann.offers))
        for offer in ann.offers:
            ann.presses(offer)
        ann.says("and you?")
        await ann.gets(3 + len(ann.offers))

        assert [*ann.offers, "and you?"] == [chat.question.split("\n")[-1] for chat in shared_bridge.coze.chats[-11:]]

    async def test_can_be_pressed_by_anybody_in_the_group(self, shared_bridge: BridgeHarness) -> None:
        """The question is theirs then: it is answered out of their own memory, which has to be told of the answer."""
        ann = shared_bridge.in_group("Ann")
        bob = shared_bridge.in_group("Bob", ann.chat)
        short, _ = await offered(shared_bridge, ann, "together")
        bob.presses(short)
        await bob.until(lambda: len(bob.answers) > 1)
        question = f"In reply to your answer:\n> So it is.\n\n{short}"

        assert 2 == len(
            {chat.user_id for chat in [*shared_bridge.asked("tell me together"), *shared_bridge.asked(question)]}
        )


async def test_where_the_config_says_so_they_are_for_who_asked_alone(tmp_path: Path) -> None:
    """Others in the group hear so, in their language, for a moment; nothing is asked."""
    kept = {"helpdesk": {"follow_ups": "asker"}}
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", adapters=kept) as bridge:
        ann = bridge.in_group("Ann")
        bob = bridge.in_group("Bob", ann.chat)
        await bridge.start()
        short, long = await offered(bridge, ann, "mine")
        bob.presses(short)
        await bridge.telegram.until(lambda: [call["text"] for call in presses_answered(bridge)])
        toasts = [call["text"] for call in presses_answered(bridge)]
        ann.presses(long)
        await ann.reads("So it is.", f"You said: {long}")
        assert await bridge.terminate() == 0

    assert ["Only the person who asked can do that."] == toasts
    assert [] == bridge.asked(short)


def presses_answered(bridge: BridgeHarness) -> list[dict[str, str]]:
    """What Telegram was told of presses."""
    return [call.params for call in bridge.telegram.called("answerCallbackQuery")]


@pytest.mark.parametrize("place", ["answered", "part: not sent", "part: sent", "settled: not written"])
async def test_a_power_cut_does_not_take_them_away(bridge: BridgeHarness, place: str) -> None:
    """Nor does it double what it found: what Telegram may have been told before is what is told again."""
    talks = [bridge.in_private("Ann"), bridge.in_thread("Bob")]
    await bridge.start(environment={"COZE_BRIDGE_DIE_AT": f"{place} 1"})
    bridge.plays("tell me", Say(("So it is.",)), FollowUps(("And the weather?",)))
    for talk in talks:
        talk.says("tell me")
    await bridge.ended()
    await bridge.start()
    await gather(*(talk.until(lambda talk=talk: talk.offers) for talk in talks))
    assert await bridge.terminate() == 0

    assert 2 == len(bridge.asked("tell me"))
    assert [{"And the weather?"}] * 2 == [{*talk.offers} for talk in talks]
    assert [{"So it is."}] * 2 == [{*talk.answers} for talk in talks]
