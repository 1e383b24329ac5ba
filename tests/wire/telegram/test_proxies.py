"""Telegram by way of a SOCKS proxy: real sockets, and a proxy that looks up names which nobody else knows."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import RawTestServer
from pydantic import ValidationError

from adapters.telegram.api import TelegramApi, Text
from adapters.telegram.options import TelegramOptions
from bridge.sdk.errors import Unreachable
from simulators.socks import SocksProxy
from simulators.telegram import Telegram

SERVER = "http://telegram.invalid"
LOGIN = ("ann", "open/sesame")
ME = "testbot"
ESCAPED = "ann:open%2Fsesame"


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """A Telegram."""
    async with Telegram() as telegram:
        yield telegram


@pytest.fixture
async def proxy(telegram: Telegram) -> AsyncIterator[SocksProxy]:
    """The only one who knows where it is."""
    address = urlsplit(telegram.url)
    async with SocksProxy({"telegram.invalid": (address.hostname or "", address.port or 0)}) as proxy:
        yield proxy


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize("login", [None, LOGIN])
async def test_names_are_looked_up_by_it(
    telegram: Telegram, proxy: SocksProxy, scheme: str, login: tuple[str, str] | None
) -> None:
    proxy.login = login
    async with TelegramApi(
        telegram.token, SERVER, f"{scheme}://{f'{ESCAPED}@' if login else ''}{proxy.address}"
    ) as api:
        me = await api.me()

    assert ME == me.username
    assert ["telegram.invalid"] == proxy.asked


async def test_files_come_by_it_too(telegram: Telegram, proxy: SocksProxy) -> None:
    ann = telegram.person("Ann")
    telegram.says(ann, "look", photo=b"a photo")
    async with TelegramApi(telegram.token, SERVER, f"socks5://{proxy.address}") as api:
        [update] = await api.updates(0, 0)
        photo = await api.download(update["message"]["photo"][-1]["file_id"], 1000)

    assert b"a photo" == photo


async def fails(telegram: Telegram, proxy: str, server: str = SERVER) -> str:
    """What is said where nothing was asked."""
    async with TelegramApi(telegram.token, server, proxy) as api:
        with pytest.raises(Unreachable) as caught:
            await api.send("1", Text(text="hello"))
    return repr(caught.value)


class TestWhatItDoesNotForward:
    """Was surely not sent, and is told without a password."""

    async def test_for_who_has_another_password(self, telegram: Telegram, proxy: SocksProxy) -> None:
        proxy.login = LOGIN

        assert "hunter2" not in await fails(telegram, f"socks5://ann:hunter2@{proxy.address}")

    async def test_for_who_has_none(self, telegram: Telegram, proxy: SocksProxy) -> None:
        proxy.login = LOGIN

        assert "ProxyError" in await fails(telegram, f"socks5://{proxy.address}")

    async def test_to_a_host_that_it_does_not_know(self, telegram: Telegram, proxy: SocksProxy) -> None:
        assert "ProxyError" in await fails(telegram, f"socks5://{proxy.address}", "http://elsewhere.invalid")

    async def test_while_it_is_away(self, telegram: Telegram) -> None:
        assert "hunter2" not in await fails(telegram, "socks5://ann:hunter2@127.0.0.1:1")

    async def test_where_something_else_listens(self, telegram: Telegram) -> None:
        async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]

            assert await fails(telegram, f"socks5://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "proxy",
    [
        "ftp://proxy:21",
        "proxy:1080",
        "socks5://proxy",
        "socks5://u:hunter2@:1080",
        "socks5://u:hunter2@h:port",
        "socks6://proxy:1",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(proxy: str) -> None:
    with pytest.raises(ValidationError, match="expected") as caught:
        TelegramOptions.model_validate({"token": f"1:{'a' * 35}", "proxy": proxy})

    assert "hunter2" not in str(caught.value)


async def test_the_environments_is_not_used(telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with TelegramApi(telegram.token, telegram.url) as api:
        assert ME == (await api.me()).username


class HttpProxy:
    """A proxy as most companies have one: it is asked for whole addresses, and looks up their names itself."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram
        self.asked: list[str] = []
        self.logins: list[str | None] = []

    async def handle(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(str(request.url.origin()))
        self.logins.append(request.headers.get("Proxy-Authorization"))
        async with (
            ClientSession() as session,
            session.request(
                request.method,
                f"{self._telegram.url}{request.path_qs}",
                data=await request.read(),
                headers={"Content-Type": request.headers.get("Content-Type", "")},
            ) as answer,
        ):
            return web.Response(body=await answer.read(), status=answer.status, content_type=answer.content_type)


@pytest.fixture
async def http_proxy(telegram: Telegram) -> AsyncIterator[tuple[HttpProxy, str]]:
    """An HTTP proxy, and where it is."""
    proxy = HttpProxy(telegram)
    async with RawTestServer(proxy.handle) as server:
        yield proxy, f"{server.host}:{server.port}"


class TestAnHttpProxy:
    async def test_looks_up_names_and_is_told_who_asks(
        self, telegram: Telegram, http_proxy: tuple[HttpProxy, str]
    ) -> None:
        proxy, address = http_proxy
        async with TelegramApi(telegram.token, SERVER, f"http://{ESCAPED}@{address}") as api:
            assert ME == (await api.me()).username

        assert [SERVER] == proxy.asked
        assert ["Basic " + b64encode(":".join(LOGIN).encode()).decode()] == proxy.logins

    async def test_that_is_away_is_said_without_its_password_and_nothing_was_sent(self, telegram: Telegram) -> None:
        assert "hunter2" not in await fails(telegram, "http://ann:hunter2@127.0.0.1:1")
        assert [] == telegram.calls
