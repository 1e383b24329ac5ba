"""The checks of ``doctor``: whose tokens these are, what they may do, and how events arrive."""

from typing import Final

import aiohttp

from adapters.slack import scopes
from adapters.slack.api import TIMEOUT, SlackApi, SlackIdentity
from adapters.slack.errors import translated
from adapters.slack.options import InstallOptions, SlackOptions
from adapters.slack.tokens import AppClient
from bridge.sdk.checks import Circumstances, Finding, Findings, fail, ok, warn
from bridge.sdk.errors import BridgeError, Later, Never

_BOT_TOKEN: Final = "api.slack.com/apps > your app > OAuth & Permissions: copy the Bot User OAuth Token (xoxb-…)"  # noqa: S105
_APP_TOKEN: Final = (  # where it is found
    "api.slack.com/apps > your app > Basic Information > App-Level Tokens: generate one with the scope connections:write"  # noqa: S105
)
_CREDENTIALS: Final = (
    "api.slack.com/apps > your app > Basic Information > App Credentials: copy Client ID and Client Secret"
)
_INSTALL: Final = (
    "add it under OAuth & Permissions (`coze-bridge slack manifest` lists all), then install the app again"
)
_LOST: Final = "check the network, and adapters' api_url"


async def checks(options: SlackOptions, circumstances: Circumstances) -> Findings:
    """Check everything about the app of these *options*."""
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        if options.install is None:
            token = options.bot_token.get_secret_value() if options.bot_token else ""
            api = SlackApi(session, token=token, url=options.api_url)
            async for finding in _bot(api, circumstances):
                yield finding
        else:
            api = SlackApi(session, token="", url=options.api_url)
            yield await _installable(options.install, AppClient(base_url=options.api_url, session=session))
        if options.app_token is not None:
            yield await _socket(api, options.app_token.get_secret_value(), options)
        else:
            yield _by_http(circumstances, options)


async def _bot(api: SlackApi, circumstances: Circumstances) -> Findings:
    """Check whose token the config has, and its scopes."""
    try:
        me = await api.identity()
    except BridgeError as failure:
        yield _refused("bot_token", failure, _BOT_TOKEN)
        return
    for finding in _identity(me):
        yield finding
    if circumstances.thorough:
        yield await _streams(api)


async def _installable(install: InstallOptions, client: AppClient) -> Finding:
    """Check the app's credentials by a false code: Slack complains of the code only if it knows the credentials."""
    try:
        with translated("oauth.v2.access"):
            await client.oauth_v2_access(
                client_id=install.client_id, client_secret=install.client_secret.get_secret_value(), code="none"
            )
    except Later as failure:
        return fail(f"Slack gave no answer ({failure.detail})", _LOST, key="api_url")
    except Never as refusal:
        if not refusal.detail.endswith("invalid_code"):
            return fail(f"Slack refuses client_id and client_secret ({refusal.detail})", _CREDENTIALS, key="install")
    return ok("workspaces may install the app: Slack knows client_id and client_secret")


def _identity(me: SlackIdentity) -> list[Finding]:
    if not me.bot:
        return [fail("bot_token is not a bot's", _BOT_TOKEN, key="bot_token")]
    found = [ok(f"the app is the bot {me.user} in the workspace {me.team}")]
    lacking = list(scopes.missing(me.scopes)) if me.scopes else []
    for need in lacking:
        says = f"the scope {need.name} is missing: {need.without}"
        found.append(fail(says, _INSTALL, key="bot_token") if need.vital else warn(says, _INSTALL, key="bot_token"))
    if not lacking:
        found.append(ok("it has every scope that the bridge uses" if me.scopes else "Slack did not tell its scopes"))
    return found


async def _streams(api: SlackApi) -> Finding:
    """Check whether the workspace has streams: if so, one in a missing channel is refused because of the channel."""
    try:
        await api.start_stream("C0NOWHERE", "", thread="1.1", user="U0NOBODY", team="T0NOWHERE")
    except BridgeError as failure:
        return ok(f"assumed that streams are known; in a channel that is not there: {failure.detail}")
    return ok("assumed that streams are known; one could be opened")


async def _socket(api: SlackApi, app_token: str, options: SlackOptions) -> Finding:
    """Ask for a socket's address without connecting: a second socket would get every other event."""
    try:
        await api.open_socket(app_token)
    except BridgeError as failure:
        if "missing_scope" in failure.detail:
            return fail(f"app_token lacks the scope {scopes.APP_TOKEN_SCOPE}", _APP_TOKEN, key="app_token")
        return _refused("app_token", failure, _APP_TOKEN)
    return ok(f"Socket Mode may connect; the app must subscribe to {_events(options)}")


def _by_http(circumstances: Circumstances, options: SlackOptions) -> Finding:
    if circumstances.webhook_url is None:
        return fail(
            "signing_secret means that Slack calls us, and there is no http.public_url",
            "set http.public_url, or give app_token instead for Socket Mode",
            key="signing_secret",
        )
    return ok(
        f"Slack must call {circumstances.webhook_url} for events, commands and interactivity;"
        f" the app must subscribe to {_events(options)}"
    )


def _events(options: SlackOptions) -> str:
    """All that the app needs to be told of; Slack shows no token what it is subscribed to."""
    further = scopes.INSTALL_EVENTS if options.install else ()
    return ", ".join(need.name for need in (*scopes.EVENTS, *further))


def _refused(key: str, failure: BridgeError, remedy: str) -> Finding:
    if isinstance(failure, Later):
        return fail(f"Slack gave no answer ({failure.detail})", _LOST, key="api_url")
    if "not_allowed_token_type" in failure.detail:
        return fail(f"{key} is a token of another kind", remedy, key=key)
    return fail(f"Slack refuses {key} ({failure.detail})", remedy, key=key)
