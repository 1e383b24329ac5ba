"""
Telegram's HTTP over aiohttp, for `telegram.Bot`.

The library's own request class costs four times the CPU, and its errors do not tell whether a request was surely not
carried out, may have been, or was refused. Here there is one exception for each; none holds the token.
"""

import io
import json
import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from adapters.telegram.proxies import PROXY_FAILURES, is_socks, open_connector
from bridge.sdk.foreign_json import decode_json
from bridge.sdk.media import BoundedBuffer
from bridge.sdk.told_seconds import told_seconds

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 20.0
DOWNLOAD_SECONDS: Final = 45.0
"""For a whole file."""
SPARE_SECONDS: Final = 15.0
"""What a whole request may take beyond connecting and waiting: sending it, and reading a long answer."""

_CHAT: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_NOT_CONNECTED: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    *PROXY_FAILURES,
)


Body = aiohttp.FormData | aiohttp.BytesPayload | None


class NotSent(TelegramError):
    """No connection: the request was not sent."""


class Cut(TelegramError):
    """The request was sent, but no readable answer came: it may have been carried out."""


class ErrorResponse(TelegramError):
    """The server refused the request."""

    def __init__(self, status: int, description: str, parameters: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {description}")
        self.status = status
        self.description = description
        self.retry_after = told_seconds(parameters.get("retry_after"))
        moved = str(parameters.get("migrate_to_chat_id"))
        self.migrate_to_chat_id = int(moved) if _CHAT.fullmatch(moved) else None


class AiohttpRequest(BaseRequest):
    """A pool of connections to one Bot API server, through the *proxy* of the config; the environment's is ignored."""

    def __init__(self, token: str, proxy: str | None = None) -> None:
        self._token = token
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds until an answer begins."""
        return READ_SECONDS

    async def initialize(self) -> None:
        """Open the pool."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=open_connector(self._proxy), cookie_jar=aiohttp.DummyCookieJar()
            )

    async def shutdown(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(  # noqa: PLR0917 - the library's own signature; four of its timeouts are one here
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = None,
        write_timeout: object = None,  # noqa: ARG002
        connect_timeout: object = None,  # noqa: ARG002
        pool_timeout: object = None,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """Send a request; returns the answer unless it is a refusal."""
        patience = float(read_timeout) if isinstance(read_timeout, int | float) else READ_SECONDS
        return await self._succeed(url, method, _body(request_data), patience)

    async def post_json(self, url: str, wanted: Mapping[str, Any], patience: float) -> Any:
        """Call the method at *url* with JSON; bypasses the library, which would take 0.1 ms of CPU."""
        _, answer = await self._succeed(url, "POST", _json(wanted), patience)
        return self.parse_json_payload(answer)["result"]

    async def download(self, url: str, at_most: int) -> bytes:
        """Download the file at *url*, of so many bytes at most; fails like `do_request`."""
        try:
            async with self._open("GET", url, None, DOWNLOAD_SECONDS) as response:
                if response.status != HTTPStatus.OK:
                    raise self._answered(response.status, await response.content.read(200))
                body = BoundedBuffer(at_most)
                body.expect(response.content_length)
                async for chunk in response.content.iter_any():
                    body.append(chunk)
                return body.data
        except (aiohttp.ClientError, TimeoutError, OSError, *PROXY_FAILURES) as error:
            raise NotSent(type(error).__name__) from error  # to have read half of it changes nothing

    async def _succeed(self, url: str, method: str, body: Body, patience: float) -> tuple[int, bytes]:
        try:
            status, answer = await self._exchange(url, method, body, patience)
        except _NOT_CONNECTED as error:
            raise NotSent(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Cut(type(error).__name__) from error
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise self._answered(status, answer)
        return status, answer

    async def _exchange(self, url: str, method: str, body: Body, patience: float) -> tuple[int, bytes]:
        async with self._open(method, url, body, patience) as response:
            return response.status, await response.read()

    def _open(
        self, method: str, url: str, body: Body, patience: float
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        if self._session is None:
            raise NotSent("closed")
        timeout = aiohttp.ClientTimeout(
            total=CONNECT_SECONDS + patience + SPARE_SECONDS,
            connect=CONNECT_SECONDS,
            sock_connect=CONNECT_SECONDS,
            sock_read=patience,
        )
        proxy = None if is_socks(self._proxy) else self._proxy
        return self._session.request(method, url, data=body, timeout=timeout, proxy=proxy, allow_redirects=False)

    def _answered(self, status: int, body: bytes) -> ErrorResponse:
        try:
            answer = decode_json(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):  # some proxy on the way, which may quote the address
            return ErrorResponse(status, body[:200].decode("utf-8", "replace").replace(self._token, "<token>"), {})
        return _refusal(status, answer)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Decode the envelope around a result; the library's own method would log what people wrote."""
        try:
            envelope = decode_json(payload)
        except ValueError as error:
            raise Cut("unreadable answer") from error
        if not isinstance(envelope, dict):
            raise Cut("unreadable answer")
        if envelope.get("ok") is False and isinstance(status := envelope.get("error_code"), int):
            raise _refusal(status, envelope)  # some proxies answer everything with 200
        if "result" not in envelope:
            raise Cut("unreadable answer")
        return envelope


def _refusal(status: int, envelope: dict[str, Any]) -> ErrorResponse:
    parameters = envelope.get("parameters")
    return ErrorResponse(
        status, str(envelope.get("description", "")), parameters if isinstance(parameters, dict) else {}
    )


def _body(data: RequestData | None) -> Body:
    """Encode the parameters as JSON, which costs less; as a form only if there are files."""
    if data is None:
        return None
    if not data.contains_files:
        return _json(data.parameters)
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, mime) in (data.multipart_data or {}).items():
        body = io.BytesIO(content) if isinstance(content, bytes) else content  # aiohttp wants no big bytes as they are
        form.add_field(name, body, filename=filename, content_type=mime)
    return form


def _json(parameters: Mapping[str, Any]) -> aiohttp.BytesPayload:
    return aiohttp.BytesPayload(json.dumps(parameters).encode(), content_type="application/json")
