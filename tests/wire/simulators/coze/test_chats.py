"""A chat from its question to its end, as it was recorded, and what is remembered of it."""

import asyncio
import json

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.coze import script as act
from simulators.coze.demo_bot import story
from simulators.coze.wire import Wire
from tests.wire.simulators.coze.harness import ask, body, events, get, kinds, post, question


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
