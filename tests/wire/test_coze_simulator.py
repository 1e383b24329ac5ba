"""The Coze simulator against Coze's own client library, and against the bytes that were recorded."""

import asyncio
import json
import os
import time

import aiohttp
import jwt as pyjwt
import pytest
from cozepy import (
    AsyncCoze,
    AsyncJWTAuth,
    AsyncTokenAuth,
    ChatEventType,
    ChatStatus,
    CozeAPIError,
    Message,
    MessageContentType,
    MessageObjectString,
    MessageRole,
    WorkflowEventType,
)
from cozepy.chat import ToolOutput
from cozepy.request import AsyncHTTPClient
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from simulators.coze import BOT, TOKEN, Coze
from simulators.coze import script as act
from simulators.coze.demo_bot import story
from simulators.coze.wire import Wire

FLOW = "7366468917055000001"


@pytest.fixture
async def coze():
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


@pytest.fixture
async def http():
    """A client that shows a right token."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session:
        yield session


@pytest.fixture
async def official(coze):
    """Coze's own client library."""
    async with AsyncHTTPClient() as transport:
        yield AsyncCoze(auth=AsyncTokenAuth(TOKEN), base_url=coze.url, http_client=transport)


def question(text="hello", **fields):
    return {"role": "user", "type": "question", "content": text, "content_type": "text", **fields}


def body(text="hello", **fields):
    return {"bot_id": BOT, "user_id": "u", "stream": True, "additional_messages": [question(text)], **fields}


async def events(response):
    """The events of a recorded-style stream, as (event, data)."""
    blocks = (await response.read()).decode().split("\n\n")
    return [tuple(line.partition(":")[2] for line in block.split("\n")) for block in blocks if block]


async def ask(http, coze, text="hello", conversation="", **fields):
    """One whole turn: its events, and the chat."""
    query = {"conversation_id": conversation} if conversation else {}
    async with http.post(f"{coze.url}/v3/chat", params=query, json=body(text, **fields)) as response:
        told = await events(response)
    return told, coze.chats[-1]


async def get(http, coze, path, **query):
    async with http.get(coze.url + path, params=query) as response:
        return await response.json(content_type=None)


async def post(http, coze, path, json=None, **query):
    async with http.post(coze.url + path, params=query, json=json) as response:
        return await response.json(content_type=None)


def kinds(told):
    return [event for event, _ in told]


