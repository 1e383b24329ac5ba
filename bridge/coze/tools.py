"""
Functions of a bot that run at our side: each is an HTTP endpoint or a Python function that the config names.

Rules
* An endpoint can verify that a call is ours and fresh (signature and timestamp), and whether it was made before (the call's id):
  a turn that goes on after a crash calls again.
* A failure is told to the bot in words, and it goes on; the reason is logged.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx

from bridge.coze.messages import Call
from bridge.coze.transport import authorities
from bridge.sdk import telemetry
from bridge.sdk.asking import ChatRef
from bridge.sdk.errors import Refused
from bridge.sdk.media import BoundedBuffer
from bridge.sdk.supervision import unexpected

UNBOUND: Final = "This function is not available in this channel."
FAILED: Final = "This function has failed; try to do without it."
LARGEST: Final = 64 << 10
"""Bytes of what a function gives; a model reads all of it."""


class Tool(Protocol):
    """Where one function runs."""

    @property
    def timeout(self) -> float:
        """Seconds for all of a call."""

    async def call(self, request: dict[str, Any]) -> str:
        """What it gives; `Refused` where it fails."""


class Tools:
    """The functions a bot may call, by name."""

    def __init__(self, tools: Mapping[str, Tool] | None = None) -> None:
        self._tools = tools or {}

    async def outputs(self, calls: Iterable[Call], chat_ref: ChatRef) -> list[dict[str, str]]:
        """What each of the *calls* gives, as Coze takes it; all of them at once."""
        return list(await asyncio.gather(*(self._output(call, chat_ref) for call in calls)))

    async def _output(self, call: Call, chat_ref: ChatRef) -> dict[str, str]:
        tool = self._tools.get(call.name)
        output = UNBOUND if tool is None else await _called(tool, call, chat_ref)
        return {"tool_call_id": call.id, "output": output}


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The signature by which an endpoint verifies that *body* and *timestamp* are ours: HMAC-SHA256."""
    signed = b"v1:" + timestamp.encode() + b":" + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


async def _called(tool: Tool, call: Call, chat_ref: ChatRef) -> str:
    try:
        async with asyncio.timeout(tool.timeout):
            output = await tool.call(_request(call, chat_ref))
    except (TimeoutError, Refused) as failure:
        telemetry.tool_failed(tool=call.name, because=str(failure) or type(failure).__name__)
        return FAILED
    telemetry.tool_called(tool=call.name)
    return output


def _request(call: Call, chat_ref: ChatRef) -> dict[str, Any]:
    """The body of a call; it tells nothing of the person."""
    return {
        "call_id": call.id,
        "tool": call.name,
        "arguments": call.arguments,
        "conversation_id": chat_ref.conversation_id,
        "chat_id": chat_ref.chat_id,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTool:
    """A function behind an address."""

    url: str
    secret: str
    timeout: float

    async def call(self, request: dict[str, Any]) -> str:
        """Post *request*, signed, and give the text that comes back."""
        body = json.dumps(request, ensure_ascii=False).encode()
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Coze-Bridge-Timestamp": timestamp,
            "X-Coze-Bridge-Signature": signature(self.secret, timestamp, body),
        }
        try:
            return await _posted(self.url, body, headers)
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            raise Refused(str(failure) or type(failure).__name__) from failure


async def _posted(url: str, body: bytes, headers: Mapping[str, str]) -> str:
    async with (
        httpx.AsyncClient(timeout=None, verify=authorities(), trust_env=False) as client,  # noqa: S113 - the caller bounds all of it
        client.stream("POST", url, content=body, headers=headers) as answer,
    ):
        if not answer.is_success:
            raise Refused(f"expected success, got HTTP {answer.status_code}")
        output = BoundedBuffer(LARGEST)
        async for chunk in answer.aiter_bytes():
            output.append(chunk)
        return output.data.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonTool:
    """A coroutine function in this process."""

    run: Callable[[dict[str, Any]], Awaitable[Any]]
    timeout: float

    async def call(self, request: dict[str, Any]) -> str:
        """Run it, and give what it returns: text as it is, everything else as JSON."""
        with unexpected(lambda bug: Refused(f"a bug: {type(bug).__name__}")):  # its words may quote what people wrote
            given = await self.run(request)
            text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        if len(text.encode("utf-8", "replace")) > LARGEST:
            raise Refused(f"expected at most {LARGEST} bytes, got more")
        return text
