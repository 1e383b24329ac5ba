"""
Coze's error codes, sorted by what to do about them: one row per remedy.

The same table serves the cloud, Coze Studio and plain HTTP, as their codes do not overlap. Coze's texts are never matched:
they differ between regions and versions.
"""

from dataclasses import dataclass
from typing import Final

from bridge.sdk.errors import (
    BridgeError,
    ChatFailed,
    ConversationLost,
    Later,
    Occupied,
    RateLimited,
    Refused,
    Unauthorised,
)
from bridge.sdk.i18n import MessageId
from bridge.sdk.redaction import Redacted, redact

PATIENCE: Final = 600.0
"""Seconds for which a question is tried again after a failure that may pass: troubles of a bot rarely last longer, and people wait."""


class RunExpired(Refused):
    """The workflow's run does not wait for an answer any more: begin another."""


class NotFound(ConversationLost):
    """The conversation is not there or, as Coze has one code for both, the bot or workflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What to do about some error codes."""

    codes: tuple[int, ...]  #: Coze's own, or HTTP statuses
    raises: type[BridgeError]  #: the error to raise for them
    hint: str  #: for the operator
    message_id: MessageId | None = None  #: the sentence for the person; None: the usual one of the class
    wait: float | None = None  #: seconds, where the number itself tells
    patience: float | None = PATIENCE  #: seconds for which to try again, where that may help


REMEDIES: Final = (
    Remedy(
        codes=(4100, 700012006, 401, 103000001),
        raises=Unauthorised,
        hint="the token is wrong, expired or of another region; Studio says so too of paths it does not have",
    ),
    Remedy(
        codes=(4101, 403),
        raises=Unauthorised,
        hint="the token lacks a scope or the bot's workspace, or is of another region",
    ),
    Remedy(
        codes=(4002, 103000002),
        raises=ConversationLost,
        hint="the conversation is gone, or belongs to another account: did the token's owner change?",
    ),
    Remedy(
        codes=(4200, 777777775, 777777762, 720702201),
        raises=NotFound,
        hint="the conversation is gone, or the bot is not there: check its id, base_url for the region, that it is"
        " published to the channel API, and app_id if it lives in an app",
    ),
    Remedy(
        codes=(4001, 103200001, 103200003),
        raises=Refused,
        hint="the chat is gone, or belongs to another account",
    ),
    Remedy(codes=(4016,), raises=Occupied, hint="another chat runs in the conversation"),
    Remedy(codes=(4009, 429, 710005002), raises=RateLimited, hint="too many requests for this account"),
    Remedy(codes=(4013,), raises=RateLimited, message_id=MessageId.LATER, hint="the model fails or is overloaded"),
    Remedy(
        codes=(4020,), raises=RateLimited, wait=60, hint="the model's requests per minute are used up: raise its limit"
    ),
    Remedy(codes=(4008,), raises=Refused, message_id=MessageId.QUOTA_USED, hint="the day's limit is used up"),
    Remedy(
        codes=(4011, 4019, 4022, 4027, 4028),
        raises=Refused,
        message_id=MessageId.QUOTA_USED,
        hint="the account's balance is used up: top it up",
    ),
    Remedy(
        codes=(4010, 413),
        raises=Refused,
        message_id=MessageId.TOO_LONG,
        hint="the prompt is longer than the model allows",
    ),
    Remedy(
        codes=(4014, 4105), raises=Refused, message_id=MessageId.REFUSED_CONTENT, hint="the bot may not speak of this"
    ),
    Remedy(
        codes=(4015,), raises=Refused, message_id=MessageId.BOT_MISCONFIGURED, hint="publish the bot to the channel API"
    ),
    Remedy(
        codes=(4006, 103100002),
        raises=Refused,
        message_id=MessageId.BOT_MISCONFIGURED,
        hint="no such bot for this token: check bot_id, and base_url for the region",
    ),
    Remedy(
        codes=(4012,),
        raises=Refused,
        message_id=MessageId.BOT_MISCONFIGURED,
        hint="the bot's model is gone: choose another",
    ),
    Remedy(
        codes=(4021, 6003, 6031, 6039, 103200004, 720702204, 720702011, 720702078),
        raises=Refused,
        message_id=MessageId.BOT_MISCONFIGURED,
        hint="the workflow is not published, or not set up for this call",
    ),
    Remedy(
        codes=(720702004, 777777778, 777777771),
        raises=Refused,
        message_id=MessageId.BOT_MISCONFIGURED,
        hint="no such workflow: check its id, and base_url",
    ),
    Remedy(
        codes=(720702001, 720702002),
        raises=Refused,
        message_id=MessageId.BOT_MISCONFIGURED,
        hint="the workflow wants a parameter that it was not given: name it under parameters, or as input",
    ),
    Remedy(
        codes=(106000001, 777777765),
        raises=Unauthorised,
        hint="the token's owner has no right to it: in a Studio that is who made the bot or workflow",
    ),
    Remedy(
        codes=(305000002, 720712014, 720712023, 720712049, 777777763, 777777773, 777777774),
        raises=Refused,
        hint="a node of the workflow failed: see its run",
    ),
    Remedy(codes=(777777777,), raises=Refused, hint="the workflow was cancelled at Coze"),
    Remedy(
        codes=(4000, 400, 103000000),
        raises=Refused,
        message_id=MessageId.BOT_MISCONFIGURED,
        hint="a parameter is wrong: check the ids, which Studio wants numeric; a chatflow of a library wants a bot_id, too",
    ),
    Remedy(
        codes=(301, 302, 307, 308, 404, 405),
        raises=Refused,
        message_id=MessageId.BOT_MISCONFIGURED,
        hint="no such path there: check base_url",
    ),
    Remedy(
        codes=(4003, 4004, 4005, 4007),
        raises=Refused,
        message_id=MessageId.BOT_MISCONFIGURED,
        hint="the request was malformed: a bug of the bridge, please report it",
    ),
    Remedy(
        codes=(4300, 4301, 4302, 4303, 4304),
        raises=Refused,
        message_id=MessageId.FILE_UNUSABLE,
        hint="the file is empty, broken, too large or of a type the bot cannot read",
    ),
    Remedy(codes=(4104, 103200005), raises=Refused, hint="the chat cannot be cancelled now"),
    Remedy(codes=(4314, 4315), raises=RunExpired, hint="the workflow's run is over"),
    Remedy(codes=(6023, 720702085, 777777776), raises=Refused, hint="the workflow, or a node of it, timed out"),
    Remedy(codes=(4102,), raises=Later, hint="stopped by risk control: ask Coze if it lasts"),
    Remedy(
        codes=(5000, 701231, 720701013, 103100001, 103200002),
        raises=Later,
        hint="trouble at Coze, or a wrong bot_id if it lasts",
    ),
    Remedy(codes=(408, 500, 502, 503, 504), raises=Later, patience=None, hint="Coze is away"),
    Remedy(
        codes=(708232003, 708230702, 708232001),
        raises=Later,
        hint="the bot's knowledge base failed: check it if it lasts",
    ),
)

