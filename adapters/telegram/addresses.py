"""
Where a bare address ends, and which addresses Telegram accepts as a link.

One that it rejects would cost the whole message its formatting. The rules are those of TDLib's parser of addresses, which every Bot API server runs.
https://github.com/tdlib/td/blob/master/tdutils/td/utils/HttpUrl.cpp
"""

import re
from typing import Final

_WEB: Final = re.compile(
    r"https?://(?:[^/?#\s@]*@)?(?P<host>[^/?#\s@:]+)(?::(?P<port>\d{1,5}))?(?:[/?#]\S*)?", re.IGNORECASE
)
_HOST: Final = re.compile(r"(?:[a-z0-9._!$,~*'();&+=-]|%[0-9a-f]{2}|[^\x00-\x7f])+", re.IGNORECASE)
_OWN: Final = re.compile(r"tg://(?!user\b)\S+", re.IGNORECASE)
"""Telegram's own; one that names a person would call them, wherever a model has its number from."""
_PORT_HIGHEST: Final = 65535
_BARE: Final = re.compile(
    r"""://(?: [^\s<>*`"'\[\](){}|\\^\u2e80-\ua4cf\uff00-\uffef]
             | \([^\s<>()*]*\)
             | (?<=/)\*(?=/|\.\w) )+  # a wildcard
    """,
    re.VERBOSE,
)
_SCHEME: Final = re.compile(r"(?:^|[^a-zA-Z])https?$", re.IGNORECASE)


def behind_scheme(text: str, start: int, end: int) -> str:
    """The rest of a bare address whose ``://`` is at *start* of *text*, up to *end* at most; empty if none stands there."""
    found = _BARE.match(text, start, end) if _SCHEME.search(text[max(0, start - 6) : start]) else None
    return found[0].rstrip("_~.,;:!?&=-#") if found else ""


def can_be_linked(url: str) -> bool:
    """Whether Telegram takes *url* for the address of a link."""
    if _OWN.fullmatch(url):
        return True
    found = _WEB.fullmatch(url)
    if not found or not _HOST.fullmatch(found["host"]) or "\\" in url:
        return False
    port = int(found["port"]) if found["port"] is not None else 80
    return "." in found["host"].strip(".") and 0 < port <= _PORT_HIGHEST


def adds_to(label: str, url: str) -> bool:
    """Whether *url* tells readers something that *label* does not."""
    bare = re.sub(r"^(?:mailto:|tel:|https?://)", "", url)
    heading = "-".join(re.findall(r"\w+", label.lower()))
    return label not in (url, bare) and url.lower() != f"#{heading}" and not url.startswith("data:")
