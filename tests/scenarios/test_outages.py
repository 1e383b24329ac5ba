"""What people notice when something is away: a friendly sentence, once, and their answer as soon as it is back."""

import asyncio
import re

import pytest

from simulators.coze.script import Fail, Say
from tests.scenarios.world import FIRST, WHOLE, World

CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r"\d{3,}|[Ee]xception|Error|Traceback|\{|\}|coze\.|HTTP")
LATER = "The assistant cannot be reached right now. I keep trying and will answer as soon as I can."
LATER_CHINESE = "暂时联系不上助手。我会继续尝试，一有结果就回复你。"


class TestCozeAway:
    """Its servers refuse connections for a while."""

    async def test_people_are_told_once_and_answered_afterwards(self, world: World) -> None:
        await world.start()
        ann, bob, wei = world.in_private("Ann"), world.in_thread("Bob"), world.in_private("Wei", language="zh-hans")
        talks = {ann: LATER, bob: LATER, wei: LATER_CHINESE}
        await world.coze.go_away()
        for talk in talks:
            talk.says("hello?")
        for talk, sentence in talks.items():
            await talk.reads(sentence)
        await world.coze.come_back()
        await asyncio.gather(*(talk.reads(said, "You said: hello?", within=90) for talk, said in talks.items()))
        assert await world.terminate() == 0

        assert 3 == len(world.asked("hello?"))
        assert [2, 2, 2] == [len(talk.answers) for talk in talks]

    async def test_in_the_middle_of_an_answer_the_rest_is_fetched(self, world: World) -> None:
        await world.start()
        talks = world.everywhere("Ann")
        await world.half_said(*talks, question="and?", pause="away")
        await world.coze.go_away()
        world.coze.go("away 2")
        await world.coze.come_back()
        await asyncio.gather(*(talk.reads(WHOLE, within=60) for talk in talks))
        assert await world.terminate() == 0

        assert 4 == len(world.asked("and?"))


