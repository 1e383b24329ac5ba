"""Our workflow bot against a Coze on loopback: nodes that speak, ask back and fail, on both flavours."""

import asyncio
import json
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
from bridge.coze.error_codes import RunExpired
from bridge.coze.interrupts import Interrupt
from bridge.coze.timeouts import Timeouts
from bridge.coze.workflow import CONVERSATION
from bridge.sdk.asking import (
    ChatFinished,
    ChatRef,
    ChatStarted,
    Context,
    Delta,
    FollowUpSuggested,
    InputRequired,
    MessageCompleted,
    Question,
    ResponseStarted,
    Sought,
    Step,
)
from bridge.sdk.errors import ChatFailed, Later, Refused, Unauthorised, Uncertain, Unreachable
from bridge.sdk.model import MediaBytes
from simulators.coze import TOKEN, Coze
from simulators.coze import script as act
from simulators.coze.wire import Wire
from simulators.coze.workflows import APP
from tests.wire.hearing import read, told

FLOW = "7366468917055000000"
QUICK = Timeouts(workflow_idle=1.0, trailing=0.3, poll_intervals=(0.005, 0.01), relist=0.005, cancel_again=0.005)


@pytest.fixture(params=["cloud", "studio"])
async def coze(request):
    """Both flavours of Coze, which write as fast as they can."""
    async with Coze(flavour=request.param, bots=()) as server:
        server.every = 0
        yield server


@pytest.fixture
async def cloud():
    """The cloud's Coze, which writes as fast as it can."""
    async with Coze(bots=()) as server:
        server.every = 0
        yield server


@asynccontextmanager
async def connected(server, token=TOKEN, timeouts=QUICK, **how):
    if server.flavour.name == "studio":  # which does not tell where a workflow lives
        how = {"app_id": server.app, **how}
    async with CozeConnection(server.url, StaticToken(token), timeouts=timeouts) as connection:
        yield connection.workflow("report", FLOW, **how)


@pytest.fixture
async def bot(request):
    """A workflow of the server that the test asks for."""
    server = next(request.getfixturevalue(name) for name in ("coze", "cloud") if name in request.fixturenames)
    async with connected(server) as it:
        yield it


def question(text="sales", **more):
    return Question(key="k1", user_id="u-1", conversation_id=CONVERSATION, text=text, **more)


async def answers(bot, text="sales", **more):
    return await told(bot.ask(question(text, **more)))


def token_of(events):
    [waits] = [event for event in events if isinstance(event, InputRequired)]
    return waits.token


def ends(**variables):
    """A last node that gives these variables, and nothing else does."""
    message = {"content": json.dumps(variables), "node_is_finish": True, "node_seq_id": "0", "node_title": ""}
    data = f"id: 0\nevent: Message\ndata: {json.dumps(message)}\n\nid: 1\nevent: Done\ndata: {{}}\n\n"
    return act.Raw(data.encode())


DONE = "event: Done\ndata: {}\n\n"


def node(content, title, *, finish):
    message = {"content": content, "node_is_finish": finish, "node_id": "900", "node_title": title}
    return f"event: Message\ndata: {json.dumps(message)}\n\n"


