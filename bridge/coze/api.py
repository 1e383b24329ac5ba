"""The API of one Coze: plain calls and streams, each over connections of its own, with a token that is renewed once."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx

from bridge.coze.auth import TokenSource
from bridge.coze.envelope import Envelope, log_id, read
from bridge.coze.transport import UNSENT, ByteStream, HttpPool
from bridge.sdk import metrics, tracing
from bridge.sdk.errors import BridgeError, Garbled, Unauthorised, Uncertain, Unreachable
from bridge.sdk.model import MediaBytes

T = TypeVar("T")

_SENT_AS_JSON: Final = {"Content-Type": "application/json"}
_PLAIN: Final = 30.0  # seconds for a whole plain call
_UPLOAD: Final = 90.0  # ... and for one that carries a file
_LONGEST_REFUSAL: Final = 64 << 10
_PERHAPS_DONE: Final = frozenset({408, *range(500, 600)})
"""HTTP statuses of a gateway, after which the question may have been taken."""
_GATEWAY_ERRORS: Final = frozenset({502, 503, 504})
"""Those that say that nobody is behind it. https://www.rfc-editor.org/rfc/rfc9110#section-15.6.3"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call that Coze answers with a stream."""

    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any]


class CozeApi:
    """The HTTP API of one Coze."""

    def __init__(self, *, plain: HttpPool, streams: HttpPool, tokens: TokenSource) -> None:
        self._plain = plain
        self._streams = streams
        self._tokens = tokens

    def for_owner(self, owner: str) -> "CozeApi":
        """The same API with the token of *owner*, if there is one for each owner."""
        tokens = self._tokens.for_owner(owner)
        return self if tokens is self._tokens else CozeApi(plain=self._plain, streams=self._streams, tokens=tokens)

    async def call(self, method: str, path: str, *, query: Mapping[str, str] = {}, body: Any = None) -> Envelope:
        """The answer to a call that may safely be made again; raises what Coze says is wrong."""
        return await self._with_token(lambda token: self._call(self._plain_request(token, method, path, query, body)))

    async def upload(self, path: str, media: MediaBytes) -> Envelope:
        """The answer to the upload of a file, which may safely arrive twice."""
        form = {"file": (media.name, media.data, media.mime)}
        return await self._with_token(
            lambda token: self._call(
                self._plain.request("POST", path, query={}, headers=_bearer(token), files=form), within=_UPLOAD
            )
        )

    @asynccontextmanager
    async def stream(self, request: Request, *, within: float) -> AsyncIterator[ByteStream]:
        """The open stream, if its head comes *within* so many seconds; leaving closes it."""
        stream = await self._with_token(lambda token: self._open(token, request, within))
        tracing.note(log_id=stream_log_id(stream))
        with metrics.STREAMS.track_inprogress():
            async with aclosing(stream.response):
                yield stream

    async def _with_token(self, send: Callable[[str], Awaitable[T]]) -> T:
        token = await self._tokens.token()
        try:
            return await send(token)
        except Unauthorised:
            if not await self._tokens.refresh(token):
                raise
        return await send(await self._tokens.token())

    def _plain_request(self, token: str, method: str, path: str, query: Mapping[str, str], body: Any) -> httpx.Request:
        headers = {**_bearer(token), **_SENT_AS_JSON, "Accept-Encoding": "gzip, deflate"}
        return self._plain.request(method, path, query=query, headers=headers, **_json(body))

    async def _call(self, request: httpx.Request, *, within: float = _PLAIN) -> Envelope:
        try:
            async with asyncio.timeout(within), aclosing(await self._plain.send(request)) as response:
                await response.aread()
        except (httpx.RequestError, TimeoutError) as lost:
            raise Unreachable(_detail(request, lost)) from lost
        envelope = read(response.status_code, response.headers, response.content)
        if envelope.code is None and envelope.status in _GATEWAY_ERRORS:
            raise Unreachable(envelope.msg, retry_after=envelope.retry_after, log_id=envelope.log_id)
        if (failure := envelope.failure) is not None:
            raise failure
        return envelope

    async def _open(self, token: str, wanted: Request, within: float) -> ByteStream:
        headers = {
            **_bearer(token),
            **_SENT_AS_JSON,
            "Accept": "text/event-stream",
            "Accept-Encoding": "identity",  # a compressor in between would hold deltas back
        }
        request = self._streams.request("POST", wanted.path, query=wanted.query, headers=headers, **_json(wanted.body))
        try:
            async with asyncio.timeout(within):
                response = await self._streams.send(request)
                if response.headers.get("content-type", "").lower().startswith("text/event-stream"):
                    return ByteStream(response)
                async with aclosing(response):
                    refusal = await _read_refusal(response)
        except UNSENT as failure:
            raise Unreachable(_detail(request, failure)) from failure
        except (httpx.TransportError, TimeoutError) as failure:
            raise Uncertain(_detail(request, failure)) from failure
        raise refusal


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _json(body: Any) -> dict[str, Any]:
    """What httpx takes for a body, in the JSON that Coze reads."""
    if body is None:
        return {}
    return {"content": json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")}


async def _read_refusal(response: httpx.Response) -> BridgeError:
    stream, body = ByteStream(response), b""
    while len(body) < _LONGEST_REFUSAL and (chunk := await stream.read()):
        body += chunk
    envelope = read(response.status_code, response.headers, body[:_LONGEST_REFUSAL])
    failure = envelope.failure
    if failure is None or isinstance(failure, Garbled) or (envelope.code is None and envelope.status in _PERHAPS_DONE):
        return Uncertain(f"expected a stream, got HTTP {envelope.status} without a code", log_id=envelope.log_id)
    return failure


def stream_log_id(stream: ByteStream) -> str | None:
    """Coze's own name for the stream."""
    return log_id(stream.response.headers)


def _detail(request: httpx.Request, failure: BaseException) -> str:
    return f"{request.method} {request.url.path}: {failure or type(failure).__name__}"