class TestTheOfficialClient:
    async def test_streams_a_turn(self, coze, official):
        coze.will_say("Hel", "lo", follow_ups=("And now?",), reasoning=("hm",))

        stream = official.chat.stream(
            bot_id=BOT, user_id="u", additional_messages=[Message.build_user_question_text("hi")]
        )
        seen = [event async for event in stream]

        deltas = [e.message for e in seen if e.event == ChatEventType.CONVERSATION_MESSAGE_DELTA]
        assert ["", "Hel", "lo"] == [delta.content for delta in deltas]
        assert "hm" == deltas[0].reasoning_content
        assert ChatStatus.COMPLETED == seen[-1].chat.status
        assert ["Hello"] == coze.chats[0].answers

    async def test_creates_polls_and_lists(self, coze, official):
        coze.will_say("Hello")

        chat = await official.chat.create(
            bot_id=BOT, user_id="u", additional_messages=[Message.build_user_question_text("hi")], meta_data={"k": "v"}
        )
        await coze.until(lambda: coze.chats[0].status == "completed")
        again = await official.chat.retrieve(conversation_id=chat.conversation_id, chat_id=chat.id)
        listed = await official.chat.messages.list(conversation_id=chat.conversation_id, chat_id=chat.id)

        assert (ChatStatus.IN_PROGRESS, ChatStatus.COMPLETED) == (chat.status, again.status)
        assert {"k": "v"} == again.meta_data
        assert ["verbose", "answer"] == [message.type for message in listed]

    async def test_cancels_once(self, coze, official):
        coze.will_say("Hel", pause_until="told", then=("lo",))
        chat = await official.chat.create(
            bot_id=BOT, user_id="u", additional_messages=[Message.build_user_question_text("hi")]
        )
        await coze.until(lambda: "told" in coze.paused)

        canceled = await official.chat.cancel(conversation_id=chat.conversation_id, chat_id=chat.id)
        with pytest.raises(CozeAPIError) as refusal:
            await official.chat.cancel(conversation_id=chat.conversation_id, chat_id=chat.id)

        assert ChatStatus.CANCELED == canceled.status
        assert 4104 == refusal.value.code
        assert [] == coze.chats[0].answers

    @pytest.mark.parametrize("streamed", [True, False])
    async def test_runs_a_tool_and_hands_its_output_in(self, coze, official, streamed):
        coze.will_play(act.RequiresAction(arguments={"location": "南京"}), act.Say(("21 ", "degrees")))
        stream = official.chat.stream(
            bot_id=BOT, user_id="u", additional_messages=[Message.build_user_question_text("weather?")]
        )
        chat = [event async for event in stream][-1].chat
        [call] = chat.required_action.submit_tool_outputs.tool_calls
        given = {"conversation_id": chat.conversation_id, "chat_id": chat.id}
        given["tool_outputs"] = [ToolOutput(tool_call_id=call.id, output="{}")]

        if streamed:
            seen = [event async for event in official.chat.submit_tool_outputs_stream(**given)]
            assert ChatStatus.COMPLETED == seen[-1].chat.status
        else:
            await official.chat.submit_tool_outputs(**given)
            await coze.until(lambda: coze.chats[0].status == "completed")

        assert ChatStatus.REQUIRES_ACTION == chat.status
        assert "local_data_assistant" == call.function.name
        assert ["21 degrees"] == coze.chats[0].answers

    async def test_keeps_conversations(self, coze, official):
        made = await official.conversations.create(bot_id=BOT, name="one", meta_data={"a": "b"})
        await official.conversations.create(bot_id=BOT)

        found = await official.conversations.retrieve(conversation_id=made.id)
        first = await official.conversations.list(bot_id=BOT, page_size=1)
        listed = [one.id async for one in first]
        section = await official.conversations.clear(conversation_id=made.id)
        renamed = await official.conversations.update(conversation_id=made.id, name="two")
        await official.conversations.delete(conversation_id=made.id)
        with pytest.raises(CozeAPIError) as refusal:
            await official.conversations.retrieve(conversation_id=made.id)

        assert ({"a": "b"}, "two", 4002) == (found.meta_data, renamed.name, refusal.value.code)
        assert 2 == len(listed)
        assert made.id == listed[1]
        assert section.id != made.last_section_id

    async def test_keeps_messages(self, coze, official):
        thread = await official.conversations.create()
        messages = official.conversations.messages
        made = [
            await messages.create(
                conversation_id=thread.id,
                role=MessageRole.USER,
                content=text,
                content_type=MessageContentType.TEXT,
                meta_data={"n": text},
            )
            for text in ("1", "2", "3")
        ]

        newest = await messages.list(conversation_id=thread.id, limit=2)
        every = [message.content async for message in newest]
        oldest = await messages.list(conversation_id=thread.id, order="asc", limit=1)
        await messages.update(conversation_id=thread.id, message_id=made[0].id, content="one")
        found = await messages.retrieve(conversation_id=thread.id, message_id=made[0].id)
        await messages.feedback.create(conversation_id=thread.id, message_id=made[0].id, feedback_type="like")
        liked = coze.feedback[made[0].id]["feedback_type"]
        await messages.feedback.delete(conversation_id=thread.id, message_id=made[0].id)
        await messages.delete(conversation_id=thread.id, message_id=made[0].id)

        assert ["3", "2", "1"] == every
        assert ["1"] == [message.content for message in oldest.items]
        assert ("one", {"n": "1"}) == (found.content, found.meta_data)
        assert "like" == liked
        assert ["2", "3"] == [message.content for message in coze.conversations[thread.id].messages]

    async def test_sends_files_and_asks_about_them(self, coze, official):
        file = await official.files.upload(file=("photo.png", b"\x89PNG rest"))
        found = await official.files.retrieve(file_id=file.id)
        attached = [MessageObjectString.build_image(file_id=file.id), MessageObjectString.build_text("what is it?")]
        heard = []
        coze.responder = lambda turn: heard.append(turn) or (act.Say(("A cat.",)),)

        stream = official.chat.stream(
            bot_id=BOT, user_id="u", additional_messages=[Message.build_user_question_objects(attached)]
        )
        _ = [event async for event in stream]

        assert (file.id, "photo.png", 9) == (found.id, found.file_name, found.bytes)
        assert ("what is it?", (file.id,)) == (heard[0].text, heard[0].files)

    async def test_hears_and_knows_who_asks(self, coze, official):
        heard = await official.audio.transcriptions.create(file=("note.ogg", b"OggS rest"))
        me = await official.users.me()
        bot = await official.bots.retrieve(bot_id=BOT)
        newer = await official.bots.retrieve(bot_id=BOT, use_api_version=2)

        assert coze.hears == heard.text
        assert "tester" == me.user_name
        assert coze.prologue == bot.onboarding_info.prologue == newer.onboarding_info.prologue

    async def test_runs_workflows(self, coze, official):
        coze.will_say("4", "2")
        result = await official.workflows.runs.create(workflow_id=FLOW, parameters={"input": "?"})
        history = await official.workflows.runs.run_histories.retrieve(
            workflow_id=FLOW, execute_id=coze.runs[0].execute_id
        )

        assert {"output": "42"} == json.loads(result.data)
        assert "?" == coze.runs[0].turn.text
        assert "Success" == history.execute_status

    async def test_is_asked_by_a_workflow_and_answers(self, coze, official):
        coze.will_play(act.Say(("Let me see.",)), act.Interrupt("Where?"), act.Say(("Sunny", "!")))

        seen = [event async for event in official.workflows.runs.stream(workflow_id=FLOW, parameters={"input": "?"})]
        asked = seen[-1].interrupt.interrupt_data
        answer = {"workflow_id": FLOW, "event_id": asked.event_id, "interrupt_type": asked.type}
        rest = [event async for event in official.workflows.runs.resume(**answer, resume_data="Hangzhou")]

        assert WorkflowEventType.INTERRUPT == seen[-1].event
        assert ["Sunny", "!"] == [event.message.content for event in rest[:2]]
        assert {"output": "Let me see.Sunny!"} == json.loads(rest[-1].message.content)
        assert ["Hangzhou"] == coze.runs[0].replies

    async def test_talks_to_a_chatflow(self, coze, official):
        coze.will_say("Hel", "lo")

        stream = official.workflows.chat.stream(
            workflow_id=FLOW, bot_id=BOT, parameters={}, additional_messages=[Message.build_user_question_text("hi")]
        )
        seen = [event async for event in stream]

        assert ["Hello"] == coze.chats[0].answers
        assert ChatStatus.COMPLETED == seen[-1].chat.status

    async def test_buys_a_token_with_a_signature(self, coze):
        private, public = keys()
        coze.trust("app", "kid", public)
        auth = AsyncJWTAuth(client_id="app", private_key=private, public_key_id="kid", base_url=coze.url)

        async with AsyncHTTPClient() as transport:
            await AsyncCoze(auth=auth, base_url=coze.url, http_client=transport).users.me()
        await auth._oauth_cli._requester.async_client.aclose()  # its own, and nobody else closes it

        [bought] = coze.called("oauth.token")
        assert bought.ok
        assert 1 == len(coze.expiries)


