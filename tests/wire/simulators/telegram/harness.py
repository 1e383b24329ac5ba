"""Telegram's client library at the simulated Telegram."""

from contextlib import asynccontextmanager

import pytest
import telegram
from telegram.error import BadRequest
from telegram.request import HTTPXRequest

from simulators.telegram import TOKEN

PNG = b"\x89PNG\r\n\x1a\n and so on"
OTHER = "654321:ANOTHER-TOKEN-of-the-simulator-0123456789"


@asynccontextmanager
async def client(tg, token=TOKEN):
    def request():
        return HTTPXRequest(httpx_kwargs={"trust_env": False}, read_timeout=20)

    bot = telegram.Bot(
        token,
        base_url=f"{tg.url}/bot",
        base_file_url=f"{tg.url}/file/bot",
        request=request(),
        get_updates_request=request(),
    )
    async with bot:
        yield bot


async def refused(call, error=BadRequest):
    with pytest.raises(error) as caught:
        await call
    return caught.value.message


async def texts(bot, **how):
    return [(update.message or update.edited_message).text for update in await bot.get_updates(**how)]
