"""The webhooks of adapters: `POST /webhooks/{adapter}`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from bridge.sdk.ports import Accept, Adapter, WebhookReceiver, WebhookRequest
from bridge.web.requests import Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """Hands a platform's calls to its adapter, and gives back its answers."""

    adapters: Mapping[str, Adapter]  #: those that are open
    accept: Accept
    guard: Guard

    async def receive(self, request: web.Request) -> web.Response:
        """The adapter's answer; 404 for one that is not called by HTTP."""
        adapter = self.adapters.get(request.match_info["adapter"])
        if not isinstance(adapter, WebhookReceiver) or not adapter.receives_by_http:
            raise web.HTTPNotFound
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = WebhookRequest(headers=headers, read=partial(self.guard.read, request))
        answer = await adapter.handle_webhook(call, self.accept)
        return web.Response(
            status=answer.status, text=answer.body, content_type=answer.content_type, headers=answer.headers
        )
