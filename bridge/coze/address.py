"""Where a Coze is reached, from what people write into a config file."""

import re
from typing import Final
from urllib.parse import urlsplit

_API_PATH: Final = re.compile(r"/(v1|v3)(/.*)?$")
_WEBSITE: Final = re.compile(r"^(?:(?!api\.)[\w-]+\.)*coze\.(cn|com)$")


def normalise_base_url(url: str) -> str:
    """The base of every call, without a slash at the end; ValueError says what would be right."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"expected an address such as https://api.coze.cn, got {url!r}")
    if site := _WEBSITE.match(parts.hostname):
        raise ValueError(f"expected https://api.coze.{site[1]}, got its website {url!r}")
    if "/open_api" in parts.path:
        raise ValueError(f"expected the address alone, such as https://api.coze.cn, got the retired v2 API {url!r}")
    return f"{parts.scheme}://{parts.netloc}{_API_PATH.sub('', parts.path.rstrip('/'))}"


def origin(base_url: str) -> str:
    """Scheme, host and port of *base_url*, which may have a path."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"
