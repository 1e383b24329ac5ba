"""With ``reactions: true`` a question in a Telegram group bears 👀 while it is answered."""

import pytest

from simulators.telegram.world import Message
from tests.scenarios.harness import WHOLE, BridgeHarness, TelegramTalk

EYES = ["👀"]


def question(talk: TelegramTalk) -> Message:
    return [one for one in talk.platform.messages(talk.chat) if one.sender == talk.person][-1]


def settings(bridge: BridgeHarness) -> None:
    text = bridge.config.read_text()
    bridge.config.write_text(text.replace("    kind: telegram\n", "    kind: telegram\n    reactions: true\n"))


async def test_they_come_and_go(bridge: BridgeHarness) -> None:
    settings(bridge)
    await bridge.start()
    ann = bridge.in_group("Ann")
    await bridge.half_said(ann, question="how tall?", pause="tall")
    await bridge.until(lambda: question(ann).reactions == EYES)
    bridge.coze.go("tall 2")
    await ann.reads(WHOLE)
    await bridge.until(lambda: question(ann).reactions == [])
    assert await bridge.terminate() == 0


async def test_they_go_too_where_the_process_that_put_them_died(bridge: BridgeHarness) -> None:
    settings(bridge)
    await bridge.start()
    ann = bridge.in_group("Ann")
    await bridge.half_said(ann, question="how tall?", pause="tall")
    await bridge.until(lambda: question(ann).reactions == EYES)
    await bridge.kill()
    await bridge.start()
    bridge.coze.go("tall 2")
    await ann.reads(WHOLE)
    await bridge.until(lambda: question(ann).reactions == [])
    assert await bridge.terminate() == 0


@pytest.mark.parametrize("refusal", ["REACTION_INVALID", "not enough rights to react"])
async def test_a_group_that_takes_none_is_answered_all_the_same(bridge: BridgeHarness, refusal: str) -> None:
    settings(bridge)
    bridge.telegram.faults.add(
        "setMessageReaction", status=400, body={"ok": False, "error_code": 400, "description": refusal}, times=10
    )
    await bridge.start()
    ann = bridge.in_group("Ann")
    ann.says("hello")
    await ann.reads("You said: hello")
    assert await bridge.terminate() == 0

    assert "bug.met" not in bridge.log


async def test_alone_with_the_bot_there_are_none(bridge: BridgeHarness) -> None:
    settings(bridge)
    await bridge.start()
    ann = bridge.in_private("Ann")
    ann.says("hello")
    await ann.reads("You said: hello")
    assert await bridge.terminate() == 0

    assert [] == bridge.telegram.called("setMessageReaction")