def keys():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


class TestTheTokenCounter:
    @pytest.fixture
    def claims(self, coze):
        """What a JWT of an OAuth app has to claim."""
        now = int(time.time())
        return {"iss": "app", "aud": "127.0.0.1", "iat": now, "exp": now + 600, "jti": os.urandom(32).hex()}

    async def buy(self, coze, http, token):
        grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "duration_seconds": 900}
        headers = {"Authorization": f"Bearer {token}"}
        async with http.post(f"{coze.url}/api/permission/oauth2/token", json=grant, headers=headers) as response:
            return await response.json()

    async def test_takes_each_jwt_once(self, coze, http, claims):
        private, public = keys()
        coze.trust("app", "kid", public)
        signed = pyjwt.encode(claims, private, "RS256", {"kid": "kid"})

        first, second = await self.buy(coze, http, signed), await self.buy(coze, http, signed)

        assert first["expires_in"] > 1_000_000_000, "a UNIX time, not a duration"
        assert first["access_token"] in coze.tokens
        assert "invalid_request" == second["error_code"]

    @pytest.mark.parametrize(
        ("wrong", "error"),
        [
            ({"aud": "api.coze.com"}, "invalid_request"),
            ({"iss": "another"}, "invalid_client"),
            ({"jti": "short"}, "invalid_request"),
            ({"iat": 99_999_999_999}, "invalid_request"),
            ({"exp": 1}, "invalid_request"),
        ],
    )
    async def test_reads_every_claim(self, coze, http, claims, wrong, error):
        private, public = keys()
        coze.trust("app", "kid", public)

        answer = await self.buy(coze, http, pyjwt.encode(claims | wrong, private, "RS256", {"kid": "kid"}))

        assert error == answer["error_code"]

    async def test_knows_a_forged_signature(self, coze, http, claims):
        coze.trust("app", "kid", keys()[1])
        forged = pyjwt.encode(claims, keys()[0], "RS256", {"kid": "kid"})

        assert "invalid_client" == (await self.buy(coze, http, forged))["error_code"]

    async def test_lets_tokens_die(self, coze, http, claims):
        private, public = keys()
        coze.trust("app", "kid", public)
        signed = pyjwt.encode(claims, private, "RS256", {"kid": "kid"})
        headers = {"Authorization": f"Bearer {(await self.buy(coze, http, signed))['access_token']}"}
        async with http.get(f"{coze.url}/v1/users/me", headers=headers) as response:
            before = response.status
        coze.expire_tokens()
        async with http.get(f"{coze.url}/v1/users/me", headers=headers) as response:
            after = (await response.json())["code"]

        assert (200, 4100) == (before, after)

    async def test_keeps_sessions_apart(self, coze, http, claims):
        """Conversations made under one session_name are strangers to the others."""
        private, public = keys()
        coze.trust("app", "kid", public)
        signed = pyjwt.encode(claims | {"session_name": "ann"}, private, "RS256", {"kid": "kid"})
        headers = {"Authorization": f"Bearer {(await self.buy(coze, http, signed))['access_token']}"}
        async with http.post(f"{coze.url}/v1/conversation/create", json={}, headers=headers) as response:
            hers = (await response.json())["data"]["id"]

        answer = await get(http, coze, "/v1/conversation/retrieve", conversation_id=hers)

        assert 4002 == answer["code"]


