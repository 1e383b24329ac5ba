"""Checks a Coze connection, its token's permissions and each bot, by calls that change nothing."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.coze.auth import StaticToken
from bridge.coze.envelope import Envelope
from bridge.coze.error_codes import number
from bridge.coze.inquiry import Inquiry
from bridge.sdk.checks import Finding, Findings, fail, ok, warn
from bridge.sdk.errors import BridgeError

REGIONS: Final = ("https://api.coze.cn", "https://api.coze.com")
"""The two clouds: the same API, with separate accounts, bots and tokens."""

SKEW_WARNS: Final = 30.0
SKEW_FAILS: Final = 240.0
"""Seconds between the clocks. A token that is signed in the future is refused; a platform's signature is valid for five minutes."""

_TOKEN_PAGE: Final = "/open/oauth/pats"  # noqa: S105 - a path
_PUBLISH: Final = "open it at Coze, press Publish, and choose the channel API"
_UNKNOWN_TOKEN: Final = frozenset({4100, 700012006})
_NO_PERMISSION: Final = frozenset({4101, 103000001})
_NOT_PUBLISHED: Final = frozenset({4015, 6031})
_NO_SUCH_CALL: Final = frozenset({401, 404})
"""What a Studio answers to a call that it does not have."""

_KINDS: Final[tuple[tuple[str, str], ...]] = (
    (r"(?i)bearer\s", "begins with the word Bearer: leave that out"),
    (r"-----BEGIN", "is a private key: that belongs under `oauth`, with app_id and key_id, instead of a token"),
    (r"cz[us]_", "is an access token of an OAuth app, which ends within a day: set `oauth` instead of a token"),
    (r"xox|xapp-|\d{6,}:[\w-]{30,}$", "is one of a chat platform's"),
    (r"\d+$", "is a number, as ids are: the token begins with pat_"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A permission of the token, and a call that is refused for another reason where we have it."""

    scope: str
    without: str  #: what does not work
    method: str
    path: str
    query: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None
    vital: bool = True


_NOWHERE: Final = {"conversation_id": "1", "chat_id": "1"}
_NO_RUN: Final = {"workflow_id": "1", "bot_id": "1", "app_id": "1"}  # both ids together are refused
FOR_AGENTS: Final = (
    Probe(scope="chat", without="no question can be asked", method="POST", path="/v3/chat", body={}),
    Probe(
        scope="createConversation",
        without="nobody gets a memory",
        method="POST",
        path="/v1/conversation/create",
        body={"messages": [{"role": "nobody"}]},
    ),
    Probe(
        scope="getChat",
        without="an answer that was cut off cannot be followed",
        method="GET",
        path="/v3/chat/retrieve",
        query=_NOWHERE,
    ),
    Probe(
        scope="listMessage",
        without="an answer that was cut off cannot be fetched",
        method="GET",
        path="/v3/chat/message/list",
        query=_NOWHERE,
    ),
    Probe(
        scope="cancelChat",
        without="/stop does not stop",
        method="POST",
        path="/v3/chat/cancel",
        body=_NOWHERE,
        vital=False,
    ),
    Probe(
        scope="uploadFile",
        without="photos and documents do not reach the bot",
        method="POST",
        path="/v1/files/upload",
        body={},
        vital=False,
    ),
    Probe(
        scope="createTranscription",
        without="voice notes are not understood",
        method="POST",
        path="/v1/audio/transcriptions",
        body={},
        vital=False,
    ),
)
FOR_WORKFLOWS: Final = (
    Probe(scope="run", without="no workflow runs", method="POST", path="/v1/workflow/run", body=_NO_RUN),
    Probe(
        scope="listRunHistory",
        without="a run that was cut off cannot be followed",
        method="GET",
        path="/v1/workflows/1/run_histories/1",
    ),
)


def wrong_kind(token: str) -> Finding | None:
    """What *token* is by its form, if it is none of Coze's; else None."""
    for pattern, is_what in _KINDS:
        if re.match(pattern, token.strip()):
            return fail(f"the token {is_what}", _new_token(REGIONS[0]), key="token")
    return None


async def account(inquiry: Inquiry, *, regions: Iterable[str] = REGIONS) -> Findings:
    """Whether Coze knows the token, and whether our clocks agree."""
    try:
        known = await inquiry.ask("GET", "/v1/users/me")
    except BridgeError as failure:
        yield _silent(inquiry, failure)
        return
    if known.code in _UNKNOWN_TOKEN | _NO_PERMISSION and (region := await elsewhere(inquiry, regions)) is not None:
        yield of_another_region(inquiry, region)
    elif known.code in _UNKNOWN_TOKEN:
        says = f"{inquiry.base_url} does not know the token ({said(known)})"
        yield fail(says, _new_token(inquiry.base_url), key="token")
    elif known.code in _NO_SUCH_CALL:
        yield ok(f"{inquiry.base_url} answers; it is a Studio, whose tokens are tried on its bots")
    elif known.code is None or known.code in _NO_PERMISSION:
        yield ok(f"{inquiry.base_url} knows the token")
    else:
        yield fail(f"{inquiry.base_url} refuses ({said(known)})", _new_token(inquiry.base_url), key="token")
    if inquiry.skew is not None and (finding := clock(inquiry.skew)):
        yield finding


async def permissions(inquiry: Inquiry, probes: Iterable[Probe]) -> Findings:
    """Each permission that the token lacks; a Studio's tokens have all."""
    missing = 0
    for probe in probes:
        answer = await inquiry.ask(probe.method, probe.path, query=probe.query or {}, body=probe.body)
        if answer.code not in _NO_PERMISSION:
            continue
        missing += 1
        tell = fail if probe.vital else warn
        yield tell(
            f"the token lacks the permission {probe.scope}: {probe.without}",
            f"add it to the token at {_site(inquiry.base_url)}{_TOKEN_PAGE}",
            key="token",
        )
    if not missing:
        yield ok("the token has every permission that the bots need")


async def agent(inquiry: Inquiry, bot_id: str) -> Finding:
    """Whether the agent with that id is there, and published to the API."""
    return judge(inquiry, await look_up(inquiry, "bot_id", bot_id), "bot_id", bot_id)


async def workflow(inquiry: Inquiry, workflow_id: str, *, key: str) -> Finding:
    """Whether the workflow or chatflow with that id is there."""
    return judge(inquiry, await look_up(inquiry, key, workflow_id), key, workflow_id)


async def look_up(inquiry: Inquiry, key: str, id_: str) -> Envelope:
    """What Coze says of the bot, workflow or chatflow that the config names by *key*."""
    if key == "bot_id":
        return await inquiry.ask("GET", f"/v1/bots/{id_}", query={"is_published": "true"})
    return await inquiry.ask("GET", f"/v1/workflows/{id_}")


def may_not_look(answer: Envelope) -> bool:
    """Whether the token lacks the permission to look, or this Coze has no such call: it proves nothing about the bot."""
    return answer.code in _NO_PERMISSION | _NO_SUCH_CALL


def is_refused(answer: Envelope) -> bool:
    """Whether the token was refused, as one of another region is."""
    return answer.code in _NO_PERMISSION | _UNKNOWN_TOKEN


def of_another_region(inquiry: Inquiry, region: str) -> Finding:
    """That the token is one of that *region*."""
    says = f"{inquiry.base_url} does not know the token; it is one of {region}"
    return fail(says, f"set base_url: {region}", key="base_url")


def judge(inquiry: Inquiry, answer: Envelope, key: str, id_: str) -> Finding:
    """What that *answer* of `look_up` means."""
    if answer.code is None:
        return ok(f"{_name(answer.data)}, published to the API")
    if answer.code in _UNKNOWN_TOKEN:
        return fail("Coze does not know the token", _new_token(inquiry.base_url), key="token")
    if answer.code in _NOT_PUBLISHED:
        return fail(f"{id_} is not published to the API", _PUBLISH, key=key)
    if answer.code in _NO_PERMISSION:
        remedy = "give the token the permission getMetadata, and the workspace of the bot"
        return fail(f"the token may not see {id_}", remedy, key=key)
    where = "/bot/" if key == "bot_id" else "workflow_id="
    remedy = f"check {key}, which is the number after {where} in the editor's address, and base_url, for each region has its own"
    return fail(f"{id_} is not there ({said(answer)})", remedy, key=key)


async def elsewhere(inquiry: Inquiry, regions: Iterable[str] = REGIONS) -> str | None:
    """The other region that knows the token; asked only where the address is a region's, so that no stranger gets the token."""
    known = list(regions)
    if inquiry.base_url not in known or not isinstance(inquiry.tokens, StaticToken):
        return None
    for region in known:
        if region == inquiry.base_url:
            continue
        async with Inquiry(region, inquiry.tokens, proxy=inquiry.proxy) as other:
            try:
                answer = await other.ask("GET", "/v1/users/me")
            except BridgeError:
                continue
        if answer.code is None:
            return region
    return None


def clock(skew: float) -> Finding | None:
    """The finding for a far side's clock that is *skew* seconds ahead of ours; None where they agree."""
    if abs(skew) < SKEW_WARNS:
        return None
    tell = fail if abs(skew) >= SKEW_FAILS else warn
    behind = "behind" if skew > 0 else "ahead"
    return tell(
        f"this machine's clock is {abs(skew):.0f} s {behind}: signatures and signed tokens are refused",
        "let it follow the time of the network (timedatectl set-ntp true)",
    )


def said(answer: Envelope) -> str:
    """Coze's error code, and the log id by which its support finds the call."""
    logid = f", log id {answer.log_id}" if answer.log_id else ""
    return f"code {number(answer.code) or answer.status}{logid}"


def _silent(inquiry: Inquiry, failure: BridgeError) -> Finding:
    remedy = "check base_url, the network, and proxy if there is one"
    return fail(f"no answer from {inquiry.base_url} ({failure.detail})", remedy, key="base_url")


def _new_token(base_url: str) -> str:
    return f"create one at {_site(base_url)}{_TOKEN_PAGE}; a personal token lives for 30 days at most"


def _site(base_url: str) -> str:
    return base_url.replace("//api.", "//www.")


def _name(data: Any) -> str:
    known = data if isinstance(data, dict) else {}
    inner = known.get("workflow_detail")
    name = known.get("name") or (inner.get("workflow_name") if isinstance(inner, dict) else None)
    return f"“{name}”" if name else "it is there"