class TestCozeInTrouble:
    """It answers, but not the question."""

    @pytest.mark.parametrize("where", ["in_private", "in_thread"])
    async def test_a_failed_chat_is_a_friendly_sentence(self, town: World, where: str) -> None:
        talk = town.someone(where)
        town.plays(f"fail {where}", Fail(code=5000, msg="event interval error"))
        talk.says(f"fail {where}")
        [answer] = await talk.gets(1)

        assert not CODE.search(answer)

    async def test_in_chinese_for_who_speaks_it(self, town: World) -> None:
        wei = town.in_private("Wei", language="zh-hans")
        town.plays("出错了吗", Fail(code=5000, msg="event interval error"))
        wei.says("出错了吗")
        [answer] = await wei.gets(1)

        assert CHINESE.search(answer)
        assert not CODE.search(answer)

    async def test_half_an_answer_stands_with_a_mark(self, town: World) -> None:
        ann = town.in_private("Ann")
        town.plays("half?", Say(("It began ", "so well")), Fail(code=5000, msg="event interval error"))
        ann.says("half?")
        [answer] = await ann.gets(1)

        assert answer.startswith("It began so well")
        assert "broke off" in answer
        assert not CODE.search(answer)

    async def test_a_used_up_quota_is_said_without_its_number(self, town: World) -> None:
        ann = town.in_private("Ann")
        town.plays("paid?", Fail(code=4028, msg="quota used up"))
        ann.says("paid?")
        [answer] = await ann.gets(1)

        assert not CODE.search(answer)

    async def test_a_rate_limit_is_waited_out(self, town: World) -> None:
        ann = town.in_private("Ann")
        town.coze.faults.add("chat", status=429)
        ann.says("too fast?")
        await ann.until(lambda: "You said: too fast?" in ann.answers)

        assert "You said: too fast?" == ann.answers[-1]
        assert 1 == len(town.asked("too fast?"))

    async def test_a_lost_conversation_heals_itself_and_says_so(self, town: World) -> None:
        ann = town.in_private("Ann")
        ann.says("my cat is grey")
        await ann.reads("You said: my cat is grey")
        [lost] = [chat.conversation_id for chat in town.asked("my cat is grey") if chat.conversation_id]
        del town.coze.conversations[lost]
        ann.says(FIRST)
        await ann.until(lambda: len(ann.answers) == 3)

        assert "You began with: nothing" in ann.answers
        assert "I lost our earlier conversation and started a new one." in ann.answers

    async def test_a_bot_that_is_not_there_is_no_lost_memory(self, town: World) -> None:
        """Coze has one number for both; nothing is said of memory, and the memory is there when the bot is back."""
        ann = town.in_private("Ann")
        ann.says("my cat is grey")
        await ann.reads("You said: my cat is grey")
        for _ in range(2):  # in the conversation that is remembered, and in a new one
            town.coze.faults.add("chat", status=200, body={"code": 4200, "msg": "bot_id=7 does not exist"})
        ann.says("are you there?")
        await ann.until(lambda: len(ann.answers) == 2)
        ann.says(FIRST)
        await ann.until(lambda: len(ann.answers) == 3)

        assert [
            "The bot is not set up correctly. Its owner has been told.",
            "You began with: my cat is grey",
        ] == ann.answers[1:]

    async def test_somebody_elses_chat_in_the_conversation_is_waited_for(self, town: World) -> None:
        """4016: another client of the same account uses the conversation; it is not ours to cancel."""
        ann = town.in_private("Ann")
        ann.says("hello")
        await ann.reads("You said: hello")
        conversation = town.asked("hello")[0].conversation_id
        town.coze.conversations[conversation].chats[-1].status = "in_progress"
        ann.says("are you free?")
        await town.coze.until(lambda: [call for call in town.coze.called("chat") if not call.ok])
        town.coze.conversations[conversation].chats[-1].status = "completed"
        await ann.until(lambda: "You said: are you free?" in ann.answers)

        assert "You said: are you free?" == ann.answers[-1]
        assert not any(CODE.search(text) for text in ann.answers)


class TestAPlatformAway:
    """Telegram or Slack refuse connections for a while."""

    async def test_answers_wait_for_their_platform(self, world: World) -> None:
        await world.start()
        ann, bob = world.in_private("Ann"), world.in_thread("Bob")
        await world.half_said(ann, bob, question="and?", pause="away")
        await world.telegram.go_away()
        await world.slack.go_away()
        world.coze.go("away 2")
        await world.coze.until(lambda: {chat.status for chat in world.asked("and?")} == {"completed"})
        await world.telegram.come_back()
        await world.slack.come_back()
        await asyncio.gather(ann.reads(WHOLE, within=60), bob.reads(WHOLE, within=60))
        ann.says("back?")
        bob.says("back?")
        await world.slack.until(lambda: world.slack.sockets.open)
        world.slack.hurry()
        await ann.reads(WHOLE, "You said: back?", within=60)
        await bob.reads(WHOLE, "You said: back?", within=60)
        assert await world.terminate() == 0

        assert 2 == len(world.asked("and?"))

    async def test_the_other_platform_goes_on(self, world: World) -> None:
        await world.start()
        ann, bob = world.in_private("Ann"), world.in_thread("Bob")
        await world.telegram.go_away()
        bob.says("hello")
        await bob.reads("You said: hello")
        await world.telegram.come_back()
        await world.slack.go_away()
        ann.says("hello")
        await ann.reads("You said: hello")
        await world.slack.come_back()

    async def test_the_daemon_starts_without_them(self, world: World) -> None:
        """One platform's outage at start must not keep people of the other waiting."""
        await world.telegram.go_away()
        bob = world.in_thread("Bob")
        bob.says("hello")
        await world.start(telegram=False)
        world.slack.hurry()
        await bob.reads("You said: hello")