class TestTheWire:
    async def test_writes_events_as_they_were_recorded(self, coze, http):
        """No space behind the colon, LF, and a terminator whose data is a JSON string."""
        coze.will_say("2")
        async with http.post(f"{coze.url}/v3/chat", json=body()) as response:
            content = await response.read()

        assert content.startswith(b'event:conversation.chat.created\ndata:{"id":"')
        assert content.endswith(b'}\n\nevent:done\ndata:"[DONE]"\n\n')
        assert b"\r" not in content
        assert "text/event-stream" == response.content_type
        assert response.headers["x-tt-logid"]

    async def test_tells_a_turn_in_the_documented_order(self, coze, http):
        coze.will_play(
            act.FunctionCall(),
            act.ToolResponse(),
            act.Say(("a", "b")),
            act.FollowUps(("c?",)),
            act.Answer("d"),
            act.Audio(),
        )

        told, _ = await ask(http, coze)

        types = [json.loads(data)["type"] for event, data in told if event.startswith("conversation.message.c")]
        assert ["function_call", "tool_response", "answer", "answer", "verbose", "follow_up"] == types
        assert ["conversation.chat.completed", "conversation.audio.delta", "done"] == kinds(told)[-3:]
        assert ["conversation.chat.created", "conversation.chat.in_progress"] == kinds(told)[:2]

    async def test_escapes_line_separators_unless_told_otherwise(self, coze, http):
        said = "a\u2028b&<c>"
        for wire in (Wire(), Wire(raw_separators=True)):
            coze.wire = wire
            coze.will_say(said)
            async with http.post(f"{coze.url}/v3/chat", json=body()) as response:
                content = (await response.read()).decode()

            assert wire.raw_separators == ("\u2028" in content)
            assert [said] == coze.chats[-1].answers

    @pytest.mark.parametrize(
        "wire", [Wire(slice=1), Wire(seed=7), Wire(crlf=True, comments=True, ids=True, space=True, retry=True, slice=3)]
    )
    async def test_says_the_same_however_it_is_written(self, coze, http, wire):
        coze.wire = wire
        coze.will_say("🌊", "厦门")
        async with http.post(f"{coze.url}/v3/chat", json=body()) as response:
            lines = (await response.read()).decode().replace("\r\n", "\n").split("\n")

        data = [line.partition(":")[2].strip() for line in lines if line.startswith("data:")]
        deltas = [one["content"] for one in map(json.loads, data[:-1]) if one.get("type") == "answer"]
        assert ["🌊", "厦门", "🌊厦门"] == deltas
        assert wire.crlf == any(line.startswith(":keep-alive") for line in lines)

    @given(frame=st.binary(), size=st.integers(0, 9), seed=st.none() | st.integers(0, 99))
    def test_loses_nothing_in_cutting(self, frame, size, seed):
        assert frame == b"".join(Wire(slice=size, seed=seed).cut(frame))

    async def test_cuts_characters_apart(self, coze, http):
        """One byte per write must reach a client as pieces no decoder may decode alone."""
        coze.wire = Wire(slice=1)
        coze.will_say("🌊")
        async with http.post(f"{coze.url}/v3/chat", json=body()) as response:
            chunks = [chunk async for chunk, _ in response.content.iter_chunks()]

        assert b"\x8c" in chunks


