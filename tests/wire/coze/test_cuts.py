"""Streams that are cut, fall silent or are hung up: nothing is asked twice, and the answer comes whole."""

import asyncio
import json
from contextlib import aclosing, asynccontextmanager

import aiohttp
import httpx
import pytest

from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
from bridge.coze.timeouts import Timeouts
from bridge.coze.transport import UNSENT, _translate_error
from bridge.sdk.asking import ChatFinished, ChatStarted, Delta, MessageCompleted, Question
from bridge.sdk.errors import Later, Refused, Uncertain, Unreachable
from simulators.coze import BOT, TOKEN
from simulators.coze import script as act
from tests.wire.coze.harness import answers, connected, question, sought
from tests.wire.hearing import read, told

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
