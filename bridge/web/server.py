"""The web server: health, readiness, metrics, and the webhooks lent to adapters."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bridge.sdk import telemetry
from bridge.sdk.errors import ConfigError, Later
from bridge.sdk.ports import Accept, Adapter
from bridge.web.connections import Connections
from bridge.web.refusals import Refusals
from bridge.web.requests import BODY_LIMIT, Guard
from bridge.web.webhooks import Webhooks

BACKLOG: Final = 1024
"""Connections that the system may keep for us until we have a moment."""


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


@asynccontextmanager
async def serve(listen: str | None, pages: Pages) -> AsyncIterator[None]:
    """The pages on ``host:port``, until the end of the block; without an address, nothing."""
    if listen is None:
        yield
        return
    connections = Connections(Refusals())
    runner = web.AppRunner(_application(pages, Guard(connections)), shutdown_timeout=2.0)
    await runner.setup()
    try:
        connections.server = runner.server
        async with await _listen(listen, connections):
            yield
    finally:
        await runner.cleanup()


def _application(pages: Pages, guard: Guard) -> web.Application:
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[guard.check])
    webhooks = Webhooks(adapters=pages.adapters, accept=pages.accept, guard=guard)
    app.router.add_get("/healthz", pages.healthz)
    app.router.add_get("/readyz", pages.readyz)
    app.router.add_get("/metrics", pages.metrics)
    app.router.add_post("/webhooks/{adapter}", webhooks.call)
    return app


async def _listen(listen: str, connections: Connections) -> asyncio.Server:
    host, _, port = listen.rpartition(":")
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(connections, host.strip("[]"), int(port), backlog=BACKLOG)
    except OSError as failure:
        message = f"http.listen: cannot listen on {listen}: {failure.strerror}; choose another port"
        raise ConfigError(message) from failure
