"""Checks our own web server: whether its port is free, and whether the public address leads to it."""

import asyncio
from typing import Final

import aiohttp

from bridge.config.settings import HttpSettings
from bridge.sdk.checks import Finding, Findings, fail, ok, warn

ANSWER: Final = aiohttp.ClientTimeout(total=8, connect=4)
_HEALTHY: Final = "ok"
_FORWARD: Final = "let the proxy in front forward it to http.listen"


async def port(settings: HttpSettings, *, running: bool, here: bool) -> Findings:
    """Whether the port is free, or ours; *here*: the daemon that runs must be on this machine."""
    if settings.listen is None:
        yield ok("there is none: no health, no metrics, no webhooks, no console")
        return
    if settings.listen.port == 0:
        yield ok("the system chooses a port at each start; http.listening in the log names it")
        return
    listen = f"{settings.listen.host}:{settings.listen.port}"
    taken = await _taken(settings.listen.host, settings.listen.port)
    if taken is None:
        yield _free(listen, here=here)
    elif running and await answers(settings):
        yield ok(f"the running daemon listens on {listen}")
    elif running:
        yield fail(f"another program listens on {listen}", "stop it, or choose another port, and restart the daemon")
    else:
        yield fail(f"cannot listen on {listen}: {taken}", "stop what listens there, or choose another port")


async def public(settings: HttpSettings, *, running: bool) -> Findings:
    """Whether the public address leads to us."""
    url = settings.public_url
    if url is None:
        return
    if not url.startswith("https://"):
        yield warn(f"{url} is not https: platforms call nothing else", "put a proxy with a certificate in front")
    said = await healthy(url)
    if said == _HEALTHY:
        yield (
            ok(f"{url} leads to the daemon")
            if running
            else fail(
                f"{url} leads to another daemon: this one does not run", "start this one, or correct http.public_url"
            )
        )
    elif running:
        yield fail(f"{url}/healthz does not lead to the daemon: {said}", _FORWARD)
    elif said.startswith("HTTP"):
        yield ok(f"{url} is answered ({said}); start the daemon, and ask again")
    else:
        yield fail(
            f"{url} cannot be reached: {said}", "check its name, its certificate, and that a proxy listens there"
        )


async def answers(settings: HttpSettings) -> bool:
    """Whether a daemon answers where this config's would."""
    listen = settings.listen
    return listen is not None and await healthy(f"http://{_reachable(listen.host)}:{listen.port}") == _HEALTHY


async def healthy(url: str) -> str:
    """``ok`` where a daemon answers at *url*; else what was found there."""
    try:
        async with aiohttp.ClientSession(timeout=ANSWER) as session, session.get(f"{url}/healthz") as answer:
            if answer.status == 200 and (await answer.content.read(16)).strip() == b"ok":  # noqa: PLR2004 - HTTP's own
                return _HEALTHY
            return f"HTTP {answer.status}"
    except (aiohttp.ClientError, TimeoutError, OSError) as failure:
        return f"{type(failure).__name__}"


def _free(listen: str, *, here: bool) -> Finding:
    if here:
        return warn(
            f"the running daemon does not listen on {listen}", "restart it: a new address is taken at start alone"
        )
    return ok(f"{listen} is free")


def _reachable(host: str) -> str:
    """An address at which a server on *host* can be reached, also for one that listens on all."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - read, not bound


async def _taken(host: str, port: int) -> str | None:
    """Why nobody can listen there; None if one can."""
    try:
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), host or None, port)
    except OSError as failure:
        return (failure.strerror or str(failure)).lower()
    server.close()
    await server.wait_closed()
    return None