_BY_CODE: Final = {code: remedy for remedy in REMEDIES for code in remedy.codes}
_NO_CODE: Final = Remedy(codes=(), raises=Later, hint="Coze failed and gave no reason")
_STRANGE: Final = "a code the bridge does not know: see Coze's list of errors"
_UNKNOWN: Final = Remedy(codes=(), raises=Refused, hint=_STRANGE)
_UNKNOWN_BUT_MAY_PASS: Final = Remedy(codes=(), raises=Later, hint=_STRANGE)
_SERVERS_FAULT: Final = range(500, 600)
_MAY_PASS: Final = (range(5000, 6000), range(701_000, 702_000), range(720_700_000, 720_702_000))
"""Whole families: failures inside Coze, of a chat's run, and of a Studio's stores and engine (``types/errno/workflow.go``)."""


def number(code: object) -> int | None:
    """*code* as a number; None where there is none, or where it says that nothing is wrong."""
    try:
        return int(code) or None  # type: ignore[call-overload]  # whatever it is, it is tried
    except (TypeError, ValueError, OverflowError):
        return None


def failure(
    code: object,
    msg: object = "",
    *,
    log_id: str | None = None,
    retry_after: float | None = None,
    had_begun: bool = False,
) -> BridgeError:
    """
    The error to raise for *code*, which may be Coze's own or an HTTP status, and a number or a string.

    *had_begun*: the chat had begun, so its set-up is right, and a code that we do not know may pass.
    """
    known = number(code)
    remedy = _remedy(known)
    if remedy is _UNKNOWN and had_begun:
        remedy = _UNKNOWN_BUT_MAY_PASS
    said = redact(f"{code or 'error'}: {msg or 'no message'}" if known is None else f"{msg or 'no message'}")
    detail = Redacted(f"Coze {said if known is None else f'{known}: {said}'} ({remedy.hint})")
    if issubclass(remedy.raises, Later) and remedy.raises is not Occupied:
        wait = retry_after or remedy.wait
        return remedy.raises(
            detail, retry_after=wait, patience=remedy.patience, message_id=remedy.message_id, log_id=log_id
        )
    return remedy.raises(detail, message_id=remedy.message_id, log_id=log_id)


def chat_failed(trouble: Later) -> ChatFailed:
    """The error for a chat or run that ended with *trouble*: it has to be begun anew."""
    return ChatFailed(
        trouble.detail,
        retry_after=trouble.retry_after,
        patience=trouble.patience,
        message_id=trouble.message_id,
        log_id=trouble.log_id,
    )


def _remedy(code: int | None) -> Remedy:
    if code is None:
        return _NO_CODE
    if (remedy := _BY_CODE.get(code)) is not None:
        return remedy
    if code in _SERVERS_FAULT:
        return _BY_CODE[500]
    return _UNKNOWN_BUT_MAY_PASS if any(code in family for family in _MAY_PASS) else _UNKNOWN
