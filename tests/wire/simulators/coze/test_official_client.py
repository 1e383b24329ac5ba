"""Coze's own client library finds everything where it expects it."""

import json
import os
import time

import jwt as pyjwt
import pytest
from cozepy import (
    AsyncCoze,
    AsyncJWTAuth,
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

from simulators.coze import BOT
from simulators.coze import script as act
from tests.wire.simulators.coze.harness import FLOW, get, keys


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
