"""The door of Slack's Web API: tokens, scopes, rate limits and ordered misbehaviour, before a method does its work."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from simulators.server import Fault, Faults, cut_off
from simulators.slack.limits import Limits
from simulators.slack.model import PLURAL, Answer, Params, Refusal
from simulators.slack.world import World

Method = Callable[[Params], Answer]
Record = Callable[[str, Params, bool], None]

#: What an app with the usual manifest was granted.
SCOPES = frozenset(
    {
        *("app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands"),
        *("files:read", "files:write", "groups:history", "groups:read", "im:history", "im:read", "im:write"),
        *("mpim:history", "mpim:read", "mpim:write", "reactions:write", "usergroups:read", "users:read"),
    }
)
#: By method, or by all methods that begin so; ``{type}`` is the plural of the channel's type.
_NEEDS = {
    "agents.sessions.": "chat:write",
    "assistant.threads.setStatus": "chat:write",
    "assistant.threads.": "assistant:write",
    "chat.": "chat:write",
    "conversations.history": "{type}:history",
    "conversations.info": "{type}:read",
    "conversations.members": "{type}:read",
    "conversations.open": "im:write",
    "conversations.replies": "{type}:history",
    "files.info": "files:read",
    "files.": "files:write",
    "reactions.": "reactions:write",
    "usergroups.list": "usergroups:read",
    "users.info": "users:read",
}
#: Arguments that are JSON also where the request is a form.
_JSON = {"attachments", "blocks", "chunks", "files", "loading_messages", "metadata", "prompts", "view"}
_REQUIRED = {
    "agents.sessions.setStatus": ("channel_id", "status"),
    "assistant.threads.setStatus": ("channel_id", "thread_ts"),
    "assistant.threads.setSuggestedPrompts": ("channel_id", "prompts"),
    "assistant.threads.setTitle": ("channel_id", "thread_ts", "title"),
    "chat.appendStream": ("channel", "ts"),
    "chat.delete": ("channel", "ts"),
    "chat.postEphemeral": ("channel", "user"),
    "chat.postMessage": ("channel",),
    "chat.startStream": ("channel",),
    "chat.stopStream": ("channel", "ts"),
    "chat.update": ("channel", "ts"),
    "conversations.history": ("channel",),
    "conversations.info": ("channel",),
    "conversations.replies": ("channel", "ts"),
    "files.completeUploadExternal": ("files",),
    "files.getUploadURLExternal": ("filename", "length"),
    "files.info": ("file",),
    "reactions.add": ("channel", "timestamp", "name"),
    "reactions.remove": ("channel", "timestamp", "name"),
    "users.info": ("user",),
    "views.open": ("trigger_id", "view"),
    "views.publish": ("user_id", "view"),
}


class Api:
    """Answers ``/api/<method>``."""

    def __init__(self, world: World, faults: Faults, record: Record) -> None:
        self.world, self._faults, self._record = world, faults, record
        self.methods: dict[str, Method] = {}
        self.bot_token, self.app_token = "xoxb-sim", "xapp-sim"
        self.scopes: set[str] = set(SCOPES)
        self.app_scopes: set[str] = {"connections:write"}  #: of the app-level token
        self.refuses: dict[str, str] = {}  #: the error word a method, or ``*``, always answers with
        self.limits: Limits | None = None
        self.dead: dict[str, str] = {}  #: tokens that are none any more, and the word for why
        self.others: list[Api] = []  #: of further workspaces on this server

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        method = request.match_info["method"]
        params = await _read(request)
        token = _bearer(request) or params.pop("token", "")
        fault = self._faults.take(method, params)
        if fault and fault.delay:
            await asyncio.sleep(fault.delay)
        if fault and not fault.apply and not _merely_slow(fault):
            self._record(method, params, False)
            return spoil(fault, request)
        answer, status, headers = self._responsible(token, params).answer(method, params, token)
        self._record(method, params, answer["ok"])
        if fault and not _merely_slow(fault):
            return spoil(fault, request)
        return web.json_response(answer, status=status, headers=headers)

    def holds(self, token: str, scope: str) -> bool:
        """Whether *token* is the bot's and may do what *scope* allows."""
        return token == self.bot_token and scope in self.scopes

    def _responsible(self, token: str, params: Params) -> "Api":
        """Of the workspaces that know the token, the one that the call is about."""
        knowing = [api for api in (self, *self.others) if token and token in (api.bot_token, *api.dead)] or [self]
        channel = str(params.get("channel") or params.get("channel_id"))
        told = (api for api in knowing if channel in api.world.channels or api.world.team == params.get("team_id"))
        return next(told, knowing[0])

    def answer(self, method: str, params: Params, token: str) -> tuple[Answer, int, Mapping[str, str]]:
        """What a call of *method* with that *token* gets: the answer, the status, the headers."""
        granted = {"x-oauth-scopes": ",".join(sorted(self.scopes))}
        try:
            self._admit(method, params, token)
            if self.limits and (wait := self.limits.take(method, params)):
                return {"ok": False, "error": "ratelimited"}, 429, {"retry-after": str(wait)}
            return {"ok": True, **self.methods[method](params)}, 200, granted
        except Refusal as refusal:
            return refusal.answer, 200, granted

    def _admit(self, method: str, params: Params, token: str) -> None:
        """Refuse who may not call, and calls that are not whole."""
        if error := self.refuses.get(method) or self.refuses.get("*"):
            raise Refusal(error)
        if method not in self.methods:
            raise Refusal("unknown_method", req_method=method)
        self._check_token(method, token)
        self._check_scope(method, params)
        missing = [name for name in _REQUIRED.get(method, ()) if params.get(name) in (None, "")]
        if missing:
            messages = [f"[ERROR] missing required field: {name}" for name in missing]
            raise Refusal("invalid_arguments", response_metadata={"messages": messages})

    def _check_token(self, method: str, token: str) -> None:
        wanted, other = self.bot_token, self.app_token
        if method.startswith("apps.connections."):
            wanted, other = other, wanted
        if not token:
            raise Refusal("not_authed")
        if token in self.dead:
            raise Refusal(self.dead[token])
        if token != wanted and not (method == "auth.test" and token == other):
            raise Refusal("not_allowed_token_type" if token == other else "invalid_auth")

    def _check_scope(self, method: str, params: Params) -> None:
        if method == "apps.connections.open" and "connections:write" not in self.app_scopes:
            raise Refusal("missing_scope", needed="connections:write", provided=",".join(sorted(self.app_scopes)))
        needed = next((scope for name, scope in _NEEDS.items() if method.startswith(name)), None)
        if needed is None:
            return
        channel = self.world.channels.get(str(params.get("channel")))
        needed = needed.format(type=PLURAL[channel.type if channel else "channel"])
        if needed not in self.scopes:
            raise Refusal("missing_scope", needed=needed, provided=",".join(sorted(self.scopes)))


def spoil(fault: Fault, request: web.Request) -> web.Response:
    """The answer *fault* orders, or none at all."""
    if fault.cut:
        cut_off(request, fault)
        return web.Response()
    if fault.body is not None:
        return web.json_response(fault.body, status=fault.status, headers=fault.headers)
    if fault.status == 429:
        headers = CIMultiDict({"retry-after": "1"})
        headers.update(fault.headers)
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
    page = f"<html><body><h1>{fault.status} Server Error</h1></body></html>"
    return web.Response(text=page, status=fault.status, headers=fault.headers, content_type="text/html")


def _merely_slow(fault: Fault) -> bool:
    return fault.status == 200 and fault.body is None and not fault.cut


def _bearer(request: web.Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ").strip()


async def _read(request: web.Request) -> Params:
    """The arguments, wherever they stand: query, form and JSON count alike."""
    params: Params = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        params |= body if isinstance(body, dict) else {}
    elif request.can_read_body:
        params |= await request.post()
    for name in _JSON & params.keys():
        params[name] = _unfolded(params[name])
    return params


def _unfolded(value: Any) -> Any:
    """JSON inside a form field, as the value it stands for."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
