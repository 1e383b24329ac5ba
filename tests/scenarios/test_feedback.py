"""A thumb up or down below an answer: what people think of it, told to Coze."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from bridge.routing.limits import RATINGS
from bridge.store.database import open_database
from simulators.coze import BOT
from simulators.coze.records import Message
from simulators.coze.script import FollowUps, NextAnswer, Say
from tests.scenarios.harness import PLACES, BridgeHarness, Talk

UP, DOWN = "👍", "👎"
ASKING = {"assistant": {"coze": "main", "bot_id": BOT, "feedback": True}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_bridge_with_feedback(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BridgeHarness]:
    """A bridge whose bot asks what people think, shared by all the stories of a file."""
    folder = tmp_path_factory.mktemp("shared")
    async with BridgeHarness(folder, f"sqlite:///{folder / 'bridge.db'}", bots=ASKING) as bridge:
        await bridge.start()
        yield bridge
        assert await bridge.terminate() == 0


@pytest_asyncio.fixture(loop_scope="module")
async def bridge_with_feedback(tmp_path: Path) -> AsyncIterator[BridgeHarness]:
    """A bridge whose bot asks what people think, not started yet."""
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", bots=ASKING) as bridge:
        yield bridge


def ratings(bridge: BridgeHarness, question: str) -> list[tuple[str, str]]:
    """Which messages of the bot's about *question* are rated, and how."""
    chats = {chat.id for chat in bridge.asked(question)}
    said = {message.id: message.content for message in everything(bridge) if message.chat_id in chats}
    return [(said[one], given["feedback_type"]) for one, given in bridge.coze.feedback.items() if one in said]


def everything(bridge: BridgeHarness) -> Iterator[Message]:
    """All messages at Coze."""
    return (message for conversation in bridge.coze.conversations.values() for message in conversation.messages)


def toasts(bridge: BridgeHarness) -> list[str]:
    """What Telegram showed for a moment."""
    return [call.params["text"] for call in bridge.telegram.called("answerCallbackQuery")]


async def answered(bridge: BridgeHarness, talk: Talk, question: str) -> None:
    """Have them ask it, and read an answer of two messages."""
    bridge.plays(question, Say(("First this.",)), NextAnswer(), Say(("Then that.",)), FollowUps(("And now?",)))
    talk.says(question)
    await talk.until(lambda: [UP, DOWN] == talk.offers[-2:])

    assert ["And now?", UP, DOWN] == talk.offers


