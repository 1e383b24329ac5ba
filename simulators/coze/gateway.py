"""
The gateway of the Coze simulator: reads a request, checks the token, obeys the ordered faults, wraps the answer.

An endpoint is a function from `ApiRequest` to data; it raises `Refused` to say no, and gives a `Playing` to stream.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from aiohttp import web

from simulators.coze.flavour import FLAVOURS, Flavour
from simulators.coze.requests import (
    ApiRequest,
    Bare,
    Endpoint,
    Playing,
    Reply,
    Streamed,
    Topped,
    read_files,
    read_json,
)
from simulators.coze.rules import WORDS, Refused, need
from simulators.coze.scopes import SCOPES
from simulators.coze.wire import PLAIN, Stream, Wire, compact
from simulators.server import Fault, Simulator, cut_off

CODES = {400: 4000, 401: 4100, 403: 4101, 404: 4200, 429: 4013, 500: 5000}
STUDIOS_OWN = 100_000_000  #: numbers from here on are a Studio's
GATEWAY_STATUSES = frozenset({502, 503, 504})  #: the gateway's own pages are no JSON


class Gateway(Simulator):
    """The part of a Coze server that all its endpoints share."""

    def __init__(self, *, port: int, flavour: str, tokens: set[str]) -> None:
        super().__init__(port=port)
        self.flavour: Flavour = FLAVOURS[flavour]
        self.tokens = tokens
        self.sessions: dict[str, str] = {}  #: token → whose conversations it may see; PATs share one account
        self.wire: Wire = PLAIN
        self.lacking: set[str] = set()  #: permissions that the tokens were not given
        self.clock_skew = 0.0  #: seconds by which its clock is ahead of ours
        self.statuses: dict[int, int] = {4100: 401, 4101: 403}  #: HTTP status by code; the others come with 200
        self._logids = itertools.count(1)
        self._ids = itertools.count(7_381_473_525_342_978_089, 97)
        self._streams: set[Stream] = set()

    def new_id(self) -> str:
        """An id nothing else has."""
        return str(next(self._ids))

    def owner(self, token: str) -> str:
        """Whose conversations the bearer of *token* may see."""
        return self.sessions.get(token, "")

    def add(self, app: web.Application, verbs: str, path: str, method: str, endpoint: Endpoint) -> None:
        """Serve *path* with *endpoint*, unless this flavour has never heard of the call."""
        if method in self.flavour.missing:
            return
        for verb in verbs.split():
            app.router.add_route(verb, path, self._serving(method, endpoint))

    def add_nowhere(self, app: web.Application) -> None:
        """Answer every other path as this flavour does."""
        app.router.add_route("*", "/{path:.*}", self._nowhere)

    async def _nowhere(self, request: web.Request) -> web.Response:
        self.record("nowhere", {"verb": request.method, "path": request.path}, ok=False)
        if self.flavour.name == "studio":
            return self.respond({"code": 401, "msg": "missing session_key in cookie"}, status=401)
        where = f"{request.method} {request.path}"
        msg = f"The requested API endpoint {where} does not exist. Please verify the URL and try again."
        return self.respond({"code": 4000, "msg": msg}, status=404)

    def _serving(self, method: str, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            try:
                asked = await self._read(method, request)
            except Refused as refused:
                self.record(method, dict(request.query), ok=False)
                return self.refuse(method, refused)
            fault = self.faults.take(method, asked.params)
            if fault is not None and fault.delay:
                await asyncio.sleep(fault.delay)
            return await self._answer(request, asked, endpoint, fault)

        return serve

    async def _answer(
        self, request: web.Request, asked: ApiRequest, endpoint: Endpoint, fault: Fault | None
    ) -> web.StreamResponse:
        if fault is not None and not fault.apply:
            self.record(asked.method, asked.params, ok=False)
            return self._spoil(request, fault)
        try:
            self.admit(asked)
            reply = endpoint(asked)
            if isinstance(reply, Awaitable):
                reply = await reply
        except Refused as refused:
            self.record(asked.method, asked.params, ok=False)
            return await self._refuse(request, asked, refused)
        self.record(asked.method, asked.params, ok=True)
        if fault is not None and not _only_late(fault):
            if isinstance(reply, Streamed):
                reply.playing.start(None)
            return self._spoil(request, fault)
        return await self._give(request, asked, reply)

    async def _give(self, request: web.Request, asked: ApiRequest, reply: Reply) -> web.StreamResponse:
        match reply:
            case Streamed(playing, wire):
                return await self.stream(request, playing, wire)
            case Bare(body):
                return self.respond(body)
            case Topped(body):
                return self.respond({"code": 0, "msg": "", **body, "detail": {"logid": self._logid()}})
            case web.Response():
                return reply
            case _:
                return self.respond(self.flavour.envelope(asked.method, reply, self._logid()))

    async def stream(self, request: web.Request, playing: Playing, wire: Wire | None = None) -> web.StreamResponse:
        """Open a stream of events, and return when *playing* is through with it."""
        headers = {self.flavour.log_header: self._logid(), "Cache-Control": "no-cache", **self.flavour.headers}
        stream = Stream(request, self.wire if wire is None else self.wire.beside(wire), headers)
        self._streams.add(stream)
        try:
            await stream.open()
            playing.start(stream)
            await stream.over()
        finally:
            self._streams.discard(stream)
        return stream.response

    def admit(self, asked: ApiRequest) -> None:
        """Refuse a caller whose token opens nothing."""
        if asked.method != "oauth.token":
            need(asked.token in self.tokens, 4100)
        need(SCOPES.get(asked.method) not in self.lacking, 4101)

    async def _read(self, method: str, request: web.Request) -> ApiRequest:
        files: tuple[tuple[str, bytes], ...] = ()
        body: dict[str, Any] = {}
        if request.content_type.startswith("multipart/"):
            files = await read_files(request)
        else:
            body = read_json(await request.read())
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return ApiRequest(
            method=method,
            query=dict(request.query),
            path=dict(request.match_info),
            body=body,
            files=files,
            token=token if scheme == "Bearer" else "",
            host=request.host,
        )

    def _logid(self) -> str:
        return f"20260201{next(self._logids):026d}"

    def respond(self, body: Any, *, status: int = 200) -> web.Response:
        """*body* as JSON, with a log id."""
        headers = {self.flavour.log_header: self._logid()}
        if self.clock_skew:
            headers["Date"] = formatdate(time.time() + self.clock_skew, usegmt=True)
        return web.Response(text=compact(body), status=status, headers=headers, content_type="application/json")

    async def _refuse(self, request: web.Request, asked: ApiRequest, refused: Refused) -> web.StreamResponse:
        if not refused.in_stream:
            return self.refuse(asked.method, refused)
        code = str(refused.code) if asked.method == "workflow.chat" else refused.code  # as recorded
        return await self.stream(request, _Error(compact({"code": code, "msg": refused.msg})))

    def refuse(self, method: str, refused: Refused) -> web.Response:
        """*refused* in this flavour's words."""
        if refused.body is not None:
            return self.respond(refused.body, status=refused.status)
        if self.flavour.name == "studio":
            return self._refuse_as_studio(method, refused)
        logid = self._logid()
        body = {"code": refused.code, "msg": refused.msg, "detail": {"logid": logid}}
        return self.respond(body, status=self.statuses.get(refused.code, 200))

    def _refuse_as_studio(self, method: str, refused: Refused) -> web.Response:
        own = refused.code if refused.code >= STUDIOS_OWN else 103200002
        code = self.flavour.codes.get(refused.code, own)
        if refused.code == 4100:
            msg = "authentication failed: token is invalid"
            return self.respond({"code": code, "msg": msg})
        if method == "chat.retrieve":
            return web.Response(text=refused.msg, status=500, headers={self.flavour.log_header: self._logid()})
        if refused.code == 4000 or method in ("chat", "chat.cancel"):
            return self.respond({"code": 400, "msg": refused.msg}, status=400)
        return self.respond({"code": code, "msg": refused.msg})

    def _spoil(self, request: web.Request, fault: Fault) -> web.Response:
        """The answer *fault* ordered instead of the true one."""
        if fault.cut:
            cut_off(request, fault)
            return web.Response()
        headers = {self.flavour.log_header: self._logid(), **fault.headers}
        if fault.body is None and fault.status in GATEWAY_STATUSES:
            page = f"<html><h1>{fault.status}</h1></html>"
            return web.Response(text=page, status=fault.status, headers=headers, content_type="text/html")
        code = CODES.get(fault.status, fault.status)
        body = {"code": code, "msg": WORDS.get(code, "error")} if fault.body is None else fault.body
        return web.Response(text=compact(body), status=fault.status, headers=headers, content_type="application/json")


@dataclass(slots=True)
class _Error:
    """A stream that says nothing but what went wrong."""

    data: str
    task: asyncio.Task[None] | None = None

    def start(self, stream: Stream | None) -> None:
        if stream is not None:
            self.task = asyncio.get_running_loop().create_task(self._play(stream))

    async def _play(self, stream: Stream) -> None:
        await stream.send("error", self.data)
        await stream.finish()


def _only_late(fault: Fault) -> bool:
    """Whether *fault* delays a call and leaves it alone otherwise."""
    return fault.apply and not fault.cut and fault.status == 200 and fault.body is None
