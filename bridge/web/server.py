"""Health, readiness, metrics, and the webhooks lent to adapters."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bridge.sdk import telemetry
from bridge.sdk.errors import ConfigError, Later
from bridge.sdk.ports import Accept, Adapter, Hooked, HookRequest

BODY_LIMIT = 1 << 20
"""Bytes a webhook may bring: both platforms stay far below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Everything the pages show."""

    unready: Callable[[], dict[str, str]]  #: why each part is not ready; empty when all are
    adapters: Mapping[str, Adapter]  #: those that are open
    accept: Accept
    counts: Callable[[], Awaitable[Mapping[str, int]]]  #: how many messages of each status there are

    async def healthz(self, _request: web.Request) -> web.Response:
        """200 while the loop turns."""
        return web.Response(text="ok\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        """200 when the database is migrated and every adapter hears; else why not."""
        reasons = self.unready()
        return web.json_response({"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200)

    async def metrics(self, _request: web.Request) -> web.Response:
        """Prometheus reads this; while the database is away, the inbox as it was."""
        with suppress(Later):
            counts = await self.counts()
            telemetry.counted(waiting=counts["waiting"], dead=counts["dead"])
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def webhook(self, request: web.Request) -> web.Response:
        """Hand a platform's call to its adapter, and its answer back; 404 for an adapter that is not called by HTTP."""
        adapter = self.adapters.get(request.match_info["adapter"])
        if not isinstance(adapter, Hooked) or not adapter.receives_by_http:
            raise web.HTTPNotFound(text="no such webhook\n")
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = await adapter.hook(HookRequest(headers=headers, body=await request.read()), self.accept)
        return web.Response(
            status=answer.status, text=answer.body, content_type=answer.content_type, headers=answer.headers
        )


@asynccontextmanager
async def serve(listen: str | None, pages: Pages) -> AsyncIterator[None]:
    """The pages on ``host:port``, until the end of the block; without an address, nothing."""
    if listen is None:
        yield
        return
    app = web.Application(client_max_size=BODY_LIMIT)
    app.router.add_get("/healthz", pages.healthz)
    app.router.add_get("/readyz", pages.readyz)
    app.router.add_get("/metrics", pages.metrics)
    app.router.add_post("/webhooks/{adapter}", pages.webhook)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    host, _, port = listen.rpartition(":")
    try:
        await web.TCPSite(runner, host.strip("[]"), int(port)).start()
    except OSError as failure:
        await runner.cleanup()
        raise ConfigError(
            f"http.listen: cannot listen on {listen}: {failure.strerror}; choose another port"
        ) from failure
    try:
        yield
    finally:
        await runner.cleanup()
