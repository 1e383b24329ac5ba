"""Our Coze client against a Coze on loopback: everything a turn can meet on its way."""

import asyncio
import gzip
import json
import time
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import aiohttp
import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
from bridge.coze.timeouts import Timeouts
from bridge.coze.transport import UNSENT, _translate_error
from bridge.sdk.asking import (
    ChatFinished,
    ChatRef,
    ChatStarted,
    Context,
    Delta,
    FollowUpSuggested,
    MessageCompleted,
    Question,
    Sought,
)
from bridge.sdk.errors import (
    ConversationLost,
    Later,
    Occupied,
    RateLimited,
    Refused,
    Unauthorised,
    Uncertain,
    Unreachable,
)
from simulators.coze import BOT, TOKEN, Coze
from simulators.coze import script as act
from simulators.coze.wire import Wire
from tests.wire.hearing import read, told

QUICK = Timeouts(poll_intervals=(0.005, 0.01), relist=0.005, cancel_again=0.005, trailing=0.3)


@pytest.fixture(params=["cloud", "studio"])
async def coze(request):
    """Both flavours of Coze, which write as fast as they can."""
    async with Coze(flavour=request.param) as server:
        server.every = 0
        yield server


@pytest.fixture
async def cloud():
    """The cloud's Coze, which writes as fast as it can."""
    async with Coze() as server:
        server.every = 0
        yield server


@pytest.fixture
async def studio():
    """Coze Studio, which writes as fast as it can."""
    async with Coze(flavour="studio") as server:
        server.every = 0
        yield server


@asynccontextmanager
async def connected(coze, timeouts=QUICK, tokens=None):
    """A bot at *coze*."""
    async with CozeConnection(coze.url, tokens or StaticToken(TOKEN), timeouts=timeouts) as connection:
        yield connection.bot("assistant", BOT)


@pytest.fixture
async def bot(request):
    """A bot of the server that the test asks for."""
    server = next(request.getfixturevalue(name) for name in ("coze", "cloud", "studio") if name in request.fixturenames)
    async with connected(server) as it:
        yield it


async def question(bot, text="hello", key="k1", **more):
    return Question(key=key, user_id="u-1", conversation_id=await bot.open_conversation("u-1"), text=text, **more)


def sought(asked):
    return Sought(key=asked.key, conversation_id=asked.conversation_id, text=asked.text, since=time.time() - 3)


async def answers(bot, **how):
    """The events of one new question."""
    return await told(bot.ask(await question(bot, **how)))


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


