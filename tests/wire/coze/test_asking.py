"""A question, and everything Coze may say to it."""

import asyncio
import gzip
import json
from contextlib import aclosing

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
from bridge.sdk.asking import (
    ChatFinished,
    ChatRef,
    ChatStarted,
    Context,
    Delta,
    FollowUpSuggested,
    MessageCompleted,
    Question,
)
from bridge.sdk.errors import Refused
from simulators.coze import BOT, TOKEN
from simulators.coze import script as act
from simulators.coze.wire import Wire
from tests.wire.coze.harness import answers, question
from tests.wire.hearing import read, told


class TestAsking:
    async def test_an_answer_comes_as_it_is_written(self, coze, bot):
        coze.will_say("Hel", "lo", follow_ups=("And now?",), reasoning=("hm",))

        match await answers(bot):
            case [
                ChatStarted(),
                Delta(text="Hel"),
                Delta(text="lo"),
                MessageCompleted(text="Hello"),
                FollowUpSuggested(text="And now?"),
                end,
            ]:
                assert end.tokens > 0
            case other:
                pytest.fail(f"heard {other}")

    async def test_a_question_is_sent_so_that_it_can_be_found_again(self, coze, bot):
        context = Context(
            variables={"name": "Ann"}, parameters={"city": "Paris"}, meta_data={"team": "x" * 600, "empty": ""}
        )
        asked = await question(bot, "what's up?", key="01J", context=context)
        await told(bot.ask(asked))
        params = coze.called("chat")[0].params

        assert {
            "bot_id": BOT,
            "user_id": "u-1",
            "stream": True,
            "auto_save_history": True,
            "conversation_id": asked.conversation_id,
            "custom_variables": {"name": "Ann"},
            "parameters": {"city": "Paris"},
            "meta_data": {"team": "x" * 512, "bridge_key": "01J"},
            "additional_messages": [
                {
                    "role": "user",
                    "type": "question",
                    "content_type": "text",
                    "content": "what's up?",
                    "meta_data": {"bridge_key": "01J"},
                }
            ],
        } == params

    @pytest.mark.parametrize(("steps", "says"), [([act.FunctionCall()], "no_text"), ([act.Card("{}")], "card")])
    async def test_a_bot_that_gave_no_text_is_not_met_with_silence(self, coze, bot, steps, says):
        coze.will_play(*steps)

        with pytest.raises(Refused) as refused:
            await answers(bot)
        assert says == refused.value.message_id

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            ({"output": "Sunny."}, "Sunny."),
            ({"data": "Sunny."}, "Sunny."),
            ({"output": {"sky": "blue", "temp": 21}}, "- **sky**: blue\n- **temp**: 21"),
            ({"output": ["a", "b"]}, "- a\n- b"),
            ({"output": "**bold**\n你好"}, "**bold**\n你好"),
        ],
        ids=str,
    )
    async def test_an_answer_that_is_an_output_is_read_for_its_text(self, coze, bot, content, text):
        coze.will_play(act.Answer(json.dumps(content)))

        assert [text] == read(await answers(bot))

    @pytest.mark.parametrize(
        ("items", "text"),
        [
            ([{"type": "image", "file_url": "https://c.cn/a.png"}], "![image](https://c.cn/a.png)"),
            ([{"type": "image", "url": "https://c.cn/a.png"}], "![image](https://c.cn/a.png)"),
            (
                [{"type": "text", "text": "See:"}, {"type": "file", "name": "a.pdf", "file_url": "https://c.cn/a.pdf"}],
                "See:\n[a.pdf](https://c.cn/a.pdf)",
            ),
            ([{"type": "text", "text": "a"}, {"type": "image", "file_id": "1"}, {"type": "text", "text": "b"}], "a\nb"),
        ],
        ids=str,
    )
    async def test_an_answer_in_pieces_comes_with_its_pictures_and_files(self, coze, bot, items, text):
        coze.will_play(act.Answer(json.dumps(items), "object_string"))

        assert [text] == read(await answers(bot))

    @pytest.mark.parametrize(
        ("default", "shown"),
        [
            ("Tea or coffee?", "Tea or coffee?"),
            ({"title": "Berlin", "subtitle": "Rain"}, "Berlin\nRain"),
            ([{"name": "S"}, {"name": "M"}], "S\nM"),
            (json.dumps({"question": "哪个城市？", "picture": "https://c.cn/a.png"}), "哪个城市？"),
        ],
        ids=str,
    )
    async def test_a_card_is_read_for_what_its_variables_say(self, coze, bot, default, shown):
        """Never for the names of its components."""
        column = {"name": "FlowpdCiciComponentsColumnLayout", "type": "@flowpd/cici-components/ColumnLayout"}
        drawn = {"elements": {"root": column}, "variables": {"x": {"name": "cardData", "defaultValue": default}}}
        coze.will_play(act.Card(json.dumps({"card_type": 3, "data": json.dumps(drawn)})))

        assert [shown] == read(await answers(bot))

    @pytest.mark.parametrize(
        "pieces",
        [
            ("<think>Ulm?</think>Sunny.",),
            ("<th", "ink>Ul", "m?</thi", "nk>Sun", "ny."),
            ("<thinking>Ulm?\n", "Ulm!</thinking>\n", "Sunny."),
            ("<THINK>Ulm", "?</THINK>", "Sunny."),
        ],
        ids=str,
    )
    async def test_reasoning_in_the_text_is_dropped_while_it_grows_too(self, coze, bot, pieces):
        coze.will_say(*pieces)
        heard = await answers(bot)

        assert ["Sunny."] == read(heard)
        assert not any("Ulm" in event.text for event in heard if isinstance(event, Delta))

    async def test_functions_we_do_not_have_are_declined_and_the_answer_goes_on(self, cloud, bot):
        cloud.will_play(act.Say(("a",)), act.RequiresAction(), act.Say(("b",)), act.RequiresAction(), act.Say(("c",)))

        assert ["a", "b", "c"] == read(await answers(bot))
        assert [True, True] == [call.ok for call in cloud.called("chat.submit_tool_outputs")]

    async def test_functions_are_declined_after_a_cut_too(self, cloud, bot):
        cloud.will_play(act.Say(("a",)), act.Cut(), act.RequiresAction(), act.Say(("b",)))

        assert ["a", "b"] == read(await answers(bot))

    async def test_a_bot_that_never_stops_asking_for_functions_is_given_up(self, cloud, bot):
        cloud.will_play(*[act.RequiresAction()] * 9)

        with pytest.raises(Refused) as refused:
            await answers(bot)
        assert "tool_not_available" == refused.value.message_id

    async def test_a_conversation_that_studio_replaces_is_told(self, studio, bot):
        events = await told(bot.ask(Question(key="k", user_id="u", conversation_id="77", text="hello")))

        assert "77" != events[0].conversation_id

    async def test_a_chat_that_somebody_else_cancels_ends(self, cloud, bot):
        cloud.tells_cancel = True
        cloud.will_say("a", pause_until="never")
        async with aclosing(bot.ask(await question(bot))) as events:
            begun = await anext(events)
            await anext(events)
            await bot.cancel(ChatRef(conversation_id=begun.conversation_id, chat_id=begun.chat_id))

            assert [ChatFinished()] == [event async for event in events]

    async def test_a_hundred_and_fifty_bots_may_think_at_once(self, studio, bot):
        """The transport's own session would hold all but a hundred of them back, and say nothing."""
        many = 150
        asked = await question(bot)
        for _ in range(many):
            studio.will_say("a", pause_until="all", then=("b",))
        async with asyncio.TaskGroup() as tasks:
            turns = [tasks.create_task(told(bot.ask(asked))) for _ in range(many)]
            await studio.until(lambda: many == sum(chat.deltas for chat in studio.chats))
            studio.go("all")

        assert [["ab"]] * many == [read(turn.result()) for turn in turns]


