"""
Bounds the open connections: where there are too many, the one that has waited longest for its caller is cut.

A connection waits for its caller while a request is not there in full: it is idle, half open, slow, or sends too much. Those are
cut oldest first, so that neither a health probe nor a platform is turned away because of them. Once the body of a request is
whole, its connection is at work and stays.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from aiohttp import web

from bridge.sdk import daemon_telemetry
from bridge.web.refusals import Refusals

CONNECTIONS: Final = 256
"""Connections open at once; well below the 1024 files that a process may usually have."""

AT_WORK: Final = 192
"""Webhooks at work at once; the rest of the connections is for health, metrics and the console."""

BODIES: Final = 32
"""Bodies read at once; with the limit of each (`bridge.web.requests.BODY_LIMIT`) it bounds the memory they take."""

HEAD_WITHIN: Final = 10.0
"""Seconds for the first line and the headers of the first request, from the connection on."""

IDLE: Final = 150.0
"""
Seconds for which a connection stays after an answer: longer than proxies keep theirs (nginx a minute, Caddy two), or a call that
is on its way as we close is lost, and what is posted is not sent again. https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout,
https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#the-http-transport
"""

LINGER: Final = 1.0
"""Seconds in which the rest of a refused body is read and thrown away, so that its sender can read the answer."""

NAME: Final = "coze-bridge"
"""The header ``Server`` of answers: no library and no version, by which vulnerabilities could be looked up."""


class Connection(web.RequestHandler):
    """One caller's connection, which counts itself among the others and logs no traceback for a caller's fault."""

    __slots__ = ("_connections", "_silence")

    def __init__(self, connections: "Connections", server: web.Server) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # how aiohttp's own documentation turns it off
            keepalive_timeout=IDLE,
            lingering_time=LINGER,
            auto_decompress=False,  # a bomb stays the few bytes that it is
        )
        self._connections = connections
        self._silence = asyncio.get_running_loop().call_later(HEAD_WITHIN, self.cut)  # however the headers drip

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a place."""
        super().connection_made(transport)
        self._connections.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give it back."""
        self._silence.cancel()
        self._connections.discard(self)
        super().connection_lost(exc)

    def hear(self) -> None:
        """Note that the head of a request has arrived."""
        self._silence.cancel()

    def hurry(self) -> None:
        """Close it right after the answer, without reading the rest of the request; the caller may then miss the answer."""
        self._lingering_time = 0.0

    def cut(self) -> None:
        """Close it at once, whatever is still to be read or written."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """The answer to something that is not HTTP, or to a bug of ours; it quotes nothing."""
        del message  # holds the bytes that could not be read
        if status == web.HTTPBadRequest.status_code:
            self._connections.refusals.record("malformed")
        else:
            daemon_telemetry.request_failed(error=type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer is already on its way")
        answer = web.Response(status=status, headers={"Server": NAME})
        answer.force_close()
        return answer

    def log_exception(self, *_args: Any, exc_info: BaseException | None = None, **_kwargs: Any) -> None:
        """Log what aiohttp did not expect, by its kind alone."""
        daemon_telemetry.request_failed(error=type(exc_info).__name__)


class Connections:
    """The protocol factory of the listening socket, which counts the connections it makes."""

    def __init__(self, refusals: Refusals) -> None:
        self.refusals = refusals
        self.server: web.Server | None = None  # what answers; there before the socket is
        self._waiting: dict[Connection, None] = {}  # for their callers, the longest first
        self._reading: dict[Connection, None] = {}  # those of them whose body is being read, the longest first
        self._working: set[Connection] = set()

    def __call__(self) -> Connection:
        """A connection for whoever calls next."""
        if self.server is None:
            raise RuntimeError("expected a server before the first connection")
        return Connection(self, self.server)

    def add(self, connection: Connection) -> None:
        """Count it; if it is one too many, cut the one that has waited longest for its caller."""
        self._waiting[connection] = None
        if len(self._waiting) + len(self._working) > CONNECTIONS:
            self._cut_longest(self._waiting)

    def discard(self, connection: Connection) -> None:
        """Count it no more."""
        self._waiting.pop(connection, None)
        self._reading.pop(connection, None)
        self._working.discard(connection)

    @contextmanager
    def reading_body(self, connection: Connection) -> Iterator[None]:
        """Count the body that is read within the block; if it is one too many, cut the one that has been read longest."""
        self._reading[connection] = None
        if len(self._reading) > BODIES:
            self._cut_longest(self._reading)
        try:
            yield
        finally:
            self._reading.pop(connection, None)

    def work(self, connection: Connection) -> bool:
        """Keep it until `rest`, its request being whole; False while too many are at work already."""
        if len(self._working) >= AT_WORK:
            return False
        if connection in self._waiting:
            del self._waiting[connection]
            self._working.add(connection)
        return True

    def rest(self, connection: Connection) -> None:
        """Let it wait for its caller's next request, from now on."""
        if connection in self._waiting or connection in self._working:
            self.discard(connection)
            self._waiting[connection] = None

    def _cut_longest(self, connections: dict[Connection, None]) -> None:
        connection = next(iter(connections))
        self.discard(connection)
        connection.cut()
        self.refusals.record("crowded out")
