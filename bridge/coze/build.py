"""
Builds bots from the config: nothing outside this room knows which kinds of bots there are, or how they authenticate.

The sections of the config are described by protocols, so that this room does not import the config.
"""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Protocol

from pydantic import SecretStr

from bridge.coze.auth import StaticToken, TokenSource
from bridge.coze.client import CozeConnection
from bridge.coze.tools import HttpTool, PythonTool, Tool, Tools
from bridge.sdk.errors import ConfigError
from bridge.sdk.ports import Bot


class OAuthSection(Protocol):
    """An app that signs its own tokens."""

    app_id: str
    key_id: str
    private_key: SecretStr
    session_per_person: bool


class CozeSection(Protocol):
    """A Coze, and how we authenticate there: by a token, or by an OAuth app."""

    base_url: str
    token: SecretStr | None
    proxy: str | None
    ca: str | None

    @property
    def oauth(self) -> OAuthSection | None:
        """The app, where there is no token."""


class ToolSection(Protocol):
    """Where a function of a bot runs: at a URL, or in this process."""

    url: str | None
    secret: SecretStr | None
    python: Callable[..., Any] | None
    timeout: float


class BotSection(Protocol):
    """A bot: an agent, a workflow or a chatflow."""

    coze: str
    bot_id: str | None
    workflow_id: str | None
    chatflow_id: str | None
    app_id: str | None
    input: str | None
    output: str | None
    file: str | None
    background: bool
    pictures: tuple[str, ...]

    @property
    def voice(self) -> str:
        """What it gets of recordings: text, or audio."""

    @property
    def tools(self) -> Mapping[str, ToolSection]:
        """Its functions, by name."""


async def open_bots(
    stack: AsyncExitStack, cozes: Mapping[str, CozeSection], bots: Mapping[str, BotSection]
) -> dict[str, Bot]:
    """Every bot of the config, by name; closed with *stack*. `ConfigError` for a private key that cannot be read."""
    connections = {name: await open_connection(stack, name, section) for name, section in cozes.items()}
    return {name: build_bot(connections[bot.coze], name, bot) for name, bot in bots.items()}


async def open_connection(stack: AsyncExitStack, name: str, section: CozeSection) -> CozeConnection:
    """The Coze of that *name*; closed with *stack*. `ConfigError` for a private key that cannot be read."""
    tokens = await open_tokens(stack, name, section)
    connection = CozeConnection(section.base_url, tokens, proxy=section.proxy, ca=section.ca)
    return await stack.enter_async_context(connection)


async def open_tokens(stack: AsyncExitStack, name: str, section: CozeSection) -> TokenSource:
    """The source of tokens for the Coze of that *name*; closed with *stack*."""
    if section.oauth is None:
        return StaticToken(section.token.get_secret_value() if section.token else "")
    from bridge.coze import oauth  # noqa: PLC0415 - cryptography takes a while to load, and most have a plain token

    try:
        key = oauth.read_key(section.oauth.private_key.get_secret_value())
    except ValueError as wrong:
        raise ConfigError(f"coze.{name}.oauth.private_key: {wrong}") from wrong
    app = oauth.OAuthApp(app_id=section.oauth.app_id, key_id=section.oauth.key_id, key=key)
    per_owner = section.oauth.session_per_person
    tokens = oauth.OAuthTokens(section.base_url, app, per_owner=per_owner, proxy=section.proxy, ca=section.ca)
    return await stack.enter_async_context(tokens)


def build_bot(connection: CozeConnection, name: str, section: BotSection) -> Bot:
    """The bot of that *name*, reached by *connection*."""
    if section.workflow_id:
        return connection.workflow(
            name,
            section.workflow_id,
            parameter=section.input or "input",
            output=section.output,
            file=section.file,
            app_id=section.app_id,
            background=section.background,
            pictures=section.pictures,
        )
    if section.chatflow_id:
        return connection.chatflow(
            name,
            section.chatflow_id,
            bot_id=section.bot_id,
            app_id=section.app_id,
            file=section.file,
            pictures=section.pictures,
        )
    tools = Tools({function: _tool(tool) for function, tool in section.tools.items()})
    listens = section.voice == "audio"
    return connection.bot(name, section.bot_id or "", tools=tools, listens=listens, pictures=section.pictures)


def _tool(section: ToolSection) -> Tool:
    if section.python:
        return PythonTool(run=section.python, timeout=section.timeout)
    secret = section.secret.get_secret_value() if section.secret else ""
    return HttpTool(url=section.url or "", secret=secret, timeout=section.timeout)
