"""
Logins: a cookie with its time of expiry, signed with the admin token, so that nothing is stored.

It outlives a restart, is valid at every replica, and ends with its time or when the token changes. With the prefix ``__Host-`` a
browser takes it only over https or from loopback, and sends it to no other host; https://www.rfc-editor.org/rfc/rfc6265#section-5.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import Final

from aiohttp import web

COOKIE: Final = "__Host-coze-bridge"

LASTS: Final = 12 * 3600
"""Seconds until one has to log in again."""


class Logins:
    """The logins that the admin token of the moment has signed."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def log_in(self, response: web.StreamResponse) -> None:
        """Let the browser of that *response* be logged in."""
        login = f"{int(time.time()) + LASTS}.{secrets.token_urlsafe(16)}"
        value = f"{login}.{self._signed('login', login)}"
        response.set_cookie(COOKIE, value, max_age=LASTS, path="/", secure=True, httponly=True, samesite="Strict")

    def log_out(self, response: web.StreamResponse) -> None:
        """Let it be logged in no more."""
        response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")

    def has(self, request: web.Request) -> bool:
        """Whether whoever asks is logged in."""
        login, _, signature = request.cookies.get(COOKIE, "").rpartition(".")
        until = login.partition(".")[0]
        signed = bool(self._token()) and self._fits("login", login, signature)
        return signed and until.isascii() and until.isdecimal() and int(until) > time.time()

    def form_token(self, request: web.Request) -> str:
        """The token that a form must send back, against cross-site request forgery."""
        return self._signed("form", request.cookies.get(COOKIE, ""))

    def may_send(self, request: web.Request, form_token: str) -> bool:
        """Whether a form came from a page of ours."""
        return self.has(request) and self._fits("form", request.cookies.get(COOKIE, ""), form_token)

    def _signed(self, use: str, value: str) -> str:
        said = f"{use}:{value}".encode(errors="surrogateescape")
        return hmac.new(self._token().encode(), said, hashlib.sha256).hexdigest()

    def _fits(self, use: str, value: str, signature: str) -> bool:
        return hmac.compare_digest(self._signed(use, value).encode(), signature.encode(errors="surrogateescape"))
