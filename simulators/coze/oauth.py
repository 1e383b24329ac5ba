"""Coze's token counter for service apps: a JWT signed with the app's key buys an access token, once."""

import base64
import hashlib
import json
import math
import time
from typing import Any

from simulators.coze.gateway import Gateway
from simulators.coze.requests import ApiRequest, Bare
from simulators.coze.rules import Refused

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST = 86_399  #: seconds a token may live
USUAL = 900
SKEW = 60  #: seconds a client's clock may be ahead
SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")  #: PKCS #1's prefix of a SHA-256 digest


class Denied(Refused):
    """The token counter says no; its refusals have another shape."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(4100, message)
        self.body = {"error_code": error, "error_message": message, "error": error}
        self.status = 401 if error == "invalid_client" else 400


class OAuth(Gateway):
    """The part of Coze that sells access tokens."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.apps: dict[str, tuple[str, tuple[int, int]]] = {}  #: kid → app id, public key
        self.spent: set[str] = set()  #: ids of the JWTs already used
        self.expiries: dict[str, float] = {}  #: access token → UNIX time it dies

    def trust(self, app_id: str, kid: str, public_key: str) -> None:
        """Let the OAuth app *app_id* sign with the private half of *public_key*, a PEM."""
        self.apps[kid] = (app_id, _numbers(public_key))

    def admit(self, asked: ApiRequest) -> None:
        """Refuse a caller whose token opens nothing, or no longer does."""
        if self.expiries.get(asked.token, math.inf) <= time.time():
            self.tokens.discard(asked.token)
        super().admit(asked)

    def expire_tokens(self) -> None:
        """Let every token bought here die now."""
        for token in self.expiries:
            self.tokens.discard(token)

    def buy_token(self, asked: ApiRequest) -> Bare:
        """``POST /api/permission/oauth2/token``."""
        _require(asked.body.get("grant_type") == GRANT, "unsupported_grant_type", "grant type is not supported")
        seconds = asked.body.get("duration_seconds", USUAL)
        _require(isinstance(seconds, int) and 0 < seconds <= LONGEST, "invalid_request", "bad duration_seconds")
        claims = self._claims(asked)
        token = f"czs_{self.new_id()}"
        expiry = int(time.time()) + seconds
        self.tokens.add(token)
        self.expiries[token] = expiry
        self.sessions[token] = str(claims.get("session_name") or "")
        return Bare({"access_token": token, "expires_in": expiry, "token_type": "Bearer"})

    def _claims(self, asked: ApiRequest) -> dict[str, Any]:
        header, claims, signed, signature = _opened(asked.token)
        _require(header.get("alg") == "RS256" and header.get("typ") == "JWT", "invalid_request", "bad header")
        app_id, key = self.apps.get(str(header.get("kid")), ("", (0, 0)))
        _require(app_id and claims.get("iss") == app_id, "invalid_client", "unknown app or key")
        _require(_verified(signed, signature, key), "invalid_client", "bad signature")
        self._check_times(claims)
        hosts = {asked.host, asked.host.partition(":")[0]}
        _require(claims.get("aud") in hosts, "invalid_request", "aud must be the host of the API")
        unique = claims.get("jti")
        _require(isinstance(unique, str) and len(unique) >= 32, "invalid_request", "jti is too short")
        _require(unique not in self.spent, "invalid_request", "the jti was used before")
        self.spent.add(str(unique))
        return claims

    def _check_times(self, claims: dict[str, Any]) -> None:
        now = time.time()
        began, ends = claims.get("iat"), claims.get("exp")
        _require(isinstance(began, int) and began <= now + SKEW, "invalid_request", "iat lies in the future")
        _require(isinstance(ends, int) and ends > now, "invalid_request", "the JWT has expired")


def _require(fact: object, error: str, message: str) -> None:
    if not fact:
        raise Denied(error, message)


def _opened(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, what was signed, and the signature."""
    parts = token.split(".")
    _require(len(parts) == 3 and "=" not in token, "invalid_request", "not a JWT")
    try:
        header, claims, signature = (_unbased(part) for part in parts)
        return json.loads(header), json.loads(claims), ".".join(parts[:2]).encode(), signature
    except ValueError:
        raise Denied("invalid_request", "not a JWT") from None


def _unbased(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _verified(signed: bytes, signature: bytes, key: tuple[int, int]) -> bool:
    """Whether *signature* is RSASSA-PKCS1-v1_5 with SHA-256 over *signed*."""
    modulus, exponent = key
    size = (modulus.bit_length() + 7) // 8
    if len(signature) != size:
        return False
    block = SHA256 + hashlib.sha256(signed).digest()
    padded = b"\x00\x01" + b"\xff" * (size - len(block) - 3) + b"\x00" + block
    return pow(int.from_bytes(signature), exponent, modulus).to_bytes(size) == padded


def _numbers(pem: str) -> tuple[int, int]:
    """Modulus and exponent of a public key in PEM (SubjectPublicKeyInfo)."""
    lines = [line for line in pem.strip().splitlines() if "-----" not in line]
    _, info, _ = _element(base64.b64decode("".join(lines)))
    _, _, rest = _element(info)  # the algorithm; then the key, in a bit string
    _, bits, _ = _element(rest)
    _, key, _ = _element(bits[1:])
    _, modulus, rest = _element(key)
    _, exponent, _ = _element(rest)
    return int.from_bytes(modulus), int.from_bytes(exponent)


def _element(der: bytes) -> tuple[int, bytes, bytes]:
    """Tag and content of the first DER element, and what follows it."""
    length, start = der[1], 2
    if length & 0x80:
        start = 2 + (length & 0x7F)
        length = int.from_bytes(der[2:start])
    return der[0], der[start : start + length], der[start + length :]
