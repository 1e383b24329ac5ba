"""Authentication by `http.admin_token`: compared in constant time, with few guesses from one address."""

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from bridge.sdk import daemon_telemetry

GUESSES: Final = 10
"""Wrong tokens after which no more are checked from that address; one is forgiven every `FORGIVEN_EVERY` seconds."""

FORGIVEN_EVERY: Final = 6.0
"""Seconds after which one wrong guess of an address is forgiven."""

ADDRESSES: Final = 1000
"""Addresses remembered at once; beyond, the one that guessed longest ago is forgotten."""


class Guesses:
    """How often each address has guessed wrong."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[float, float]] = OrderedDict()  # how many, and when that was

    def seconds_left(self, remote: str) -> float:
        """Seconds until that address may guess again; 0 if it may now."""
        return max(0.0, (self._count(remote) - GUESSES + 1) * FORGIVEN_EVERY)

    def record_wrong(self, remote: str) -> None:
        """Count a wrong token of that address."""
        self._wrong[remote] = (self._count(remote) + 1, time.monotonic())
        self._wrong.move_to_end(remote)
        while len(self._wrong) > ADDRESSES:
            self._wrong.popitem(last=False)

    def _count(self, remote: str) -> float:
        count, at = self._wrong.get(remote, (0.0, 0.0))
        return max(0.0, count - (time.monotonic() - at) / FORGIVEN_EVERY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admins:
    """Authenticates requests for everything but health, metrics and webhooks."""

    token: Callable[[], str]  #: as the config in force has it; empty: there are no such pages
    guesses: Guesses = field(default_factory=Guesses)

    def authenticate(self, request: web.Request, shown: str) -> None:
        """
        Return if *shown* is the token; else 401, 429 for one guess too many, and 404 where there is none.

        A request without a token, as of a browser or a probe, does not count as a guess.
        """
        token, remote = self.token(), request.remote or ""
        if not token:
            raise web.HTTPNotFound
        if shown and (wait := self.guesses.seconds_left(remote)):
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(int(wait) + 1)})
        if not hmac.compare_digest(shown.encode(errors="surrogateescape"), token.encode()):
            if shown:
                self.guesses.record_wrong(remote)
                daemon_telemetry.admin_refused(remote=remote)
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})

    def authenticate_bearer(self, request: web.Request) -> None:
        """As `authenticate`, of the header ``Authorization``."""
        self.authenticate(request, _bearer(request) or "")


def shows_bearer(request: web.Request) -> bool:
    """Whether a token comes with it, right or wrong; a proxy's own password (``Basic``) is none."""
    return _bearer(request) is not None


def _bearer(request: web.Request) -> str | None:
    """https://www.rfc-editor.org/rfc/rfc6750#section-2.1."""
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    return shown.strip() if kind.lower() == "bearer" else None
