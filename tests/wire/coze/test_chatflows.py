"""Our chatflow bot against a Coze on loopback: a bot that holds conversations, asked in another way."""

import json
import time
from contextlib import aclosing, asynccontextmanager

import pytest

from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
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
    Sought,
)
from bridge.sdk.errors import ConversationLost, Occupied, Refused
from bridge.sdk.model import MediaBytes
from simulators.coze import BOT, TOKEN, Coze
from simulators.coze import script as act
from simulators.coze.workflows import APP
from tests.wire.coze.harness import QUICK
from tests.wire.hearing import read, told

FLOW = "7366468917055000001"


@asynccontextmanager
async def connected(server, **how):
    if server.flavour.name == "studio" and "bot_id" not in how:  # which does not tell where a chatflow lives
        how = {"app_id": APP, **how}
    async with CozeConnection(server.url, StaticToken(TOKEN), timeouts=QUICK) as connection:
        yield connection.chatflow("intake", FLOW, **how)


@pytest.fixture
async def bot(request):
    """A chatflow of the server that the test asks for."""
    server = next(request.getfixturevalue(name) for name in ("coze", "cloud") if name in request.fixturenames)
    async with connected(server) as it:
        yield it


async def question(bot, text="hello", *, conversation_id=None, **more):
    conversation_id = conversation_id or await bot.open_conversation("u-1")
    return Question(key="k1", user_id="u-1", conversation_id=conversation_id, text=text, **more)


async def answers(bot, *words, **how):
    return await told(bot.ask(await question(bot, *words, **how)))


def waits(events):
    [event] = [event for event in events if isinstance(event, InputRequired)]
    return event.token


class TestAsking:
    async def test_an_answer_comes_as_it_is_written(self, coze, bot):
        coze.will_say("Hel", "lo", follow_ups=("And now?",))

        match await answers(bot):
            case [
                ChatStarted(),
                Delta(text="Hel"),
                Delta(text="lo"),
                MessageCompleted(text="Hello"),
                FollowUpSuggested(),
                ChatFinished(tokens=used),
            ]:
                assert used > 0
            case other:
                pytest.fail(f"heard {other}")

    async def test_the_conversation_stands_in_the_body_and_parameters_always_do(self, coze, bot):
        coze.will_say("ok")
        asked = await question(bot, "what's up?")
        await told(bot.ask(asked))
        params = coze.called("workflow.chat")[0].params
        name = asked.conversation_id.removeprefix("name:")
        where = {"conversation_id": name, "parameters": {}}
        if coze.flavour.name == "studio":  # which has none before its first chat
            where = {"parameters": {"CONVERSATION_NAME": name}}

        assert {
            "workflow_id": FLOW,
            "app_id": APP,
            **where,
            "ext": {"user_id": "u-1"},
            "additional_messages": [
                {
                    "role": "user",
                    "type": "question",
                    "content_type": "text",
                    "content": "what's up?",
                    "meta_data": {"bridge_key": "k1"},
                }
            ],
        } == params

    async def test_variables_and_parameters_are_its_parameters(self, coze, bot):
        coze.will_say("ok")
        await answers(bot, context=Context(variables={"name": "Ann"}, parameters={"city": "Paris"}))

        assert {"name": "Ann", "city": "Paris"}.items() <= coze.called("workflow.chat")[0].params["parameters"].items()

    async def test_a_photo_is_the_parameter_that_the_config_names(self, coze):
        coze.will_say("A cat.")
        photo = MediaBytes(name="cat.jpg", mime="image/jpeg", data=b"\xff\xd8\xff")
        async with connected(coze, file="picture") as bot:
            uploaded = await bot.upload(photo)
            assert ["A cat."] == read(await answers(bot, "", files=(uploaded,)))
        params = coze.called("workflow.chat")[0].params

        assert json.dumps({"file_id": uploaded.file_id}) == params["parameters"]["picture"]
        assert "(image)" == params["additional_messages"][-1]["content"]

    async def test_without_such_a_parameter_it_takes_none(self, coze, bot):
        with pytest.raises(Refused) as said:
            await bot.upload(MediaBytes(name="cat.jpg", mime="image/jpeg", data=b"\xff\xd8\xff"))
        assert "file_unusable" == said.value.message_id

    async def test_one_of_a_library_runs_for_the_agent_that_the_config_names(self, coze):
        coze.app = None
        coze.will_say("Hello")
        async with connected(coze, bot_id=BOT) as bot:
            assert ["Hello"] == read(await answers(bot))

        assert BOT == coze.called("workflow.chat")[0].params["bot_id"]
        assert not coze.called("workflow.retrieve")

    async def test_one_of_a_library_without_an_agent_is_the_operators_business(self, cloud, bot):
        """Coze runs a chatflow for an agent or for an app, and this one has neither."""
        cloud.app = None

        with pytest.raises(Refused, match="a chatflow of a library wants a bot_id") as said:
            await answers(bot)
        assert "bot_misconfigured" == said.value.message_id

    async def test_the_next_question_knows_the_one_before(self, coze, bot):
        heard = []
        coze.responder = lambda turn: heard.append(turn.history) or [act.Say(("ok",))]
        conversation_id = await bot.open_conversation("u-1")
        for text in ("one", "two"):
            await answers(bot, text, conversation_id=conversation_id)

        assert [(), (("user", "one"), ("assistant", "ok"))] == heard