class TestRunning:
    async def test_an_output_grows_and_stands_once(self, coze, bot):
        """The end node gives the same text again, as its variables; nobody wants to read it twice."""
        coze.will_say("Hel", "lo")

        match await answers(bot):
            case [
                ResponseStarted(),
                Delta(text="Hel"),
                Delta(text="lo"),
                MessageCompleted(text="Hello"),
                ChatStarted() as begun,
                ChatFinished(),
            ]:
                assert coze.runs[0].execute_id == begun.chat_id
            case other:
                pytest.fail(f"heard {other}")

    async def test_nodes_speak_one_after_the_other(self, coze, bot):
        coze.will_say("First.", answers=[("Se", "cond.")])

        assert ["First.", "Second."] == read(await answers(bot))

    async def test_its_steps_are_told_where_their_author_has_named_them(self, coze, bot):
        """The end node, and what nobody has named, are none."""
        words = (act.Say(("Loo", "king."), node="Search"), act.NextAnswer(), act.Say(("Hm.",), node="输出_2"))
        coze.will_play(*words, act.NextAnswer(), act.Say(("It is ", "so."), node="Sum up"))
        heard = await answers(bot)

        assert [("Search", False), ("Search", True), ("Sum up", False), ("Sum up", True)] == [
            (event.title, event.is_over) for event in heard if isinstance(event, Step)
        ]
        assert ["Looking.", "Hm.", "It is so."] == read(heard)

    async def test_a_step_that_never_said_that_it_was_over_is_over_with_the_run(self, cloud, bot):
        search = node("Looking.", "Search", finish=False).replace("900", "901")
        cloud.will_play(act.Raw((search + node("It is so.", "End", finish=True) + DONE).encode()))
        heard = await answers(bot)

        assert [False, True] == [event.is_over for event in heard if isinstance(event, Step)]

    @pytest.mark.parametrize("title", ["", "End", "结束", "end"])
    @pytest.mark.parametrize("pieces", [("Hello",), ("Hel", "lo"), (json.dumps({"output": "Hello"}),)], ids=str)
    async def test_what_the_end_node_repeats_is_said_once(self, cloud, bot, title, pieces):
        end = [node(piece, title, finish=at == len(pieces) - 1) for at, piece in enumerate(pieces)]
        cloud.will_play(act.Say(("Hel", "lo")), act.Raw("".join([*end, DONE]).encode()))
        heard = await answers(bot)

        assert ["Hello"] == read(heard)
        assert "Hello" == "".join(event.text for event in heard if isinstance(event, Delta))

    async def test_an_end_node_that_says_more_is_heard(self, cloud, bot):
        end = node("Hello", "End", finish=False) + node(", Ann", "End", finish=True) + DONE
        cloud.will_play(act.Say(("Hel", "lo")), act.Raw(end.encode()))

        assert ["Hello", "Hello, Ann"] == read(await answers(bot))

    @pytest.mark.parametrize(
        "pieces",
        [
            ("<think>Ulm?</think>Sunny.",),
            ("<th", "ink>Ul", "m?</thi", "nk>Sun", "ny."),
            ("<think>\n", "Ulm?\n</think>\n\nSunny."),
            ("<THINK>Ulm", "?</THINK>", "Sunny."),
        ],
        ids=str,
    )
    async def test_reasoning_in_a_nodes_text_is_dropped(self, coze, bot, pieces):
        coze.will_say(*pieces)
        heard = await answers(bot)

        assert ["Sunny."] == read(heard)
        assert not any("Ulm" in event.text for event in heard if isinstance(event, Delta))

    async def test_the_message_becomes_the_parameter_of_that_name(self, coze):
        coze.will_say("ok")
        async with connected(coze, parameter="text") as bot:
            await answers(bot, context=Context(variables={"name": "Ann", "text": "no"}, parameters={"city": "Paris"}))

        assert {
            "workflow_id": FLOW,
            "app_id": APP,
            "ext": {"user_id": "u-1"},
            "parameters": {"name": "Ann", "city": "Paris", "text": "sales"},
        } == coze.called("workflow.stream_run")[0].params

    @pytest.mark.parametrize("number", [1, 2])
    async def test_files_are_the_parameter_that_the_config_names(self, cloud, number):
        cloud.will_say("Cats.")
        photo = MediaBytes(name="cat.jpg", mime="image/jpeg", data=b"\xff\xd8\xff")
        async with connected(cloud, file="pictures") as bot:
            uploaded = [await bot.upload(photo) for _ in range(number)]
            await answers(bot, files=tuple(uploaded))
        given = [json.dumps({"file_id": file.file_id}) for file in uploaded]

        expected = {"pictures": given[0] if number == 1 else given, "input": "sales"}
        assert expected == cloud.called("workflow.stream_run")[0].params["parameters"]

    async def test_a_workflow_of_a_library_runs_for_nobody(self, coze):
        coze.app = None
        coze.will_say("ok")
        async with connected(coze) as bot:
            await answers(bot)

        assert "app_id" not in coze.called("workflow.stream_run")[0].params

    @pytest.mark.parametrize(
        "fault",
        [
            {"status": 403},
            {"status": 500},
            {"status": 200, "body": {"code": 4200, "msg": "no"}},
            {"status": 200, "body": {"code": 4101, "msg": "no getMetadata"}},
            {"status": 429},
            {"status": 502, "body": "<html>"},
        ],
        ids=str,
    )
    async def test_a_look_up_that_fails_is_made_again(self, cloud, bot, fault):
        """The token may get the right to it, and Coze may come back; until then it runs without."""
        cloud.faults.add("workflow.retrieve", **fault)
        for _ in range(3):
            cloud.will_say("ok")
            await answers(bot)

        assert [None, APP, APP] == [call.params.get("app_id") for call in cloud.called("workflow.stream_run")]
        assert 2 == len(cloud.called("workflow.retrieve"))

    @pytest.mark.parametrize(
        ("variables", "expected"),
        [
            ({"report": "All is well."}, "All is well."),
            ({"report": "All is well.", "score": 3, "more": None}, "All is well."),
            ({"title": "x", "output": "All is well."}, "All is well."),
            ({"title": "x", "data": "All is well."}, "All is well."),
            ({"output": json.dumps({"text": "All is well."})}, "All is well."),
            ({"city": "Ulm", "sky": "blue"}, "- **city**: Ulm\n- **sky**: blue"),
            ({"days": [{"sky": "blue"}, {"sky": "grey"}]}, "- **days**\n  - **sky**: blue\n  - **sky**: grey"),
            ({"temp": 21, "none": None, "tags": ["a", True]}, "- **temp**: 21\n- **tags**\n  - a\n  - true"),
            ({"output": "{not json"}, "{not json"),
        ],
        ids=str,
    )
    async def test_variables_are_read_and_not_shown(self, cloud, bot, variables, expected):
        cloud.will_play(ends(**variables), act.Pause("never"))

        assert [expected] == read(await answers(bot))

    @pytest.mark.parametrize(
        ("variables", "expected"),
        [
            ({"output": "no", "summary": "All is well.", "title": "x"}, "All is well."),
            ({"output": "no", "summary": ["a", {"b": 1}]}, "- a\n- **b**: 1"),
            ({"output": "no", "summary": 21}, "21"),
            ({"output": "as usual"}, "as usual"),
        ],
        ids=str,
    )
    async def test_the_output_that_the_config_names_is_the_answer(self, cloud, variables, expected):
        cloud.will_play(ends(**variables), act.Pause("never"))
        async with connected(cloud, output="summary") as bot:
            assert [expected] == read(await answers(bot))

    async def test_json_is_held_back_while_it_grows(self, cloud, bot):
        cloud.will_say('{"text": ', '"Hello"}')
        heard = await answers(bot)

        assert not [event for event in heard if isinstance(event, Delta)]
        assert ["Hello"] == read(heard)

    async def test_a_heartbeat_is_nothing(self, coze, bot):
        coze.will_play(act.Ping(), act.Say(("He",)), act.Ping(), act.Say(("llo",)))

        assert ["Hello"] == read(await answers(bot))

    @pytest.mark.parametrize(
        "wire", [Wire(slice=1), Wire(crlf=True, comments=True, seed=3), Wire(raw_separators=True)], ids=str
    )
    async def test_however_the_network_cuts_it(self, cloud, bot, wire):
        cloud.wire = wire
        cloud.will_say("你好\u2028", "world 🌍")

        assert ["你好\u2028world 🌍"] == read(await answers(bot))

    @pytest.mark.parametrize("output", ["", " \n", "\u200b", "<think>so it is</think>"])
    async def test_without_a_text_there_is_no_answer(self, cloud, bot, output):
        cloud.will_play(ends(output=output), act.Pause("never"))

        with pytest.raises(Refused) as said:
            await answers(bot)
        assert "no_text" == said.value.message_id


