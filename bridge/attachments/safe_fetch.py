"""
Fetches files from addresses that a bot has written, safe from SSRF: people can talk a bot into writing any address.

Rules
* Only ``https`` at its own port, with a name or a plain address; nothing that two parsers might read differently.
* A name is resolved once, the result is checked, and that very address is connected to, so DNS rebinding does not help. Every
  step of a redirection is checked like the first.
* Nothing inside: not this machine, not its network, not the metadata services of clouds.
* We send nothing but the address, and take nothing that does not look like a picture, a recording or a document.
* Only from hosts that are the bot's own or that the config names: an address may carry a secret out by its path alone.
* One origin may be inside: the bot's own, where people run it themselves; of it only paths that end as files do.
"""

import asyncio
import ipaddress
import re
import socket
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bridge.sdk.asking import FileHosts
from bridge.sdk.errors import Refused, Unreachable
from bridge.sdk.media import LARGEST, BoundedBuffer, is_html, named_media, sniff_extensions
from bridge.sdk.model import MediaBytes

WITHIN: Final = 20.0
"""Seconds for one file, from the lookup of the name to the last byte."""

REDIRECTIONS: Final = 3

SLOTS: Final = 32
"""Files read into memory at the same time, of all answers together."""

BODY_WITHIN: Final = 10.0
"""Seconds for the bytes of a file once its host has begun to send them."""

_ENDINGS: Final = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".mp3", ".wav", ".ogg", ".m4a", ".mp4", ".pdf", ".docx",
    ".xlsx", ".pptx", ".csv", ".txt", ".md", ".zip",
)  # fmt: skip
_REDIRECTED: Final = frozenset({301, 302, 303, 307, 308})
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
"""What a host answers while it has trouble."""
_HTTPS: Final = 443
_STRANGE: Final = re.compile(r"[\s\\\x00-\x1f\x7f]")
_NAME: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]\.?", re.IGNORECASE)
"""A name of at least two parts, the last of which is no number: ``127.1`` and ``2130706433`` are addresses to some."""

_UNICAST: Final = ipaddress.ip_network("2000::/3")  # all of the internet's addresses of version 6 so far
_DISGUISES: Final = tuple(map(ipaddress.ip_network, ("2002::/16", "2001::/32", "3fff::/20")))
"""Among those, networks whose addresses hold an IPv4 address that a router may unpack (6to4, Teredo), and one for documentation."""
_CLOUDS: Final = frozenset(map(ipaddress.ip_address, ("168.63.129.16", "100.100.100.200", "192.0.0.192")))
"""Metadata services of clouds, beside the link-local one."""


def is_public(address: str) -> bool:
    """Whether *address* is one of the open internet's."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.scope_id or ip not in _UNICAST or any(ip in network for network in _DISGUISES):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip not in _CLOUDS


def permitted(url: URL, hosts: FileHosts) -> bool:
    """Whether *url* may be asked for at all; what its name leads to is checked when it is looked up."""
    host = (url.raw_host or "").lower()
    if url.raw_user is not None or url.raw_password is not None:
        return False
    if _is_own(url, hosts):
        return url.raw_path.lower().endswith(_ENDINGS)
    if url.scheme != "https" or url.port != _HTTPS:
        return False
    if not any(host == name or host.endswith(f".{name}") for name in map(str.lower, hosts.public)):
        return False
    return is_public(host) if _is_address(host) else bool(_NAME.fullmatch(host))


def _is_own(url: URL, hosts: FileHosts) -> bool:
    return bool(hosts.own) and url.absolute and url.origin() == URL(hosts.own).origin()


class CheckedResolver(AbstractResolver):
    """Resolves only names that lead outside; aiohttp connects to the addresses that are given here, and to nothing else."""

    def __init__(self, inner: AbstractResolver, own: URL | None = None) -> None:
        self._inner = inner
        self._own = own  # the origin that may be inside

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Where *host* is; an OSError, as of a name nobody knows, if any of that is inside."""
        found = await self._inner.resolve(host, port, family)
        ours = self._own is not None and (host, port) == (self._own.raw_host, self._own.port)
        if not ours and not all(is_public(one["host"]) for one in found):
            raise OSError("expected a public address, got one inside")
        return found

    async def close(self) -> None:
        """Close the resolver that looks up."""
        await self._inner.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeFetcher:
    """Fetches files from the open internet."""

    within: float = WITHIN
    at_most: int = LARGEST
    names: AbstractResolver | None = None  #: looks names up; None: the machine's own resolver
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(SLOTS))

    async def fetch(self, address: str, *, hosts: FileHosts) -> MediaBytes:
        """
        The file at *address*: `Refused` if it may not be asked for or is none we show, `Unreachable` if nobody answers.

        It is asked for only at *hosts*.
        """
        try:
            async with asyncio.timeout(self.within), self._session(hosts) as session:
                return await self._follow(session, address, hosts)
        except (aiohttp.ClientError, TimeoutError, OSError) as failure:
            raise Unreachable(f"a file of the answer: {type(failure).__name__}") from failure

    def _session(self, hosts: FileHosts) -> aiohttp.ClientSession:
        own = URL(hosts.own).origin() if hosts.own else None
        resolver = CheckedResolver(self.names or aiohttp.ThreadedResolver(), own)
        connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True)
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # a proxy would look names up for itself
            auto_decompress=False,  # a bomb stays small
            headers={"User-Agent": "coze-bridge", "Accept-Encoding": "identity"},
        )

    async def _follow(self, session: aiohttp.ClientSession, address: str, hosts: FileHosts) -> MediaBytes:
        url = _read(address)
        for _ in range(REDIRECTIONS + 1):
            if not permitted(url, hosts):
                raise Refused("expected a file at a host of the bot's or of its `pictures`, got one elsewhere")
            async with session.get(url, allow_redirects=False) as response:
                if response.status not in _REDIRECTED:
                    return await self._take(response)
                url = url.join(_read(response.headers.get("Location", "")))
        raise Refused(f"expected at most {REDIRECTIONS} redirections, got more")

    async def _take(self, response: aiohttp.ClientResponse) -> MediaBytes:
        if response.status != HTTPStatus.OK:
            failure = Unreachable if response.status in _PASSING else Refused
            raise failure(f"expected a file, got HTTP {response.status}")
        body = BoundedBuffer(self.at_most)
        body.expect(response.content_length)
        async with self.slots, asyncio.timeout(BODY_WITHIN):
            async for chunk in response.content.iter_any():
                body.append(chunk)
        if not sniff_extensions(body.data) or is_html(body.data):
            raise Refused("expected a picture or a document, got something else")
        return named_media(body.data, URL(response.url).name, response.content_type)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _read(address: str) -> URL:
    if _STRANGE.search(address):
        raise Refused("expected an address, got something with blanks or backslashes")
    try:
        return URL(address)
    except ValueError as unreadable:
        raise Refused("expected an address, got something else") from unreadable
