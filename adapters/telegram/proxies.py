"""
Connections to a Bot API server: direct, or through an HTTP or a SOCKS proxy.

aiohttp supports HTTP proxies itself; SOCKS needs a connector. Names are resolved by the proxy, never here: whoever needs a
proxy may have a resolver that gives false answers.
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
    """A pool of connections through a SOCKS proxy; it tells a failure to connect from one in the middle of a request."""

    async def connect(self, *args: Any, **more: Any) -> Connection:
        """As aiohttp's own; a connection that breaks while it is being made has carried no request."""
        try:
            return await super().connect(*args, **more)
        except OSError as failure:
            raise ProxyConnectionError(type(failure).__name__) from failure


def is_socks(proxy: str | None) -> bool:
    """Whether *proxy* is a SOCKS proxy, which needs a connector."""
    return proxy is not None and _SOCKS.match(proxy) is not None


def check_proxy(proxy: str) -> str:
    """Check a *proxy* of the config; returns it without a final slash. The `ValueError` does not repeat the address."""
    if not (is_socks(proxy) or proxy.startswith(_HTTP)):
        raise ValueError("expected an address that begins with http://, https://, socks5:// or socks4://")
    if is_socks(proxy) and not _has_port(proxy):
        raise ValueError("expected a SOCKS proxy with its port, such as socks5://proxy.example.org:1080")
    return proxy.rstrip("/")


def open_connector(proxy: str | None) -> aiohttp.TCPConnector:
    """Open a pool without a limit of its own: the platform's budgets are narrower."""
    if proxy is not None and is_socks(proxy):
        return _SocksConnector.from_url(_SOCKS.sub(r"socks\1://", proxy), rdns=True, limit=0)
    return aiohttp.TCPConnector(limit=0)


def _has_port(proxy: str) -> bool:
    try:
        address = urlsplit(proxy)
        return bool(address.hostname and address.port)
    except ValueError:
        return False