class TestAChat:
    async def test_remembers_the_conversation(self, coze, http):
        _, first = await ask(http, coze, "my name is Ann")
        _, second = await ask(http, coze, "what did I say first?", conversation=first.conversation_id)

        assert "> my name is Ann" in second.answers[0]

    async def test_takes_the_conversation_from_the_query_alone(self, coze, http):
        _, first = await ask(http, coze)
        _, second = await ask(http, coze, conversation_id=first.conversation_id)

        assert first.conversation_id != second.conversation_id

    async def test_forgets_when_cleared(self, coze, http):
        _, first = await ask(http, coze, "my name is Ann")
        await post(http, coze, f"/v1/conversations/{first.conversation_id}/clear")
        _, second = await ask(http, coze, "what did I say first?", conversation=first.conversation_id)

        assert "Ann" not in second.answers[0]

    async def test_runs_alone_in_its_conversation(self, coze, http):
        coze.will_say("a", pause_until="asked", then=("b",))
        first = asyncio.create_task(ask(http, coze))
        await coze.until(lambda: "asked" in coze.paused)
        thread = coze.chats[0].conversation_id

        async with http.post(f"{coze.url}/v3/chat", params={"conversation_id": thread}, json=body()) as response:
            streamed = await events(response)
        whole = await post(http, coze, "/v3/chat", json=body(stream=False), conversation_id=thread)
        running = coze.running(thread)
        coze.go("asked")
        await first

        assert (200, "text/event-stream") == (response.status, response.content_type)
        assert ["error"] == kinds(streamed)
        assert [4016, 4016] == [json.loads(streamed[0][1])["code"], whole["code"]]
        assert (coze.chats[0], None) == (running, coze.running(thread))
        assert 1 == len(coze.chats)

    async def test_goes_on_when_its_client_has_left(self, coze, http):
        coze.will_say("a", pause_until="left", then=("b", "c"), follow_ups=("d?",))
        response = await http.post(f"{coze.url}/v3/chat", json=body())
        await coze.until(lambda: "left" in coze.paused)
        response.close()

        coze.go("left")
        chat = await coze.until(lambda: coze.chats[0].status == "completed" and coze.chats[0])
        there = {"conversation_id": chat.conversation_id, "chat_id": chat.id}
        listed = await get(http, coze, "/v3/chat/message/list", **there)

        assert ["abc"] == [one["content"] for one in listed["data"] if one["type"] == "answer"]
        assert 3 == chat.deltas

    async def test_goes_on_behind_a_cut(self, coze, http):
        coze.will_play(act.Say(("a",)), act.Cut(), act.Say(("b",)))

        with pytest.raises(aiohttp.ClientPayloadError):
            await ask(http, coze)
        await coze.until(lambda: coze.chats[0].status == "completed")

        assert ["ab"] == coze.chats[0].answers

    async def test_goes_on_through_an_outage(self, coze, http):
        coze.will_say("a", pause_until="back", then=("b",))
        response = await http.post(f"{coze.url}/v3/chat", json=body())
        await coze.until(lambda: "back" in coze.paused)
        await coze.go_away()
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(f"{coze.url}/v1/users/me")
        await coze.come_back()
        coze.go("back")
        response.close()

        chat = await coze.until(lambda: coze.chats[0].status == "completed" and coze.chats[0])

        assert ["ab"] == chat.answers

    async def test_says_nothing_more_once_canceled(self, coze, http):
        coze.will_say("a", pause_until="never")
        asked = asyncio.create_task(ask(http, coze))
        await coze.until(lambda: "never" in coze.paused)
        chat = coze.chats[0]
        there = {"conversation_id": chat.conversation_id, "chat_id": chat.id}

        answer = await post(http, coze, "/v3/chat/cancel", json=there)
        told, _ = await asked
        after = await ask(http, coze, "what did I say first?", conversation=chat.conversation_id)

        assert "code" not in answer, "as in the documented example"
        assert "canceled" == answer["data"]["status"]
        assert ["conversation.message.delta", "done"] == kinds(told)[-2:]
        assert "the first thing" in after[1].answers[0], "a canceled round is no context"

    async def test_shows_its_answers_to_lists_only_when_they_are_whole(self, coze, http):
        coze.will_play(act.Answer("first"), act.Say(("sec",)), act.Pause("half"), act.Say(("ond",)))
        asked = asyncio.create_task(ask(http, coze))
        await coze.until(lambda: "half" in coze.paused)
        there = {"conversation_id": coze.chats[0].conversation_id, "chat_id": coze.chats[0].id}

        early = await get(http, coze, "/v3/chat/message/list", **there)
        coze.go("half")
        await asked
        coze.late_lists = 1
        late = await get(http, coze, "/v3/chat/message/list", **there)
        whole = await get(http, coze, "/v3/chat/message/list", **there)

        assert ["first"] == [one["content"] for one in early["data"]]
        assert ["verbose"] == [one["type"] for one in late["data"]]
        assert ["verbose", "answer", "answer"] == [one["type"] for one in whole["data"]]

    async def test_leaves_its_question_findable_by_our_own_mark(self, coze, http):
        """How a crash between asking and hearing is healed."""
        asked = [question(meta_data={"bridge_key": "K1"})]
        _, chat = await ask(http, coze, additional_messages=asked, meta_data={"bridge_key": "K1"})

        page = await post(
            http, coze, "/v1/conversation/message/list", json={"order": "desc"}, conversation_id=chat.conversation_id
        )

        [found] = [one for one in page["data"] if one["meta_data"].get("bridge_key") == "K1"]
        assert (chat.id, "user", "") == (found["chat_id"], found["role"], found["type"])

    async def test_is_nowhere_when_it_is_not_saved(self, coze, http):
        _, chat = await ask(http, coze, auto_save_history=False)
        there = {"conversation_id": chat.conversation_id, "chat_id": chat.id}

        answer = await get(http, coze, "/v3/chat/retrieve", **there)

        assert 4001 == answer["code"]
        assert [] == coze.conversations[chat.conversation_id].messages

    @pytest.mark.parametrize(
        ("step", "last", "status"),
        [
            (act.Fail(), ("conversation.chat.failed", 5000), "failed"),
            (act.Fail(701231, "error", "bare"), ("conversation.chat.failed", 701231), "failed"),
            (act.Fail("4000", "no", "error"), ("error", "4000"), "failed"),
            (act.Fail(None, "", "error"), ("error", None), "failed"),
            (act.NoDone(), ("conversation.chat.completed", 0), "completed"),
            (act.NoVerdict(), ("conversation.message.completed", None), "completed"),
        ],
    )
    async def test_can_end_in_many_ways(self, coze, http, step, last, status):
        coze.will_play(act.Say(("a",)), step)

        told, chat = await ask(http, coze)

        event, data = next(one for one in reversed(told) if one[0] != "done")
        shown = json.loads(data)
        assert last == (event, shown.get("last_error", shown).get("code"))
        assert status == chat.status

    async def test_plays_the_stranger_events_too(self, coze, http):
        coze.will_play(
            act.Ping(),
            act.Knowledge(),
            act.Verbose(),
            act.Card(),
            act.DuplicateCompleted(),
            act.Raw(b"event:odd\ndata:1\n\n"),
        )

        told, _ = await ask(http, coze)

        assert {"PING", "odd"} <= set(kinds(told))
        cards = [json.loads(d)["id"] for e, d in told if e.endswith("message.completed") and '"card"' in d]
        assert 2 == len(cards)
        assert 1 == len(set(cards))

    async def test_goes_on_with_the_reply_a_node_waited_for(self, coze, http):
        coze.will_play(act.Answer("Which city?"), act.RequiresAction("reply_message"), act.Say(("Sunny",)))

        told, first = await ask(http, coze)
        _, second = await ask(http, coze, "Hangzhou", conversation=first.conversation_id)

        assert "conversation.chat.requires_action" == kinds(told)[-2]
        assert ["Sunny"] == second.answers

    async def test_can_tell_of_its_cancellation(self, coze, http):
        coze.tells_cancel = True
        coze.will_say("a", pause_until="never")
        asked = asyncio.create_task(ask(http, coze))
        await coze.until(lambda: "never" in coze.paused)
        chat = coze.chats[0]
        watched = chat.watched

        await post(http, coze, "/v3/chat/cancel", json={"conversation_id": chat.conversation_id, "chat_id": chat.id})
        told, _ = await asked

        assert watched
        assert not chat.watched
        assert ["conversation.chat.canceled", "done"] == kinds(told)[-2:]

    async def test_waits_at_a_question_node_for_the_next_message(self, coze, http):
        coze.will_play(act.Interrupt("Where?"), act.Say(("Sunny",)))

        told, first = await ask(http, coze)
        _, second = await ask(http, coze, "Hangzhou", conversation=first.conversation_id)

        assert "conversation.chat.completed" not in kinds(told)
        assert "requires_action" == first.status
        assert (["Where?"], ["Sunny"]) == (first.answers, second.answers)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"user_id": 7}, 4000),
            ({"bot_id": 7379462189365198898}, 4000),
            ({"bot_id": "1"}, 4200),
            ({"stream": False, "auto_save_history": False}, 4007),
            ({"meta_data": {str(n): "x" for n in range(17)}}, 4003),
            ({"meta_data": {"k": "x" * 513}}, 4003),
            ({"custom_variables": {"no-dash": "x"}}, 4000),
            ({"additional_messages": []}, 4000),
            ({"additional_messages": [question()] * 101}, 4004),
            ({"additional_messages": [question("")]}, 4005),
            ({"additional_messages": [question(type="verbose")]}, 4005),
            ({"additional_messages": [question(role="system")]}, 4005),
            ({"additional_messages": [question('[{"type":"text","text":"x"}]', content_type="object_string")]}, 4000),
            (
                {"additional_messages": [question('[{"type":"image","file_id":"1"}]', content_type="object_string")]},
                4000,
            ),
            ({"additional_messages": [question("not json", content_type="object_string")]}, 4000),
        ],
    )
    async def test_a_chat_with_something_wrong(self, coze, http, wrong, code):
        answer = await post(http, coze, "/v3/chat", json=body(**wrong))

        assert code == answer["code"]
        assert answer["detail"]["logid"]
        assert [] == coze.chats

    async def test_a_photo_without_words_beside_it(self, coze, http):
        form = aiohttp.FormData()
        form.add_field("file", b"\x89PNG", filename="a.png")
        async with http.post(f"{coze.url}/v1/files/upload", data=form) as response:
            file_id = (await response.json())["data"]["id"]
        photo = question(json.dumps([{"type": "image", "file_id": file_id}]), content_type="object_string")

        alone = await post(http, coze, "/v3/chat", json=body(additional_messages=[photo]))
        told, _ = await ask(http, coze, additional_messages=[photo, question("(an image)")])

        assert 4000 == alone["code"]
        assert "done" == kinds(told)[-1]

    async def test_a_bad_token(self, coze, http):
        """JSON where a stream was asked for."""
        coze.tokens.clear()
        async with http.post(f"{coze.url}/v3/chat", json=body()) as response:
            answer = await response.json()

        assert (401, 4100) == (response.status, answer["code"])

    async def test_an_unpublished_bot_and_an_unknown_conversation(self, coze, http):
        coze.unpublished.add("5")

        unpublished = await post(http, coze, "/v3/chat", json=body(bot_id="5"))
        unknown = await post(http, coze, "/v3/chat", json=body(), conversation_id="5")

        assert (4015, 4002) == (unpublished["code"], unknown["code"])

    async def test_a_body_that_is_no_json(self, coze, http):
        async with http.post(f"{coze.url}/v3/chat", data=b"{") as response:
            answer = await response.json()

        assert 4000 == answer["code"]

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("a.png", b"GIF89a", 4000),
            ("a.exe", b"MZ", 4303),
            ("a.pdf", b"", 4300),
            ("a.csv", bytes(101), 4302),
        ],
    )
    async def test_a_file_that_is_not_what_it_says(self, coze, http, name, content, code):
        form = aiohttp.FormData()
        form.add_field("file", content, filename=name)
        coze.largest = 100
        async with http.post(f"{coze.url}/v1/files/upload", data=form) as response:
            answer = await response.json()

        assert code == answer["code"]

    async def test_a_path_nobody_serves(self, coze, http):
        answer = await get(http, coze, "/v2/chat")

        assert answer["msg"].startswith("The requested API endpoint GET /v2/chat does not exist")

    async def test_a_chatflow_without_parameters(self, coze, http):
        """Told in the stream, with a code in a string."""
        asked = {"workflow_id": FLOW, "bot_id": BOT, "additional_messages": [question()]}
        async with http.post(f"{coze.url}/v1/workflows/chat", json=asked) as response:
            told = await response.text()

        assert told.startswith('event:error\ndata:{"code":"4000"')

    async def test_workflow_questions_that_are_over(self, coze, http):
        coze.will_play(act.Interrupt())
        result = await post(http, coze, "/v1/workflow/run", json={"workflow_id": FLOW})
        waiting = result["interrupt_data"]
        reply = {"workflow_id": FLOW, "event_id": waiting["event_id"], "interrupt_type": 2, "resume_data": "x"}

        first = await post(http, coze, "/v1/workflows/resume", json=reply)
        second = await post(http, coze, "/v1/workflows/resume", json=reply)
        third = await post(http, coze, "/v1/workflows/resume", json=reply | {"event_id": "7/7"})

        assert [0, 4315, 4314] == [first["code"], second["code"], third["code"]]


