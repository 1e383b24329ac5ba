"""
A machine whose names lead outside when they are first looked up and inside from then on; it tells who was looked up and connected to.

Python imports it as a process starts, where PYTHONPATH names this folder (https://docs.python.org/3/library/site.html). Whoever is
connected to at the port of https does not answer, so nothing leaves this machine.
"""

import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

OUTSIDE, INSIDE, HTTPS = "8.8.8.8", "127.0.0.1", 443
TOLD = Path(os.environ["TOLD_BY_NAMES"])

sys.modules["uvloop"] = None  # type: ignore[assignment]  # as where it is not installed: it has a resolver of its own
_truly, _looked_up = socket.getaddrinfo, set[str]()


def _look_up(host: Any, port: Any, *more: Any, **named: Any) -> list[Any]:
    if not str(host).endswith(".example"):
        return _truly(host, port, *more, **named)
    address = INSIDE if host in _looked_up else OUTSIDE
    _looked_up.add(host)
    _tell(("looked up", host, address))
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))]


def _hear(event: str, details: tuple[Any, ...]) -> None:
    if event == "socket.connect" and details[1][1:2] == (HTTPS,):
        _tell(("connected to", details[1][0]))
        raise ConnectionRefusedError


def _tell(words: Iterable[str]) -> None:
    with TOLD.open("a") as told:
        told.write(" ".join(words) + "\n")


socket.getaddrinfo = _look_up
sys.addaudithook(_hear)