class TestInTheBackground:
    """Paid plans let a run go on for hours."""

    async def test_its_id_is_told_first_and_its_answer_at_the_end(self, cloud):
        cloud.will_play(act.Pause("hours"), act.Say(("All ", "is well.")))
        async with connected(cloud, background=True) as bot, aclosing(bot.ask(question())) as events:
            begun = await anext(events)
            cloud.go("hours")
            heard = [event async for event in events]

        assert ChatStarted(conversation_id=CONVERSATION, chat_id=cloud.runs[0].execute_id) == begun
        assert ["All is well."] == read(heard)
        assert cloud.called("workflow.run")[0].params["is_async"]

    async def test_what_it_asks_back_is_answered_as_ever(self, cloud):
        cloud.will_play(act.Interrupt("City?"), act.Say(("Sunny.",)))
        async with connected(cloud, background=True) as bot:
            asked = await answers(bot)
            heard = await answers(bot, "Ulm", resume_token=token_of(asked))

        assert ["City?"] == read(asked)
        assert ["Sunny."] == read(heard)

    async def test_a_plan_without_it_is_the_operators_business(self, cloud):
        cloud.paid = False
        async with connected(cloud, background=True) as bot:
            with pytest.raises(Refused) as said:
                await answers(bot)
        assert "bot_misconfigured" == said.value.message_id

    async def test_an_unpublished_workflow_is_told_as_such(self, cloud):
        cloud.workflows = set()
        async with connected(cloud, background=True) as bot:
            with pytest.raises(Refused) as said:
                await answers(bot)
        assert "bot_misconfigured" == said.value.message_id