class TestFailing:
    @pytest.mark.parametrize("shape", ["chat.failed", "bare", "error"])
    @pytest.mark.parametrize("code", [5000, "5000", None])
    @pytest.mark.parametrize("said", [(), (act.Say(("a", "b")),)], ids=["at once", "half-way"])
    async def test_every_shape_of_a_failure_is_one(self, coze, bot, shape, code, said):
        coze.will_play(*said, act.Fail(code, shape=shape))

        with pytest.raises(Later):
            await answers(bot)

    async def test_a_second_chat_in_a_conversation_is_told_to_wait(self, cloud, bot):
        cloud.will_say("a", pause_until="never")
        asked = await question(bot)
        async with aclosing(bot.ask(asked)) as events:
            await anext(events)

            with pytest.raises(Occupied):
                await told(bot.ask(asked))

    @pytest.mark.parametrize("code", [4002, 4200])
    async def test_a_lost_conversation_is_told_apart(self, cloud, bot, code):
        cloud.unknown_conversation = code
        with pytest.raises(ConversationLost):
            await told(bot.ask(Question(key="k", user_id="u", conversation_id="77", text="hello")))

    @pytest.mark.parametrize("code", [4002, 4200])
    async def test_one_that_was_used_here_can_be_lost_later(self, cloud, bot, code):
        cloud.unknown_conversation = code
        asked = await question(bot)
        await told(bot.ask(asked))
        cloud.conversations.clear()

        with pytest.raises(ConversationLost):
            await told(bot.ask(asked))

    @pytest.mark.parametrize("code", [4200, 4006, 4012, 4015, 103100002, 777777775])
    async def test_a_bot_that_is_not_there_is_no_lost_conversation(self, cloud, bot, code):
        """Coze has one number for both; what was never used cannot be lost, however often it is tried."""
        cloud.bots, cloud.unknown_bot = set(), code
        asked = await question(bot)
        for _ in range(2):
            with pytest.raises(Refused) as said:
                await told(bot.ask(asked))
            assert "bot_misconfigured" == said.value.message_id

    async def test_nor_is_one_for_which_no_conversation_can_be_opened(self, cloud, bot):
        cloud.faults.add("conversation.create", status=200, body={"code": 4200, "msg": "bot_id=7 does not exist"})

        with pytest.raises(Refused) as said:
            await bot.open_conversation("u-1")
        assert "bot_misconfigured" == said.value.message_id

    @pytest.mark.parametrize(
        ("fault", "kind"),
        [
            ({"status": 200, "body": {"code": 4100, "msg": "no", "detail": {"logid": "L"}}}, Unauthorised),
            ({"status": 401}, Unauthorised),
            ({"status": 400, "body": {"code": 400, "msg": "agent not match"}}, Refused),
            ({"status": 200, "body": {"code": "4016", "msg": "occupied"}}, Occupied),
            ({"status": 200, "body": {"code": 4028, "msg": "pay"}}, Refused),
            ({"status": 429, "headers": {"Retry-After": "7"}}, RateLimited),
            ({"status": 500, "body": {"code": 5000, "msg": "sorry"}}, Later),
        ],
        ids=str,
    )
    async def test_json_where_a_stream_should_be_is_a_refusal(self, coze, bot, fault, kind):
        asked = await question(bot)
        coze.faults.add("chat", **fault)

        with pytest.raises(kind) as refusal:
            await told(bot.ask(asked))
        assert kind is type(refusal.value)
        assert refusal.value.log_id
        assert (7 if "headers" in fault else None) == getattr(refusal.value, "retry_after", None)

    @pytest.mark.parametrize(
        "fault", [{"status": 502}, {"status": 504, "apply": True}, {"status": 200, "body": "<html>"}]
    )
    async def test_a_gateways_word_proves_nothing(self, coze, bot, fault):
        asked = await question(bot)
        coze.faults.add("chat", **fault)

        with pytest.raises(Uncertain):
            await told(bot.ask(asked))
        assert bool(fault.get("apply")) == (await bot.find_chat(sought(asked)) is not None)

    @pytest.mark.parametrize("status", [502, 503, 504])
    async def test_a_gateway_that_answers_a_plain_call_itself_means_that_nobody_is_there(self, coze, bot, status):
        coze.faults.add("conversation.create", status=status, body="<html>")

        with pytest.raises(Unreachable):
            await bot.open_conversation("u")

    async def test_a_wrong_token_is_told_to_the_operator(self, coze):
        async with connected(coze, tokens=StaticToken("pat_wrong")) as bot:
            with pytest.raises(Unauthorised) as refused:
                await told(bot.ask(await question(bot)))

        assert "pat_wrong" not in str(refused.value)
        assert "region" in refused.value.detail

    async def test_a_token_that_died_is_renewed_once(self, coze):
        class Renewed:
            """A source whose first token has died."""

            def __init__(self):
                self.tokens = ["dead", TOKEN]

            async def token(self):
                return self.tokens[0]

            async def refresh(self, stale):
                assert stale == self.tokens.pop(0)
                return True

        async with connected(coze, tokens=Renewed()) as bot:
            conversation = await bot.open_conversation("u")
        async with connected(coze, tokens=Renewed()) as bot:
            events = await told(bot.ask(Question(key="k", user_id="u", conversation_id=conversation, text="hello")))

        assert isinstance(events[-1], ChatFinished)

    @pytest.mark.parametrize(
        "fault",
        [
            {"status": 404, "body": {"code": 4000, "msg": "The requested API endpoint does not exist."}},
            {"status": 401, "body": {"code": 401, "msg": "missing session_key in cookie"}},
            {"status": 200, "body": {"code": 4101, "msg": "no createConversation"}},
            {"status": 200, "body": {"code": 0, "data": None}},
            {"status": 200, "body": {"code": 0, "data": {}}},
            {"status": 404, "body": "404: Not Found"},
        ],
        ids=str,
    )
    async def test_where_coze_makes_no_conversation_the_first_question_does(self, coze, bot, fault):
        coze.faults.add("conversation.create", times=1, **fault)
        coze.will_say("Hello")
        with capture_logs() as log:
            asked = await question(bot)
        events = await told(bot.ask(asked))

        assert "" == asked.conversation_id
        assert ["Hello"] == read(events)
        assert next(one for one in events if isinstance(one, ChatStarted)).conversation_id in coze.conversations
        assert ["conversation.not_created"] == [line["event"] for line in log]