class TestAskingBack:
    @pytest.mark.parametrize("event", [False, True], ids=["silently", "with an event"])
    async def test_the_question_is_an_answer_and_the_stream_just_ends(self, coze, bot, event):
        coze.will_play(act.Interrupt("Which city?", event=event), act.Say(("Sunny.",)))
        asked = await question(bot)
        heard = await told(bot.ask(asked))

        assert ["Which city?"] == read(heard)
        assert waits(heard)
        assert isinstance(heard[-1], ChatFinished)
        assert not coze.called("chat.retrieve")

    async def test_the_next_message_goes_on_in_the_same_conversation(self, coze, bot):
        coze.will_play(act.Interrupt("Which city?"), act.Say(("Sunny.",)))
        asked = await question(bot)
        token = waits(await told(bot.ask(asked)))

        assert ["Sunny."] == read(await answers(bot, "Ulm", conversation_id=asked.conversation_id, resume_token=token))
        assert ["hello", "Ulm"] == [chat.question for chat in coze.chats]

    @pytest.mark.parametrize(
        ("fields", "replies", "sent"),
        [
            (("city",), ["Ulm"], "city:Ulm"),
            (("city", "day"), ["Ulm\nMonday"], "city:Ulm\nday:Monday"),
            (("city", "day"), ["Ulm", "Monday"], "city:Ulm\nday:Monday"),
            (("city", "day"), ["day： Monday", "Ulm"], "day:Monday\ncity:Ulm"),
            (("city", "day", "mood"), ["city: Ulm\nmood: fine", "Monday"], "city:Ulm\nmood:fine\nday:Monday"),
            (("city",), ["Ulm\non the Danube"], "city:Ulm on the Danube"),
        ],
        ids=str,
    )
    async def test_an_input_node_gets_its_fields_by_name(self, coze, bot, fields, replies, sent):
        """However the person tells them: a node that misses one fails."""
        required = {name: {"type": "string"} for name in fields}
        coze.will_play(act.Interrupt("", type=5, required_parameters=required), act.Say(("Sunny.",)))
        asked = await question(bot)
        heard = await told(bot.ask(asked))
        for reply in replies:
            heard = await answers(bot, reply, conversation_id=asked.conversation_id, resume_token=waits(heard))

        assert ["Sunny."] == read(heard)
        assert ["hello", sent] == [chat.question for chat in coze.chats]

    @pytest.mark.parametrize(
        ("step", "shown", "offered"),
        [
            (act.Interrupt("Which city?"), "Which city?", []),
            (act.Interrupt("您要查询哪个城市的天气？"), "您要查询哪个城市的天气？", []),
            (act.Interrupt("Which size?", options=("S", "M")), "Which size?", ["S", "M"]),
            (act.Interrupt("哪种颜色？", options=("红", "蓝")), "哪种颜色？", ["红", "蓝"]),
            (act.Interrupt("Which?", options=("a" * 201,)), "Which?\n\n- " + "a" * 201, ["a" * 201]),
            (act.Interrupt("", type=5, required_parameters={"city": {}, "day": {}}), "- city\n- day", []),
            (act.Interrupt("", type=5, required_parameters={"城市": {}}), "- 城市", []),
        ],
        ids=["text", "Chinese", "options", "Chinese options", "a long option", "a form", "a Chinese form"],
    )
    async def test_a_studios_card_is_read_for_what_it_asks(self, step, shown, offered):
        async with Coze(flavour="studio") as studio, connected(studio) as bot:
            studio.will_play(step)
            heard = await answers(bot)

        assert [shown] == read(heard)
        assert offered == [event.text for event in heard if isinstance(event, FollowUpSuggested)]
        assert waits(heard)


