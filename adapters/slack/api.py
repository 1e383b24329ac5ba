"""
The methods of Slack's Web API that we call, each failure sorted once into `bridge.sdk.errors`.

Rule: a call that may be repeated is `Unreachable` when its answer is lost, one that may not is `Uncertain`.
Writes are never repeated by the client library: its default would post twice after a dropped connection.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.slack.buttons import below, blocks
from adapters.slack.quiet import SILENT
from bridge.sdk.errors import (
    BridgeError,
    ChatGone,
    MessageGone,
    RateLimited,
    Refused,
    Unauthorised,
    Uncertain,
    Unreachable,
)
from bridge.sdk.media import Bounded
from bridge.sdk.model import NO_BUTTONS, Buttons, Media, Person

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
_FILES = aiohttp.ClientTimeout(total=60, connect=5)
_SLACKS_OWN = (".slack.com", ".slack-gov.com")
"""How the names of Slack's own hosts end; https://docs.slack.dev/govslack names the second."""
_FILE_HOSTS = {"files.slack.com", "files.slack-gov.com"}
_DEFAULT_WAIT = 30.0  #: when Slack says to wait, but not how long


class StreamOver(MessageGone):
    """The message stands, but does not grow any more: it expired, or was stopped before."""


class StreamOpen(Refused):
    """The message still grows, so it cannot be replaced yet."""


class StreamStopped(Refused):
    """The person pressed Stop."""


