"""The Slack adapter among the real client libraries and the simulated Slack, and what it hands to the core."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from adapters.slack.adapter import SlackAdapter
from adapters.slack.options import SlackOptions
from bridge.sdk.answers import Buttons, Part
from bridge.sdk.errors import Later
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import Inbound
from bridge.sdk.ports import WebhookRequest

QUESTION = "what is a bridge?"
ALONE = translate(MessageId.ANSWERED_ALONE, "en")
MORE = Buttons(follow_ups=("And then?",))


@dataclass
class RecordingAccept:
    """What the core would have on disk."""

    messages: list[Inbound] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    refuse: int = 0  #: how many it will fail to write down
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def accept(self, message):
        if self.refuse:
            self.refuse -= 1
            raise Later("the disk is full")
        async with self.came:
            if not self.keys.intersection(message.dedupe_keys):
                self.messages.append(message)
            self.keys.update(message.dedupe_keys)
            self.came.notify_all()

    async def one(self, number=1):
        async with self.came, asyncio.timeout(20):
            await self.came.wait_for(lambda: len(self.messages) >= number)
        return self.messages[number - 1]


def options(slack, **more):
    tokens = {"bot_token": slack.bot_token, "app_token": slack.app_token}
    return SlackOptions.model_validate(tokens | {"api_url": slack.api_url} | more)


@asynccontextmanager
async def listening(slack, heard, *, self_service=None, **more):
    """An adapter that hears *slack*."""
    adapter = SlackAdapter.from_options("acme", options(slack, **more))
    if self_service:
        adapter.set_self_service(self_service)
    async with adapter:
        task = asyncio.create_task(adapter.run(heard.accept))
        try:
            if "signing_secret" not in more:
                await slack.until(lambda: slack.sockets.open)
            yield adapter
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def reachable(adapter, core):
    """An address at which Slack reaches *adapter*."""

    async def receive(request):
        headers = {name.lower(): value for name, value in request.headers.items()}
        said = await adapter.handle_webhook(WebhookRequest(headers=headers, read=request.read), core.accept)
        return web.Response(status=said.status, text=said.body, content_type=said.content_type)

    app = web.Application()
    app.router.add_post("/", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


async def asked(slack, heard, *, thread=None, text=QUESTION):
    """A mention in a channel, as the core has it, and the ts of the thread."""
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    ts = slack.says(ann, text, desk, thread, mention=True)
    return await heard.one(), desk, ts


def part(text, ref=None, *, key="turn-1/0", index=0, steps=()):
    return Part(index=index, text=text, key=key, ref=ref, steps=steps)


def refused(code):
    return {"status": 200, "body": {"ok": False, "error": code}}


def slack_text(message):
    """All that *message* shows, also among its blocks."""
    return "".join(block["text"] for block in message.blocks if block["type"] == "markdown") or message.text
