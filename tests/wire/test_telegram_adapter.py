"""The Telegram adapter against the simulator: python-telegram-bot, real sockets, Telegram's own refusals."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from adapters.telegram.adapter import TelegramAdapter, TelegramOptions
from bridge.errors import Later, Uncertain, Unauthorised
from bridge.model import Address, Part
from bridge.ports import HookRequest
from simulators.telegram import Telegram


@pytest.fixture
async def telegram():
    async with Telegram() as telegram:
        telegram.time_scale = 0.01
        yield telegram


def adapter_of(telegram, **options):
    return TelegramAdapter("helpdesk", TelegramOptions(token=telegram.token, api_url=telegram.url, **options))


class Ear:
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


@asynccontextmanager
async def hearing(telegram, **options):
    async with adapter_of(telegram, **options) as adapter:
        ear = Ear(adapter)
        running = asyncio.create_task(adapter.run(ear.accept))
        try:
            yield ear
        finally:
            running.cancel()
            await asyncio.wait([running])


def part(text, *, index=0, ref=None):
    return Part(index=index, text=text, key=f"turn:{index}", ref=ref)


async def test_a_private_answer_grows_as_a_draft_and_stands_exactly_once(telegram):
    ann = telegram.person("Ann")
    telegram.says(ann, "Tell me a story")
    async with hearing(telegram) as ear:
        message = await ear.hears()
        async with ear.adapter.reply(message) as sink:
            await telegram.until(lambda: telegram.actions)
            await sink.preview(part("Once **upon**"))

            assert "Once upon" == telegram.draft(ann.id)

            await sink.finish(part("Once **upon** a time."))

    assert "Tell me a story" == message.text
    assert ["Once upon a time."] == telegram.bot_texts(ann.id)
    assert telegram.draft(ann.id) is None