class TestFaults:
    async def test_spoil_the_call_they_wait_for_and_no_other(self, coze, http):
        coze.faults.add("chat.retrieve", status=429, headers={"Retry-After": "3"})

        _, chat = await ask(http, coze)
        there = {"conversation_id": chat.conversation_id, "chat_id": chat.id}
        async with http.get(f"{coze.url}/v3/chat/retrieve", params=there) as response:
            spoilt = response.status, response.headers["Retry-After"]
        healthy = await get(http, coze, "/v3/chat/retrieve", **there)

        assert (429, "3") == spoilt
        assert 0 == healthy["code"]
        assert [False, True] == [call.ok for call in coze.called("chat.retrieve")]

    async def test_lose_an_answer_to_a_question_that_was_heard(self, coze, http):
        coze.faults.add("chat", apply=True, cut=True)

        with pytest.raises(aiohttp.ClientError):
            await ask(http, coze)
        await coze.until(lambda: coze.chats and coze.chats[0].status == "completed")

        assert 1 == len(coze.chats)

    async def test_answer_with_json_where_a_stream_was_asked_for(self, coze, http):
        coze.faults.add("chat", status=200, body={"code": 4028, "msg": "Insufficient coze credits balance"})

        async with http.post(f"{coze.url}/v3/chat", json=body()) as response:
            answer = await response.json()

        assert (200, 4028) == (response.status, answer["code"])
        assert [] == coze.chats

    async def test_may_only_be_late(self, coze, http):
        coze.faults.add("chat", apply=True, status=200, delay=0.01)

        told, _ = await ask(http, coze)

        assert "done" == kinds(told)[-1]


