"""
Tokens of a Coze OAuth app: a JWT signed with its key is exchanged for an access token, which is renewed before it ends.

Rules
* All who need a token wait for one lock, so that one exchange serves them; each JWT is new, as Coze takes it once.
* Lifetimes are counted by a monotonic clock: Coze tells the end by its own clock, which may differ from ours.
* The key is parsed once and kept as an object: no message, log line or ``repr`` can show it.

One app is one account at Coze. With ``session_per_person`` each owner of conversations has a token of their own, with which
no other conversation can be seen: Coze calls that a session.
"""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bridge.coze.address import normalise_base_url
from bridge.coze.auth import TokenSource
from bridge.coze.envelope import log_id
from bridge.coze.error_codes import number
from bridge.coze.transport import open_client
from bridge.sdk.errors import BridgeError, Later, RateLimited, Unauthorised, Unreachable

_PATH: Final = "/api/permission/oauth2/token"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_WANTED: Final = 3600  # seconds a token is asked for; Coze allows a day, but a stolen one should not last; https://docs.coze.cn/developer_guides/oauth_jwt
_EARLY: Final = 300.0  # seconds before its end at which a token is renewed
_BEHIND: Final = 30  # seconds by which a JWT is dated back, lest our clock be ahead of Coze's; https://docs.coze.cn/developer_guides/oauth_jwt
_VALID: Final = 600  # seconds a JWT is good for, which is used at once
_WITHIN: Final = 30.0  # seconds for the whole call
_SESSIONS_MOST: Final = 1000  # whose tokens are remembered; whoever comes back later gets another
# from here on Coze's ``expires_in`` is a time and no duration; https://docs.coze.cn/developer_guides/oauth_jwt
_TIMESTAMP: Final = 10**9
_BUSY: Final = frozenset({408, *range(500, 600)})

