"""Coze's envelope: the JSON object around every answer, of the cloud and of Coze Studio."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.coze.error_codes import failure, number
from bridge.sdk.errors import BridgeError, Garbled
from bridge.sdk.foreign_json import decode_json
from bridge.sdk.told_seconds import told_seconds

_DATA: Final = ("data", "Messages", "ConversationData", "ChatV3ChatDetail", "execute_id")
"""The fields that may hold the content: the cloud's, Studio's three, and that of a run just begun."""

_HTTP_OK: Final = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One answer."""

    status: int  #: of HTTP, which alone proves nothing: the cloud sends many errors with 200
    code: int | None  #: Coze's error code; None: nothing is wrong
    msg: str  #: Coze's words about an error
    data: Any  #: the content
    log_id: str | None  #: Coze's own name for the call
    retry_after: float | None  #: seconds to wait, where a header says so
    is_json: bool  #: whether the body was a JSON object

    @property
    def failure(self) -> BridgeError | None:
        """What went wrong, if anything did."""
        if self.code is None and self.status in _HTTP_OK:
            return None if self.is_json else Garbled("expected JSON, got something else", log_id=self.log_id)
        code = self.code if self.code is not None else self.status
        return failure(code, self.msg, log_id=self.log_id, retry_after=self.retry_after)


def read(status: int, headers: Mapping[str, str], body: bytes) -> Envelope:
    """The envelope in *body*; a body that is none gives one without data."""
    content = _json(body)
    known = isinstance(content, dict)
    fields: dict[str, Any] = content if known else {}
    return Envelope(
        status=status,
        code=number(fields.get("code")),
        msg=str(fields.get("msg") or "") or f"HTTP {status}",
        data=next((fields[name] for name in _DATA if name in fields), None),
        log_id=_log_id(fields) or log_id(headers),
        retry_after=told_seconds(headers.get("retry-after")),
        is_json=known,
    )


def log_id(headers: Mapping[str, str]) -> str | None:
    """Coze's own name for the call, by which its support finds it."""
    return headers.get("x-tt-logid") or headers.get("x-log-id")


def _json(body: bytes) -> Any:
    try:
        return decode_json(body)
    except ValueError:
        return None


def _log_id(fields: dict[str, Any]) -> str | None:
    for place in ("detail", "error"):
        where = fields.get(place)
        if isinstance(where, dict) and where.get("logid"):
            return str(where["logid"])
    return None