class TestAThumb:
    """Pressed in each kind of place."""

    @pytest.mark.parametrize("where", PLACES)
    async def test_reaches_coze_for_the_last_message_and_may_turn(
        self, shared_bridge_with_feedback: BridgeHarness, where: str
    ) -> None:
        ann, question = shared_bridge_with_feedback.someone(where), f"rate {where}"
        await answered(shared_bridge_with_feedback, ann, question)
        for thumb, kind in ((UP, "like"), (DOWN, "unlike"), (UP, "like")):
            ann.presses(thumb)
            await shared_bridge_with_feedback.until(
                lambda kind=kind: [("Then that.", kind)] == ratings(shared_bridge_with_feedback, question)
            )
        ann.says("more")
        await ann.until(lambda: "You said: more" == ann.answers[-1])

        assert 1 == len(shared_bridge_with_feedback.asked(question))
        assert ["First this.\n\nThen that.", "You said: more"] == ann.answers

    async def test_is_thanked_for_a_moment_and_to_nobody_else(self, shared_bridge_with_feedback: BridgeHarness) -> None:
        ann, bob = (
            shared_bridge_with_feedback.in_private("Ann", "zh-hans"),
            shared_bridge_with_feedback.in_thread("Bob"),
        )
        for talk in (ann, bob):
            await answered(shared_bridge_with_feedback, talk, f"thank {talk.platform.__class__.__name__}")
            talk.presses(UP)
        await shared_bridge_with_feedback.until(lambda: "谢谢你的反馈。" in toasts(shared_bridge_with_feedback))
        await shared_bridge_with_feedback.until(
            lambda: bob.person.id in [one.user for one in shared_bridge_with_feedback.slack.ephemerals]
        )

        [whispered] = [one for one in shared_bridge_with_feedback.slack.ephemerals if one.user == bob.person.id]
        assert "Thank you, I have passed that on." == whispered.text
        assert whispered.thread_ts == bob.said()[0].thread_ts

    async def test_does_not_wait_for_the_answer_that_is_on_its_way(
        self, shared_bridge_with_feedback: BridgeHarness
    ) -> None:
        ann = shared_bridge_with_feedback.in_private("Ann")
        await answered(shared_bridge_with_feedback, ann, "rate meanwhile")
        shared_bridge_with_feedback.half("a long story", "story")
        ann.says("a long story")
        await shared_bridge_with_feedback.paused("story 1")
        ann.presses(UP)
        await shared_bridge_with_feedback.until(lambda: ratings(shared_bridge_with_feedback, "rate meanwhile"))
        for pause in ("story 1", "story 2"):
            await shared_bridge_with_feedback.paused(pause)
            shared_bridge_with_feedback.coze.go(pause)
        await ann.until(lambda: ann.answers[-1].endswith("to the end."))

    async def test_under_a_message_too_old_to_be_shown_counts_too(
        self, shared_bridge_with_feedback: BridgeHarness
    ) -> None:
        ann = shared_bridge_with_feedback.in_private("Ann")
        await answered(shared_bridge_with_feedback, ann, "rate the old")
        [message, _, data] = next(one for one in ann.buttons() if one[1] == DOWN)
        shared_bridge_with_feedback.telegram.presses(ann.person, message.message_id, data, ann.chat, inaccessible=True)
        await shared_bridge_with_feedback.until(
            lambda: [("Then that.", "unlike")] == ratings(shared_bridge_with_feedback, "rate the old")
        )

    async def test_pressed_for_ever_is_kept_so_often_and_no_more(
        self, shared_bridge_with_feedback: BridgeHarness
    ) -> None:
        bridge, presses = shared_bridge_with_feedback, 30
        ann = bridge.in_private("Ann")
        await answered(bridge, ann, "rate for ever")
        toasted = len(toasts(bridge))
        for number in range(presses):
            ann.presses((UP, DOWN)[number % 2])
        await bridge.until(lambda: len(toasts(bridge)) == toasted + presses)
        kept = text("select count(*) from inbox where person = :person and queue_key like '% thumbs'")
        async with open_database(bridge.database, alone=False) as database:
            person = {"person": str(ann.person.id)}
            count = await database.read(lambda connection: connection.scalar(kept, person))

        assert RATINGS.count == count

    async def test_for_somebody_elses_chat_says_nothing(self, shared_bridge_with_feedback: BridgeHarness) -> None:
        """Whoever writes a program of their own can press what never was on a button."""
        ann, eve = shared_bridge_with_feedback.in_private("Ann"), shared_bridge_with_feedback.in_private("Eve")
        await answered(shared_bridge_with_feedback, ann, "rate ann")
        await answered(shared_bridge_with_feedback, eve, "rate eve")
        mine, [forged, *_] = ([one for one in talk.buttons() if one[1] == UP] for talk in (eve, ann))
        keyboard: Any = mine[0][0].reply_markup
        keyboard["inline_keyboard"][-1][0]["callback_data"] = forged[2]
        eve.presses(UP)
        eve.says("and?")
        await eve.until(lambda: "You said: and?" == eve.answers[-1])
        await shared_bridge_with_feedback.until(lambda: "nobody knows that answer" in shared_bridge_with_feedback.log)

        assert [] == ratings(shared_bridge_with_feedback, "rate ann")

    async def test_that_coze_refuses_costs_nobody_a_word(self, shared_bridge_with_feedback: BridgeHarness) -> None:
        ann = shared_bridge_with_feedback.in_private("Ann")
        await answered(shared_bridge_with_feedback, ann, "rate in vain")
        shared_bridge_with_feedback.coze.faults.add("conversation.message.feedback", status=404)
        ann.presses(UP)
        ann.says("and?")
        await ann.until(lambda: "You said: and?" == ann.answers[-1])
        await shared_bridge_with_feedback.until(lambda: "answer.unrated" in shared_bridge_with_feedback.log)

        assert 2 == len(ann.answers)


