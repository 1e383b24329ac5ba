"""
The methods of Slack's Web API that we call, each failure translated once, by `adapters.slack.errors`.

Writes are never repeated by the client library: its default would post twice after a dropped connection.
"""

import io
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from yarl import URL

from adapters.slack.buttons import blocks, message_payload, private_payload
from adapters.slack.errors import ResponseOver, translated
from adapters.slack.hosts import is_slacks, may_see_token
from adapters.slack.tokens import BotToken, RenewingClient
from bridge.sdk.answers import NO_BUTTONS, Buttons
from bridge.sdk.errors import MessageGone, Refused, Unreachable
from bridge.sdk.media import BoundedBuffer
from bridge.sdk.model import ChatType, MediaBytes, Person

SILENT_LOGGER = logging.getLogger("adapters.slack.library")
"""What Slack's libraries log to: their failures reach us as exceptions, and their lines would hold people's text."""
SILENT_LOGGER.setLevel(logging.CRITICAL)

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
_FILES = aiohttp.ClientTimeout(total=60, connect=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackIdentity:
    """Who the bot is, as its token says."""

    team: str
    user: str
    bot: str
    scopes: frozenset[str]


class SlackApi:
    """Slack as seen by one bot token."""

    def __init__(
        self, session: aiohttp.ClientSession, *, token: str | BotToken, url: str, unfurl: bool = False
    ) -> None:
        self._session = session
        self._unfurl = unfurl  # previews of links; https://docs.slack.dev/messaging/unfurling-links-in-messages
        self._token = token = token if isinstance(token, BotToken) else BotToken(token)
        self._origin = URL(url).origin()
        again = [AsyncConnectionErrorRetryHandler(), AsyncRateLimitErrorRetryHandler(max_retry_count=2)]
        self._write = RenewingClient(token, base_url=url, session=session, logger=SILENT_LOGGER, retry_handlers=[])
        self._read = RenewingClient(token, base_url=url, session=session, logger=SILENT_LOGGER, retry_handlers=again)

    async def identity(self) -> SlackIdentity:
        """Whose token this is, and what it may do."""
        with translated("auth.test"):
            answer = await self._read.auth_test()
        headers: Mapping[str, str] = answer.headers
        scopes = headers.get("x-oauth-scopes", "").split(",")
        return SlackIdentity(
            team=answer.get("team_id", ""),
            user=answer.get("user_id", ""),
            bot=answer.get("bot_id", ""),
            scopes=frozenset(scope.strip() for scope in scopes if scope.strip()),
        )

    async def open_socket(self, app_token: str) -> str:
        """A fresh address for one socket; it can be used once."""
        with translated("apps.connections.open"):
            answer = await self._read.apps_connections_open(app_token=app_token)
        return str(answer["url"])

    async def person(self, user: str) -> Person:
        """A person's name, and the language they use Slack in."""
        with translated("users.info"):
            answer = await self._read.users_info(user=user, include_locale=True)
        known: dict[str, Any] = answer.get("user") or {}
        name = known.get("real_name") or (known.get("profile") or {}).get("real_name") or known.get("name")
        return Person(id=user, name=name or "", language=known.get("locale"))

    async def channel(self, channel: str) -> tuple[str, ChatType]:
        """A channel's name and kind."""
        with translated("conversations.info"):
            answer = await self._read.conversations_info(channel=channel)
        known: dict[str, Any] = answer.get("channel") or {}
        alone, group = known.get("is_im"), known.get("is_mpim")
        kind = ChatType.PRIVATE if alone else ChatType.GROUP if group else ChatType.CHANNEL
        return str(known.get("name") or ""), kind

    async def groups(self, team: str) -> dict[str, str]:
        """
        The handles of all user groups in the workspace *team*, by id; an organisation's token must name one.

        https://docs.slack.dev/reference/methods/usergroups.list
        """
        with translated("usergroups.list"):
            answer = await self._read.usergroups_list(team_id=team)
        groups: list[dict[str, Any]] = answer.get("usergroups") or []
        return {str(group["id"]): str(group.get("handle") or group.get("name") or "") for group in groups}

    async def opening(self, channel: str, thread: str) -> dict[str, Any]:
        """The first message of a thread; `Refused` if it may not be read, or is gone."""
        with translated("conversations.replies"):
            answer = await self._read.conversations_replies(channel=channel, ts=thread, limit=1)
        messages: list[dict[str, Any]] = answer.get("messages") or []
        if not messages:
            raise Refused("conversations.replies: expected the message that opened the thread, got none")
        return messages[0]

    async def set_status(self, channel: str, thread: str, status: str, phrases: Sequence[str] = ()) -> None:
        """Show below a thread what the bot is doing, with *phrases* that alternate; an empty status removes it."""
        with translated("assistant.threads.setStatus"):
            await self._write.assistant_threads_setStatus(
                channel_id=channel, thread_ts=thread, status=status, loading_messages=list(phrases) or None
            )

    async def set_title(self, channel: str, thread: str, title: str) -> None:
        """Name a thread of the assistant's pane."""
        with translated("assistant.threads.setTitle"):
            await self._write.assistant_threads_setTitle(channel_id=channel, thread_ts=thread, title=title)

    async def set_prompts(self, channel: str, thread: str | None, prompts: list[dict[str, str]], title: str) -> None:
        """Suggest questions in a thread of the assistant's pane, or on top of an agent's."""
        with translated("assistant.threads.setSuggestedPrompts"):
            await self._write.assistant_threads_setSuggestedPrompts(
                channel_id=channel, thread_ts=thread, title=title, prompts=prompts
            )

    async def post(
        self,
        channel: str,
        text: str,
        *,
        thread: str | None,
        metadata: Mapping[str, Any],
        buttons: Buttons = NO_BUTTONS,
        formatted: bool = True,
    ) -> str:
        """Post a message; returns its ts."""
        with translated("chat.postMessage", repeatable=False):
            answer = await self._write.chat_postMessage(
                channel=channel,
                thread_ts=thread,
                metadata=dict(metadata),
                **message_payload(text, buttons, formatted=formatted),
                unfurl_links=self._unfurl,
                unfurl_media=self._unfurl,
            )
        return str(answer["ts"])

    async def whisper(
        self, channel: str, user: str, text: str, *, thread: str | None, buttons: Buttons = NO_BUTTONS
    ) -> None:
        """Post a message in a channel that only *user* sees."""
        with translated("chat.postEphemeral", repeatable=False):
            await self._write.chat_postEphemeral(
                channel=channel, user=user, thread_ts=thread, **message_payload(text, buttons)
            )

    async def direct_channel(self, user: str) -> str:
        """Open the direct message with somebody; returns its channel."""
        with translated("conversations.open"):
            answer = await self._write.conversations_open(users=user)
        return str(answer["channel"]["id"])

    async def tell_alone(self, user: str, text: str, *, metadata: Mapping[str, Any]) -> str:
        """Post *text* in the direct message with somebody; returns its channel."""
        with translated("chat.postMessage", repeatable=False):
            answer = await self._write.chat_postMessage(channel=user, text=text, metadata=dict(metadata))
        return str(answer["channel"])

    async def update(
        self,
        channel: str,
        ts: str,
        text: str,
        *,
        metadata: Mapping[str, Any],
        buttons: Buttons = NO_BUTTONS,
        formatted: bool = True,
    ) -> str:
        """Replace a message by *text*."""
        said = message_payload(text, buttons, formatted=formatted)
        with translated("chat.update"):
            answer = await self._write.chat_update(channel=channel, ts=ts, metadata=dict(metadata), **said)
        return str(answer["ts"])

    async def start_stream(self, channel: str, text: str, *, thread: str, user: str, team: str) -> str:
        """Begin a stream, a message that grows; returns its ts."""
        with translated("chat.startStream", repeatable=False):
            answer = await self._write.chat_startStream(
                channel=channel,
                thread_ts=thread,
                markdown_text=text,
                recipient_user_id=user,
                recipient_team_id=team,
            )
        return str(answer["ts"])

    async def append(self, channel: str, ts: str, text: str) -> str:
        """Append *text* to a stream."""
        with translated("chat.appendStream", repeatable=False):
            answer = await self._write.chat_appendStream(channel=channel, ts=ts, markdown_text=text)
        return str(answer["ts"])

    async def append_cards(self, channel: str, ts: str, cards: Sequence[Mapping[str, Any]]) -> str:
        """Show task cards in a stream, or change them."""
        with translated("chat.appendStream", repeatable=False):
            answer = await self._write.chat_appendStream(channel=channel, ts=ts, chunks=[dict(card) for card in cards])
        return str(answer["ts"])

    async def stop_stream(
        self, channel: str, ts: str, text: str, *, metadata: Mapping[str, Any], buttons: Buttons = NO_BUTTONS
    ) -> str:
        """End a stream with *text*; a second call raises `StreamOver`."""
        rows = blocks(buttons) or None
        with translated("chat.stopStream"):
            answer = await self._write.chat_stopStream(
                channel=channel, ts=ts, markdown_text=text or None, blocks=rows, metadata=dict(metadata)
            )
        return str(answer["ts"])

    async def message(self, channel: str, ts: str, *, thread: str) -> dict[str, Any]:
        """One message of a thread; `Refused` if it may not be read, or is gone."""
        messages = await self.recent(channel, thread=thread, since=ts)
        found = next((message for message in messages if message.get("ts") == ts), None)
        if found is None:
            raise Refused("conversations.replies: expected the message that was asked about, got others")
        return found

    async def open_view(self, trigger: str, view: Mapping[str, Any]) -> None:
        """Open a form for whoever pressed something, which must happen within three seconds."""
        with translated("views.open", repeatable=False):
            await self._write.views_open(trigger_id=trigger, view=dict(view))

    async def publish_home(self, user: str, view: Mapping[str, Any]) -> None:
        """Fill somebody's Home tab."""
        with translated("views.publish"):
            await self._write.views_publish(user_id=user, view=dict(view))

    async def recent(self, channel: str, *, thread: str | None, since: str) -> list[dict[str, Any]]:
        """The messages of a thread, or of the channel itself, from *since* on."""
        if thread is None:
            with translated("conversations.history"):
                answer = await self._read.conversations_history(
                    channel=channel, oldest=since, inclusive=True, include_all_metadata=True, limit=100
                )
        else:
            with translated("conversations.replies"):
                answer = await self._read.conversations_replies(
                    channel=channel, ts=thread, oldest=since, inclusive=True, include_all_metadata=True, limit=100
                )
        return list(answer.get("messages") or [])

    async def file(self, file: str) -> Mapping[str, Any]:
        """The details of a file."""
        with translated("files.info"):
            answer = await self._read.files_info(file=file)
        known: dict[str, Any] = answer["file"]
        return known

    async def share(self, channel: str, media: MediaBytes, *, thread: str | None) -> None:
        """Post a file in Slack's three steps; only the last makes it visible."""
        with translated("files.getUploadURLExternal"):
            begun = await self._write.files_getUploadURLExternal(filename=media.name, length=len(media.data))
        with translated("upload"):
            async with self._session.post(
                begun["upload_url"], data=io.BytesIO(media.data), allow_redirects=False, timeout=_FILES
            ) as answer:
                if answer.status != 200:  # noqa: PLR2004  there is no other success here
                    raise Unreachable(f"upload: HTTP {answer.status}")
        with translated("files.completeUploadExternal", repeatable=False):
            await self._write.files_completeUploadExternal(
                files=[{"id": begun["file_id"], "title": media.name}], channel_id=channel, thread_ts=thread
            )

    async def download(self, url: str, at_most: int) -> tuple[bytes, str]:
        """A file's bytes and type; the token goes to Slack alone, and redirects elsewhere are not followed."""
        if not may_see_token(url, self._origin):
            raise Refused("expected a file at Slack, got one elsewhere")
        body, mine = BoundedBuffer(at_most), {"Authorization": f"Bearer {self._token.value}"}
        with translated("download"):
            async with self._session.get(url, headers=mine, allow_redirects=False, timeout=_FILES) as answer:
                if answer.status >= 500:  # noqa: PLR2004  HTTP's own number
                    raise Unreachable(f"download: HTTP {answer.status}")
                if answer.status != 200:  # noqa: PLR2004  there is no other success here
                    raise Refused(f"download: expected HTTP 200, got {answer.status}")
                body.expect(answer.content_length)
                async for chunk in answer.content.iter_any():
                    body.append(chunk)
                return body.data, answer.content_type

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours; fine if it is gone (https://docs.slack.dev/reference/methods/chat.delete)."""
        with suppress(MessageGone), translated("chat.delete"):
            await self._write.chat_delete(channel=channel, ts=ts)

    async def respond(
        self,
        response_url: str,
        text: str,
        *,
        thread: str | None = None,
        buttons: Buttons = NO_BUTTONS,
        formatted: bool = False,
    ) -> None:
        """
        Answer a slash command or a pressed button, visibly only to the person who used it.

        Raises `ResponseOver` if the address takes nothing any more, or is not Slack's: a stored message may hold any address.
        https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
        """
        if not is_slacks(response_url, self._origin):
            raise ResponseOver("response_url: expected an address of Slack's, got one elsewhere")
        said = private_payload(text, buttons, formatted=formatted)
        if thread:
            said["thread_ts"] = thread
        with translated("response_url", repeatable=False):
            async with self._session.post(response_url, json=said, allow_redirects=False) as answer:
                if answer.status != 200:  # noqa: PLR2004  there is no other success here
                    refusal = Refused if answer.status == 400 else ResponseOver  # noqa: PLR2004  HTTP's own number
                    raise refusal(f"response_url: expected HTTP 200, got {answer.status}")
