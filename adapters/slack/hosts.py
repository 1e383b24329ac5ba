"""Which addresses are Slack's own, and which may get our token: an address may come from anybody, or from a stored message."""

from collections.abc import Callable
from typing import Final

from yarl import URL

_SLACKS_OWN: Final = (".slack.com", ".slack-gov.com")
"""How the names of Slack's own hosts end; https://docs.slack.dev/govslack names the second."""
_FILE_HOSTS: Final = frozenset({"files.slack.com", "files.slack-gov.com"})


def is_slacks(url: str, origin: URL) -> bool:
    """Whether *url* leads to Slack itself, or to the server at *origin*, which the config names."""
    return _leads_to(url, origin, lambda host: f".{host}".endswith(_SLACKS_OWN))


def may_see_token(url: str, origin: URL) -> bool:
    """Whether *url* leads to a host where Slack keeps files, or to the server at *origin*, which the config names."""
    return _leads_to(url, origin, lambda host: host in _FILE_HOSTS)


def _leads_to(url: str, origin: URL, is_known: Callable[[str], bool]) -> bool:
    try:
        address = URL(url)
        return (address.scheme == "https" and is_known(address.host or "")) or address.origin() == origin
    except ValueError:  # no address at all, or one without a host
        return False
