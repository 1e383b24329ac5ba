"""Amounts as people write them: durations, shares, an address to listen at."""

import re
from dataclasses import dataclass

from bridge.sdk.far_sides import is_host

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(ms|[smhdw])", re.ASCII)
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)\s*%", re.ASCII)
_LISTEN_ADDRESS = re.compile(r"(?:\[(?P<v6>[^\]\s]+)\]|(?P<host>[^\s:/]+)):(?P<port>\d{1,5})", re.ASCII)
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenAddress:
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_duration(text: str) -> float:
    """The seconds of a duration such as ``30s``, ``1.5h`` or ``7d``; raises ValueError."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError("expected a duration such as 30s, 5m or 7d")
    return float(found[1]) * _SECONDS[found[2]]


def parse_share(text: str) -> float:
    """The part of one that a text such as ``10%`` means; raises ValueError."""
    found = _SHARE.fullmatch(text.strip())
    if not found or not 0 < (part := float(found[1]) / 100) <= 1:
        raise ValueError("expected a share such as 10%, above 0% and at most 100%")
    return part


def parse_listen_address(text: str) -> ListenAddress:
    """The host and port of a text such as ``127.0.0.1:8080``; raises ValueError."""
    found = _LISTEN_ADDRESS.fullmatch(text.strip())
    if not found or int(found["port"]) > _LAST_PORT or not is_host(found["host"] or f"[{found['v6']}]"):
        raise ValueError("expected host:port such as 127.0.0.1:8080, or null for no HTTP")
    return ListenAddress(host=found["host"] or found["v6"], port=int(found["port"]))
