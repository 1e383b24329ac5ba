"""
Receives Slack's events, commands and interactions by HTTP; the signature is checked before anything is parsed.

https://docs.slack.dev/apis/events-api/ · https://docs.slack.dev/interactivity/handling-user-interaction/
"""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qsl

from adapters.slack.signature import is_signed, may_be_signed
from bridge.sdk.foreign_json import decode_json
from bridge.sdk.ports import WebhookRequest, WebhookResponse

MOST_FIELDS: Final = 100
"""Fields of a form; a slash command has about fifteen."""


async def receive(
    request: WebhookRequest,
    signing_secret: str,
    accept: Callable[[dict[str, Any]], Awaitable[None]],
    put_aside: Callable[[object, Exception], Awaitable[None]],
) -> WebhookResponse:
    """
    Acknowledge a signed request once it has been accepted; answer 401 to any other.

    A signed request that cannot be read is *put aside*: Slack would repeat it, and after many failures send nothing any more.
    """
    if not may_be_signed(request.headers, time.time()):
        return WebhookResponse(status=401)
    body = await request.read()
    if not is_signed(request.headers, body, signing_secret):
        return WebhookResponse(status=401)
    try:
        event = parse(body, request.headers.get("content-type", ""))
    except ValueError as failure:
        await put_aside(body, failure)
        return WebhookResponse()
    if event.get("type") == "url_verification":
        challenge = json.dumps({"challenge": event.get("challenge")})
        return WebhookResponse(body=challenge, content_type="application/json")
    await accept(event)
    return WebhookResponse()


def parse(body: bytes, content_type: str) -> dict[str, Any]:
    """Parse an event (JSON), an interaction (JSON in a form's field ``payload``) or a command (a form); else ValueError."""
    text = body.decode()
    if content_type.startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
        if "payload" not in form:
            return form
        text = form["payload"]
    event = decode_json(text)
    if not isinstance(event, dict):
        raise ValueError("expected an object")  # noqa: TRY004 - the sender's fault, as all others here
    return event