class TestAskingBack:
    async def test_the_question_is_said_once_and_waits(self, coze, bot):
        coze.will_play(act.Interrupt("Which city?"), act.Say(("Sunny.",)))
        heard = await answers(bot)

        assert ["Which city?"] == read(heard)
        assert isinstance(heard[-1], ChatFinished)
        assert token_of(heard)

    async def test_the_answer_lets_the_run_go_on(self, coze, bot):
        coze.will_play(act.Interrupt("Which city?"), act.Say(("Sun", "ny.")))
        waiting = token_of(await answers(bot))

        assert ["Sunny."] == read(await answers(bot, "Ulm", resume_token=waiting))
        assert ["Ulm"] == coze.runs[0].replies
        assert 1 == len(coze.runs)

    async def test_what_was_said_before_the_question_is_not_said_again(self, coze, bot):
        """The end node gives everything, from the beginning of the run."""
        coze.will_play(act.Say(("Let me see.",)), act.Interrupt("Which city?"), act.Say(("Sunny.",)))
        heard = await answers(bot)

        assert ["Let me see.", "Which city?"] == read(heard)
        assert ["Sunny."] == read(await answers(bot, "Ulm", resume_token=token_of(heard)))

    async def test_it_may_ask_again_and_again(self, coze, bot):
        coze.will_play(act.Interrupt("City?"), act.Interrupt("Day?"), act.Say(("Sunny.",)))
        first = await answers(bot)
        second = await answers(bot, "Ulm", resume_token=token_of(first))

        assert ["Day?"] == read(second)
        assert ["Sunny."] == read(await answers(bot, "Monday", resume_token=token_of(second)))

    @pytest.mark.parametrize(
        ("fields", "reply", "sent"),
        [
            (("city",), "Ulm", {"city": "Ulm"}),
            (("city", "day"), "Ulm\nMonday", {"city": "Ulm", "day": "Monday"}),
            (("city", "day"), "day： Monday\ncity: Ulm", {"day": "Monday", "city": "Ulm"}),
            (("city",), '{"city": "Ulm"}', {"city": "Ulm"}),
            ((), "Ulm", {"input": "Ulm"}),
        ],
        ids=str,
    )
    async def test_an_input_node_gets_its_fields(self, cloud, bot, fields, reply, sent):
        required = {name: {"type": "string", "required": True} for name in fields}
        cloud.will_play(act.Interrupt("Where?", type=5, required_parameters=required), act.Say(("Sunny.",)))
        await answers(bot, reply, resume_token=token_of(await answers(bot)))

        assert [sent] == [json.loads(one) for one in cloud.runs[0].replies]

    @pytest.mark.parametrize("coze", ["cloud", "studio"], indirect=True)
    async def test_what_an_input_node_still_needs_is_asked_for_here(self, coze, bot):
        """One value after the other; the run goes on once it has them all."""
        required = {
            "city": {"type": "string"},
            "day": {"type": "string"},
            "mood": {"type": "string", "required": False},
        }
        coze.will_play(act.Interrupt("", type=5, required_parameters=required), act.Say(("Sunny.",)))
        first = await answers(bot)
        second = await answers(bot, "Ulm", resume_token=token_of(first))

        assert ["- city\n- day\n- mood"] == read(first)
        assert ["- day"] == read(second)
        assert not coze.called("workflow.stream_resume")
        assert ["Sunny."] == read(await answers(bot, "Monday", resume_token=token_of(second)))
        assert {"city": "Ulm", "day": "Monday"} == json.loads(coze.runs[0].replies[0])

    def test_what_waited_before_an_upgrade_is_read(self):
        old = Interrupt.read('{"event_id": "7/8", "type": 5, "fields": ["city", "day"]}')

        assert old is not None
        assert ("city", "day") == old.missing
        assert {"city": "Ulm", "day": "Monday"} == json.loads(old.hearing("Ulm\nMonday").as_json(""))

    @pytest.mark.parametrize("token", [None, "", "{}", "[]", "chat-7", '{"event_id": "1"}'])
    def test_what_waits_for_somebody_else_is_left_alone(self, token):
        assert Interrupt.read(token) is None

    @pytest.mark.parametrize(
        ("step", "shown", "offered"),
        [
            (act.Interrupt("您要查询哪个城市的天气？"), "您要查询哪个城市的天气？", []),
            (act.Interrupt("Which size?", options=("S", "M")), "Which size?", ["S", "M"]),
            (
                act.Interrupt("Which?", options=tuple("ABCDEF")),
                "Which?\n\n- A\n- B\n- C\n- D\n- E\n- F",
                list("ABCDEF"),
            ),
            (act.Interrupt('Say "{x}":'), 'Say "{x}":', []),
            (act.Interrupt("First line\nsecond line?"), "First line\nsecond line?", []),
            (act.Interrupt("哪种颜色？", options=("红", "蓝")), "哪种颜色？", ["红", "蓝"]),
        ],
        ids=["text", "options", "many options", "signs of JSON", "two lines", "Chinese options"],
    )
    async def test_a_question_is_shown_as_people_read_it(self, coze, bot, step, shown, offered):
        coze.will_play(step, act.Say(("ok",)))
        heard = await answers(bot)

        assert shown == "\n\n".join(read(heard))
        assert offered == [event.text for event in heard if isinstance(event, FollowUpSuggested)]
        assert ["ok"] == read(await answers(bot, "M", resume_token=token_of(heard)))

    async def test_a_run_that_is_over_is_begun_anew(self, cloud, bot):
        """Somebody answered it elsewhere, or a process died between the answer and its writing down."""
        cloud.will_play(act.Interrupt("City?"), act.Say(("Sunny.",)))
        waiting = token_of(await answers(bot))
        await answers(bot, "Ulm", resume_token=waiting)
        cloud.will_say("A new run.")

        assert ["A new run."] == read(await answers(bot, "Ulm", resume_token=waiting))

    async def test_a_run_nobody_knows_is_begun_anew(self, cloud, bot):
        cloud.will_say("A new run.")
        unknown = Interrupt(event_id="7/7", type=2).token

        assert ["A new run."] == read(await answers(bot, resume_token=unknown))

    @pytest.mark.parametrize("token", ["", "chat", "[]", '{"event_id": "7"}'])
    async def test_a_token_of_another_kind_is_no_reason_to_fail(self, cloud, bot, token):
        """The bot of that name may have been another one when the question was asked."""
        cloud.will_say("A run.")

        assert ["A run."] == read(await answers(bot, resume_token=token))

    async def test_what_only_a_program_could_give_is_refused(self, cloud, bot):
        cloud.will_play(act.Interrupt("", type=6))

        with pytest.raises(Refused) as said:
            await answers(bot)
        assert "tool_not_available" == said.value.message_id


