"""What Coze refuses, and what is made of that."""

from contextlib import aclosing

import pytest
from structlog.testing import capture_logs

from bridge.coze.auth import StaticToken
from bridge.sdk.asking import ChatFinished, ChatStarted, Question
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
from simulators.coze import TOKEN
from simulators.coze import script as act
from tests.wire.coze.harness import answers, connected, question, sought
from tests.wire.hearing import read, told


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
