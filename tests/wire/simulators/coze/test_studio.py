"""Where Coze Studio differs from the cloud."""

import asyncio
import json

from simulators.coze import script as act
from tests.wire.simulators.coze.harness import FLOW, ask, body, get, kinds, post


async def test_ends_its_streams_in_its_own_way(studio, http):
    studio.will_say("a")

    told, _ = await ask(http, studio, stream=None)

    assert ("conversation.stream.done", "") == told[-1]
    assert "in_progress" == json.loads(told[0][1])["status"]
    finish = next(json.loads(json.loads(d)["content"]) for _, d in told[:-1] if '"verbose"' in d)
    assert '{"finish_reason":0,"fin_data":""}' == finish["data"]


async def test_wraps_its_answers_differently(studio, http):
    _, chat = await ask(http, studio)
    there = {"conversation_id": chat.conversation_id, "chat_id": chat.id}

    listed = await get(http, studio, "/v3/chat/message/list", **there)
    thread = await get(http, studio, "/v1/conversation/retrieve", conversation_id=chat.conversation_id)
    made = await post(http, studio, "/v1/conversation/create", json={})

    assert {"verbose", "answer", "follow_up"} == {one["type"] for one in listed["Messages"]}
    assert chat.conversation_id == thread["ConversationData"]["id"]
    assert {"creator_d", "meta_data"} <= made["data"].keys()
    assert made["data"]["meta_data"] is None


async def test_does_not_know_half_of_the_paths(studio, http):
    for path in ("/v1/users/me", "/v3/chat/retrieve/"):
        async with http.get(studio.url + path) as response:
            assert (401, "missing session_key in cookie") == (response.status, (await response.json())["msg"])


async def test_lets_two_chats_run_side_by_side_and_adopts_strangers(studio, http):
    studio.will_say("a", pause_until="second")
    first = asyncio.create_task(ask(http, studio, conversation="77"))
    await studio.until(lambda: "second" in studio.paused)
    thread = studio.chats[0].conversation_id
    told, _ = await ask(http, studio, conversation=thread)
    studio.go("second")
    await first

    assert "77" != thread
    assert "conversation.chat.completed" in kinds(told)


async def test_fails_first_and_completes_then(studio, http):
    studio.will_play(act.Say(("a",)), act.Fail())
    studio.will_play(act.Fail(msg="no model"))

    middle, _ = await ask(http, studio)
    begin, _ = await ask(http, studio)

    assert ["error", "conversation.chat.completed", "conversation.stream.done"] == kinds(middle)[-3:]
    assert [("error", '{"code":103100001,"msg":"no model"}')] == begin


async def test_cancels_in_name_only(studio, http):
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


async def test_has_its_own_numbers_for_what_is_wrong(studio, http):
    bad = await post(http, studio, "/v3/chat", json=body(bot_id="abc"))
    unknown = await get(http, studio, "/v1/conversation/retrieve", conversation_id="5")
    async with http.get(f"{studio.url}/v3/chat/retrieve", params={"conversation_id": "5", "chat_id": "5"}) as response:
        retrieved = response.status, response.content_type
    studio.tokens.clear()
    denied = await post(http, studio, "/v3/chat", json=body())

    assert (400, 103000002, 700012006) == (bad["code"], unknown["code"], denied["code"])
    assert (500, "text/plain") == retrieved


async def test_words_workflow_errors_plainly(studio, http):
    studio.will_play(act.Fail(msg="node broke"))
    async with http.post(f"{studio.url}/v1/workflow/stream_run", json={"workflow_id": FLOW}) as response:
        told = await response.text()

    assert "event: error\ndata: node broke\n\n" == told