class TestTrouble:
    async def test_a_run_that_fails_may_be_begun_once_more(self, coze, bot):
        coze.will_play(act.Fail(5000, "oops"))

        with pytest.raises(ChatFailed):
            await answers(bot)

    async def test_a_run_that_ran_out_of_money_may_not(self, cloud, bot):
        cloud.will_play(act.Say(("Half",)), act.Fail(4011, "no balance"))

        with pytest.raises(Refused) as said:
            await answers(bot)
        assert "quota_used" == said.value.message_id

    @pytest.mark.parametrize("cut", [act.Cut(), act.NoDone()], ids=str)
    async def test_a_stream_that_breaks_off_is_no_answer(self, cloud, bot, cut):
        cloud.will_play(act.Say(("Half",)), cut)

        with pytest.raises(ChatFailed):
            await answers(bot)

    async def test_silence_ends_it(self, cloud):
        cloud.will_play(act.Say(("Half",)), act.Pause("never"))
        async with connected(cloud, timeouts=Timeouts(workflow_idle=0.05)) as bot:
            with pytest.raises(Refused, match="not over in time"):
                await answers(bot)

    async def test_an_unpublished_workflow_is_not_a_lost_conversation(self, cloud, bot):
        """Coze has one number for both; a new conversation would not help here."""
        cloud.workflows = set()

        with pytest.raises(Refused) as said:
            await answers(bot)
        assert "bot_misconfigured" == said.value.message_id

    async def test_a_wrong_token_is_told_as_such(self, coze):
        async with connected(coze, token="pat_wrong") as bot:
            with pytest.raises(Unauthorised):
                await answers(bot)

    @pytest.mark.parametrize(("fault", "expected"), [({"status": 502}, Uncertain), ({"cut": True}, Uncertain)], ids=str)
    async def test_a_gateway_leaves_it_open(self, cloud, bot, fault, expected):
        cloud.faults.add("workflow.stream_run", **fault)

        with pytest.raises(expected):
            await answers(bot)

    async def test_nobody_there_means_nothing_was_run(self, cloud, bot):
        await cloud.go_away()

        with pytest.raises(Unreachable):
            await answers(bot)


