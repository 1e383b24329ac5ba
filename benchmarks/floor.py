"""
The least there can be: hear, ask, show the first words, show the whole answer.

The same libraries as the daemon, and nothing else: no disk, no order, no second attempt, no rendering, no budgets, no
typing sign. What the daemon needs beyond this is the price of its promises.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import uvloop
import yaml
from httpx_aiohttp import AiohttpTransport

Show = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Coze:
    """The bot, over httpx on aiohttp's connections."""

    client: httpx.AsyncClient
    token: str
    bot_id: str

    async def ask(self, question: str, person: str) -> AsyncIterator[str]:
        """The answer, delta by delta."""
        message = {"role": "user", "type": "question", "content_type": "text", "content": question}
        body = {"bot_id": self.bot_id, "user_id": person, "stream": True, "additional_messages": [message]}
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.client.stream("POST", "/v3/chat", json=body, headers=headers) as response:
            async for delta in _deltas(response):
                yield delta

    async def answer(self, question: str, person: str, *, begin: Show, end: Show) -> None:
        """Show the first words of the answer, and at its end all of it."""
        text, begun = "", False
        async for delta in self.ask(question, person):
            text += delta
            if not begun:
                begun = True
                await begin(text)
        await end(text)


async def _deltas(response: httpx.Response) -> AsyncIterator[str]:
    buffer = event = b""
    async for chunk in response.aiter_raw():
        *lines, buffer = (buffer + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"event:"):
                event = line[6:]
                if event == b"conversation.chat.completed":
                    return
            elif line.startswith(b"data:") and event == b"conversation.message.delta":
                yield json.loads(line[5:])["content"]


async def telegram(session: aiohttp.ClientSession, coze: Coze, url: str) -> None:
    """Poll, and answer each message in its chat."""
    tasks: set[asyncio.Task[None]] = set()
    offset, drafts = 0, itertools.count(1)

    async def call(method: str, **params: Any) -> Any:
        async with session.post(f"{url}/{method}", json=params) as response:
            return (await response.json())["result"]

    async def answer(message: dict[str, Any]) -> None:
        chat, draft = message["chat"]["id"], next(drafts)
        await coze.answer(
            message["text"],
            str(chat),
            begin=lambda text: call("sendMessageDraft", chat_id=chat, draft_id=draft, text=text),
            end=lambda text: call("sendMessage", chat_id=chat, text=text),
        )

    while True:
        for update in await call("getUpdates", offset=offset, timeout=30):
            offset = update["update_id"] + 1
            _keep(tasks, answer(update["message"]))


async def slack(session: aiohttp.ClientSession, coze: Coze, url: str, bot_token: str, app_token: str) -> None:
    """Listen on the socket, and answer each message in a stream in its thread."""
    tasks: set[asyncio.Task[None]] = set()

    async def call(method: str, token: str, **params: Any) -> Any:
        async with session.post(
            f"{url}{method}", json=params, headers={"Authorization": f"Bearer {token}"}
        ) as response:
            return await response.json()

    async def answer(event: dict[str, Any], team: str) -> None:
        place: dict[str, Any] = {"channel": event["channel"]}
        shown = 0

        async def begin(text: str) -> None:
            nonlocal shown
            shown = len(text)
            to = {"recipient_user_id": event["user"], "recipient_team_id": team}
            started = await call(
                "chat.startStream", bot_token, **place, thread_ts=event["ts"], markdown_text=text, **to
            )
            place["ts"] = started["ts"]

        async def end(text: str) -> None:
            await call("chat.stopStream", bot_token, **place, markdown_text=text[shown:])

        await coze.answer(event["text"], event["user"], begin=begin, end=end)

    address = (await call("apps.connections.open", app_token))["url"]
    async with session.ws_connect(address) as socket:
        async for frame in socket:
            envelope = json.loads(frame.data)
            if "envelope_id" not in envelope:
                continue
            await socket.send_str(json.dumps({"envelope_id": envelope["envelope_id"]}))
            event = envelope["payload"]["event"]
            if event["type"] == "app_mention" or event.get("channel_type") == "im":
                _keep(tasks, answer(event, envelope["payload"]["team_id"]))


def _keep(tasks: set[asyncio.Task[None]], work: Awaitable[None]) -> None:
    task = asyncio.ensure_future(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def main(config: dict[str, Any]) -> None:
    """Answer on the platforms of the daemon's own config, until killed."""
    coze_at, bot, adapters = config["coze"]["main"], config["bots"]["assistant"], config["adapters"]
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as to_coze,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as to_platforms,
        httpx.AsyncClient(
            base_url=coze_at["base_url"], transport=AiohttpTransport(client=to_coze), timeout=None
        ) as client,
        asyncio.TaskGroup() as each,
    ):
        coze = Coze(client, coze_at["token"], bot["bot_id"])
        if at := adapters.get("telegram"):
            each.create_task(telegram(to_platforms, coze, f"{at['api_url']}/bot{at['token']}"))
        if at := adapters.get("slack"):
            each.create_task(slack(to_platforms, coze, at["api_url"], at["bot_token"], at["app_token"]))


if __name__ == "__main__":
    uvloop.run(main(yaml.safe_load(Path(sys.argv[1]).read_text())))