class TestAReason:
    """Slack has forms: who puts a thumb down there is asked what was wrong."""

    @pytest.mark.parametrize("where", ["in_dm", "in_thread"])
    async def test_reaches_coze_as_a_comment_and_no_log(
        self, shared_bridge_with_feedback: BridgeHarness, where: str
    ) -> None:
        bridge, reason = shared_bridge_with_feedback, f"The height is wrong, 不对! <{where}>"
        ann, question = getattr(bridge, where)("Ann"), f"explain {where}"
        await answered(bridge, ann, question)
        form = await disliked(bridge, ann)
        for _ in range(2):  # sent twice, it counts once
            bridge.slack.submits(ann.person, form, reason)
        await bridge.until(lambda: [reason] == comments(bridge, question))
        await bridge.until(lambda: "reasoned=True" in bridge.log)

        assert [("Then that.", "unlike")] == ratings(bridge, question)
        assert reason not in bridge.log

    async def test_that_is_longer_than_coze_takes_is_cut(self, shared_bridge_with_feedback: BridgeHarness) -> None:
        bridge = shared_bridge_with_feedback
        ann = bridge.in_thread("Ann")
        await answered(bridge, ann, "explain at length")
        bridge.slack.submits(ann.person, await disliked(bridge, ann), "价" * 400)
        await bridge.until(lambda: ["价" * 250] == comments(bridge, "explain at length"))

    async def test_may_be_left_empty(self, shared_bridge_with_feedback: BridgeHarness) -> None:
        bridge = shared_bridge_with_feedback
        ann = bridge.in_thread("Ann")
        await answered(bridge, ann, "explain in no words")
        form = await disliked(bridge, ann)
        bridge.slack.submits(ann.person, form, "")
        await bridge.slack.settled()
        ann.says("and then?")
        await ann.until(lambda: "You said: and then?" in ann.answers)

        assert form == bridge.slack.modals[-1]
        assert [("Then that.", "unlike")] == ratings(bridge, "explain in no words")
        assert "never retrieved" not in bridge.log

    async def test_is_not_asked_of_who_likes_it_and_the_thumb_counts_without_it(
        self, shared_bridge_with_feedback: BridgeHarness
    ) -> None:
        bridge = shared_bridge_with_feedback
        ann, shown = bridge.in_thread("Ann"), len(bridge.slack.modals)
        await answered(bridge, ann, "explain nothing")
        ann.presses(UP)
        await bridge.until(lambda: [("Then that.", "like")] == ratings(bridge, "explain nothing"))
        bridge.slack.refuses["views.open"] = "expired_trigger_id"
        ann.presses(DOWN)
        await bridge.until(lambda: [("Then that.", "unlike")] == ratings(bridge, "explain nothing"))
        del bridge.slack.refuses["views.open"]

        assert shown == len(bridge.slack.modals)
        assert [] == comments(bridge, "explain nothing")

    async def test_is_asked_in_the_language_of_who_presses(self, shared_bridge_with_feedback: BridgeHarness) -> None:
        bridge = shared_bridge_with_feedback
        ann = bridge.in_thread("Ann", locale="zh-CN")
        await answered(bridge, ann, "explain in Chinese")

        assert "哪里不好？" == (await disliked(bridge, ann))["title"]["text"]


async def disliked(bridge: BridgeHarness, talk: Talk) -> dict[str, Any]:
    """Have them put a thumb down; gives the form that opens."""
    shown = len(bridge.slack.modals)
    talk.presses(DOWN)
    await bridge.until(lambda: len(bridge.slack.modals) > shown)
    return bridge.slack.modals[-1]


def comments(bridge: BridgeHarness, question: str) -> list[str]:
    """What Coze was told of the answers to *question*."""
    chats = {chat.id for chat in bridge.asked(question)}
    said = {message.id for message in everything(bridge) if message.chat_id in chats}
    return [given["comment"] for one, given in bridge.coze.feedback.items() if one in said and "comment" in given]


async def test_a_rating_that_waits_for_coze_does_not_keep_stop_waiting(bridge_with_feedback: BridgeHarness) -> None:
    ann = bridge_with_feedback.in_private("Ann")
    await bridge_with_feedback.start()
    await answered(bridge_with_feedback, ann, "one")
    bridge_with_feedback.coze.faults.add(
        "conversation.message.feedback", status=503, headers={"Retry-After": "60"}, times=1000
    )
    ann.presses(UP)
    await bridge_with_feedback.until(lambda: "turn.postponed" in bridge_with_feedback.log)
    bridge_with_feedback.half("a story", "story")
    ann.says("a story")
    await bridge_with_feedback.paused("story 1")
    ann.tells("stop")
    await ann.until(lambda: ann.answers[-1].endswith("Stopped."))
    assert await bridge_with_feedback.terminate() == 0

    assert "Stopped." in ann.answers[-1]
    assert [] == ratings(bridge_with_feedback, "one")


async def test_a_rating_outlives_a_power_cut(bridge_with_feedback: BridgeHarness) -> None:
    """Once it is accepted; and one that Coze cannot take yet is taken later."""
    ann, bob = bridge_with_feedback.in_private("Ann"), bridge_with_feedback.in_thread("Bob")
    await bridge_with_feedback.start()
    for talk, question in ((ann, "from ann"), (bob, "from bob")):
        await answered(bridge_with_feedback, talk, question)
    bridge_with_feedback.coze.faults.add("conversation.message.feedback", status=503, times=2)
    for talk in (ann, bob):
        talk.presses(UP)
    await bridge_with_feedback.until(lambda: "turn.postponed" in bridge_with_feedback.log)
    await bridge_with_feedback.kill(at_once=True)
    await bridge_with_feedback.start()
    await bridge_with_feedback.until(
        lambda: ratings(bridge_with_feedback, "from ann") and ratings(bridge_with_feedback, "from bob")
    )
    assert await bridge_with_feedback.terminate() == 0

    assert [1, 1] == [len(talk.answers) for talk in (ann, bob)]


async def test_nobody_is_asked_where_the_config_does_not_say_so(bridge: BridgeHarness) -> None:
    await bridge.start()
    talks = bridge.everywhere("Ann")
    for talk in talks:
        talk.says("hello")
        await talk.reads("You said: hello")

    assert [[]] * 4 == [talk.offers for talk in talks]
    assert await bridge.terminate() == 0
