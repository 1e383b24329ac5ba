"""The middleware of every request: refuses some unread, reads bodies within bounds, and turns failures into statuses."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from aiohttp import web

from bridge.sdk.errors import Later
from bridge.web.connections import Connection, Connections
from bridge.web.waste import LATER, Waste

BODY_LIMIT: Final = 1 << 20
"""Bytes a body may have: what platforms send stays far below."""

BODY_WITHIN: Final = 10.0
"""Seconds in which a body must have come."""

RETRY_AFTER: Final = "5"
"""Seconds after which a caller may try again whom we cannot serve now."""

UNPROVEN: Final = frozenset({401, 403})
"""Statuses of callers who did not prove who they are."""

BYTES_READ: Final = web.RequestKey("bytes_read", int)
"""The size of a body that was read, kept with its request."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """The middleware, and the way to read a body."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._waste = Waste()

    @web.middleware
    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The page's answer; refusals are counted, and `Later` becomes a 503."""
        _connection(request).hear()
        try:
            _refuse_unread(request)
            answer = await handler(request)
        except web.HTTPException as refusal:
            await self._note(request, refusal.status)
            raise
        except (Later, TimeoutError) as failure:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": RETRY_AFTER}) from failure
        finally:
            self._connections.rest(_connection(request))
        await self._note(request, answer.status)
        return answer

    async def read(self, request: web.Request) -> bytes:
        """The whole body, after which the request is at work."""
        if self._waste.forbids(_size(request)):
            raise web.HTTPTooManyRequests(headers={"Retry-After": RETRY_AFTER})
        connection = _connection(request)
        try:
            with self._connections.reading_body(connection):
                async with asyncio.timeout(BODY_WITHIN):
                    body = await request.read()
        except TimeoutError as failure:
            raise web.HTTPRequestTimeout from failure
        except (web.RequestPayloadError, ConnectionError) as failure:
            raise web.HTTPBadRequest from failure
        if not self._connections.work(connection):
            raise web.HTTPServiceUnavailable(headers={"Retry-After": RETRY_AFTER})
        request[BYTES_READ] = len(body)
        return body

    async def _note(self, request: web.Request, status: int) -> None:
        if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return
        resource = request.match_info.route.resource
        self._connections.refusals.record(f"{status} {resource.canonical if resource else 'elsewhere'}")
        size = _size(request) if BYTES_READ not in request or status in UNPROVEN else 0
        if self._waste.forbids(size):
            _connection(request).hurry()
        self._waste.add(size)
        if self._waste.is_much:
            await asyncio.sleep(LATER)


def _connection(request: web.Request) -> Connection:
    if not isinstance(request.protocol, Connection):
        raise TypeError("expected a connection of ours")
    return request.protocol


def _size(request: web.Request) -> int:
    """Bytes of the body, at most, before it is read."""
    if request.content_length is not None:
        return request.content_length
    return BODY_LIMIT if request.can_read_body else 0


def _refuse_unread(request: web.Request) -> None:
    """Refuse a request by its headers: a compressed or a too large body."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(BODY_LIMIT)
