"""The Telegram adapter among python-telegram-bot and the simulated Telegram, and what it hands to the core."""

import asyncio
import base64
from contextlib import asynccontextmanager

from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.options import TelegramOptions
from bridge.sdk.answers import Part, TurnButton
from bridge.sdk.model import CommandName

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


STOP = TurnButton(command=CommandName.STOP, turn_key="turn-1", label="Stop")


class RecordingAccept:
    """Hears with an adapter, and keeps what it was handed."""

    def __init__(self, adapter):
        self.adapter = adapter
        self.heard = []
        self.failures = []
        self._news = asyncio.Event()

    async def accept(self, message):
        if self.failures:
            raise self.failures.pop(0)
        self.heard.append(message)
        self._news.set()

    async def hears(self, count=1):
        async with asyncio.timeout(20):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()
        return self.heard[count - 1]


def adapter_of(telegram, **options):
    return TelegramAdapter.from_options(
        "helpdesk", TelegramOptions(**({"token": telegram.token, "api_url": telegram.url} | options))
    )


@asynccontextmanager
async def hearing(telegram, **options):
    async with adapter_of(telegram, **options) as adapter:
        recorder = RecordingAccept(adapter)
        running = asyncio.create_task(adapter.run(recorder.accept))
        try:
            yield recorder
        finally:
            running.cancel()
            await asyncio.wait([running])


@asynccontextmanager
async def answering(telegram, *, said="hello", chat=None, thread=None, **options):
    """A sink for the answer to what Ann says."""
    ann = telegram.person("Ann")
    telegram.says(ann, said, chat, thread=thread)
    async with hearing(telegram, **options) as recorder, recorder.adapter.reply(await recorder.hears()) as sink:
        yield sink


def part(text, *, index=0, ref=None):
    return Part(index=index, text=text, key=f"turn:{index}", ref=ref)


def refusal(description, status=400):
    return {"status": status, "body": {"ok": False, "error_code": status, "description": description}}


async def eventually(something):
    async with asyncio.timeout(20):
        while not something():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0)
