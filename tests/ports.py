"""Ports for what has to know its address before it listens."""

import secrets
import socket
from contextlib import suppress
from typing import Final

PORTS: Final = range(20_000, 32_000)
"""Below those that the system gives to whoever asks for any, which may be asked for in the very next moment."""


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
