"""
Translates Slack's errors to those of `bridge.sdk.errors`.

Rule: if the answer to a call is lost, that is `Unreachable` for a call that may be repeated, else `Uncertain`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bridge.sdk.errors import (
    Aspect,
    BridgeError,
    ChatGone,
    MessageGone,
    RateLimited,
    Refused,
    StoppedByPerson,
    Unauthorised,
    Uncertain,
    Unreachable,
)
from bridge.sdk.redaction import Redacted, redact
from bridge.sdk.told_seconds import told_seconds

_DEFAULT_WAIT = 30.0  #: when Slack says to wait, but not how long; https://docs.slack.dev/apis/web-api/rate-limits


class StreamOver(MessageGone):
    """The message exists, but its stream has ended: it expired, or was stopped before."""


class StreamOpen(Refused):
    """The message is still a stream, so it cannot be replaced yet."""


class StreamStopped(StoppedByPerson):
    """The person pressed Stop."""

    aspect = None


class FeatureMissing(Refused):
    """The feature is not available in this workspace, or in this kind of channel."""

    aspect = None


class ThreadRefused(ChatGone):
    """The message takes no replies; its channel may take messages all the same."""

    aspect = Aspect.THREAD


class PostingRestricted(ChatGone):
    """Only some members may post in that channel, and we may not."""


class ResponseOver(Refused):
    """The response address has expired: it takes five answers, for half an hour."""

    aspect = None


class BlocksRefused(Refused):
    """Slack rejects the blocks, which a message has only for its buttons."""

    aspect = Aspect.BUTTONS


class MessageTooLong(Refused):
    """By Slack's count the text is too long for one message."""

    aspect = Aspect.LENGTH


_LIMITED = {"ratelimited", "rate_limited"}
_NOT_NOW = {
    *("service_unavailable", "request_timeout", "external_channel_migrating", "team_added_to_org"),
    *("org_login_required", "messaging_processing_failed", "update_failed"),
}
_PERHAPS_DONE = {"fatal_error", "internal_error"}
_CODES: dict[type[BridgeError], set[str]] = {
    Unauthorised: {
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "app_uninstalled"),
        *("team_access_not_granted", "two_factor_setup_required", "access_denied", "enterprise_is_restricted"),
    },
    StreamOver: {"message_not_in_streaming_state"},
    StreamOpen: {"streaming_state_conflict"},
    StreamStopped: {"stopped_by_user"},
    MessageGone: {"message_not_found", "edit_window_closed", "cant_update_message", "message_not_owned_by_app"},
    FeatureMissing: {
        *("channel_type_not_supported", "unknown_method", "feature_disabled", "not_allowed_token_type"),
        *("missing_scope", "method_deprecated"),
    },
    ThreadRefused: {
        *("cannot_reply_to_message", "thread_not_found", "invalid_thread_ts"),
        "restricted_action_non_threadable_channel",
    },
    BlocksRefused: {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_blocks_too_many"},
    MessageTooLong: {"msg_too_long"},
    ChatGone: {
        *("channel_not_found", "not_in_channel", "is_archived", "is_inactive"),
        *("messages_tab_disabled", "user_not_in_channel", "user_disabled"),
        *("ekm_access_denied", "message_limit_exceeded"),
    },
}
_NO_SUCH_PAGE = {404, 405, 501}
_EVERYWHERE = {"auth.test", "apps.connections.open", "chat.postMessage"}
"""Methods that every server with Slack's API has: a page in place of an answer comes from something in between, such as a proxy."""
_BY_CODE: dict[str, type[BridgeError]] = {code: kind for kind, codes in _CODES.items() for code in codes}


@contextmanager
def translated(method: str, *, repeatable: bool = True) -> Iterator[None]:
    """Translate failures raised inside the block to `bridge.sdk.errors`."""
    lost = Unreachable if repeatable else Uncertain
    try:
        yield
    except SlackApiError as failure:
        raise translate_error(method, failure, lost) from failure
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as failure:
        raise Unreachable(f"{method}: no connection: {type(failure).__name__}") from failure
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as failure:
        raise lost(f"{method}: no answer: {type(failure).__name__}") from failure


def translate_error(method: str, failure: SlackApiError, lost: type[BridgeError]) -> BridgeError:
    """Translate *failure*; *lost* is for a call of which it is unknown whether it was carried out."""
    code, status, headers = said_by(failure)
    if code is None and status in _NO_SUCH_PAGE and method not in _EVERYWHERE:
        code = "unknown_method"
    detail = Redacted(f"{method}: {f'HTTP {status}' if code is None else redact(code)}")
    if code in _LIMITED or status == 429:  # noqa: PLR2004  HTTP's own number
        told = told_seconds(headers.get("Retry-After"))
        return RateLimited(detail, retry_after=_DEFAULT_WAIT if told is None else told)
    if code in _NOT_NOW:
        return Unreachable(detail)
    if code in _PERHAPS_DONE or code is None:
        return lost(detail)
    other = PostingRestricted if code.startswith("restricted_action") else Refused
    return _BY_CODE.get(code, other)(detail)


def said_by(failure: SlackApiError) -> tuple[str | None, int, Mapping[str, str]]:
    """Slack's code for the failure, the HTTP status and the headers, as far as there are any."""
    answer = failure.response
    data = answer if isinstance(answer, dict) else getattr(answer, "data", None)
    said = data.get("error") if isinstance(data, dict) else None
    code = None if said is None else str(said)
    status = getattr(answer, "status_code", getattr(answer, "status", 0))
    return code, status, getattr(answer, "headers", None) or {}