class TestTheHead:
    @pytest.mark.parametrize(
        "head",
        [
            "Text/Event-Stream",
            "TEXT/EVENT-STREAM; charset=UTF-8",
            "text/event-stream",
            "text/Event-Stream;charset=utf-8",
        ],
    )
    async def test_its_case_means_nothing(self, coze, bot, head):
        coze.wire = Wire(head=head)
        coze.will_say("Hel", "lo")

        assert ["Hello"] == read(await answers(bot))

    @pytest.mark.parametrize("how", [{}, {"slice": 1}, {"crlf": True, "comments": True}, {"seed": 7}], ids=str)
    async def test_a_compressed_stream_is_read_as_it_comes(self, coze, bot, how):
        """Some gateways compress whatever one says; then each event still comes when it is sent."""
        coze.wire = Wire(gzip=True, **how)
        coze.will_say("Hel", pause_until="on", then=("lo",))
        async with aclosing(bot.ask(await question(bot))) as events:
            heard = [await anext(events), await anext(events)]
            coze.go("on")
            heard += [event async for event in events]

        assert ["Hello"] == read(heard)

    async def test_a_compressed_answer_to_a_plain_call_is_read(self, cloud):
        body = gzip.compress(json.dumps({"code": 0, "data": {"id": "7"}}).encode())

        async def create(_):
            return web.Response(body=body, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})

        app = web.Application()
        app.router.add_post("/v1/conversation/create", create)
        async with TestServer(app) as server, CozeConnection(str(server.make_url("/")), StaticToken(TOKEN)) as home:
            assert "7" == await home.bot("a", BOT).open_conversation("u-1")
