"""A thumb up or down below an answer: what people think of it, told to Coze."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from simulators.coze import BOT
from simulators.coze.records import Message
from simulators.coze.script import FollowUps, NextAnswer, Say
from tests.scenarios.world import PLACES, Talk, World

UP, DOWN = "👍", "👎"
ASKING = {"assistant": {"coze": "main", "bot_id": BOT, "feedback": True}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asking_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A town whose bot asks what people think."""
    folder = tmp_path_factory.mktemp("town")
    async with World(folder, f"sqlite:///{folder / 'bridge.db'}", bots=ASKING) as world:
        await world.start()
        yield world
        assert await world.terminate() == 0


@pytest_asyncio.fixture(loop_scope="module")
async def asking_world(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose bot asks what people think, with no daemon started yet."""
    async with World(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", bots=ASKING) as world:
        yield world


def ratings(world: World, question: str) -> list[tuple[str, str]]:
    """Which messages of the bot's about *question* are rated, and how."""
    chats = {chat.id for chat in world.asked(question)}
    said = {message.id: message.content for message in everything(world) if message.chat_id in chats}
    return [(said[one], given["feedback_type"]) for one, given in world.coze.feedback.items() if one in said]


def everything(world: World) -> Iterator[Message]:
    """All messages at Coze."""
    return (message for conversation in world.coze.conversations.values() for message in conversation.messages)


def toasts(world: World) -> list[str]:
    """What Telegram showed for a moment."""
    return [call.params["text"] for call in world.telegram.called("answerCallbackQuery")]


async def answered(world: World, talk: Talk, question: str) -> None:
    """Have them ask it, and read an answer of two messages."""
    world.plays(question, Say(("First this.",)), NextAnswer(), Say(("Then that.",)), FollowUps(("And now?",)))
    talk.says(question)
    await talk.until(lambda: [UP, DOWN] == talk.offers[-2:])

    assert ["And now?", UP, DOWN] == talk.offers


class TestAThumb:
    """Pressed in each kind of place."""

    @pytest.mark.parametrize("where", PLACES)
    async def test_reaches_coze_for_the_last_message_and_may_turn(self, asking_town: World, where: str) -> None:
        ann, question = asking_town.someone(where), f"rate {where}"
        await answered(asking_town, ann, question)
        for thumb, kind in ((UP, "like"), (DOWN, "unlike"), (UP, "like")):
            ann.presses(thumb)
            await asking_town.until(lambda kind=kind: [("Then that.", kind)] == ratings(asking_town, question))
        ann.says("more")
        await ann.until(lambda: "You said: more" == ann.answers[-1])

        assert 1 == len(asking_town.asked(question))
        assert ["First this.\n\nThen that.", "You said: more"] == ann.answers

    async def test_is_thanked_for_a_moment_and_to_nobody_else(self, asking_town: World) -> None:
        ann, bob = asking_town.in_private("Ann", "zh-hans"), asking_town.in_thread("Bob")
        for talk in (ann, bob):
            await answered(asking_town, talk, f"thank {talk.platform.__class__.__name__}")
            talk.presses(UP)
        await asking_town.until(lambda: "谢谢你的反馈。" in toasts(asking_town))
        await asking_town.until(lambda: bob.person.id in [one.user for one in asking_town.slack.ephemerals])

        [whispered] = [one for one in asking_town.slack.ephemerals if one.user == bob.person.id]
        assert "Thank you, I have passed that on." == whispered.text
        assert whispered.thread_ts == bob.said()[0].thread_ts

    async def test_does_not_wait_for_the_answer_that_is_on_its_way(self, asking_town: World) -> None:
        ann = asking_town.in_private("Ann")
        await answered(asking_town, ann, "rate meanwhile")
        asking_town.half("a long story", "story")
        ann.says("a long story")
        await asking_town.paused("story 1")
        ann.presses(UP)
        await asking_town.until(lambda: ratings(asking_town, "rate meanwhile"))
        for pause in ("story 1", "story 2"):
            await asking_town.paused(pause)
            asking_town.coze.go(pause)
        await ann.until(lambda: ann.answers[-1].endswith("to the end."))

    async def test_under_a_message_too_old_to_be_shown_counts_too(self, asking_town: World) -> None:
        ann = asking_town.in_private("Ann")
        await answered(asking_town, ann, "rate the old")
        [message, _, data] = next(one for one in ann.buttons() if one[1] == DOWN)
        asking_town.telegram.presses(ann.person, message.message_id, data, ann.chat, inaccessible=True)
        await asking_town.until(lambda: [("Then that.", "unlike")] == ratings(asking_town, "rate the old"))

    async def test_for_somebody_elses_chat_says_nothing(self, asking_town: World) -> None:
        """Whoever writes a program of their own can press what never was on a button."""
        ann, eve = asking_town.in_private("Ann"), asking_town.in_private("Eve")
        await answered(asking_town, ann, "rate ann")
        await answered(asking_town, eve, "rate eve")
        mine, [forged, *_] = ([one for one in talk.buttons() if one[1] == UP] for talk in (eve, ann))
        mine[0][0].reply_markup["inline_keyboard"][-1][0]["callback_data"] = forged[2]
        eve.presses(UP)
        eve.says("and?")
        await eve.until(lambda: "You said: and?" == eve.answers[-1])
        await asking_town.until(lambda: "nobody knows that answer" in asking_town.log)

        assert [] == ratings(asking_town, "rate ann")

    async def test_that_coze_refuses_costs_nobody_a_word(self, asking_town: World) -> None:
        ann = asking_town.in_private("Ann")
        await answered(asking_town, ann, "rate in vain")
        asking_town.coze.faults.add("conversation.message.feedback", status=404)
        ann.presses(UP)
        ann.says("and?")
        await ann.until(lambda: "You said: and?" == ann.answers[-1])
        await asking_town.until(lambda: "answer.unrated" in asking_town.log)

        assert 2 == len(ann.answers)


async def test_a_rating_that_waits_for_coze_does_not_keep_stop_waiting(asking_world: World) -> None:
    ann = asking_world.in_private("Ann")
    await asking_world.start()
    await answered(asking_world, ann, "one")
    asking_world.coze.faults.add("conversation.message.feedback", status=503, headers={"Retry-After": "60"}, times=1000)
    ann.presses(UP)
    await asking_world.until(lambda: "turn.postponed" in asking_world.log)
    asking_world.half("a story", "story")
    ann.says("a story")
    await asking_world.paused("story 1")
    ann.tells("stop")
    await ann.until(lambda: ann.answers[-1].endswith("Stopped."))
    assert await asking_world.terminate() == 0

    assert "Stopped." in ann.answers[-1]
    assert [] == ratings(asking_world, "one")


async def test_a_rating_outlives_a_power_cut(asking_world: World) -> None:
    """Once it is accepted; and one that Coze cannot take yet is taken later."""
    ann, bob = asking_world.in_private("Ann"), asking_world.in_thread("Bob")
    await asking_world.start()
    for talk, question in ((ann, "from ann"), (bob, "from bob")):
        await answered(asking_world, talk, question)
    asking_world.coze.faults.add("conversation.message.feedback", status=503, times=2)
    for talk in (ann, bob):
        talk.presses(UP)
    await asking_world.until(lambda: "turn.postponed" in asking_world.log)
    await asking_world.kill()
    await asking_world.start()
    await asking_world.until(lambda: ratings(asking_world, "from ann") and ratings(asking_world, "from bob"))
    assert await asking_world.terminate() == 0

    assert [1, 1] == [len(talk.answers) for talk in (ann, bob)]


async def test_nobody_is_asked_where_the_config_does_not_say_so(world: World) -> None:
    await world.start()
    talks = world.everywhere("Ann")
    for talk in talks:
        talk.says("hello")
        await talk.reads("You said: hello")

    assert [[]] * 4 == [talk.offers for talk in talks]
    assert await world.terminate() == 0
