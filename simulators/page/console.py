"""The admin's pages of what answers here, in a pane of the demo's page: logged in, and passed on from this origin."""

from dataclasses import dataclass
from typing import Any, Final, Self

import aiohttp
from aiohttp import web

PASSED_ON: Final = ("Content-Type", "Location", "Content-Security-Policy", "X-Content-Type-Options", "Cache-Control")
"""Headers of an answer that a browser is told; whose pane it may stand in is for this page to say."""

ASKED_WITH: Final = ("Accept-Language", "Content-Type")
LOGIN: Final = "/console/login"
PATIENCE: Final = 10.0  #: seconds for the console to answer


@dataclass(frozen=True, slots=True)
class Console:
    """Where the console is, and what opens it."""

    url: str  #: of the daemon, without a path
    token: str


class ConsolePane:
    """
    Passes everything below ``/console`` on to a `Console`, open inside an ``async with`` block.

    A console forbids to be framed, so that no other site can have somebody press its buttons. Here the frame is of the
    page that passes it on, and so is the login: a browser never sees the token. Who has logged out there logs in again with
    any word, as nobody knows the token.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._client: aiohttp.ClientSession
        self._cookie: str | None = None  # of the login; empty once somebody has logged out, None before the first page

    async def __aenter__(self) -> Self:
        patience = aiohttp.ClientTimeout(total=PATIENCE)
        self._client = aiohttp.ClientSession(self._console.url, cookie_jar=aiohttp.DummyCookieJar(), timeout=patience)
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._client.close()

    def routes(self, app: web.Application) -> None:
        """The paths that are passed on."""
        app.router.add_route("*", "/console{below:.*}", self._pass_on)

    async def _pass_on(self, request: web.Request) -> web.Response:
        logs_in = (request.method, request.path) == ("POST", LOGIN)
        body: Any = {"token": self._console.token} if logs_in else await request.read()
        try:
            if self._cookie is None:
                await self._log_in()
            headers = {name: request.headers[name] for name in ASKED_WITH if name in request.headers}
            headers["Cookie"] = self._cookie or ""
            async with self._client.request(
                request.method, request.rel_url, headers=headers, data=body, allow_redirects=False
            ) as answer:
                self._keep(answer)
                told = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
                return web.Response(status=answer.status, body=await answer.read(), headers=_framed(told))
        except (TimeoutError, aiohttp.ClientError) as away:
            raise web.HTTPBadGateway from away

    async def _log_in(self) -> None:
        async with self._client.post(LOGIN, data={"token": self._console.token}, allow_redirects=False) as answer:
            self._keep(answer)

    def _keep(self, answer: aiohttp.ClientResponse) -> None:
        """The login that an *answer* begins or ends, if it does either."""
        for name, cookie in answer.cookies.items():
            self._cookie = f"{name}={cookie.value}" if cookie.value else ""


def _framed(headers: dict[str, str]) -> dict[str, str]:
    """The *headers*, with our own page allowed to frame what they are of."""
    name = "Content-Security-Policy"
    return headers | {name: headers.get(name, "").replace("frame-ancestors 'none'", "frame-ancestors 'self'")}