class TestTheDemoBot:
    async def test_streams_a_short_answer_in_about_forty_pieces(self, coze, http):
        _, chat = await ask(http, coze, "hello there")

        assert 30 <= chat.deltas <= 45
        assert chat.created <= chat.t_first_delta <= chat.t_end

    async def test_answers_chinese_in_chinese(self, coze, http):
        _, chat = await ask(http, coze, "你好")

        assert "你说的是" in chat.answers[0]

    async def test_tells_the_same_long_story_twice(self, coze, http):
        _, first = await ask(http, coze, "tell me a long story of 20000 characters")

        assert story(20_000) == first.answers[0]
        assert 19_500 < len(first.answers[0]) < 20_500
        assert max(map(len, first.answers[0].split("```"))) > 4096


class TestStudio:
    async def test_ends_its_streams_in_its_own_way(self, studio, http):
        studio.will_say("a")

        told, _ = await ask(http, studio, stream=None)

        assert ("conversation.stream.done", "") == told[-1]
        assert "in_progress" == json.loads(told[0][1])["status"]
        finish = next(json.loads(json.loads(d)["content"]) for _, d in told[:-1] if '"verbose"' in d)
        assert '{"finish_reason":0,"fin_data":""}' == finish["data"]

    async def test_wraps_its_answers_differently(self, studio, http):
        _, chat = await ask(http, studio)
        there = {"conversation_id": chat.conversation_id, "chat_id": chat.id}

        listed = await get(http, studio, "/v3/chat/message/list", **there)
        thread = await get(http, studio, "/v1/conversation/retrieve", conversation_id=chat.conversation_id)
        made = await post(http, studio, "/v1/conversation/create", json={})

        assert {"verbose", "answer", "follow_up"} == {one["type"] for one in listed["Messages"]}
        assert chat.conversation_id == thread["ConversationData"]["id"]
        assert {"creator_d", "meta_data"} <= made["data"].keys()
        assert made["data"]["meta_data"] is None

    async def test_does_not_know_half_of_the_paths(self, studio, http):
        for path in ("/v1/users/me", "/v3/chat/retrieve/"):
            async with http.get(studio.url + path) as response:
                assert (401, "missing session_key in cookie") == (response.status, (await response.json())["msg"])

    async def test_lets_two_chats_run_side_by_side_and_adopts_strangers(self, studio, http):
        studio.will_say("a", pause_until="second")
        first = asyncio.create_task(ask(http, studio, conversation="77"))
        await studio.until(lambda: "second" in studio.paused)
        thread = studio.chats[0].conversation_id
        told, _ = await ask(http, studio, conversation=thread)
        studio.go("second")
        await first

        assert "77" != thread
        assert "conversation.chat.completed" in kinds(told)

    async def test_fails_first_and_completes_then(self, studio, http):
        studio.will_play(act.Say(("a",)), act.Fail())
        studio.will_play(act.Fail(msg="no model"))

        middle, _ = await ask(http, studio)
        begin, _ = await ask(http, studio)

        assert ["error", "conversation.chat.completed", "conversation.stream.done"] == kinds(middle)[-3:]
        assert [("error", '{"code":103100001,"msg":"no model"}')] == begin

    async def test_cancels_in_name_only(self, studio, http):
        studio.will_say("a", pause_until="on", then=("b",))
        asked = asyncio.create_task(ask(http, studio))
        await studio.until(lambda: "on" in studio.paused)
        chat = studio.chats[0]
        there = {"conversation_id": chat.conversation_id, "chat_id": chat.id}

        answer = await post(http, studio, "/v3/chat/cancel", json=there)
        studio.go("on")
        await asked

        assert "cancelled" == answer["ChatV3ChatDetail"]["status"]
        assert "code" not in answer
        assert ("completed", ["ab"]) == (chat.status, chat.answers)

    async def test_has_its_own_numbers_for_what_is_wrong(self, studio, http):
        bad = await post(http, studio, "/v3/chat", json=body(bot_id="abc"))
        unknown = await get(http, studio, "/v1/conversation/retrieve", conversation_id="5")
        async with http.get(
            f"{studio.url}/v3/chat/retrieve", params={"conversation_id": "5", "chat_id": "5"}
        ) as response:
            retrieved = response.status, response.content_type
        studio.tokens.clear()
        denied = await post(http, studio, "/v3/chat", json=body())

        assert (400, 103000002, 700012006) == (bad["code"], unknown["code"], denied["code"])
        assert (500, "text/plain") == retrieved

    async def test_words_workflow_errors_plainly(self, studio, http):
        studio.will_play(act.Fail(msg="node broke"))
        async with http.post(f"{studio.url}/v1/workflow/stream_run", json={"workflow_id": FLOW}) as response:
            told = await response.text()

        assert "event: error\ndata: node broke\n\n" == told
