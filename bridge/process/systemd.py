"""
Tells systemd how we are, over the datagram socket that it names in ``NOTIFY_SOCKET``; where there is none, nothing happens.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

MICROSECONDS = 1_000_000


def sd_notify(*states: str) -> None:
    """Send each of *states*, such as ``READY=1``; a systemd that does not listen is no reason to fail."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # a name that no file has
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams:
        datagrams.setblocking(False)
        datagrams.sendto("\n".join(states).encode(), address)


@contextmanager
def reloading() -> Iterator[None]:
    """Say that the config is being read anew, and afterwards that this is over, whatever came of it."""
    sd_notify("RELOADING=1", f"MONOTONIC_USEC={int(time.monotonic() * MICROSECONDS)}")
    try:
        yield
    finally:
        sd_notify("READY=1")


async def watchdog() -> None:
    """Say that the loop turns, twice as often as systemd wants to hear it, until cancelled; it ends us if we fall silent."""
    wanted = int(os.environ.get("WATCHDOG_USEC") or 0) / MICROSECONDS
    if wanted <= 0 or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return
    while True:
        sd_notify("WATCHDOG=1")
        await asyncio.sleep(wanted / 2)
