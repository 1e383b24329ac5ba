"""
Restores the order of a channel's messages: of those that have arrived and are not accepted yet, the oldest goes first.

Messages sent in quick succession may come over two sockets, each of which is read separately. Only messages that are
here at the same time are put in order; none waits for one that may still come. https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
from itertools import count
from typing import Final

SETTLED: Final = 8
"""Rounds of the event loop after which all that was read by now has joined: a frame passes through some tasks."""

Arrival = tuple[str, int]
"""A ts, all of one length for some centuries, and a number that makes it unique."""


class ArrivalOrder:
    """The messages being accepted, by channel."""

    def __init__(self) -> None:
        self._here: dict[str, list[Arrival]] = {}
        self._numbers = count()
        self._left = asyncio.Event()  # somebody has; a new one each time

    def join(self, channel: str, ts: str) -> Arrival:
        """Add a message, to be removed by `leave`."""
        arrival = ts, next(self._numbers)
        self._here.setdefault(channel, []).append(arrival)
        return arrival

    async def await_turn(self, channel: str, arrival: Arrival) -> None:
        """Wait until no older message of the channel is left."""
        for _ in range(SETTLED):
            await asyncio.sleep(0)
        while min(self._here[channel]) != arrival:
            await self._left.wait()

    def leave(self, channel: str, arrival: Arrival) -> None:
        """Remove a message, so that the next one may go on; harmless if repeated."""
        here = self._here.get(channel, [])
        if arrival in here:
            here.remove(arrival)
            self._left.set()
            self._left = asyncio.Event()
        if not here:
            self._here.pop(channel, None)
