"""Checks of addresses and tokens that people write into a config: what could never work is found before it is tried."""

import re
from collections.abc import Collection
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urlsplit

WEB: Final = ("http", "https")

ADDRESS_RULE: Final = "expected an address that begins with http:// or https://, of a host and a port that can be"

BASE_RULE: Final = "expected an address that paths can be added to, without blanks, ?, # and \\"

TOKEN_RULE: Final = "expected a token as it was given: without blanks, quotation marks or letters beyond a to z"  # noqa: S105 - a sentence

_TOKEN: Final = re.compile(r"[!-~]+")
"""What a header can carry; https://www.rfc-editor.org/rfc/rfc6750#section-2.1"""

_HOST_NAME: Final = re.compile(r"(?!.{254})\w(?:[\w-]{0,61}\w)?(?:\.\w(?:[\w-]{0,61}\w)?)*\.?", re.ASCII)
"""https://www.rfc-editor.org/rfc/rfc1123#page-13, and the underscore that names of containers have."""
_ENDS_IN_A_NUMBER: Final = re.compile(r"(?:.*\.)?\d+\.?", re.ASCII)
"""A host whose last label is a number is an IPv4 address or nothing: https://url.spec.whatwg.org/#ends-in-a-number-checker."""


def is_address(text: str, schemes: Collection[str] = WEB) -> bool:
    """Whether *text* is an address with one of these *schemes*, a host that can be and, if any, a port that can be."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # brackets that do not close, a port that is no number or too high
        return False
    return parts.scheme in schemes and port != 0 and all(host.removesuffix(".").split(".")) and " " not in parts.netloc


def wrong_base(text: str) -> str | None:
    """Why *text* is no address that paths can be added to; None: it is one."""
    if not is_address(text):
        return ADDRESS_RULE
    return BASE_RULE if re.search(r"[?#\\\s]", text) else None


def is_token(text: str) -> bool:
    """Whether *text* can be sent as a token; one that was pasted may hold invisible characters."""
    return bool(_TOKEN.fullmatch(text))


def is_host(text: str) -> bool:
    """Whether *text* can be a host: a name, an IPv4 address, or an IPv6 address in brackets."""
    try:
        if text.startswith("["):
            IPv6Address(text.removeprefix("[").removesuffix("]"))
        elif _ENDS_IN_A_NUMBER.fullmatch(text):
            IPv4Address(text)
        else:
            return _HOST_NAME.fullmatch(text) is not None
    except AddressValueError:
        return False
    return True
