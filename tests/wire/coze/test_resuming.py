"""A chat that was begun already: found, joined again, and cancelled."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace

import pytest

from bridge.sdk.asking import ChatFinished, ChatRef, FollowUpSuggested, MessageCompleted, Question, Sought
from bridge.sdk.errors import Refused
from simulators.coze import Coze
from simulators.coze import script as act
from tests.wire.coze.harness import QUICK, answers, connected, question, sought
from tests.wire.hearing import read, told


class TestRejoining:
    @pytest.mark.parametrize("running", [True, False])
    async def test_a_chat_begun_by_another_process_is_waited_for(self, coze, bot, running):
        coze.will_say("Hel", pause_until="resumed", then=("lo",), follow_ups=("And now?",))
        async with connected(coze) as other, aclosing(other.ask(await question(other))) as events:
            begun = await anext(events)
        asked = ChatRef(conversation_id=begun.conversation_id, chat_id=begun.chat_id)
        turn = asyncio.create_task(told(bot.resume(asked)))
        if running:
            await coze.until(lambda: len(coze.called("chat.retrieve")) > 1)
        coze.go("resumed")

        match await turn:
            case [MessageCompleted(text="Hello"), FollowUpSuggested(text="And now?"), ChatFinished()]:
                assert 1 == len(coze.called("chat"))
            case other:
                pytest.fail(f"heard {other}")

    async def test_an_outage_in_between_is_survived(self, coze, bot):
        coze.will_say("Hel", pause_until="resumed", then=("lo",))
        async with aclosing(bot.ask(await question(bot))) as events:
            begun = await anext(events)
        turn = asyncio.create_task(
            told(bot.resume(ChatRef(conversation_id=begun.conversation_id, chat_id=begun.chat_id)))
        )
        await coze.until(lambda: coze.called("chat.retrieve"))
        await coze.go_away()
        await coze.come_back()
        coze.go("resumed")

        assert ["Hello"] == read(await turn)

    async def test_a_chat_that_failed_says_why(self, cloud, bot):
        cloud.will_play(act.Fail(4011, "no balance"))
        asked = await question(bot)
        with pytest.raises(Refused):
            await told(bot.ask(asked))

        with pytest.raises(Refused) as refused:
            await told(bot.resume(await bot.find_chat(sought(asked))))
        assert "quota_used" == refused.value.message_id

    async def test_a_chat_that_is_gone_is_given_up(self, cloud, bot):
        conversation = await bot.open_conversation("u")
        for gone in (ChatRef(conversation_id=conversation, chat_id="1"), ChatRef(conversation_id="1", chat_id="1")):
            with pytest.raises(Refused) as refused:
                await told(bot.resume(gone))
            assert Refused is type(refused.value)


class TestFinding:
    async def test_a_question_is_found_by_its_key_alone(self, coze, bot):
        first = await question(bot, key="first")
        await told(bot.ask(first))
        second = Question(key="second", user_id="u-1", conversation_id=first.conversation_id, text="hello")
        events = await told(bot.ask(second))

        found = await bot.find_chat(sought(second))
        assert ChatRef(conversation_id=first.conversation_id, chat_id=events[0].chat_id) == found
        if coze.flavour.keeps_meta_data:
            assert await bot.find_chat(replace(sought(second), key="third")) is None

    @pytest.mark.parametrize(
        ("text", "since", "found"),
        [
            ("hello", 0, True),
            (" hello\n", 0, True),
            ("hullo", 0, False),
            ("hello", 5, False),
            ("hello, Ada", 0, False),
            ("Hello", 0, False),
        ],
        ids=["the same words", "with white space", "other words", "before we asked", "more words", "other letters"],
    )
    async def test_a_studio_that_forgets_our_key_is_asked_for_our_words(self, text, since, found):
        async with Coze(flavour="studio") as studio, connected(studio) as bot:
            studio.every = 0
            asked = await question(bot)
            await told(bot.ask(asked))
            wanted = replace(sought(asked), text=text, since=time.time() - 3 + since)

            assert found == (await bot.find_chat(wanted) is not None)

    async def test_a_question_listed_late_is_found_the_second_time(self, coze, bot):
        asked = await question(bot)
        events = await told(bot.ask(asked))
        coze.faults.add("conversation.message.list", status=200, body={"code": 0, "data": []})

        found = await bot.find_chat(sought(asked))
        assert events[0].chat_id == found.chat_id

    async def test_a_lost_conversation_holds_no_question(self, cloud, bot):
        assert await bot.find_chat(Sought(conversation_id="77", key="k")) is None


class TestCancelling:
    async def test_a_running_chat_stops(self, cloud, bot):
        cloud.will_say("a", pause_until="never")
        async with aclosing(bot.ask(await question(bot))) as events:
            begun = await anext(events)
        asked = ChatRef(conversation_id=begun.conversation_id, chat_id=begun.chat_id)
        await bot.cancel(asked)

        assert "canceled" == cloud.chats[0].status
        await bot.cancel(asked)  # it is over, and that is fine

    async def test_a_chat_that_is_over_is_fine(self, coze, bot):
        events = await answers(bot)
        asked = ChatRef(conversation_id=events[0].conversation_id, chat_id=events[0].chat_id)

        await bot.cancel(asked)

    async def test_a_chat_that_is_gone_is_fine(self, cloud, bot):
        await bot.cancel(ChatRef(conversation_id="1", chat_id="1"))

    @pytest.mark.parametrize("refused", [1, 2, 5, 9])
    async def test_a_running_chat_that_will_not_stop_yet_is_stopped_again(self, cloud, bot, refused):
        cloud.will_say("a", pause_until="never")
        async with aclosing(bot.ask(await question(bot))) as events:
            begun = await anext(events)
        cloud.refused_cancels = refused
        await bot.cancel(ChatRef(conversation_id=begun.conversation_id, chat_id=begun.chat_id))

        assert "canceled" == cloud.chats[0].status
        assert refused + 1 == len(cloud.called("chat.cancel"))

    async def test_one_that_never_stops_is_over_some_day(self, cloud, bot):
        cloud.will_say("a", pause_until="on")
        async with aclosing(bot.ask(await question(bot))) as events:
            begun = await anext(events)
        cloud.refused_cancels = 1_000
        stopping = asyncio.create_task(
            bot.cancel(ChatRef(conversation_id=begun.conversation_id, chat_id=begun.chat_id))
        )
        await cloud.until(lambda: len(cloud.called("chat.cancel")) > 2)
        cloud.go("on")
        await stopping

        assert "completed" == cloud.chats[0].status

    async def test_a_running_chat_that_will_not_stop_is_no_secret(self, cloud):
        cloud.will_say("a", pause_until="never")
        cloud.refused_cancels = 1_000
        async with connected(cloud, timeouts=replace(QUICK, cancelling=0.01)) as bot:
            async with aclosing(bot.ask(await question(bot))) as events:
                begun = await anext(events)
            with pytest.raises(Refused):
                await bot.cancel(ChatRef(conversation_id=begun.conversation_id, chat_id=begun.chat_id))