class TestComingBack:
    async def test_a_run_without_an_id_is_not_found(self, cloud, bot):
        assert await bot.find_chat(Sought(conversation_id=CONVERSATION, key="k1")) is None
        with pytest.raises(Refused):
            await told(bot.resume(ChatRef(conversation_id=CONVERSATION, chat_id="")))

    async def test_a_run_that_ended_is_read_from_its_history(self, cloud, bot):
        cloud.will_say("Hel", "lo")
        begun = next(event for event in await answers(bot) if isinstance(event, ChatStarted))
        asked = ChatRef(conversation_id=begun.conversation_id, chat_id=begun.chat_id)
        heard = await told(bot.resume(asked))

        assert ["Hello"] == read(heard)
        assert isinstance(heard[-1], ChatFinished)

    async def test_what_it_asked_back_is_there_too(self, cloud, bot):
        cloud.will_play(act.Interrupt("City?"), act.Say(("Sunny.",)))
        await answers(bot)
        heard = await told(bot.resume(ChatRef(conversation_id=CONVERSATION, chat_id=cloud.runs[0].execute_id)))

        assert ["City?"] == read(heard)
        assert ["Sunny."] == read(await answers(bot, "Ulm", resume_token=token_of(heard)))

    async def test_a_run_that_goes_on_is_waited_for(self, cloud, bot):
        cloud.will_play(act.Say(("Hel",)), act.Pause("on"), act.Say(("lo",)))
        async with aclosing(bot.ask(question())) as events:
            await anext(events)
            asked = ChatRef(conversation_id=CONVERSATION, chat_id=cloud.runs[0].execute_id)
            again = asyncio.create_task(told(bot.resume(asked)))
            await cloud.until(lambda: len(cloud.called("workflow.run_histories")) == 2)
            cloud.go("on")
            assert ["Hello"] == read(await again)

    async def test_but_not_for_ever(self, cloud):
        """Whoever waits has other things to do; they come again."""
        cloud.will_play(act.Pause("never"))
        async with connected(cloud, background=True, timeouts=replace(QUICK, total=0.0)) as bot:
            with pytest.raises(Later):
                await answers(bot)

    async def test_a_run_that_failed_says_so(self, cloud, bot):
        cloud.will_play(act.Fail(4011, "no balance"))
        with pytest.raises(Refused):
            await answers(bot)

        with pytest.raises(Refused) as said:
            await told(bot.resume(ChatRef(conversation_id=CONVERSATION, chat_id=cloud.runs[0].execute_id)))
        assert "quota_used" == said.value.message_id

    async def test_a_run_nobody_knows_is_refused(self, cloud, bot):
        with pytest.raises(Refused) as said:
            await told(bot.resume(ChatRef(conversation_id=CONVERSATION, chat_id="7")))
        assert not isinstance(said.value, RunExpired)
