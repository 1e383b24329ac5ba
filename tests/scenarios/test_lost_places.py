"""A place that is lost while an answer grows there, and answers that are long for any place."""

import asyncio
from collections.abc import Mapping

import pytest

from simulators.coze.script import Pause, Say
from tests.scenarios.harness import PATIENCE, BridgeHarness, Talk

TOPIC_GONE = "the topic takes no message, and the question to stay with is gone"
DEAD = ("inbox", "list", "--status", "dead")
TEXT_REFUSED = {
    "ok": False,
    "error_code": 400,
    "description": "Bad Request: not enough rights to send text messages to the chat",
}
LINES = [f"Line {number}: " + "a light that is not ours, " * 6 for number in range(260)]


class TestPlacesLostMidway:
    """Nobody reads on, so nothing is said on: the chat is cancelled at Coze."""

    async def test_who_blocks_the_bot_ends_the_answer_at_coze(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_private("Ann")
        await begun(shared_bridge, ann, "on and on until blocked")
        shared_bridge.telegram.block(ann.person)
        shared_bridge.coze.go("on and on until blocked 1")
        await canceled(shared_bridge, "on and on until blocked")

    @pytest.mark.parametrize("how", ["remove_bot", "archive"])
    async def test_a_channel_without_the_bot_ends_it_too(self, shared_bridge: BridgeHarness, how: str) -> None:
        bob, question = shared_bridge.in_thread("Bob"), f"on and on until {how}"
        await begun(shared_bridge, bob, question)
        getattr(shared_bridge.slack, how)(bob.channel)
        shared_bridge.coze.go(f"{question} 1")
        await canceled(shared_bridge, question)

    @pytest.mark.parametrize("when", ["while the bot ponders", "while it grows", "at its last word"])
    async def test_a_topic_that_is_deleted_ends_it_and_no_other_topic_hears(
        self, shared_bridge: BridgeHarness, when: str
    ) -> None:
        """The operator learns why it is a dead letter; whoever asks in another topic is answered there."""
        bridge, question = shared_bridge, f"on and on, {when}"
        forum = bridge.telegram.group(when, forum=True)
        tea, milk = (bridge.telegram.topic(forum, name) for name in ("Tea", "Milk"))
        ann, bob = bridge.in_group("Ann", forum, tea), bridge.in_group("Bob", forum, milk)
        words = (Say(("So far, ",)), Pause(f"{question} 1"), Say(("so good. ",)), Pause(f"{question} 2"))
        bridge.plays(question, *words[when == "while the bot ponders" :], Say(("And so on.",)))
        ann.says(question)
        await bridge.paused(f"{question} 1")
        if when != "while the bot ponders":
            await ann.sees("So far")
        if when == "at its last word":
            bridge.coze.go(f"{question} 1")
            await bridge.paused(f"{question} 2")
        bridge.telegram.delete_topic(forum, tea)
        bridge.coze.go(f"{question} 1")
        bridge.coze.go(f"{question} 2")
        bob.says("what is left?")
        await bob.reads("You said: what is left?")
        [letter] = await dead_letters(bridge, f"thread/helpdesk//{forum}/{tea}")

        assert TOPIC_GONE in letter
        assert ["You said: what is left?"] == [*filter(None, bridge.telegram.bot_texts(forum))]


async def begun(bridge: BridgeHarness, talk: Talk, question: str) -> None:
    """Have the first words of a long answer read."""
    bridge.half(question, question)
    talk.says(question)
    await talk.sees("So far")


async def dead_letters(bridge: BridgeHarness, scope: str) -> list[str]:
    """What an operator is told of those of a memory, once there is one."""
    async with asyncio.timeout(PATIENCE):
        while not (found := [line for line in (await bridge.prints(DEAD)).splitlines() if scope in line]):
            pass
    return found


async def canceled(bridge: BridgeHarness, question: str) -> None:
    """Wait until Coze was told to stop."""
    await bridge.coze.until(lambda: ["canceled"] == [chat.status for chat in bridge.asked(question)])


class TestAnswersOfManyMessages:
    """Whoever wants to keep one gets it whole, too."""

    async def test_on_telegram_it_also_comes_as_one_file(self, shared_bridge: BridgeHarness) -> None:
        ann, whole = shared_bridge.in_private("Ann"), "\n\n".join(LINES)
        shared_bridge.plays("say all", Say((whole,)))
        ann.says("say all")
        await ann.until(lambda: [one for one in ann.said() if one.media])
        *messages, last = ann.said()

        assert 6 < len(messages)
        assert not [one for one in messages if one.media]
        assert ("answer.md", len(whole.encode())) == (
            last.media["document"]["file_name"],
            last.media["document"]["file_size"],
        )

    async def test_one_of_six_messages_does_not(self, shared_bridge: BridgeHarness) -> None:
        ann, most = shared_bridge.in_private("Ann"), "\n\n".join(LINES[:120])
        shared_bridge.plays("say much", Say((most,)))
        ann.says("say much")
        await ann.until(lambda: "Line 119" in "".join(ann.answers))
        shared_bridge.answers("and then?", "Nothing.")
        ann.says("and then?")
        await ann.until(lambda: "Nothing." in ann.answers)

        assert 6 >= len(ann.answers) - 1 > 4
        assert not [one for one in ann.said() if one.media]


class TestNobodyReadsOn:
    """Telegram tells that the bot was blocked, thrown out or muted, though nothing is being said there just then."""

    @pytest.mark.parametrize("how", ["block", "kick", "mute"])
    async def test_what_the_bot_ponders_is_cancelled_at_coze(self, shared_bridge: BridgeHarness, how: str) -> None:
        telegram, question = shared_bridge.telegram, f"think hard until {how}"
        ann = shared_bridge.in_private("Ann") if how == "block" else shared_bridge.in_group("Ann")
        shared_bridge.plays(question, Pause(question), Say(("So it is.",)))
        ann.says(question)
        await shared_bridge.paused(question)
        getattr(telegram, how)(ann.person, *(() if how == "block" else (ann.chat,)))
        await canceled(shared_bridge, question)

        assert [] == ann.answers

    async def test_who_unblocks_the_bot_is_answered(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_private("Ann")
        shared_bridge.telegram.block(ann.person)
        shared_bridge.telegram.unblock(ann.person)
        ann.says("here I am")
        await ann.reads("You said: here I am")


class TestAMutedGroup:
    async def test_waits_for_the_right_to_write_and_costs_nothing_meanwhile(self, shared_bridge: BridgeHarness) -> None:
        bridge, telegram = shared_bridge, shared_bridge.telegram
        ann = bridge.in_group("Ann")
        telegram.mute(ann.person, ann.chat)
        for number in range(3):
            ann.says(f"is anybody there? {number}")
        await bridge.until(lambda: not telegram.pending())
        refused = [call for call in telegram.calls if not call.ok and call.params.get("chat_id") == ann.chat]

        assert {"sendChatAction"} >= {call.method for call in refused}
        assert [] == [one for number in range(3) for one in bridge.asked(f"is anybody there? {number}")]
        telegram.unmute(ann.person, ann.chat)
        await ann.reads(*(f"You said: is anybody there? {number}" for number in range(3)))

    async def test_that_shows_typing_but_takes_no_text_costs_one_chat(self, shared_bridge: BridgeHarness) -> None:
        bridge, telegram = shared_bridge, shared_bridge.telegram
        ann = bridge.in_group("Ann")

        def is_there(params: Mapping[str, object]) -> bool:
            return str(params.get("chat_id")) == str(ann.chat)

        telegram.faults.add("sendMessage", when=is_there, times=99, status=400, body=TEXT_REFUSED)
        ann.says("may you write?")
        await dead_letters(bridge, f"helpdesk//{ann.chat}")
        ann.says("and now?")
        await bridge.until(lambda: "a text was refused a moment ago" in bridge.log)

        assert [] == bridge.asked("and now?")
        telegram.faults.clear()
        telegram.world.groups[ann.chat].bots[telegram.bot_id] = "restricted"
        telegram.unmute(ann.person, ann.chat)
        await ann.reads("You said: and now?")

    async def test_that_nobody_told_of_is_asked_for_once(self, shared_bridge: BridgeHarness) -> None:
        """Telegram does not tell that a whole group was muted: the first question learns of it."""
        bridge, telegram = shared_bridge, shared_bridge.telegram
        ann = bridge.in_group("Ann")
        telegram.world.groups[ann.chat].bots[telegram.bot_id] = "restricted"
        ann.says("whom do I tell?")
        await bridge.until(lambda: bridge.asked("whom do I tell?"))
        ann.says("and whom now?")
        await bridge.until(lambda: not telegram.pending())
        telegram.world.groups[ann.chat].bots[telegram.bot_id] = "member"
        await ann.until(lambda: "You said: and whom now?" in ann.answers)

        assert 1 == len(bridge.asked("and whom now?"))
