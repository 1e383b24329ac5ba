"""Stop below an answer that grows, Retry below one that broke off: who may press them, and what they hear."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from simulators.coze.script import Fail, Pause, Say
from tests.scenarios.harness import BridgeHarness, Talk, TelegramTalk

STOP, RETRY = "⏹ Stop", "🔁 Try again"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bridge_with_admin(tmp_path_factory) -> AsyncIterator[tuple[BridgeHarness, TelegramTalk]]:
    """A bridge that runs, and its admin."""
    folder: Path = tmp_path_factory.mktemp("admin")
    bridge = BridgeHarness(folder, f"sqlite:///{folder / 'bridge.db'}", access={"admins": ["helpdesk:700000001"]})
    async with bridge:
        admin = bridge.in_group("Adam")
        await bridge.start()
        yield bridge, admin


async def grows(bridge: BridgeHarness, talk: Talk, question: str) -> None:
    """Ask *question*, and see half of an answer that would never end by itself, and how to stop it."""
    bridge.answers(question, "So far, ", "so good. ", pause=question, then=("And this nobody hears.",))
    talk.says(question)
    await talk.sees("So far")
    await bridge.paused(question)

    assert [STOP] == talk.offers


async def breaks_off(bridge: BridgeHarness, talk: Talk, question: str) -> None:
    """Ask *question*, and read half of an answer, and how to have it anew."""
    bridge.plays(question, Say(("So far, so good. ",)), Pause(question), Fail(code=5000))
    talk.says(question)
    await talk.until(lambda: question in bridge.coze.paused)
    await talk.until(lambda: talk.growing)
    bridge.coze.go(question)
    await talk.until(lambda: RETRY in talk.offers)

    assert [RETRY] == talk.offers
    assert "broke off" in talk.answers[-1]


async def pressing(talk: TelegramTalk, offer: str, *, by: TelegramTalk | None = None) -> str:
    """What is heard by whoever presses *offer* below the newest message of *talk*: who asked there, or somebody else."""
    answers = talk.platform.bot().answers
    before = len(answers)
    message, data = next((one, data) for one, text, data in reversed(talk.buttons()) if text == offer)
    talk.platform.presses((by or talk).person, message.message_id, data, talk.chat)
    await talk.platform.until(lambda: len(answers) > before, within=30)
    return str(answers[-1].text)


class TestStop:
    async def test_below_a_growing_message_cancels_at_coze_and_goes_with_the_answer(
        self, shared_bridge: BridgeHarness
    ) -> None:
        ann = shared_bridge.in_group("Ann")
        await grows(shared_bridge, ann, "on and on by button")

        assert "Stopping." == await pressing(ann, STOP)
        await ann.until(lambda: "Stopped." in ann.answers[-1])
        [answer] = ann.answers
        assert answer.startswith("So far,")
        assert answer.endswith("\n\n⏹ Stopped.")
        assert [] == ann.offers
        assert ["canceled"] == [chat.status for chat in shared_bridge.asked("on and on by button")]

    async def test_pressed_twice_it_stops_once(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_group("Ann")
        await grows(shared_bridge, ann, "on and on, pressed twice")
        [(message, _, data)] = ann.buttons()
        shared_bridge.telegram.presses(ann.person, message.message_id, data, ann.chat)
        shared_bridge.telegram.presses(ann.person, message.message_id, data, ann.chat)
        await ann.until(lambda: "Stopped." in ann.answers[-1])

        assert 1 == len(ann.answers)

    async def test_pressed_when_the_answer_is_over_it_says_so(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_group("Ann")
        await grows(shared_bridge, ann, "on and on, pressed late")
        [(message, _, data)] = ann.buttons()
        markup = message.reply_markup
        shared_bridge.coze.go("on and on, pressed late")
        await ann.reads("So far, so good. And this nobody hears.")
        await ann.until(lambda: not ann.offers)
        message.reply_markup = markup  # a client that has not seen the last edit yet
        before = len(shared_bridge.telegram.bot().answers)
        shared_bridge.telegram.presses(ann.person, message.message_id, data, ann.chat)
        await shared_bridge.telegram.until(lambda: len(shared_bridge.telegram.bot().answers) > before, within=30)

        assert "nothing to stop" in shared_bridge.telegram.bot().answers[-1].text
        assert ["So far, so good. And this nobody hears."] == ann.answers

    async def test_pressed_by_somebody_else_it_does_nothing(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_group("Ann")
        bob = shared_bridge.in_group("Bob", ann.chat)
        await grows(shared_bridge, ann, "on and on, not by Bob")

        assert "Only the person who asked can do that." == await pressing(ann, STOP, by=bob)
        shared_bridge.coze.go("on and on, not by Bob")
        await ann.reads("So far, so good. And this nobody hears.")

    async def test_an_admin_may_stop_it(self, bridge_with_admin: tuple[BridgeHarness, TelegramTalk]) -> None:
        bridge, admin = bridge_with_admin
        ann = bridge.in_group("Ann", admin.chat)
        await grows(bridge, ann, "on and on, by the chief")

        assert "Stopping." == await pressing(ann, STOP, by=admin)
        await ann.until(lambda: "Stopped." in ann.answers[-1])

    @pytest.mark.parametrize("topic", ["", "Tea"])
    async def test_in_private_it_is_telegrams_own_on_the_draft(self, shared_bridge: BridgeHarness, topic: str) -> None:
        telegram, ann = shared_bridge.telegram, shared_bridge.in_private("Ann")
        thread = ann.thread = telegram.topic(ann.chat, topic) if topic else None
        shared_bridge.answers("in private", "So far, ", pause="in private", then=("And this nobody hears.",))
        ann.says("in private")
        await ann.sees("So far")
        telegram.stops(ann.person, thread)
        await ann.until(lambda: ann.answers)

        assert ["So far,\n\n⏹ Stopped."] == ann.answers
        assert [] == ann.offers
        assert "canceled" == shared_bridge.asked("in private")[-1].status

    async def test_a_bot_that_thinks_for_long_can_be_stopped_before_it_says_a_word(
        self, shared_bridge: BridgeHarness
    ) -> None:
        telegram, ann = shared_bridge.telegram, shared_bridge.in_private("Ann")
        shared_bridge.plays("think hard", Pause("think hard"), Say(("And this nobody hears.",)))
        ann.says("think hard")
        await telegram.until(lambda: [draft for draft in telegram.drafts if draft.chat == ann.chat], within=30)
        [thinking] = [draft for draft in telegram.drafts if draft.chat == ann.chat]
        telegram.stops(ann.person, None)
        await ann.until(lambda: ann.answers)

        assert ("", True) == (thinking.text, thinking.can_stop)
        assert ["⏹ Stopped."] == ann.answers
        assert "canceled" == shared_bridge.asked("think hard")[-1].status


class TestRetry:
    @pytest.mark.parametrize("where", ["in_group", "in_private"])
    async def test_below_an_answer_that_broke_off_asks_once_more(
        self, shared_bridge: BridgeHarness, where: str
    ) -> None:
        ann: TelegramTalk = getattr(shared_bridge, where)("Ann")
        await breaks_off(shared_bridge, ann, f"tell me {where}")
        shared_bridge.answers(f"tell me {where}", "All of it.")

        assert "Asking once more." == await pressing(ann, RETRY)
        await ann.until(lambda: "All of it." in ann.answers)
        assert 2 == len(shared_bridge.asked(f"tell me {where}"))

    async def test_pressed_again_it_is_asked_once(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_private("Ann")
        await breaks_off(shared_bridge, ann, "tell me, pressed twice")
        shared_bridge.answers("tell me, pressed twice", "All of it.")
        toasts = [await pressing(ann, RETRY) for _ in range(3)]
        await ann.until(lambda: "All of it." in ann.answers)
        ann.says("and now?")
        await ann.until(lambda: "You said: and now?" in ann.answers)

        assert ["Asking once more."] * 3 == toasts
        assert 2 == len(shared_bridge.asked("tell me, pressed twice"))

    async def test_somebody_else_may_not(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_group("Ann")
        bob = shared_bridge.in_group("Bob", ann.chat)
        await breaks_off(shared_bridge, ann, "tell me, not by Bob")

        assert "Only the person who asked can do that." == await pressing(ann, RETRY, by=bob)
        assert 1 == len(shared_bridge.asked("tell me, not by Bob"))

    async def test_in_chinese_for_who_speaks_it(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_private("Ann", language="zh-hans")
        shared_bridge.plays("讲个故事", Say(("从前",)), Fail(code=5000))
        ann.says("讲个故事")
        await ann.until(lambda: ann.offers)

        assert ["🔁 重试"] == ann.offers
        assert "正在重新提问。" == await pressing(ann, "🔁 重试")


async def test_a_button_that_survives_a_restart_still_works(bridge: BridgeHarness) -> None:
    await bridge.start()
    ann = bridge.in_group("Ann")
    await breaks_off(bridge, ann, "tell me")
    await bridge.kill()
    await bridge.start()
    bridge.answers("tell me", "All of it.")

    assert "Asking once more." == await pressing(ann, RETRY)
    await ann.until(lambda: "All of it." in ann.answers)
    assert await bridge.terminate() == 0


async def test_an_answer_that_goes_on_after_a_power_cut_can_be_stopped(bridge: BridgeHarness) -> None:
    await bridge.start()
    ann = bridge.in_group("Ann")
    await bridge.half_said(ann, question="on and on", pause="cut")
    await bridge.kill()
    await bridge.start()
    await asyncio.gather(pressing(ann, STOP), ann.until(lambda: "Stopped." in ann.answers[-1]))

    assert [] == ann.offers
