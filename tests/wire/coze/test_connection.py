"""What a connection is reached by, and what it remembers."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
from bridge.sdk.errors import Unreachable
from simulators.coze import BOT, TOKEN


class TestAProxy:
    @pytest.mark.filterwarnings("ignore::DeprecationWarning")  # how the transport tells aiohttp who we are
    async def test_everything_goes_by_it(self):
        asked = []

        async def pass_on(request):
            asked.append((request.headers["Host"], request.headers.get("Proxy-Authorization", "")[:5]))
            return web.json_response({"code": 0, "data": {"id": "22"}})

        app = web.Application()
        app.router.add_route("*", "/{anything:.*}", pass_on)
        async with TestServer(app) as server:
            proxy = f"http://ann:sesame@{server.host}:{server.port}"
            async with CozeConnection("http://coze.invalid", StaticToken(TOKEN), proxy=proxy) as connection:
                assert "22" == await connection.bot("assistant", BOT).open_conversation("u-1")

        assert [("coze.invalid", "Basic")] == asked

    async def test_one_that_is_not_there_means_nothing_was_asked(self):
        async with CozeConnection("http://coze.invalid", StaticToken(TOKEN), proxy="http://127.0.0.1:1") as connection:
            with pytest.raises(Unreachable):
                await connection.bot("assistant", BOT).open_conversation("u-1")


async def test_a_connection_lends_nothing_outside_its_block(cloud):
    connection = CozeConnection(cloud.url, StaticToken(TOKEN))

    with pytest.raises(RuntimeError, match="open connection"):
        connection.bot("assistant", BOT)


async def test_of_conversations_that_nobody_used_the_last_are_remembered(cloud, bot, monkeypatch):
    monkeypatch.setattr("bridge.coze.bot._UNPROVEN_MOST", 3)
    made = [await bot.open_conversation("u-1") for _ in range(5)]

    assert made[2:] == list(bot._unproven)
