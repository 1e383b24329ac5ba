"""
Installing the app with OAuth: the browser that returns from Slack must be the one that was sent there, once, within ten minutes.

The state is stored hashed, and bound to a cookie of that browser: whoever is lured to the second page with somebody else's
code does not install a stranger's workspace. https://docs.slack.dev/authentication/installing-with-oauth
"""

import hashlib
import hmac
import html
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.slack.errors import translated
from adapters.slack.scopes import SCOPES
from bridge.sdk.errors import Never
from bridge.sdk.ports import WebhookResponse
from bridge.sdk.secret_store import SecretStore

COOKIE: Final = "__Host-coze-bridge-install"
VALID_SECONDS: Final = 600
STATES_AT_MOST: Final = 1_000
"""Browsers on their way at a time; a further one is asked to come back."""

_KIND: Final = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallFlow:
    """The installation flow of one app."""

    client: AsyncWebClient  #: without a token
    client_id: str
    client_secret: str
    api_url: str
    redirect_url: str
    states: SecretStore
    installed: Callable[[Installation], Awaitable[None]]  #: takes it in

    async def begin_install(self) -> WebhookResponse:
        """Redirect a browser to Slack's page, with a state that only that browser can return."""
        state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        kept = await self.states.put(
            _KIND, _digest(state), _digest(browser), valid_for=VALID_SECONDS, at_most=STATES_AT_MOST
        )
        if not kept:
            return _page(503, "Many are installing the app right now", "Please come back in a few minutes.")
        asked = {"client_id": self.client_id, "scope": ",".join(need.name for need in SCOPES), "state": state}
        address = authorize_url(self.api_url).with_query(asked | {"redirect_uri": self.redirect_url})
        return WebhookResponse(status=302, headers={"Location": str(address), "Set-Cookie": _cookie(browser)})

    async def finish_install(self, query: Mapping[str, str], cookies: Mapping[str, str]) -> WebhookResponse:
        """Add the workspace whose code the browser brings from Slack."""
        if not await self._is_ours(query.get("state", ""), cookies.get(COOKIE, "")):
            return _page(400, "This page is not valid any more", "Please begin the installation again.")
        if "error" in query or not query.get("code"):
            return _page(400, "The app was not installed", f"Slack says: {query.get('error') or 'no code'}.")
        try:
            installation = await self._exchange(query["code"])
        except Never as refusal:
            return _page(400, "The app was not installed", f"{refusal.detail}. Please begin again.")
        await self.installed(installation)
        name = installation.team_name or installation.enterprise_name or "your workspace"
        return _page(
            200, f"Installed in {name}", "Invite the bot to a channel and mention it, or write to it directly."
        )

    async def _is_ours(self, state: str, browser: str) -> bool:
        """Whether that browser was recently sent to Slack with that state; uses the state up."""
        if not state or not browser:
            return False
        known = await self.states.get(_KIND, _digest(state))
        if known is None or not hmac.compare_digest(known, _digest(browser)):
            return False
        return await self.states.take(_KIND, _digest(state)) is not None

    async def _exchange(self, code: str) -> Installation:
        """Exchange the *code* for an installation."""
        with translated("oauth.v2.access"):
            given = await self.client.oauth_v2_access(
                client_id=self.client_id, client_secret=self.client_secret, code=code, redirect_uri=self.redirect_url
            )
        with translated("auth.test"):
            me = await self.client.auth_test(token=given["access_token"])
        return _installation(given, me)


def authorize_url(api_url: str) -> URL:
    """The address of Slack's page, on the host of the Web API."""
    return URL(api_url).join(URL("../oauth/v2/authorize"))


def _installation(given: Any, me: Any) -> Installation:
    team, enterprise = given.get("team") or {}, given.get("enterprise") or {}
    return Installation(
        app_id=given.get("app_id"),
        enterprise_id=enterprise.get("id"),
        enterprise_name=enterprise.get("name"),
        team_id=team.get("id"),
        team_name=team.get("name"),
        bot_token=given["access_token"],
        bot_id=me.get("bot_id"),
        bot_user_id=given.get("bot_user_id") or me.get("user_id"),
        bot_scopes=given.get("scope") or "",
        bot_refresh_token=given.get("refresh_token"),
        bot_token_expires_in=given.get("expires_in"),
        user_id=(given.get("authed_user") or {}).get("id") or "",
        is_enterprise_install=bool(given.get("is_enterprise_install")),
        token_type=given.get("token_type"),
    )


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode(errors="replace")).hexdigest()


def _cookie(browser: str) -> str:
    """The cookie that binds the state to the browser; it is sent also on the way back from another site."""
    return f"{COOKIE}={browser}; Path=/; Max-Age={VALID_SECONDS}; Secure; HttpOnly; SameSite=Lax"


def _page(status: int, title: str, text: str) -> WebhookResponse:
    title, text = html.escape(title), html.escape(text)
    body = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1><p>{text}</p></html>"
    )
    return WebhookResponse(status=status, body=body, content_type="text/html")
