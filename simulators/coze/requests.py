"""A request to Coze as it was read, and the shapes an answer can have."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from aiohttp import web
from aiohttp.multipart import BodyPartReader

from simulators.coze.rules import NOT_JSON, Refused, need
from simulators.coze.wire import Stream, Wire


class Playing(Protocol):
    """Something that begins now and tells its story to a stream."""

    def start(self, stream: Stream | None) -> None:
        """Begin, to *stream* if anybody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """A request as it was read."""

    method: str  #: the call's name, e.g. ``chat.retrieve``
    query: dict[str, str]
    path: dict[str, str]
    body: dict[str, Any]
    files: tuple[tuple[str, bytes], ...]  #: the file parts of a form
    token: str
    host: str

    @property
    def params(self) -> dict[str, Any]:
        """All it was given, the query's word above the body's."""
        names = {"file": [name for name, _ in self.files]} if self.files else {}
        return {**self.body, **names, **self.query, **self.path}


@dataclass(frozen=True, slots=True)
class Bare:
    """Data that goes out as it is, without the envelope."""

    body: Any


@dataclass(frozen=True, slots=True)
class Topped:
    """Fields that stand beside ``code``, not under ``data``."""

    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer in events."""

    playing: Playing
    wire: Wire | None = None  #: this endpoint's own habit


Reply: TypeAlias = Any
Endpoint: TypeAlias = Callable[[ApiRequest], Reply | Awaitable[Reply]]


def read_json(content: bytes) -> dict[str, Any]:
    """The object in a request's body; nothing counts as an empty one."""
    if not content:
        return {}
    try:
        body = json.loads(content)
    except ValueError:
        raise Refused(4000, NOT_JSON) from None
    need(isinstance(body, dict), 4000, NOT_JSON)
    return dict(body)


async def read_files(request: web.Request) -> tuple[tuple[str, bytes], ...]:
    """Name and content of each file in a form."""
    return tuple(
        [
            (part.filename or "", bytes(await part.read()))
            async for part in await request.multipart()
            if isinstance(part, BodyPartReader) and part.name == "file"
        ]
    )
