"""An operator speaks first: what is pushed keeps its place, its promise and its number, whatever happens meanwhile."""

from asyncio import gather
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from tests.ports import free_port
from tests.scenarios.harness import WHOLE, BridgeHarness, Talk

TOKEN = "correct horse"


@asynccontextmanager
async def api(bridge: BridgeHarness, **sections: object) -> AsyncIterator[httpx.AsyncClient]:
    """The daemon's API; to be opened before it is started."""
    address = f"127.0.0.1:{free_port()}"
    settings = yaml.safe_load(bridge.config.read_text()) | sections
    bridge.config.write_text(yaml.safe_dump(settings | {"http": {"listen": address, "admin_token": TOKEN}}))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=f"http://{address}", headers=headers) as client:
        yield client


async def push(client: httpx.AsyncClient, talk: Talk, text: str, key: str = "k") -> int:
    """Push *text* to where that talk is; gives the status."""
    answer = await client.post("/api/messages", json={**talk.address, "text": text, "key": key})
    return answer.status_code


async def test_it_waits_for_the_answer_that_runs_there_and_for_no_other(bridge_on_each_db: BridgeHarness) -> None:
    bridge = bridge_on_each_db
    async with api(bridge) as client:
        await bridge.start()
        talks, bob = bridge.everywhere("Ann"), bridge.in_private("Bob")
        await bridge.half_said(*talks, question="and?", pause="news")
        for talk in (*talks, bob):
            assert 202 == await push(client, talk, "The ship is in.", key=f"{talk.address}")
        await bob.gets(1)
        assert not any("The ship is in." in talk.growing for talk in talks)
        bridge.coze.go("news 2")
        for talk in talks:
            await talk.reads(WHOLE, "The ship is in.")
        assert await bridge.terminate() == 0


@pytest.mark.parametrize("moment", ["before it is sent", "while it is sent"])
async def test_it_survives_kill_9_and_is_said_once(bridge_on_each_db: BridgeHarness, moment: str) -> None:
    bridge = bridge_on_each_db
    async with api(bridge) as client:
        await bridge.start()
        ann, bob = bridge.in_dm("Ann"), bridge.in_thread("Bob")
        if moment == "before it is sent":
            await bridge.half_said(ann, bob, question="and?", pause="dark")
        else:
            for talk in (ann, bob):
                talk.says("hello")
                await talk.gets(1)
            sending = bridge.holds(bridge.slack, "chat.postMessage", "The ship")
        for talk in (ann, bob):
            assert 202 == await push(client, talk, "The ship is in.", key=f"{talk.address}")
        if moment == "while it is sent":
            await sending.wait()
        await bridge.kill()
        bridge.slack.faults.clear()
        await bridge.start()
        if moment == "before it is sent":
            bridge.coze.go("dark 2")
        for talk in (ann, bob):
            await talk.gets(2)
            assert 200 == await push(client, talk, "The ship is in, again.", key=f"{talk.address}")
        assert await bridge.terminate() == 0

        assert ["The ship is in."] * 2 == [talk.answers[-1] for talk in (ann, bob)]
        assert [2, 2] == [len(talk.answers) for talk in (ann, bob)]


@pytest.mark.postgres
async def test_replicas_that_are_handed_one_key_say_it_once(tmp_path: Path, postgres_url: str) -> None:
    """At the same moment, with different words; and it is known to whoever has been started anew."""
    async with BridgeHarness(tmp_path, postgres_url) as bridge, AsyncExitStack() as opened:
        clients = []
        for name in ("a", "b"):
            clients.append(await opened.enter_async_context(api(bridge)))
            await bridge.start(name)
        ann = bridge.in_dm("Ann")
        at_once = [push(client, ann, f"Words {number}.") for number, client in enumerate(clients * 4)]
        outcomes = await gather(*at_once)
        await ann.gets(1)
        assert await bridge.terminate("b") == 0
        await bridge.start("b")
        for client in clients:
            assert 200 == await push(client, ann, "Words again.")
        assert 202 == await push(clients[1], ann, "The last.", key="another")
        await ann.gets(2)
        assert [0, 0] == [*await gather(bridge.terminate("a"), bridge.terminate("b"))]

        assert [200] * 7 + [202] == sorted(outcomes)
        assert [ann.answers[0], "The last."] == ann.answers


async def test_who_may_talk_and_who_answers_is_not_asked(bridge: BridgeHarness) -> None:
    """An operator's word goes where nobody may talk, and engages no bot."""
    async with api(
        bridge, access={"private": "nobody", "groups": "nobody"}, routes=[{"name": "closed", "discard": True}]
    ) as client:
        await bridge.start()
        talks = bridge.everywhere("Ann")
        for talk in talks:
            assert 202 == await push(client, talk, "The ship is in.", key=f"{talk.address}")
        for talk in talks:
            await talk.reads("The ship is in.")
        assert await bridge.terminate() == 0

        assert not bridge.coze.chats


async def test_what_has_gone_wrong_with_it_is_told_to_nobody(bridge: BridgeHarness) -> None:
    """It is a dead letter for the operator, and no sentence in the chat."""
    async with api(bridge) as client:
        await bridge.start()
        ann = bridge.in_dm("Ann")
        bridge.slack.faults.add("chat.postMessage", times=1, status=200, body={"ok": False, "error": "is_archived"})
        assert 202 == await push(client, ann, "The ship is in.")
        while not (await client.get("/api/status")).json()["messages"]["dead"]:
            pass
        assert await bridge.terminate() == 0

        assert [] == ann.answers
