"""Slack's OAuth: the page on which somebody lets an app into a workspace or organisation, codes, tokens and their rotation."""

import base64
import html
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from simulators.slack.events import APP
from simulators.slack.model import Answer, Params, Refusal

CODE_LIFETIME: Final = 600.0
TOKEN_LIFETIME: Final = 43_200

Record = Callable[[str, Params, bool], None]


@dataclass(slots=True, kw_only=True)
class _Code:
    where: str  #: a workspace or an organisation
    scopes: str
    redirect_uri: str
    given_at: float
    used: bool = False


@dataclass(slots=True)
class OAuth:
    """The app's credentials, and what was given for them."""

    record: Record
    workspaces: Callable[[], list[Any]]  #: each `simulators.slack.workspace.Workspace`
    client_id: str = "1234567890.1234567890123"
    client_secret: str = "0123456789abcdef0123456789abcdef"  # noqa: S105 - opens nothing
    redirect_urls: set[str] = field(default_factory=set)  #: of the app's manifest
    rotates: bool = False  #: token rotation is on
    refresh_tokens: dict[str, str] = field(default_factory=dict)  #: where each belongs; one that was used is gone
    _codes: dict[str, _Code] = field(default_factory=dict)

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Ask a person into which workspace the app may come."""
        asked = dict(request.query)
        if asked.get("client_id") != self.client_id:
            return web.Response(status=400, text="invalid client_id")
        if asked.get("redirect_uri") not in self.redirect_urls:
            return web.Response(status=400, text="bad_redirect_uri")
        if not asked.get("scope"):
            return web.Response(status=400, text="invalid_scope")
        links = "".join(
            f'<p><a id="{place}" href="/oauth/v2/allow?{html.escape(urlencode(asked | {"where": place}))}">'
            f"Allow in {place}</a></p>"
            for place in self._places()
        )
        deny = html.escape(urlencode(asked | {"where": ""}))
        page = f'<!doctype html><title>Slack</title>{links}<p><a id="deny" href="/oauth/v2/allow?{deny}">Cancel</a></p>'
        return web.Response(text=page, content_type="text/html")

    async def allow(self, request: web.Request) -> web.StreamResponse:
        """Send the browser back, with a code for the place that was chosen."""
        asked = request.query
        state, where = asked.get("state", ""), asked.get("where", "")
        given = {"error": "access_denied"} if not where else {"code": self._code(where, asked)}
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(given | {'state': state})}")

    async def access(self, request: web.Request) -> web.StreamResponse:
        """``oauth.v2.access``."""
        params: Params = {**request.query, **(await request.post())}
        client, _, secret = _basic(request).partition(":")
        client, secret = client or str(params.get("client_id")), secret or str(params.get("client_secret"))
        try:
            answer: Answer = {"ok": True, **self._access(params, client, secret)}
        except Refusal as refusal:
            answer = refusal.answer
        self.record("oauth.v2.access", params, answer["ok"])
        return web.json_response(answer)

    def _access(self, params: Params, client: str, secret: str) -> Answer:
        if client != self.client_id:
            raise Refusal("invalid_client_id")
        if secret != self.client_secret:
            raise Refusal("bad_client_secret")
        if params.get("grant_type") == "refresh_token":
            where = self.refresh_tokens.pop(str(params.get("refresh_token")), None)
            if where is None:
                raise Refusal("invalid_refresh_token")
            return self._given(where, ",".join(sorted(self._members(where)[0].scopes)))
        code = self._codes.get(str(params.get("code")))
        if code is None or time.monotonic() - code.given_at > CODE_LIFETIME:
            raise Refusal("invalid_code")
        if code.used:
            raise Refusal("code_already_used")
        if params.get("redirect_uri") != code.redirect_uri:
            raise Refusal("bad_redirect_uri")
        code.used = True
        return self._given(code.where, code.scopes)

    def _given(self, where: str, scopes: str) -> Answer:
        """A new token for that place; the one before it is none any more."""
        members = self._members(where)
        first, is_org = members[0], where.startswith("E")
        token = f"{'xoxe.xoxb-1-' if self.rotates else 'xoxb-'}{secrets.token_hex(12)}"
        for member in members:
            if member.bot_token:
                member.api.dead[member.bot_token] = "token_expired" if self.rotates else "token_revoked"
            member.bot_token, member.scopes = token, set(scopes.split(","))
            member.world.org_wide = is_org
        team = None if is_org else {"id": first.team, "name": first.name}
        enterprise = {"id": first.world.enterprise, "name": "Org"} if first.world.enterprise else None
        answer: Answer = {
            "app_id": APP,
            "authed_user": {"id": "U0ADMIN"},
            "scope": scopes,
            "token_type": "bot",
            "access_token": token,
            "bot_user_id": first.bot_user,
            "team": team,
            "enterprise": enterprise,
            "is_enterprise_install": is_org,
        }
        if self.rotates:
            refresh = f"xoxe-1-{secrets.token_hex(12)}"
            self.refresh_tokens[refresh] = where
            answer |= {"refresh_token": refresh, "expires_in": TOKEN_LIFETIME}
        return answer

    def _code(self, where: str, asked: Any) -> str:
        code = secrets.token_hex(8)
        self._codes[code] = _Code(
            where=where, scopes=asked["scope"], redirect_uri=asked["redirect_uri"], given_at=time.monotonic()
        )
        return code

    def _places(self) -> list[str]:
        every = self.workspaces()
        organisations = {one.world.enterprise for one in every if one.world.enterprise}
        return [*(one.team for one in every), *sorted(organisations)]

    def _members(self, where: str) -> list[Any]:
        return [one for one in self.workspaces() if where in (one.team, one.world.enterprise)]


def _basic(request: web.Request) -> str:
    kind, _, shown = request.headers.get("authorization", "").partition(" ")
    try:
        return base64.b64decode(shown).decode() if kind == "Basic" else ""
    except ValueError:
        return ""
