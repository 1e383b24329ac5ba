"""
The two copies of a mention, ``app_mention`` and ``message``, made one: each may lack what the other holds.

Files come with one of them only, and ``app_mention`` does not tell a group direct message from a channel. The copy that comes
first waits for the other: as long as both come, which is usually at the same time, and for `WAIT` seconds at most. Whichever
is kept first is whole; the other is a repetition.
"""

import asyncio
from collections import OrderedDict
from dataclasses import replace
from typing import Final

from bridge.sdk.model import ChatType, Inbound

WAIT: Final = 0.15
"""Seconds for the other copy; where only one kind of event is subscribed to, one mention alone waits for so long."""

_REMEMBERED: Final = 256


class Copies:
    """The mentions of the last moments, by the key that both copies share."""

    def __init__(self) -> None:
        self._first: OrderedDict[str, asyncio.Future[Inbound]] = OrderedDict()
        self._come_in_pairs = True  #: as far as we have seen

    async def joined(self, message: Inbound) -> Inbound:
        """A mention, with what its other copy holds beyond it."""
        key = message.dedupe_keys[-1]
        if (other := self._first.get(key)) is not None:
            self._come_in_pairs = True
            return _hand_over(other, message)
        self._first[key] = first = asyncio.get_running_loop().create_future()
        if len(self._first) > _REMEMBERED:
            self._first.popitem(last=False)
        if not self._come_in_pairs or message.attachments or message.forwards:
            first.set_result(message)
            return message
        return await self._waited(first, message)

    async def _waited(self, first: asyncio.Future[Inbound], message: Inbound) -> Inbound:
        try:
            async with asyncio.timeout(WAIT):
                second = await asyncio.shield(first)
        except TimeoutError:
            self._come_in_pairs = False
            first.cancel()
            return message
        return merged(message, second)


def _hand_over(first: "asyncio.Future[Inbound]", second: Inbound) -> Inbound:
    """Give the first copy the *second*, if it still waits; what the second is with the first."""
    if first.cancelled():
        return second
    if first.done():
        return merged(second, first.result())
    first.set_result(second)
    return second


def merged(copy: Inbound, other: Inbound) -> Inbound:
    """The richer of two copies, under the key of the first; a group is what either takes for one."""
    whole = max((copy, other), key=_richness)
    group = ChatType.GROUP in (copy.chat_type, other.chat_type)
    return replace(whole, dedupe_keys=copy.dedupe_keys, chat_type=ChatType.GROUP if group else whole.chat_type)


def _richness(message: Inbound) -> tuple[int, int, int]:
    return len(message.attachments), len(message.forwards), len(message.text)
