"""Events, commands and buttons over HTTP, as Bolt understands them."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from simulators.slack import Slack
from tests.wire.simulators.slack.harness import Ears

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing:UserWarning")


async def test_bolt_accepts_the_signature_and_the_challenge(slack: Slack, bolt: AsyncApp) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    @bolt.event("message")
    async def hear(event: dict[str, Any]) -> None:
        heard.put_nowait(event["text"])

    slack.says(slack.person("ann"), "over HTTP")
    await slack.settled()

    assert await slack.verify_url()
    assert slack.deliveries[0].acked
    async with asyncio.timeout(5):
        assert "over HTTP" == await heard.get()


async def test_bolt_turns_away_what_is_signed_with_another_secret(slack: Slack, bolt: AsyncApp) -> None:
    slack.signing_secret = "another"

    slack.says(slack.person("ann"), "hello")
    await slack.until(lambda: len(slack.deliveries[0].reasons) == 2)
    slack.hurry()
    await slack.until(lambda: len(slack.deliveries[0].reasons) == 3)
    slack.hurry()
    await slack.settled()

    assert slack.deliveries[0].lost
    assert ["http_error"] * 4 == slack.deliveries[0].reasons
    assert 4 == len(slack.deliveries[0].sent_at)


async def test_over_http_a_failure_is_told_with_the_next_attempt(slack: Slack) -> None:
    requests: list[web.Request] = []

    async def fail_twice(request: web.Request) -> web.Response:
        requests.append(request)
        return web.Response(status=500 if len(requests) <= 2 else 200)

    application = web.Application()
    application.router.add_post("/", fail_twice)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/"

    slack.says(slack.person("ann"), "hello")
    await slack.until(lambda: len(slack.deliveries[0].reasons) == 2)
    slack.hurry()
    await slack.settled()
    await runner.cleanup()

    assert [(None, None), ("1", "http_error"), ("2", "http_error")] == [
        (request.headers.get("x-slack-retry-num"), request.headers.get("x-slack-retry-reason")) for request in requests
    ]
    assert slack.deliveries[0].acked


async def test_a_command_is_answered_at_once_and_later(slack: Slack, either_bolt: AsyncApp) -> None:
    @either_bolt.command("/coze")
    async def coze(ack: Any, respond: Any, command: dict[str, Any]) -> None:
        await ack(f"you said {command['text']}")
        await respond("and that was that")

    ann = slack.person("ann")
    slack.command(ann, "/coze", "new")
    await slack.until(lambda: len(slack.responses) == 2)

    assert {"you said new", "and that was that"} == {response.text for response in slack.responses}
    assert {ann.id} == {whispered.user for whispered in slack.ephemerals}


async def test_a_pressed_button_says_where_it_stood(slack: Slack, client: AsyncWebClient, ears: Ears) -> None:
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    root = slack.says(ann, "hi", desk)
    button = {"type": "button", "action_id": "ask:0", "value": "q1", "text": {"type": "plain_text", "text": "More"}}
    row = {"type": "actions", "block_id": "row", "elements": [button]}
    posted = await client.chat_postMessage(channel=desk, thread_ts=root, text="pick", blocks=[row])

    delivery = slack.presses(ann, posted["ts"], "ask:0")
    await slack.settled()

    assert delivery.acked
    payload = ears.heard[-1].payload
    assert ("q1", "row", "ask:0") == tuple(payload["actions"][0][key] for key in ("value", "block_id", "action_id"))
    assert root == payload["container"]["thread_ts"]
    async with (
        aiohttp.ClientSession() as session,
        session.post(payload["response_url"], json={"replace_original": True, "text": "picked"}) as answer,
    ):
        assert 200 == answer.status
    assert ["picked"] == slack.bot_texts(desk, root)


async def test_a_response_url_is_used_up_after_five_answers(slack: Slack) -> None:
    url = slack.command(slack.person("ann"), "/coze").payload["response_url"]

    async with aiohttp.ClientSession() as session:
        answers = [await session.post(url, json={"text": "x"}) for _ in range(6)]

    assert [200] * 5 + [404] == [answer.status for answer in answers]
