"""
Notifies systemd of the daemon's state, over the socket of ``NOTIFY_SOCKET``; without one, nothing happens.

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
    """Send *states*, such as ``READY=1``; it is no failure if systemd does not listen."""
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
    """Notify that the config is being reloaded, and at the end of the block that this is over."""
    sd_notify("RELOADING=1", f"MONOTONIC_USEC={int(time.monotonic() * MICROSECONDS)}")
    try:
        yield
    finally:
        sd_notify("READY=1")


async def watchdog() -> None:
    """Notify that the event loop runs, twice in each interval of systemd's watchdog, until cancelled."""
    wanted = int(os.environ.get("WATCHDOG_USEC") or 0) / MICROSECONDS
    if wanted <= 0 or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return
    while True:
        sd_notify("WATCHDOG=1")
        await asyncio.sleep(wanted / 2)