class TestCuts:
    async def test_nobody_there_means_nothing_was_asked(self, coze, bot):
        asked = await question(bot)
        await coze.go_away()

        with pytest.raises(Unreachable):
            await told(bot.ask(asked))
        with pytest.raises(Unreachable):
            await bot.open_conversation("u")

    async def test_a_line_that_cannot_be_trusted_carries_no_question(self, cloud):
        async with CozeConnection(cloud.url.replace("http:", "https:"), StaticToken(TOKEN)) as connection:
            with pytest.raises(Unreachable):
                await told(connection.bot("assistant", BOT).ask(QUESTION))

        assert [] == cloud.calls

    @pytest.mark.parametrize("taken", [False, True])
    async def test_a_question_cut_off_may_have_been_taken_and_finding_tells(self, coze, bot, taken):
        """The transport calls this a connect timeout; whoever believed it would ask twice."""
        asked = await question(bot)
        coze.faults.add("chat", cut=True, apply=taken)

        with pytest.raises(Uncertain):
            await told(bot.ask(asked))
        found = await bot.find_chat(sought(asked))
        assert taken == (found is not None)
        assert not taken or isinstance((await told(bot.resume(found)))[-1], ChatFinished)

    @pytest.mark.parametrize(
        ("failure", "sent"),
        [
            (aiohttp.ConnectionTimeoutError("slow"), False),
            (aiohttp.ServerDisconnectedError(), True),
            (aiohttp.ClientOSError(104, "reset"), True),
            (aiohttp.SocketTimeoutError("slow"), True),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_what_was_never_sent_is_told_apart(self, failure, sent):
        request = httpx.Request("POST", "https://api.coze.cn/v3/chat")

        assert sent != isinstance(_translate_error(failure, request), UNSENT)

    async def test_no_head_of_a_stream_in_time_is_uncertain(self, coze):
        async with connected(coze, Timeouts(first_byte=0.05)) as bot:
            asked = await question(bot)
            coze.faults.add("chat", delay=60)

            with pytest.raises(Uncertain):
                await told(bot.ask(asked))

    async def test_a_stream_that_names_no_chat_in_time_is_uncertain(self):
        async with raw(HEAD) as server, connected(server, Timeouts(first_byte=0.05)) as bot:
            with pytest.raises(Uncertain):
                await told(bot.ask(QUESTION))

    @pytest.mark.parametrize(
        "steps",
        [
            [act.Cut(), act.Say(("Hello",))],
            [act.Say(("Hel",)), act.Cut(), act.Say(("lo",))],
            [act.Say(("Hel", "lo")), act.NextAnswer(), act.Cut()],
            [
                act.Say(("Hel",)),
                act.Raw(b'event:conversation.message.delta\ndata:{"id":"1","ty'),
                act.Cut(),
                act.Say(("lo",)),
            ],
            [act.Say(("Hel",)), act.Raw(b"event:conversation.message.delta\ndata:{]\n\n"), act.Say(("lo",))],
            [act.Say(("Hel",)), act.Raw(b"data:" + b"x" * 1_100_000), act.Cut(), act.Say(("lo",))],
        ],
        ids=["at once", "half-way", "after the answer", "in an event", "garbled", "endless line"],
    )
    async def test_what_a_cut_took_away_is_fetched(self, coze, bot, steps):
        coze.will_play(*steps)
        events = await answers(bot)

        assert (["Hello"], ChatFinished) == (read(events), type(events[-1]))
        assert 1 == len(coze.called("chat"))

    async def test_an_answer_that_is_listed_late_is_waited_for(self, cloud, bot):
        cloud.late_lists = 2
        cloud.will_play(act.Cut(), act.Say(("Hello",)))

        assert ["Hello"] == read(await answers(bot))

    async def test_an_answer_that_is_gone_does_not_cost_the_conversation(self, coze, bot):
        """A conversation lost behind the question is no reason to ask again in a new one."""
        coze.will_play(act.Cut(), act.Say(("Hello",)))
        coze.faults.add("chat.message.list", status=200, body={"code": 4200, "msg": "gone"})

        with pytest.raises(Refused) as refused:
            await answers(bot)
        assert Refused is type(refused.value)

    async def test_a_failure_behind_a_cut_is_a_failure(self, cloud, bot):
        cloud.will_play(act.Say(("Hel",)), act.Cut(), act.Fail(4014, "not this"))

        with pytest.raises(Refused) as refused:
            await answers(bot)
        assert "refused_content" == refused.value.message_id

    async def test_polls_that_fail_are_repeated(self, coze, bot):
        coze.faults.add("chat.retrieve", status=502)
        coze.faults.add("chat.retrieve", cut=True)
        coze.faults.add("chat.retrieve", status=429, headers={"Retry-After": "0.01"})
        coze.will_say("Hel", then=("lo",), pause_until="polled", ending=())
        coze.scripts[-1] = [act.Say(("Hel",)), act.Cut(), act.Pause("polled"), act.Say(("lo",))]
        asked = await question(bot)
        turn = asyncio.create_task(told(bot.ask(asked)))
        await coze.until(lambda: len(coze.called("chat.retrieve")) > 4)
        coze.go("polled")

        assert ["Hello"] == read(await turn)

    async def test_polls_that_keep_failing_are_left_to_the_caller(self, coze):
        async with connected(coze, Timeouts(poll_intervals=(0.005,), poll_outage=0.05)) as bot:
            asked = await question(bot)
            coze.faults.add("chat.retrieve", times=1000, status=502)
            coze.will_play(act.Cut(), act.Pause("never"))

            with pytest.raises(Later):
                await told(bot.ask(asked))


class TestSilence:
    async def test_a_bot_that_thinks_long_is_asked_about_and_heard_on(self, coze):
        async with connected(coze, Timeouts(idle=0.02, probe_interval=0.01)) as bot:
            coze.will_say("Hel", pause_until="thought", then=("lo",))
            turn = asyncio.create_task(answers(bot))
            await coze.until(lambda: len(coze.called("chat.retrieve")) > 2)
            coze.go("thought")
            events = await turn

        assert [ChatStarted, Delta, Delta, MessageCompleted, ChatFinished] == [type(event) for event in events]
        assert 1 == len(coze.called("chat"))

    async def test_a_stream_that_missed_the_end_is_hung_up(self, coze):
        """The chat is over, the line is open, and nothing will ever come."""
        async with connected(coze, Timeouts(idle=0.02, probe_interval=0.01)) as bot:
            over = {"code": 0, "data": {"id": "1", "conversation_id": "2", "status": "completed"}}
            coze.faults.add("chat.retrieve", times=100, status=200, body=over)
            coze.will_play(act.Say(("Hel", "lo")), act.NextAnswer(), act.Answer("again"), act.Pause("never"))
            events = await answers(bot)

        assert ["Hello", "again"] == read(events)
        assert isinstance(events[-1], ChatFinished)

    async def test_what_cannot_be_asked_about_may_still_speak(self, coze):
        async with connected(coze, Timeouts(idle=0.02, probe_interval=0.01)) as bot:
            coze.faults.add("chat.retrieve", times=100, status=403)
            coze.will_say("Hel", pause_until="thought", then=("lo",))
            turn = asyncio.create_task(answers(bot))
            await coze.until(lambda: len(coze.called("chat.retrieve")) > 1)
            coze.go("thought")

            assert ["Hello"] == read(await turn)

    @pytest.mark.parametrize("cut", [(), (act.Cut(),)], ids=["streaming", "polling"])
    async def test_no_turn_lasts_for_ever(self, cloud, cut):
        async with connected(cloud, Timeouts(poll_intervals=(0.01,), total=0.5)) as bot:
            cloud.will_play(act.Say(("a",)), *cut, act.Pause("never"))

            with pytest.raises(Refused):
                await answers(bot)
        assert "canceled" == cloud.chats[0].status


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
CHAT = {"id": "11", "conversation_id": "22", "status": "completed", "usage": {"token_count": 9}}
ANSWER = {"chat_id": "11", "conversation_id": "22", "role": "assistant", "type": "answer", "content_type": "text"}
QUESTION = Question(key="k", user_id="u", conversation_id="22", text="hello")


def _event(name, data):
    return f"event:conversation.{name}\ndata:{json.dumps(data, ensure_ascii=False)}\n\n".encode()


CREATED = _event("chat.created", CHAT | {"status": "created"})
STREAM = b"".join(
    (
        CREATED,
        _event("message.delta", ANSWER | {"id": "1", "content": "你"}),
        _event("message.delta", ANSWER | {"id": "1", "content": "好😀"}),
        _event("message.completed", ANSWER | {"id": "1", "content": "你好😀"}),
        _event("message.completed", ANSWER | {"id": "2", "content": "so"}),
        _event("chat.completed", CHAT),
        b'event:done\ndata:"[DONE]"\n\n',
    )
)


class RawServer:
    """A server that sends these very bytes for a stream, and knows how the chat ended."""

    def __init__(self, stream, *, stays):
        self.stream = stream
        self.stays = stays  # with the line open, until the client hangs up
        self.url = ""
        self.left = asyncio.Event()

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split()[1]
        if "/v3/chat?" in path:
            writer.write(self.stream)
            if self.stays:
                await reader.read()  # the body,
                await reader.read()  # and then the end
                self.left.set()
        else:
            listed = [ANSWER | {"id": "1", "content": "你好😀"}, ANSWER | {"id": "2", "content": "so"}]
            body = json.dumps({"code": 0, "data": listed if "list" in path else CHAT}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def raw(stream, *, stays=True):
    it = RawServer(stream, stays=stays)
    server = await asyncio.start_server(it.serve, "127.0.0.1")
    it.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield it
    finally:
        server.close()


async def test_it_does_not_matter_where_the_stream_is_cut():
    """At every single byte: either nobody knows whether the bot took the question, or the whole answer comes."""
    async with raw(b"", stays=False) as server, connected(server) as bot:
        for cut in range(len(STREAM)):
            server.stream = HEAD + STREAM[:cut]
            if cut < len(CREATED) - 2:  # without the last newlines it can be read all the same
                with pytest.raises(Uncertain):
                    await told(bot.ask(QUESTION))
                continue
            events = await told(bot.ask(QUESTION))

            assert (["你好😀", "so"], ChatFinished(tokens=9)) == (read(events), events[-1])


class TestHangingUp:
    async def test_closing_the_iterator_closes_the_line(self):
        async with raw(HEAD + STREAM[:400]) as server, connected(server) as bot:
            async with aclosing(bot.ask(QUESTION)) as events:
                await anext(events)

            await server.left.wait()

    async def test_a_cancelled_turn_closes_the_line(self):
        async with raw(HEAD + CREATED) as server, connected(server) as bot:
            begun = asyncio.Event()

            async def listen():
                async for _ in bot.ask(QUESTION):
                    begun.set()

            turn = asyncio.create_task(listen())
            await begun.wait()
            turn.cancel()
            await asyncio.wait([turn])

            await server.left.wait()

    async def test_a_server_that_never_says_done_is_not_waited_for(self):
        stream = STREAM.removesuffix(b'event:done\ndata:"[DONE]"\n\n')
        async with raw(HEAD + stream) as server, connected(server, Timeouts(trailing=0.02)) as bot:
            events = await told(bot.ask(QUESTION))

            assert ChatFinished(tokens=9) == events[-1]
            await server.left.wait()


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


class TestAProxy:
    @pytest.mark.filterwarnings("ignore::DeprecationWarning")  # how the transport tells aiohttp who we are
    async def test_everything_goes_by_it(self):
        asked = []

        async def pass_on(request):
            asked.append((request.headers["Host"], request.headers.get("Proxy-Authorization", "")[:5]))
            return web.json_response({"code": 0, "data": {"id": "22"}})

        app = web.Application()
        app.router.add_route("*", "/{anything:.*}", pass_on)
        async with TestServer(app) as server:
            proxy = f"http://ann:sesame@{server.host}:{server.port}"
            async with CozeConnection("http://coze.invalid", StaticToken(TOKEN), proxy=proxy) as connection:
                assert "22" == await connection.bot("assistant", BOT).open_conversation("u-1")

        assert [("coze.invalid", "Basic")] == asked

    async def test_one_that_is_not_there_means_nothing_was_asked(self):
        async with CozeConnection("http://coze.invalid", StaticToken(TOKEN), proxy="http://127.0.0.1:1") as connection:
            with pytest.raises(Unreachable):
                await connection.bot("assistant", BOT).open_conversation("u-1")


async def test_a_connection_lends_nothing_outside_its_block(cloud):
    connection = CozeConnection(cloud.url, StaticToken(TOKEN))

    with pytest.raises(RuntimeError, match="open connection"):
        connection.bot("assistant", BOT)


async def test_of_conversations_that_nobody_used_the_last_are_remembered(cloud, bot, monkeypatch):
    monkeypatch.setattr("bridge.coze.bot._UNPROVEN_MOST", 3)
    made = [await bot.open_conversation("u-1") for _ in range(5)]

    assert made[2:] == list(bot._unproven)
