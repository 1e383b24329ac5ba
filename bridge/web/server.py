"""The web server: which path leads to which page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bridge.config.units import ListenAddress
from bridge.sdk import daemon_telemetry
from bridge.sdk.errors import ConfigError
from bridge.web.api import Api, explain_refusals
from bridge.web.auth import Admins
from bridge.web.connections import NAME, Connections
from bridge.web.console.console import Console
from bridge.web.daemon import Daemon
from bridge.web.health import Health
from bridge.web.installing import Installs
from bridge.web.refusals import Refusals
from bridge.web.requests import BODY_LIMIT, Guard
from bridge.web.webhooks import Webhooks

BACKLOG: Final = 1024
"""Connections that the system may queue until we accept them."""


@asynccontextmanager
async def serve(listen: str | None, daemon: Daemon) -> AsyncIterator[None]:
    """The pages on ``host:port``, until the end of the block; without an address, nothing."""
    if listen is None:
        yield
        return
    connections = Connections(Refusals())
    runner = web.AppRunner(_application(daemon, Guard(connections)), shutdown_timeout=2.0)
    await runner.setup()
    try:
        connections.server = runner.server
        async with await _listen(listen, connections) as listening:
            daemon_telemetry.http_listening(address=_bound(listening))
            yield
    finally:
        await runner.cleanup()


def _application(daemon: Daemon, guard: Guard) -> web.Application:
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[explain_refusals, guard.answer])
    app.on_response_prepare.append(_sign)
    health, webhooks = Health(daemon), Webhooks(adapters=daemon.adapters, accept=daemon.accept, guard=guard)
    admins = Admins(token=lambda: daemon.admin_token)
    api = Api(daemon, admins, guard)
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", health.metrics)
    app.router.add_post("/webhooks/{adapter}", webhooks.receive)
    Console(daemon, admins, guard).add_to(app.router)
    Installs(adapters=daemon.adapters, admins=admins).add_to(app.router)
    app.router.add_get("/api/openapi.json", api.openapi)
    app.router.add_get("/api/status", api.status)
    app.router.add_post("/api/messages", api.push)
    return app


async def _sign(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = NAME


async def _listen(listen: str, connections: Connections) -> asyncio.Server:
    host, _, port = listen.rpartition(":")
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(connections, host.strip("[]"), int(port), backlog=BACKLOG)
    except OSError as failure:
        message = f"http.listen: cannot listen on {listen}: {failure.strerror}; choose another port"
        raise ConfigError(message) from failure


def _bound(listening: asyncio.Server) -> str:
    """The address at which connections are accepted."""
    host, port, *_ = listening.sockets[0].getsockname()
    return str(ListenAddress(host=host, port=port))
