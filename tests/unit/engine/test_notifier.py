"""Sentences outside any turn: so many are on their way at once, and no more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bridge.engine.notifier import AT_ONCE, Notifier
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place


class SlowPlatform:
    """An adapter whose platform takes its time."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.goes_on = asyncio.Event()

    @asynccontextmanager
    async def reply(self, _message: Inbound) -> AsyncIterator["SlowPlatform"]:
        """A way to answer."""
        yield self

    async def notify(self, text: str) -> None:
        """Say it, once the platform goes on."""
        await self.goes_on.wait()
        self.said.append(text)


def said_by(person: int) -> Inbound:
    return Inbound(
        dedupe_keys=(),
        where=Place(adapter="helpdesk", chat=str(person)),
        chat_type=ChatType.PRIVATE,
        author=Person(id=str(person)),
        text="hello",
        address=Address.TO_US,
    )


async def test_so_many_sentences_are_on_their_way_and_no_more() -> None:
    platform = SlowPlatform()
    adapters: Any = {"helpdesk": platform}
    async with Notifier(adapters) as notifier:
        begun = [notifier.notify(said_by(person), "Sorry.") for person in range(AT_ONCE + 20)]
        platform.goes_on.set()
        await asyncio.gather(*notifier._tasks)

    assert [True] * AT_ONCE + [False] * 20 == begun
    assert AT_ONCE == len(platform.said)
