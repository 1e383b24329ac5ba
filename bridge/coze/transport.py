"""
httpx over aiohttp, telling apart what was never sent from what may have arrived.

`httpx_aiohttp` reports every lost connection as ``ConnectTimeout``, also one that was lost after the question had been
sent; a caller that trusts it asks twice. Here ``ConnectError`` and ``ConnectTimeout`` mean that nothing was sent; after
everything else the request may have arrived.
"""

import os
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Final, cast
from urllib.parse import urlencode

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from httpx_aiohttp.transport import AiohttpResponseStream

UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout)
"""The failures after which the request can be sent again without a second thought."""

_HEADERS: Final = {"User-Agent": "coze-bridge"}
_TIMEOUT: Final = httpx.Timeout(connect=10, pool=20, read=None, write=None)
"""aiohttp takes httpx's "pool" for the whole way to a connection: name, TCP and TLS."""
_EXTENSIONS: Final = {"timeout": _TIMEOUT.as_dict()}

_KEEP_ALIVE: Final = 15.0  # below what load balancers grant, so that we close first and no question meets a dead one


_ANY_FORMAT: Final = 32 + zlib.MAX_WBITS  # gzip or zlib, told apart by zlib itself

_NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts no certificate, for addresses that have none."""


class Transport(AiohttpTransport):
    """One session's connections."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*; raises the error that tells whether it was sent."""
        try:
            response = await super().handle_async_request(request)
        except (httpx.TransportError, aiohttp.ClientError, OSError) as failure:
            raise _translate_error(failure.__cause__ or failure, request) from failure
        stream = cast("AiohttpResponseStream", response.stream)
        response.extensions["aiohttp"] = stream._aiohttp_response  # noqa: SLF001 - there is no public way to it
        return response


class HttpPool:
    """
    One session's connections to one Coze, with httpx's requests and responses.

    What httpx's client does on top (merging URLs, cookies, redirects, authentication) is not needed, and would cost a third of
    a millisecond for each call.
    """

    def __init__(self, base_url: str, transport: Transport) -> None:
        self._base = base_url
        self._transport = transport

    async def send(self, request: httpx.Request) -> httpx.Response:
        """The response with its head read, and its body to come."""
        return await self._transport.handle_async_request(request)

    def request(
        self, method: str, path: str, *, query: Mapping[str, str], headers: Mapping[str, str], **body: Any
    ) -> httpx.Request:
        """A request; *body* is httpx's ``content`` or ``files``."""
        url = f"{self._base}{path}?{urlencode(query)}" if query else f"{self._base}{path}"
        return httpx.Request(method, url, headers={**_HEADERS, **headers}, extensions=_EXTENSIONS, **body)


class ByteStream:
    """An open response, read as its bytes come: four layers of iterators less per delta than httpx's own way."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._source = cast("aiohttp.ClientResponse", response.extensions["aiohttp"])
        is_packed = response.headers.get("content-encoding", "").strip().lower() in ("gzip", "deflate")
        self._unpack = zlib.decompressobj(_ANY_FORMAT) if is_packed else None

    async def read(self) -> bytes:
        """The next bytes, unpacked; none at the end. Raises ``ReadError`` where the connection was cut."""
        try:
            while data := await self._source.content.readany():
                unpacked = self._unpack.decompress(data) if self._unpack else data
                if unpacked:
                    return unpacked
        except (aiohttp.ClientError, OSError, zlib.error) as failure:
            raise httpx.ReadError(_describe(failure)) from failure
        return b""

    def abort(self) -> None:
        """Close the connection at once; the reader gets a ``ReadError``."""
        self._source.close()


@asynccontextmanager
async def open_pool(base_url: str, *, proxy: str | None, ca: str | None = None) -> AsyncIterator[HttpPool]:
    """A pool of connections of its own; how long to wait for bytes is left to the caller."""
    transport = _transport(base_url, proxy, ca)
    try:
        yield HttpPool(base_url, transport)
    finally:
        await transport.aclose()


def open_client(base_url: str, *, proxy: str | None, ca: str | None = None) -> httpx.AsyncClient:
    """A whole client of connections of its own, for calls that are rare."""
    return httpx.AsyncClient(
        base_url=base_url,
        transport=_transport(base_url, proxy, ca),
        timeout=_TIMEOUT,
        headers=_HEADERS,
        trust_env=False,
    )


def _transport(base_url: str, proxy: str | None, ca: str | None) -> Transport:
    context = authorities(ca) if base_url.startswith("https") else _NO_TLS
    # The transport's own session would stop at a hundred connections, whatever httpx is told.
    connector = aiohttp.TCPConnector(limit=0, ssl=context, keepalive_timeout=_KEEP_ALIVE)
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # httpx does that for plain calls; of a stream it would wait for more than an event
    )
    return Transport(verify=context, client=session, proxy=httpx.Proxy(proxy) if proxy else None)


@cache
def authorities(ca: str | None = None) -> ssl.SSLContext:
    """
    The trusted certificate authorities: the public ones, those of ``SSL_CERT_FILE``, and those of *ca*, a file in PEM.

    Cached, as reading them takes a tenth of a second.
    """
    context = httpx.create_ssl_context(trust_env=False)
    for file in filter(None, (os.environ.get("SSL_CERT_FILE"), ca)):
        context.load_verify_locations(cafile=file)
    return context


def _translate_error(cause: BaseException, request: httpx.Request) -> httpx.TransportError:
    match cause:
        case aiohttp.ConnectionTimeoutError():
            return httpx.ConnectTimeout(str(cause), request=request)
        case aiohttp.ClientConnectorError() | aiohttp.ClientHttpProxyError():
            return httpx.ConnectError(str(cause), request=request)
        case _:
            return httpx.ReadError(_describe(cause), request=request)


def _describe(failure: BaseException) -> str:
    """The words for *failure*; those of a disconnection are left out, as they hold the head of a response."""
    kind = type(failure).__name__
    return kind if isinstance(failure, aiohttp.ServerDisconnectedError) else f"{kind}: {failure}"
