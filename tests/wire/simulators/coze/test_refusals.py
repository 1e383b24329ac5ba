"""What Coze refuses, in its own numbers and words, and faults on demand."""

import json

import aiohttp
import pytest

from simulators.coze import BOT
from simulators.coze import script as act
from tests.wire.simulators.coze.harness import FLOW, ask, body, get, kinds, post, question


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
