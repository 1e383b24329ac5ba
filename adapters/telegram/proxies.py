"""
The way to a Bot API server: straight, or by an HTTP or a SOCKS proxy.

aiohttp speaks to HTTP proxies itself, for SOCKS it takes a connector. Names are looked up by the proxy, never here: who needs a
proxy may have a resolver that lies.
"""

import re
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.connector import Connection
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError

PROXY_FAILURES: Final = (ProxyConnectionError, ProxyError, ProxyTimeoutError)
"""What a SOCKS proxy's connector raises; the far side has heard nothing then. The texts may name the proxy, never its password."""

_SOCKS: Final = re.compile(r"socks(4|5)[ah]?://")
_HTTP: Final = ("http://", "https://")


class _SocksConnector(ProxyConnector):
    """A pool of connections through a SOCKS proxy, whose every failure to connect is told from one in the middle of a request."""

    async def connect(self, *args: Any, **more: Any) -> Connection:
        """A connection, new or used; see aiohttp's own. A line that breaks while it is made has carried no request."""
        try:
            return await super().connect(*args, **more)
        except OSError as failure:
            raise ProxyConnectionError(type(failure).__name__) from failure


def is_socks(proxy: str | None) -> bool:
    """Whether *proxy* is one that needs a connector of its own."""
    return proxy is not None and _SOCKS.match(proxy) is not None


def check_proxy(proxy: str) -> str:
    """The *proxy* as it stands in the config, without a slash behind it; raises `ValueError`, which does not repeat it."""
    if not (is_socks(proxy) or proxy.startswith(_HTTP)):
        raise ValueError("expected an address that begins with http://, https://, socks5:// or socks4://")
    if is_socks(proxy) and not _has_port(proxy):
        raise ValueError("expected a SOCKS proxy with its port, such as socks5://proxy.example.org:1080")
    return proxy.rstrip("/")


def open_connector(proxy: str | None) -> aiohttp.TCPConnector:
    """A pool without a limit of its own, the budgets of the platform are narrower."""
    if proxy is not None and is_socks(proxy):
        return _SocksConnector.from_url(_SOCKS.sub(r"socks\1://", proxy), rdns=True, limit=0)
    return aiohttp.TCPConnector(limit=0)


def _has_port(proxy: str) -> bool:
    try:
        address = urlsplit(proxy)
        return bool(address.hostname and address.port)
    except ValueError:
        return False
