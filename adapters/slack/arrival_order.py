"""
Whose turn it is, of what has arrived in a channel and is not handed over yet: the oldest by Slack's own time.

Two sockets bring what people say in one breath, and each is read to its end before the other. What is here at the same time
is put in order again; nothing waits for what may still come. https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
from itertools import count
from typing import Final

SETTLED: Final = 8
"""Rounds of the event loop after which all that was read by now has joined: a frame passes through some tasks."""

Arrival = tuple[str, int]
"""A ts, all of one length for some centuries, and a number that makes it unique."""


class ArrivalOrder:
    """What is on its way, by channel."""

    def __init__(self) -> None:
        self._here: dict[str, list[Arrival]] = {}
        self._numbers = count()
        self._left = asyncio.Event()  # somebody has; a new one each time

    def join(self, channel: str, ts: str) -> Arrival:
        """Be here, until `leave`."""
        arrival = ts, next(self._numbers)
        self._here.setdefault(channel, []).append(arrival)
        return arrival

    async def await_turn(self, channel: str, arrival: Arrival) -> None:
        """Return once nothing older is here; whoever goes on without awaiting, and leaves, is before all others."""
        for _ in range(SETTLED):
            await asyncio.sleep(0)
        while min(self._here[channel]) != arrival:
            await self._left.wait()

    def leave(self, channel: str, arrival: Arrival) -> None:
        """Let the next one go on; harmless if repeated."""
        here = self._here.get(channel, [])
        if arrival in here:
            here.remove(arrival)
            self._left.set()
            self._left = asyncio.Event()
        if not here:
            self._here.pop(channel, None)
