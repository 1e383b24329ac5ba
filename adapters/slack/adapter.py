"""Slack as the bridge sees it: it hears by socket or by HTTP, and lends a thread to answer in."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any, ClassVar, Final, Self

import aiohttp
from pydantic import BaseModel
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import files, webhook
from adapters.slack.api import SILENT_LOGGER, TIMEOUT, SlackApi
from adapters.slack.checks import checks
from adapters.slack.completion import complete
from adapters.slack.directory import Directory
from adapters.slack.events import EventReceiver
from adapters.slack.manifest import manifest
from adapters.slack.normalise import normalise
from adapters.slack.options import SlackOptions
from adapters.slack.scopes import missing
from adapters.slack.shared import SlackSharedState
from adapters.slack.sink import SlackSink
from adapters.slack.socket_mode import SocketMode
from adapters.slack.status import ThinkingStatus
from adapters.slack.surfaces import Surfaces
from bridge.sdk import telemetry
from bridge.sdk.background import Background
from bridge.sdk.checks import Circumstances, Findings
from bridge.sdk.errors import ConfigError, Later, Never
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import Attachment, ChatType, CommandName, Inbound, MediaBytes, Place
from bridge.sdk.ports import Accept, Fence, WebhookRequest, WebhookResponse, no_fence
from bridge.sdk.self_service import SelfService

_CHANNEL: Final = re.compile(r"[CDG][A-Z0-9]{2,20}", re.ASCII)
_TS: Final = re.compile(r"[0-9]{1,12}\.[0-9]{6}", re.ASCII)


class SlackAdapter:
    """One Slack app in one workspace."""

    Options: ClassVar[type[BaseModel]] = SlackOptions
    platform: ClassVar[str] = "slack"

    def __init__(self, name: str, options: SlackOptions) -> None:
        self.name = name
        self._options = options
        self._open = AsyncExitStack()
        self._background = Background()
        self._socket: SocketMode | None = None
        self._self_service: SelfService | None = None

    @classmethod
    def from_options(cls, name: str, options: Any) -> Self:
        """The adapter of that *name*."""
        return cls(name, options)

    @property
    def exclusive_lease(self) -> str | None:
        """Slack shares a token's events among all its sockets, so all replicas may listen."""
        return None

    @property
    def unavailable_reason(self) -> str | None:
        """Why it does not hear; by HTTP nobody can tell."""
        return self._socket.unavailable_reason if self._socket else None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            connector = aiohttp.TCPConnector(limit=0)
            session = await opening.enter_async_context(aiohttp.ClientSession(timeout=TIMEOUT, connector=connector))
            await self._open_clients(session, opening)
            self._open = opening.pop_all()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._open.aclose()

    def checks(self, circumstances: Circumstances) -> Findings:
        """What Slack knows about the app; see `adapters.slack.checks`."""
        return checks(self._options, circumstances)

    def manifest(self, webhook_url: str | None) -> str:
        """The app's manifest, for Socket Mode or, with a signing secret, for Slack's calls."""
        if self.receives_by_http and webhook_url is None:
            raise ConfigError(f"adapters.{self.name}.signing_secret: Slack calls us at http.public_url; set it")
        return manifest(webhook_url if self.receives_by_http else None)

    def set_self_service(self, service: SelfService) -> None:
        """Whom to ask what stands on the pages that Slack shows to one person."""
        self._self_service = service

    def set_replica_count(self, replicas: int) -> None:
        """So many replicas speak for this app now."""
        self._shared.pace.replicas = replicas

    async def run(self, accept: Accept) -> None:
        """Listen until cancelled; Slack is acknowledged once a message has been accepted."""
        self._receiver.accept = accept
        if self._socket:
            await self._socket.listen()
        telemetry.adapter_connected(adapter=self.name)
        try:
            await asyncio.Event().wait()
        finally:
            await self._receiver.drain()

    def locate(self, chat: str, thread: str | None) -> tuple[Place, ChatType]:
        """A channel or direct message by its id, and a thread by the ts of its first message."""
        if not _CHANNEL.fullmatch(chat):
            raise ValueError(f"chat: expected the id of a channel (C…, G…) or of a direct message (D…), got {chat!r}")
        if thread is not None and not _TS.fullmatch(thread):
            raise ValueError(f"thread: expected the ts of its first message, such as 1700000000.000100, got {thread!r}")
        where = Place(adapter=self.name, chat=chat, thread=thread, workspace=self._shared.me.team)
        return where, ChatType.PRIVATE if chat.startswith("D") else ChatType.CHANNEL

    def format_command(self, command: CommandName) -> str:
        """The command as one types it anywhere in Slack."""
        return f"/coze {command}"

    @asynccontextmanager
    async def reply(self, message: Inbound, fence: Fence = no_fence) -> AsyncIterator[SlackSink]:
        """The message's thread, where Slack says that the bot is thinking until something is said."""
        sink = SlackSink(self._shared, message, self._options.stream, fence)
        status = ThinkingStatus(self._shared, message)
        self._background.spawn(status.show())
        if sink.thread is not None:
            self._background.spawn(self._surfaces.panes.entitle(message))
        try:
            yield sink
        finally:
            self._background.spawn(status.end(spoken=sink.spoken))

    async def complete(self, message: Inbound, *, about_author: bool) -> Inbound:
        """*message* with names in place of ids, what its author looks at and, where it says nothing, what opened its thread."""
        message = self._surfaces.panes.with_context(message)
        return await complete(message, self._directory, self._shared, about_author=about_author)

    async def fetch(self, attachment: Attachment, *, at_most: int) -> MediaBytes:
        """A file that somebody shared."""
        return await files.fetch(self._shared.api, attachment, at_most)

    def read_again(self, raw: str) -> Inbound | None:
        """What was said in an event that an earlier version could not read."""
        return self._receiver.read_again(raw)

    def set_webhook_url(self, url: str) -> None:
        """Slack's address book is its app page: nothing to register."""

    @property
    def receives_by_http(self) -> bool:
        """Only with a signing secret: without one nobody could tell Slack's calls from anybody's."""
        return self._options.signing_secret is not None

    async def handle_webhook(self, request: WebhookRequest, accept: Accept) -> WebhookResponse:
        """Check the signature, accept the event, command or interaction, and only then answer."""
        if self._options.signing_secret is None:
            return WebhookResponse(status=404)
        self._receiver.accept = accept
        return await webhook.receive(request, self._options.signing_secret.get_secret_value(), self._receiver.receive)

    async def _open_clients(self, session: aiohttp.ClientSession, opening: AsyncExitStack) -> None:
        """Learn who the bot is, and whether it may do what it must."""
        options, url = self._options, self._options.api_url
        api = SlackApi(session, token=options.bot_token.get_secret_value(), url=url)
        me = await api.identity()
        for need in missing(me.scopes) if me.scopes else ():
            telemetry.adapter_scope_missing(adapter=self.name, scope=need.name, without=need.without)
        self._shared = SlackSharedState(adapter=self.name, api=api, me=me)
        self._directory = directory = Directory(self.name, api)
        opening.push_async_callback(directory.close)
        opening.push_async_callback(self._background.finish)  # the last statuses are cleared
        self._surfaces = Surfaces(self._shared, directory, self._self_service, self._background.spawn)
        self._receiver = EventReceiver(
            self.name,
            partial(
                normalise,
                adapter=self.name,
                me=me,
                people=directory.people,
                names=directory.names,
                chat_types=directory.chat_types,
            ),
            directory,
            self._surfaces,
            confirm_rating=lambda message: self._background.spawn(self._confirm_rating(message)),
            client=AsyncWebClient(base_url=url, session=session, logger=SILENT_LOGGER, retry_handlers=[]),
        )
        if options.app_token:
            app_token = options.app_token.get_secret_value()
            await api.open_socket(app_token)  # with a wrong token the library would try for ever
            self._socket = SocketMode(self.name, api, self._receiver, app_token=app_token)

    async def _confirm_rating(self, message: Inbound) -> None:
        """Let whoever pressed a thumb see that it counts, and nobody else."""
        address, thread = message.reply_context.get("response_url"), message.reply_context.get("thread_ts")
        if address:
            with suppress(Later, Never):
                thanks = translate(MessageId.RATED, message.author.language)
                await self._shared.api.respond(address, thanks, thread=thread)
