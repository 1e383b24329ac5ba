"""A bot's current token: a call that fails because the token has expired is repeated with the next one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.errors import said_by

Renew = Callable[[str, bool], Awaitable[str | None]]
"""The token to take in the place of that one, and whether it has only expired; None where there is no other."""

EXPIRED: Final = "token_expired"
_STALE: Final = frozenset({EXPIRED, "token_revoked", "invalid_auth", "account_inactive", "not_authed"})
"""What is said of a token that is none any more, before anything is done. https://docs.slack.dev/authentication/using-token-rotation"""


class BotToken:
    """The current token of one installation."""

    def __init__(self, value: str, renew: Renew | None = None) -> None:
        self.value = value
        self._renew = renew
        self._renewing = asyncio.Lock()

    async def after(self, stale: str, *, expired: bool) -> bool:
        """Whether there is a newer token than *stale*."""
        if self._renew is None:
            return False
        async with self._renewing:
            if self.value == stale and (fresh := await self._renew(stale, expired)):
                self.value = fresh
        return self.value != stale


class RenewingClient(AsyncWebClient):
    """Slack's client with the current token; repeats a call that was refused because of an expired one."""

    def __init__(self, token: BotToken, **options: Any) -> None:
        super().__init__(token=token.value, **options)
        self._bot_token = token

    async def api_call(self, api_method: str, **request: Any) -> AsyncSlackResponse:
        """As the library's; a refused token means that nothing was done, so even a write may be repeated."""
        self.token = used = self._bot_token.value
        try:
            return await super().api_call(api_method, **request)
        except SlackApiError as failure:
            code, *_more = said_by(failure)  # what answers may be a page of a proxy's
            if code not in _STALE or not await self._bot_token.after(used, expired=code == EXPIRED):
                raise
        self.token = self._bot_token.value
        return await super().api_call(api_method, **request)


class AppClient(AsyncWebClient):
    """Slack's client for the app itself, which has credentials instead of a token."""

    async def oauth_v2_access(
        self,
        *,
        client_id: str,
        client_secret: str,
        code: str | None = None,
        redirect_uri: str | None = None,
        grant_type: str | None = None,
        refresh_token: str | None = None,
        **more: Any,
    ) -> AsyncSlackResponse:
        """
        As the library's, with the credentials in the form: its way of writing the header is going away in aiohttp.

        https://docs.slack.dev/reference/methods/oauth.v2.access takes either.
        """
        asked = {"client_id": client_id, "client_secret": client_secret, "code": code, "redirect_uri": redirect_uri}
        asked |= {"grant_type": grant_type, "refresh_token": refresh_token, **more}
        given = {name: value for name, value in asked.items() if value is not None}
        return await self.api_call("oauth.v2.access", data=given)
