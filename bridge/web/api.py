"""The admin API: how everything is, and messages to push; JSON in, JSON out."""

import json
from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from bridge.sdk import daemon_telemetry
from bridge.sdk.characters import is_blank
from bridge.sdk.errors import Refused
from bridge.web.auth import Admins, shows_bearer
from bridge.web.console.logins import Logins
from bridge.web.daemon import Daemon
from bridge.web.openapi import document
from bridge.web.requests import Guard, Handler

TEXT_LIMIT: Final = 100_000
"""Characters of a pushed text: some twenty-five messages."""

ShortLine = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""An id of ours or of a platform's: one line without control characters."""


def _as_written(value: Any) -> Any:
    return str(value) if type(value) is int else value


PlatformId = Annotated[
    ShortLine,
    BeforeValidator(_as_written),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1, "maxLength": 200}, {"type": "integer"}]}),
]
"""An id of a platform's, which may be a number there."""


def _something(text: str) -> str:
    cleaned = text.replace("\0", "")
    if is_blank(cleaned):
        raise ValueError("expected something to say")
    return cleaned


class PushRequest(BaseModel):
    """What ``POST /api/messages`` takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    adapter: ShortLine = Field(description="the adapter's name in the config")
    chat: PlatformId = Field(description="the platform's id of the chat or channel")
    thread: PlatformId | None = Field(default=None, description="the platform's id of the thread or topic in it")
    text: Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT), AfterValidator(_something)] = Field(
        description="Markdown, as a bot's"
    )
    key: ShortLine = Field(description="of your choice; what comes again with a key that is known is not said again")


class Api:
    """The handlers, each only for callers who know the admin token."""

    def __init__(self, daemon: Daemon, admins: Admins, guard: Guard) -> None:
        self._daemon = daemon
        self._admins = admins
        self._guard = guard
        self._logins = Logins(admins.token)

    async def openapi(self, request: web.Request) -> web.Response:
        """``GET /api/openapi.json``."""
        self._authenticate(request)
        return web.json_response(document(PushRequest.model_json_schema()))

    async def status(self, request: web.Request) -> web.Response:
        """``GET /api/status``."""
        self._authenticate(request)
        return web.json_response(await self._daemon.status())

    async def push(self, request: web.Request) -> web.Response:
        """``POST /api/messages``: 202 once it is on disk, 200 if its key was there already, 400 for what cannot be said."""
        self._authenticate(request)
        body = await self._guard.read(request)
        try:
            wanted = PushRequest.model_validate_json(body)
            new = await self._daemon.push(**wanted.model_dump())
        except ValidationError as wrong:
            return refusal("; ".join(map(_complaint, wrong.errors(include_url=False, include_input=False))))
        except Refused as wrong:
            return refusal(wrong.detail)
        if new:
            daemon_telemetry.admin_acted(deed="push", subject=wanted.adapter, remote=request.remote or "")
        return web.json_response({"key": wanted.key, "known": not new}, status=202 if new else 200)

    def _authenticate(self, request: web.Request) -> None:
        """
        Return if the header ``Authorization`` has the token, or the console's login comes and no token; else as `Admins` says.

        What changes something counts by a login as JSON alone, which no form of another site can send.
        """
        is_ours = request.method == "GET" or request.content_type == "application/json"
        if shows_bearer(request) or not (is_ours and self._logins.has(request)):
            self._admins.authenticate_bearer(request)


REFUSALS: Final = {
    401: "expected the header Authorization: Bearer …, with the config's http.admin_token",
    404: "there is no such page, or http.admin_token is empty in the config",
    405: "expected another method here",
    408: "expected the whole body sooner",
    413: "expected a body of at most a mebibyte",
    415: "expected a body that is not compressed",
    429: "too many wrong tokens, or too much was sent that nobody had signed; try again later",
    503: "the database is away, or there is too much to do; try again later",
}
"""What callers of the API are told of a status that no handler of ours explains."""


@web.middleware
async def explain_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let every refusal of the API be JSON, as its answers are."""
    try:
        return await handler(request)
    except web.HTTPException as refused:
        if request.path.startswith("/api/"):
            refused.text = json.dumps({"error": REFUSALS.get(refused.status, refused.reason)})
            refused.content_type = "application/json"
        raise


def refusal(error: str) -> web.Response:
    """What is wrong with a request, for whoever sent it."""
    return web.json_response({"error": error}, status=400)


def _complaint(error: Any) -> str:
    path = ".".join(map(str, error["loc"]))
    return f"{path}: {error['msg']}" if path else str(error["msg"])