_HINTS: Final = {
    "invalid_client": "check app_id and key_id, and that private_key belongs to that key",
    "invalid_request": "check this machine's clock, and base_url for the region",
    "unsupported_grant_type": "the app must be a service app, whose type is JWT",
    "access_deny": "let a workspace authorise the app",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthApp:
    """A service app, and the key it signs with."""

    app_id: str
    key_id: str  #: the fingerprint of the public key
    key: RSAPrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An access token, and when it has to be replaced, by the loop's clock."""

    token: str = field(repr=False)
    renew_at: float
    ends_at: float


def read_key(pem: str) -> RSAPrivateKey:
    """The private key in *pem*; ValueError says what would be right, and nothing of what was there."""
    try:
        key = load_pem_private_key(pem.strip().encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("expected an RSA private key in PEM without a password, got something else")  # noqa: TRY004 - of a value
    return key


class CachedToken:
    """A `TokenSource` that keeps its token until it has to be renewed; callers wait meanwhile."""

    def __init__(self, exchange: Callable[[], Awaitable[AccessToken]]) -> None:
        self._exchange = exchange
        self._lock = asyncio.Lock()
        self._cached: AccessToken | None = None

    async def token(self) -> str:
        """A token that is still good for a while; exchanged for a JWT if there is none."""
        cached = self._cached
        if cached is not None and _clock() < cached.renew_at:
            return cached.token
        async with self._lock:
            if self._cached is None or self._cached is cached:  # nobody was faster
                self._cached = await self._renewed(cached)
            return self._cached.token

    async def refresh(self, stale: str) -> bool:
        """Another token than *stale*, which was refused, is there now."""
        async with self._lock:
            if self._cached is None or self._cached.token == stale:
                self._cached = await self._exchange()
            return True

    def for_owner(self, owner: str) -> Self:  # noqa: ARG002 - it is somebody's already
        """The source itself."""
        return self

    async def _renewed(self, cached: AccessToken | None) -> AccessToken:
        try:
            return await self._exchange()
        except Later:
            if cached is None or _clock() >= cached.ends_at:
                raise
            return cached  # still good, and the next question tries again


class OAuthTokens:
    """The `TokenSource` of one app at one Coze; open inside an ``async with`` block."""

    def __init__(
        self, base_url: str, app: OAuthApp, *, per_owner: bool = False, proxy: str | None = None, ca: str | None = None
    ) -> None:
        self._base_url = normalise_base_url(base_url)
        self._app = app
        self._per_owner = per_owner  # whether each owner of conversations has a session
        self._proxy = proxy
        self._ca = ca
        self._client: httpx.AsyncClient | None = None
        self._own = CachedToken(self.exchange_jwt)
        self._sessions: OrderedDict[str, CachedToken] = OrderedDict()

    async def __aenter__(self) -> Self:
        self._client = open_client(self._base_url, proxy=self._proxy, ca=self._ca)
        return self

    async def __aexit__(self, *failure: object) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def token(self) -> str:
        """A token of the app itself."""
        return await self._own.token()

    async def refresh(self, stale: str) -> bool:
        """Another token of the app than *stale*, which was refused, is there now."""
        return await self._own.refresh(stale)

    def for_owner(self, owner: str) -> TokenSource:
        """The session of *owner*, if there are such."""
        if not self._per_owner:
            return self
        session = self._sessions.setdefault(owner, CachedToken(partial(self.exchange_jwt, owner)))
        self._sessions.move_to_end(owner)
        if len(self._sessions) > _SESSIONS_MOST:
            self._sessions.popitem(last=False)
        return session

    async def exchange_jwt(self, session: str | None = None) -> AccessToken:
        """A new token, of that *session* if there is one."""
        asked_at = _clock()
        response = await self._post(session)
        content = _json(response)
        token = content.get("access_token")
        if not response.is_success or not isinstance(token, str) or not token:
            raise self._failure(response, content)
        life = _life(content.get("expires_in"))
        return AccessToken(token=token, renew_at=asked_at + life - min(_EARLY, life / 3), ends_at=asked_at + life)

    async def _post(self, session: str | None) -> httpx.Response:
        if self._client is None:
            raise RuntimeError("expected open tokens, got some outside their block")
        headers = {"Authorization": f"Bearer {self._signed(session)}"}
        body = {"grant_type": _GRANT, "duration_seconds": _WANTED}
        try:
            async with asyncio.timeout(_WITHIN):
                return await self._client.post(_PATH, json=body, headers=headers)
        except (httpx.RequestError, TimeoutError) as lost:
            raise Unreachable(f"POST {_PATH}: {lost or type(lost).__name__}") from lost

    def _signed(self, session: str | None = None) -> str:
        now = int(time.time()) - _BEHIND
        claims: dict[str, Any] = {
            "iss": self._app.app_id,
            "aud": urlsplit(self._base_url).hostname,
            "iat": now,
            "exp": now + _BEHIND + _VALID,
            "jti": secrets.token_hex(32),
        }
        if session:
            claims["session_name"] = session
        return jwt.encode(claims, self._app.key, algorithm="RS256", headers={"kid": self._app.key_id})

    def _failure(self, response: httpx.Response, content: dict[str, Any]) -> BridgeError:
        """The error for a refusal; the token endpoint has error codes of its own."""
        status, name = response.status_code, log_id(response.headers)
        word = str(content.get("error_code") or content.get("error") or content.get("code") or f"HTTP {status}")
        said = content.get("error_message") or content.get("msg") or "no message"
        detail = f"Coze gives the OAuth app {self._app.app_id} no token: {word}: {said}"
        if status == httpx.codes.TOO_MANY_REQUESTS:
            return RateLimited(detail, log_id=name)
        if word == "internal_error" or status in _BUSY:
            return Unreachable(detail, log_id=name)
        hint = _HINTS.get(word, "check coze.….oauth in the config file")
        return Unauthorised(f"{detail} ({hint})", log_id=name)


def _life(expires_in: object) -> float:
    """The seconds a token lives: *expires_in* is a time at Coze's cloud, and a duration elsewhere."""
    told = number(expires_in) or _WANTED
    seconds = told - time.time() if told >= _TIMESTAMP else float(told)
    return min(seconds, _WANTED) if seconds > 0 else _WANTED  # one of the two clocks is wrong; a refusal will tell


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _clock() -> float:
    return asyncio.get_running_loop().time()
