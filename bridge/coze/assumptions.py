"""
Tries what we assume of Coze without a document that says so, each by a harmless call, so that one run on a real account settles it.

A finding says what was assumed and what was found; it holds no secret and nothing that people wrote, and can be pasted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.coze.auth import StaticToken
from bridge.coze.envelope import Envelope
from bridge.coze.inquiry import Inquiry
from bridge.sdk.checks import Finding, Findings, ok, warn

_REPORT: Final = "please report this line: an assumption of the bridge does not hold there"
_NOBODYS: Final = "pat_nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A call that is refused, and the error codes we expect for it."""

    says: str  #: the assumption, as a sentence
    codes: frozenset[int]  #: those of the cloud and of a Studio
    method: str
    path: str
    query: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None


_NOWHERE: Final = {"conversation_id": "1", "chat_id": "1"}
ASSUMPTIONS: Final = (
    Assumption(
        says="a conversation that is not there is 4002 or 4200",
        codes=frozenset({4002, 4200, 103000002, 103200003}),
        method="GET",
        path="/v1/conversation/retrieve",
        query={"conversation_id": "1"},
    ),
    Assumption(
        says="a chat that is not there is 4001, 4002 or 4200",
        codes=frozenset({4001, 4002, 4200, 500, 103000002, 103200003}),
        method="GET",
        path="/v3/chat/retrieve",
        query=_NOWHERE,
    ),
    Assumption(
        says="a question without a bot is 4000",
        codes=frozenset({4000, 400}),
        method="POST",
        path="/v3/chat",
        body={"user_id": "doctor"},
    ),
)
UNKNOWN_TOKEN: Final = frozenset({4100, 700012006, 401})


async def assumptions(inquiry: Inquiry) -> Findings:
    """Each assumption about refusals."""
    for one in ASSUMPTIONS:
        answer = await inquiry.ask(one.method, one.path, query=one.query or {}, body=one.body)
        yield _told(one.says, answer, holds=_number(answer) in one.codes)
    async with Inquiry(inquiry.base_url, StaticToken(_NOBODYS), proxy=inquiry.proxy, ca=inquiry.ca) as stranger:
        answer = await stranger.ask("GET", "/v1/bots/1")
        yield _told("a token of nobody's is 4100", answer, holds=_number(answer) in UNKNOWN_TOKEN)


async def kept(inquiry: Inquiry, conversation_id: str, chat_id: str, key: str) -> Findings:
    """Whether a question that was just answered is listed with our key and its chat, newest first, as `CozeBot.find_chat` needs it."""
    body = {"order": "desc", "limit": 20}
    answer = await inquiry.ask(
        "POST", "/v1/conversation/message/list", query={"conversation_id": conversation_id}, body=body
    )
    listed = [message for message in answer.data or () if isinstance(message, dict)] if answer.code is None else []
    asked = [message for message in listed if message.get("role") == "user"]
    ours = [message for message in asked if (message.get("meta_data") or {}).get("bridge_key") == key]
    whole = any(str(message.get("chat_id")) == chat_id for message in ours)
    yield _told("a question is listed with our key and its chat", answer, holds=whole)
    newest = [str(message.get("role")) for message in listed]
    yield _told("messages are listed the newest first", answer, holds=newest[-1:] == ["user"] and len(newest) > 1)


def _number(answer: Envelope) -> int:
    return answer.code or answer.status


def _told(says: str, answer: Envelope, *, holds: bool) -> Finding:
    found = f"assumed that {says}; found HTTP {answer.status}, code {answer.code or 0}"
    return ok(f"{found}: it holds") if holds else warn(f"{found}: it does not hold", _REPORT)
