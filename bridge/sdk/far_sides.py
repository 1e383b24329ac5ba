"""Addresses and tokens of far sides, as people write them down: what could never work is found before it is tried."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

WEB: Final = ("http", "https")

ADDRESS_RULE: Final = "expected an address that begins with http:// or https://, of a host and a port that can be"

TOKEN_RULE: Final = "expected a token as it was given: without blanks, quotation marks or letters beyond a to z"  # noqa: S105 - a sentence

_TOKEN: Final = re.compile(r"[!-~]+")
"""What a header can carry; https://www.rfc-editor.org/rfc/rfc6750#section-2.1"""


def is_address(text: str, schemes: Collection[str] = WEB) -> bool:
    """Whether *text* is an address with one of these *schemes*, a host that can be and, if any, a port that can be."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # brackets that do not close, a port that is no number or too high
        return False
    return parts.scheme in schemes and port != 0 and all(host.removesuffix(".").split(".")) and " " not in parts.netloc


def is_token(text: str) -> bool:
    """Whether *text* can be sent as a token; what is pasted from a page or a letter may have signs that nobody sees."""
    return bool(_TOKEN.fullmatch(text))
