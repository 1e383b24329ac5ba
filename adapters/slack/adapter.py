"""The adapter of one Slack app: receives by socket or by HTTP, and opens a sink for each answer."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, ClassVar, Final, Self

import aiohttp
from pydantic import BaseModel

from adapters.slack import files, webhook
from adapters.slack.api import TIMEOUT
from adapters.slack.app import SlackApp
from adapters.slack.checks import checks
from adapters.slack.completion import complete
from adapters.slack.events import EventReceiver
from adapters.slack.install_flow import InstallFlow
from adapters.slack.installed import InstalledWorkspaces
from adapters.slack.manifest import manifest
from adapters.slack.options import SlackOptions
from adapters.slack.qualifying import INSTALLATION, plain, split_id
from adapters.slack.shared import SlackSharedState
from adapters.slack.sink import SlackSink
from adapters.slack.socket_mode import SocketMode
from adapters.slack.status import ThinkingStatus
from adapters.slack.workspaces import OneWorkspace, Workspace, Workspaces, known_names, open_workspace
from bridge.sdk import telemetry
from bridge.sdk.background import Background
from bridge.sdk.checks import Circumstances, Findings
from bridge.sdk.errors import ConfigError, Later, Never
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import Attachment, ChatType, CommandName, Inbound, MediaBytes, Place
from bridge.sdk.ports import Accept, Fence, WebhookRequest, WebhookResponse, no_fence
from bridge.sdk.secret_store import SecretStore
from bridge.sdk.self_service import SelfService

_CHANNEL: Final = re.compile(r"[CDG][A-Z0-9]{2,20}", re.ASCII)
_TS: Final = re.compile(r"[0-9]{1,12}\.[0-9]{6}", re.ASCII)


class SlackAdapter:
    """One Slack app, in one workspace or in all that install it."""

    Options: ClassVar[type[BaseModel]] = SlackOptions
    platform: ClassVar[str] = "slack"

    def __init__(self, name: str, options: SlackOptions) -> None:
        self.name = name
        self._options = options
        self._open = AsyncExitStack()
        self._background = Background()
        self._socket: SocketMode | None = None
        self._self_service: SelfService | None = None
        self._secrets: SecretStore | None = None
        self._install_url = ""
        self._flow: InstallFlow | None = None
        self._workspaces: Workspaces
        self._installed: InstalledWorkspaces | None = None

    @classmethod
    def from_options(cls, name: str, options: Any) -> Self:
        """The adapter for the section *name* of the config."""
        return cls(name, options)

    @property
    def exclusive_lease(self) -> str | None:
        """Slack shares a token's events among all its sockets, so all replicas may listen."""
        return None

    @property
    def unavailable_reason(self) -> str | None:
        """Why it receives nothing; None while it does, and with HTTP, where that cannot be known."""
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
        redirect = f"{self._install_url}/oauth_redirect" if self._options.install and self._install_url else None
        return manifest(webhook_url if self.receives_by_http else None, redirect_url=redirect)

    def set_self_service(self, service: SelfService) -> None:
        """Set the service that fills the pages which Slack shows to one person."""
        self._self_service = service

    def set_replica_count(self, replicas: int) -> None:
        """Share the app's budgets among so many replicas."""
        self._workspaces.set_replica_count(replicas)

    async def run(self, accept: Accept) -> None:
        """Listen until cancelled; acknowledge each message to Slack once it has been accepted."""
        self._receiver.accept = accept
        async with asyncio.TaskGroup() as tasks:
            if self._installed:
                tasks.create_task(self._installed.follow())
            await self._listen()

    async def _listen(self) -> None:
        if self._socket:
            await self._socket.listen()
        telemetry.adapter_connected(adapter=self.name)
        try:
            await asyncio.Event().wait()
        finally:
            await self._receiver.drain()

    def locate(self, chat: str, thread: str | None) -> tuple[Place, ChatType]:
        """A channel or direct message by its id, behind ``T…:`` where there are several workspaces; a thread by its first ts."""
        told, channel = split_id(chat)
        only = self._workspaces.by_default()
        workspace = told or (only.key if only else "")
        if not _CHANNEL.fullmatch(channel):
            raise ValueError(f"chat: expected the id of a channel (C…, G…) or of a direct message (D…), got {chat!r}")
        if not workspace:
            raise ValueError(f"chat: expected T…:{channel}, with the workspace in front, for there is more than one")
        if thread is not None and not _TS.fullmatch(thread):
            raise ValueError(f"thread: expected the ts of its first message, such as 1700000000.000100, got {thread!r}")
        where = Place(adapter=self.name, chat=channel, thread=thread, workspace=workspace)
        return where, ChatType.PRIVATE if channel.startswith("D") else ChatType.CHANNEL

    def format_command(self, command: CommandName) -> str:
        """Format a command as it can be typed anywhere in Slack."""
        return f"/coze {command}"

    @asynccontextmanager
    async def reply(self, message: Inbound, fence: Fence = no_fence) -> AsyncIterator[SlackSink]:
        """Open the sink in the message's thread, where Slack shows the bot as thinking until it posts."""
        workspace, own = await self._workspace_of(message), plain(message)
        sink = SlackSink(workspace.shared, own, self._options.stream, fence)
        status = ThinkingStatus(workspace.shared, own)
        self._background.spawn(status.show())
        if sink.thread is not None:
            self._background.spawn(workspace.surfaces.panes.entitle(own))
        try:
            yield sink
        finally:
            self._background.spawn(status.clear(spoken=sink.spoken))

    async def complete(self, message: Inbound, *, about_author: bool) -> Inbound:
        """Add to *message* names in place of ids, what its author looks at and, if it is empty, what opened its thread."""
        workspace = await self._workspace_of(message)
        seen = workspace.surfaces.panes.with_context(plain(message))
        whole = await complete(seen, workspace.directory, workspace.shared, about_author=about_author)
        return replace(whole, author=replace(whole.author, id=message.author.id))

    async def names_of(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The names of people and channels, as far as Slack tells them quickly."""
        return await known_names(self._workspaces, ids)

    async def fetch(self, attachment: Attachment, *, at_most: int) -> MediaBytes:
        """Download a file that somebody shared."""
        installation, file = split_id(attachment.handle)
        workspace = await self._workspaces.at(installation)
        return await files.fetch(workspace.shared.api, replace(attachment, handle=file), at_most)

    def read_again(self, raw: str) -> Inbound | None:
        """Read an event that an earlier version could not read."""
        return self._receiver.read_again(raw)

    def set_webhook_url(self, url: str) -> None:
        """Nothing to do: Slack learns the address from the app's settings."""

    @property
    def receives_by_http(self) -> bool:
        """Only with a signing secret, without which Slack's calls could not be told from anybody else's."""
        return self._options.signing_secret is not None

    async def handle_webhook(self, request: WebhookRequest, accept: Accept) -> WebhookResponse:
        """Check the signature, accept the event, command or interaction, and only then answer."""
        if self._options.signing_secret is None:
            return WebhookResponse(status=404)
        self._receiver.accept = accept
        secret = self._options.signing_secret.get_secret_value()
        return await webhook.receive(request, secret, self._receiver.receive, self._receiver.put_aside)

    @property
    def install_is_public(self) -> bool | None:
        """Whether everybody may install the app; None if the config has the token of one workspace."""
        return self._options.install.public if self._options.install else None

    def set_install_url(self, url: str) -> None:
        """Set the address of the installation pages."""
        self._install_url = url

    def set_secret_store(self, store: SecretStore) -> None:
        """Set the store for the tokens of installed workspaces."""
        self._secrets = store

    async def begin_install(self) -> WebhookResponse:
        """Redirect a browser to Slack's page of installation."""
        return await self._flow.begin_install() if self._flow else WebhookResponse(status=404)

    async def finish_install(self, query: Mapping[str, str], cookies: Mapping[str, str]) -> WebhookResponse:
        """Add the workspace that the browser comes back from."""
        return await self._flow.finish_install(query, cookies) if self._flow else WebhookResponse(status=404)

    async def _open_clients(self, session: aiohttp.ClientSession, opening: AsyncExitStack) -> None:
        """Open the workspaces; learn who the bot is, and whether it has the scopes it needs."""
        app = SlackApp(name=self.name, options=self._options, session=session)
        if app.options.install:
            installed = app.installed(self._secrets, self._open_workspace)
            await installed.catch_up()
            self._flow, self._installed = app.flow(self._secrets, self._install_url, installed), installed
            self._workspaces = installed
        else:
            shared = await app.shared()
            self._workspaces = OneWorkspace(self._open_workspace(shared, several=False))
        opening.push_async_callback(self._workspaces.close)
        opening.push_async_callback(self._background.wait_for_all)  # the last statuses are cleared
        self._receiver = EventReceiver(
            self.name,
            self._workspaces,
            tell_presser=lambda *press: self._background.spawn(self._tell_presser(*press)),
            client=app.client,
        )
        self._socket = await app.socket(self._receiver)

    def _open_workspace(self, shared: SlackSharedState, *, several: bool) -> Workspace:
        return open_workspace(shared, self._self_service, self._background, several=several)

    async def _workspace_of(self, message: Inbound) -> Workspace:
        where = message.where
        return await self._workspaces.at(message.reply_context.get(INSTALLATION) or where.workspace or "")

    async def _tell_presser(self, message: Inbound, word: MessageId, address: str) -> None:
        """Tell whoever pressed a button, and nobody else, what came of it."""
        with suppress(Later, Never):
            workspace = await self._workspace_of(message)
            said, thread = translate(word, message.author.language), message.reply_context.get("thread_ts")
            await workspace.shared.api.respond(address, said, thread=thread)