class FeatureMissing(Refused):
    """The feature is not to be had in this workspace, or in this kind of channel."""


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
    ChatGone: {
        *("channel_not_found", "not_in_channel", "is_archived", "is_inactive", "cannot_reply_to_message"),
        *("thread_not_found", "invalid_thread_ts", "messages_tab_disabled", "user_not_in_channel", "user_disabled"),
        *("ekm_access_denied", "message_limit_exceeded"),
    },
}
_SORT: dict[str, type[BridgeError]] = {code: kind for kind, codes in _CODES.items() for code in codes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the bot is, as its token says."""

    team: str
    user: str
    bot: str
    scopes: frozenset[str]


class SlackApi:
    """Slack as seen by one bot token."""

    def __init__(self, session: aiohttp.ClientSession, *, token: str, url: str) -> None:
        self._session = session
        self._token = token
        self._origin = URL(url).origin()
        again = [AsyncConnectionErrorRetryHandler(), AsyncRateLimitErrorRetryHandler(max_retry_count=2)]
        self._write = AsyncWebClient(token=token, base_url=url, session=session, logger=SILENT, retry_handlers=[])
        self._read = AsyncWebClient(token=token, base_url=url, session=session, logger=SILENT, retry_handlers=again)

    async def identity(self) -> Identity:
        """Whose token this is, and what it may do."""
        with _translated("auth.test"):
            answer = await self._read.auth_test()
        headers: Mapping[str, str] = answer.headers
        scopes = headers.get("x-oauth-scopes", "").split(",")
        return Identity(
            team=answer.get("team_id", ""),
            user=answer.get("user_id", ""),
            bot=answer.get("bot_id", ""),
            scopes=frozenset(scope.strip() for scope in scopes if scope.strip()),
        )

    async def open_socket(self, app_token: str) -> str:
        """An address at which one socket may be opened, once."""
        with _translated("apps.connections.open"):
            answer = await self._read.apps_connections_open(app_token=app_token)
        return str(answer["url"])

    async def person(self, user: str) -> Person:
        """Somebody's name and the language they use Slack in."""
        with _translated("users.info"):
            answer = await self._read.users_info(user=user, include_locale=True)
        known: dict[str, Any] = answer["user"]
        return Person(id=user, name=known.get("real_name") or known.get("name") or "", language=known.get("locale"))

    async def set_status(self, channel: str, thread: str, status: str) -> None:
        """Say under a thread what the bot is doing; nothing takes it away."""
        with _translated("assistant.threads.setStatus"):
            await self._write.assistant_threads_setStatus(channel_id=channel, thread_ts=thread, status=status)

    async def post(
        self,
        channel: str,
        text: str,
        *,
        thread: str | None,
        metadata: Mapping[str, Any],
        buttons: Buttons = NO_BUTTONS,
    ) -> str:
        """Say something new, and give its ts."""
        with _translated("chat.postMessage", repeatable=False):
            answer = await self._write.chat_postMessage(
                channel=channel,
                thread_ts=thread,
                metadata=dict(metadata),
                **below(text, buttons),
                unfurl_links=False,
                unfurl_media=False,
            )
        return str(answer["ts"])

    async def update(
        self, channel: str, ts: str, text: str, *, metadata: Mapping[str, Any], buttons: Buttons = NO_BUTTONS
    ) -> str:
        """Have a message say *text* and nothing else."""
        said = below(text, buttons)
        with _translated("chat.update"):
            answer = await self._write.chat_update(channel=channel, ts=ts, metadata=dict(metadata), **said)
        return str(answer["ts"])

    async def start_stream(self, channel: str, text: str, *, thread: str, user: str, team: str) -> str:
        """Begin a message that grows, and give its ts."""
        with _translated("chat.startStream", repeatable=False):
            answer = await self._write.chat_startStream(
                channel=channel,
                thread_ts=thread,
                markdown_text=text,
                recipient_user_id=user,
                recipient_team_id=team,
            )
        return str(answer["ts"])

    async def append(self, channel: str, ts: str, text: str) -> str:
        """Let a message grow by *text*."""
        with _translated("chat.appendStream", repeatable=False):
            answer = await self._write.chat_appendStream(channel=channel, ts=ts, markdown_text=text)
        return str(answer["ts"])

    async def stop_stream(
        self, channel: str, ts: str, text: str, *, metadata: Mapping[str, Any], buttons: Buttons = NO_BUTTONS
    ) -> str:
        """End a message with *text*; said twice, the second time is `StreamOver`."""
        rows = blocks(buttons) or None
        with _translated("chat.stopStream"):
            answer = await self._write.chat_stopStream(
                channel=channel, ts=ts, markdown_text=text or None, blocks=rows, metadata=dict(metadata)
            )
        return str(answer["ts"])

    async def recent(self, channel: str, *, thread: str | None, since: str) -> list[dict[str, Any]]:
        """The messages of a thread, or of the channel itself, from *since* on."""
        if thread is None:
            with _translated("conversations.history"):
                answer = await self._read.conversations_history(
                    channel=channel, oldest=since, inclusive=True, include_all_metadata=True, limit=100
                )
        else:
            with _translated("conversations.replies"):
                answer = await self._read.conversations_replies(
                    channel=channel, ts=thread, oldest=since, inclusive=True, include_all_metadata=True, limit=100
                )
        return list(answer.get("messages") or [])

    async def file(self, file: str) -> Mapping[str, Any]:
        """What Slack knows of a file."""
        with _translated("files.info"):
            answer = await self._read.files_info(file=file)
        known: dict[str, Any] = answer["file"]
        return known

    async def share(self, channel: str, media: Media, *, thread: str | None) -> None:
        """Post a file, by Slack's three steps; the last alone makes it visible."""
        with _translated("files.getUploadURLExternal"):
            begun = await self._write.files_getUploadURLExternal(filename=media.name, length=len(media.data))
        with _translated("upload"):
            async with self._session.post(
                begun["upload_url"], data=io.BytesIO(media.data), allow_redirects=False, timeout=_FILES
            ) as answer:
                if answer.status != 200:  # noqa: PLR2004  there is no other success here
                    raise Unreachable(f"upload: HTTP {answer.status}")
        with _translated("files.completeUploadExternal", repeatable=False):
            await self._write.files_completeUploadExternal(
                files=[{"id": begun["file_id"], "title": media.name}], channel_id=channel, thread_ts=thread
            )

    async def download(self, url: str, at_most: int) -> tuple[bytes, str]:
        """A file's bytes and their type; our token is shown to Slack alone, and nobody sends us elsewhere."""
        if not self._may_see_token(url):
            raise Refused("expected a file at Slack, got one elsewhere")
        body, mine = Bounded(at_most), {"Authorization": f"Bearer {self._token}"}
        with _translated("download"):
            async with self._session.get(url, headers=mine, allow_redirects=False, timeout=_FILES) as answer:
                if answer.status >= 500:  # noqa: PLR2004  HTTP's own number
                    raise Unreachable(f"download: HTTP {answer.status}")
                if answer.status != 200:  # noqa: PLR2004  there is no other success here
                    raise Refused(f"download: expected HTTP 200, got {answer.status}")
                body.expect(answer.content_length)
                async for chunk in answer.content.iter_any():
                    body.take(chunk)
                return body.data, answer.content_type

    def _is_slacks(self, url: str) -> bool:
        """Whether *url* leads to Slack itself, or to the server that the config names."""
        try:
            address = URL(url)
            host = f".{address.host}"
            return (address.scheme == "https" and host.endswith(_SLACKS_OWN)) or address.origin() == self._origin
        except ValueError:  # no address at all, or one without a host
            return False

    def _may_see_token(self, url: str) -> bool:
        try:
            address = URL(url)
            return (address.scheme == "https" and address.host in _FILE_HOSTS) or address.origin() == self._origin
        except ValueError:  # no address at all, or one without a host
            return False

    async def respond(self, response_url: str, text: str, *, thread: str | None = None) -> None:
        """
        Answer a slash command or a pressed button so that only the person who gave it sees it.

        `Refused` for an address that is not Slack's own: what was stored before may hold any.
        https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
        """
        if not self._is_slacks(response_url):
            raise Refused("response_url: expected an address of Slack's, got one elsewhere")
        said = {"response_type": "ephemeral", "replace_original": False, "text": text}
        if thread:
            said["thread_ts"] = thread
        with _translated("response_url", repeatable=False):
            async with self._session.post(response_url, json=said, allow_redirects=False) as answer:
                if answer.status != 200:  # noqa: PLR2004  there is no other success here
                    raise Refused(f"response_url: expected HTTP 200, got {answer.status}")


@contextmanager
def _translated(method: str, *, repeatable: bool = True) -> Iterator[None]:
    """Raise what Slack, or the way to it, raises inside as one of `bridge.sdk.errors`."""
    lost = Unreachable if repeatable else Uncertain
    try:
        yield
    except SlackApiError as failure:
        raise _sorted(method, failure, lost) from failure
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as failure:
        raise Unreachable(f"{method}: no connection: {type(failure).__name__}") from failure
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as failure:
        raise lost(f"{method}: no answer: {type(failure).__name__}") from failure


def _sorted(method: str, failure: SlackApiError, lost: type[BridgeError]) -> BridgeError:
    code, status, headers = _said(failure)
    detail = f"{method}: {code or f'HTTP {status}'}"
    if code in _LIMITED or status == 429:  # noqa: PLR2004  HTTP's own number
        return RateLimited(detail, retry_after=_seconds(headers.get("Retry-After")))
    if code in _NOT_NOW:
        return Unreachable(detail)
    if code in _PERHAPS_DONE or code is None:
        return lost(detail)
    if code.startswith("restricted_action"):
        return ChatGone(detail)
    return _SORT.get(code, Refused)(detail)


def _said(failure: SlackApiError) -> tuple[str | None, int, Mapping[str, str]]:
    """Slack's word for the failure, the HTTP status, the headers: whatever of them there is."""
    answer = failure.response
    data = answer if isinstance(answer, dict) else getattr(answer, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    status = getattr(answer, "status_code", getattr(answer, "status", 0))
    return code, status, getattr(answer, "headers", None) or {}


def _seconds(said: str | None) -> float:
    try:
        return float(said or _DEFAULT_WAIT)
    except ValueError:
        return _DEFAULT_WAIT
