"""Builds the parts of a Slack app from its section of the config: clients, workspaces, socket."""

from dataclasses import dataclass, field
from typing import Protocol

import aiohttp
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from adapters.slack.api import SILENT_LOGGER, SlackApi, SlackIdentity
from adapters.slack.events import EventReceiver
from adapters.slack.install_flow import InstallFlow
from adapters.slack.installations import Installations, key_of
from adapters.slack.installed import InstalledWorkspaces
from adapters.slack.options import InstallOptions, SlackOptions
from adapters.slack.rotation import Rotation
from adapters.slack.scopes import missing
from adapters.slack.shared import SlackSharedState
from adapters.slack.socket_mode import SocketMode
from adapters.slack.tokens import AppClient, BotToken
from adapters.slack.workspaces import Workspace
from bridge.sdk import telemetry
from bridge.sdk.errors import ConfigError
from bridge.sdk.secret_store import SecretStore


class OpensWorkspace(Protocol):
    """A function that opens a workspace."""

    def __call__(self, shared: SlackSharedState, *, several: bool) -> Workspace:
        """Open the workspace."""


@dataclass(slots=True, kw_only=True)
class SlackApp:
    """The app of one adapter, within one HTTP session."""

    name: str
    options: SlackOptions
    session: aiohttp.ClientSession
    client: AppClient = field(init=False)  #: without a token

    def __post_init__(self) -> None:
        self.client = AppClient(
            base_url=self.options.api_url, session=self.session, logger=SILENT_LOGGER, retry_handlers=[]
        )

    async def shared(self) -> SlackSharedState:
        """The state of the one workspace whose token the config has."""
        token = self.options.bot_token
        api = self._api(BotToken(token.get_secret_value() if token else ""))
        me = await api.identity()
        self._name_missing_scopes(me)
        return SlackSharedState(adapter=self.name, api=api, me=me)

    def installed(self, secrets: SecretStore | None, opens: OpensWorkspace) -> InstalledWorkspaces:
        """Build the workspaces of an app that people install."""
        installations, install = Installations(self._store(secrets)), self._install()
        rotator = AsyncTokenRotator(
            client_id=install.client_id, client_secret=install.client_secret.get_secret_value(), client=self.client
        )
        rotation = Rotation(adapter=self.name, installations=installations, rotator=rotator)

        def open_one(installation: Installation, token: BotToken) -> Workspace:
            me = _identity(installation)
            self._name_missing_scopes(me)
            return opens(SlackSharedState(adapter=self.name, api=self._api(token), me=me), several=True)

        return InstalledWorkspaces(self.name, installations, rotation, open_one)

    def flow(self, secrets: SecretStore | None, url: str, installed: InstalledWorkspaces) -> InstallFlow:
        """Build the flow of installation, whose pages lie below *url*."""
        install = self._install()
        return InstallFlow(
            client=self.client,
            client_id=install.client_id,
            client_secret=install.client_secret.get_secret_value(),
            api_url=self.options.api_url,
            redirect_url=f"{url}/oauth_redirect",
            states=self._store(secrets),
            installed=installed.installed,
        )

    async def socket(self, receiver: EventReceiver) -> SocketMode | None:
        """Open the socket that serves all workspaces; None if Slack calls us."""
        if self.options.app_token is None:
            return None
        app_token, api = self.options.app_token.get_secret_value(), self._api(BotToken(""))
        await api.open_socket(app_token)  # with a wrong token the library would try for ever
        return SocketMode(self.name, api, receiver, app_token=app_token)

    def _api(self, token: BotToken) -> SlackApi:
        return SlackApi(self.session, token=token, url=self.options.api_url, unfurl=self.options.unfurl)

    def _install(self) -> InstallOptions:
        if self.options.install is None:
            raise ConfigError(f"adapters.{self.name}: expected install, got none")
        return self.options.install

    def _store(self, secrets: SecretStore | None) -> SecretStore:
        if secrets is None:
            raise ConfigError(f"adapters.{self.name}.install: needs the daemon's database")
        return secrets

    def _name_missing_scopes(self, me: SlackIdentity) -> None:
        for need in missing(me.scopes) if me.scopes else ():
            telemetry.adapter_scope_missing(adapter=self.name, scope=need.name, without=need.without)


def _identity(installation: Installation) -> SlackIdentity:
    """Who the bot is in that workspace, by its installation."""
    return SlackIdentity(
        team=key_of(installation),
        user=installation.bot_user_id or "",
        bot=installation.bot_id or "",
        scopes=frozenset(installation.bot_scopes or ()),
    )