class TestInAnApp:
    """A chatflow that lives in an app: its conversations are the app's, and each server makes them in its own way."""

    async def test_the_cloud_makes_one_for_the_app(self, cloud, bot):
        cloud.will_say("Hello")
        asked = await question(bot)
        await told(bot.ask(asked))
        [made] = [call.params for call in cloud.called("conversation.create")]

        assert {"app_id": APP} == made
        assert asked.conversation_id == cloud.called("workflow.chat")[0].params["conversation_id"]

    @pytest.mark.parametrize("app_id", ["7", "7366468917055000009", "743849726405312"])
    async def test_what_the_config_names_is_not_looked_up(self, coze, app_id):
        coze.app = None
        async with connected(coze, app_id=app_id) as bot:
            coze.will_say("Hello")
            assert ["Hello"] == read(await answers(bot))

        assert not coze.called("workflow.retrieve")
        assert app_id == coze.called("workflow.chat")[0].params["app_id"]

    async def test_in_a_studio_everybody_has_one_of_their_own(self):
        """Its app keeps one conversation per name, so each begins as a name of its own."""
        async with Coze(flavour="studio") as studio, connected(studio) as bot:
            heard = []
            studio.responder = lambda turn: heard.append((turn.text, turn.history)) or [act.Say(("ok",))]
            (ann, *_), (bob, *_) = [await answers(bot, who) for who in ("Ann", "Bob")]
            for text, begun in (("Ann again", ann), ("Bob again", bob)):
                await answers(bot, text, conversation_id=begun.conversation_id)

        assert ann.conversation_id != bob.conversation_id
        assert {"Ann": 0, "Bob": 0, "Ann again": 2, "Bob again": 2} == {text: len(history) for text, history in heard}

    @pytest.mark.parametrize("turns", [1, 2, 3])
    async def test_one_that_is_gone_from_a_studio_can_be_replaced(self, turns):
        async with Coze(flavour="studio") as studio, connected(studio) as bot:
            conversation_id = None
            for _ in range(turns):
                studio.will_say("Hello")
                [begun, *_] = await answers(bot, conversation_id=conversation_id)
                conversation_id = begun.conversation_id
            studio.conversations.clear()

            with pytest.raises(ConversationLost):
                await answers(bot, conversation_id=begun.conversation_id)

    @pytest.mark.parametrize("code", [777777775, 777777762, 720702201, 4200])
    async def test_an_app_that_is_wrong_is_no_lost_conversation(self, code):
        async with Coze(flavour="studio") as studio, connected(studio) as bot:
            studio.faults.add("workflow.chat", status=200, body={"code": code, "msg": "not found"})

            with pytest.raises(Refused) as said:
                await answers(bot)
            assert "bot_misconfigured" == said.value.message_id

    async def test_a_question_on_its_way_is_found_by_the_conversations_name(self):
        async with Coze(flavour="studio") as studio, connected(studio) as bot:
            studio.will_say("Hello")
            asked = await question(bot)
            sought = Sought(key="k1", conversation_id=asked.conversation_id, text="hello", since=time.time() - 3)
            assert await bot.find_chat(sought) is None
            [begun, *_] = await told(bot.ask(asked))

            assert ChatRef(conversation_id=begun.conversation_id, chat_id=begun.chat_id) == await bot.find_chat(sought)


class TestTrouble:
    async def test_a_code_in_a_string_is_a_code(self, cloud, bot):
        """Chatflow streams tell their errors so."""
        cloud.will_play(act.Fail("4011", "no balance", shape="error"))

        with pytest.raises(Refused) as said:
            await answers(bot)
        assert "quota_used" == said.value.message_id

    async def test_a_conversation_that_is_gone_can_be_replaced(self, cloud, bot):
        with pytest.raises(ConversationLost):
            await answers(bot, conversation_id="7")

    async def test_one_question_at_a_time(self, cloud, bot):
        cloud.will_play(act.Pause("on"))
        asked = await question(bot)
        async with aclosing(bot.ask(asked)) as events:
            await anext(events)
            with pytest.raises(Occupied):
                await told(bot.ask(asked))

    async def test_a_stream_that_breaks_is_completed_from_the_list(self, cloud, bot):
        cloud.will_play(act.Say(("Hel",)), act.Cut(), act.Say(("lo",)))

        assert ["Hello"] == read(await answers(bot))

    async def test_a_question_on_its_way_is_found_again(self, cloud, bot):
        cloud.will_say("Hello")
        asked = await question(bot)
        await told(bot.ask(asked))
        found = await bot.find_chat(Sought(conversation_id=asked.conversation_id, key="k1"))

        assert ChatRef(conversation_id=asked.conversation_id, chat_id=cloud.chats[0].id) == found
        assert ["Hello"] == read(await told(bot.resume(found)))

    async def test_it_can_be_stopped(self, cloud, bot):
        cloud.will_play(act.Say(("Hel",)), act.Pause("never"))
        async with aclosing(bot.ask(await question(bot))) as events:
            begun = await anext(events)
            await bot.cancel(ChatRef(conversation_id=begun.conversation_id, chat_id=begun.chat_id))

        assert "canceled" == cloud.chats[0].status
