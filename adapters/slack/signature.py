"""
Verifies that Slack sent a request: by the signature over its bytes, and its age.

https://docs.slack.dev/authentication/verifying-requests-from-slack/
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final

OLDEST: Final = 300.0
"""Seconds by which a signed request may be older, or newer, than our clock; Slack recommends five minutes. https://docs.slack.dev/authentication/verifying-requests-from-slack"""

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE: Final = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


def may_be_signed(headers: Mapping[str, str], now: float) -> bool:
    """Whether the *headers* have a signature with a timestamp near *now* (seconds since 1970)."""
    stamp = headers.get("x-slack-request-timestamp", "")
    if not _TIMESTAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(headers.get("x-slack-signature", "")):
        return False
    return abs(now - int(stamp)) <= OLDEST


def is_signed(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether the signature in *headers* is valid for *body*."""
    digest = hmac.new(secret.encode(), f"v0:{headers['x-slack-request-timestamp']}:".encode(), hashlib.sha256)
    digest.update(body)  # not joined to the rest: a copy of a mebibyte takes as long as its hash
    return hmac.compare_digest(f"v0={digest.hexdigest()}", headers["x-slack-signature"])
