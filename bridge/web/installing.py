"""The pages by which people install an app: `GET /{platform}/{adapter}/install` and `/{platform}/{adapter}/oauth_redirect`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bridge.sdk.installing import OffersInstall
from bridge.sdk.ports import Adapter, WebhookResponse
from bridge.web.auth import Admins, shows_bearer
from bridge.web.console.logins import Logins

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

LONGEST: Final = 2_000
"""Characters of one value that a browser brings back; codes and states are far shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installs:
    """The pages of every adapter whose app can be installed."""

    adapters: Mapping[str, Adapter]  #: those that are open
    admins: Admins

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Both pages of each adapter."""
        router.add_get("/{platform}/{adapter}/install", self.begin_install)
        router.add_get("/{platform}/{adapter}/oauth_redirect", self.finish_install)

    async def begin_install(self, request: web.Request) -> web.StreamResponse:
        """Send the browser to the platform, if whoever asks may install."""
        adapter = self._adapter(request)
        if not adapter.install_is_public and not Logins(self.admins.token).has(request):
            if not shows_bearer(request) and self.admins.token():
                raise web.HTTPSeeOther("/console")  # where one logs in
            self.admins.authenticate_bearer(request)
        return _answer(await adapter.begin_install())

    async def finish_install(self, request: web.Request) -> web.StreamResponse:
        """Hand what the browser brings back to the adapter, which recognises it by its cookie."""
        adapter = self._adapter(request)
        if any(len(value) > LONGEST for value in request.query.values()):
            raise web.HTTPBadRequest
        return _answer(await adapter.finish_install(dict(request.query), dict(request.cookies)))

    def _adapter(self, request: web.Request) -> OffersInstall:
        adapter = self.adapters.get(request.match_info["adapter"])
        known = isinstance(adapter, Adapter) and adapter.platform == request.match_info["platform"]
        if not known or not isinstance(adapter, OffersInstall) or adapter.install_is_public is None:
            raise web.HTTPNotFound
        return adapter


def _answer(said: WebhookResponse) -> web.Response:
    headers = {**HEADERS, **(said.headers or {})}
    return web.Response(status=said.status, text=said.body, content_type=said.content_type, headers=headers)
