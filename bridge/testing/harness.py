"""A place to try an adapter in, with somebody who talks there and a way to read what they read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final, Self

from bridge.sdk.answers import Part
from bridge.sdk.model import Inbound, Ref
from bridge.sdk.ports import Adapter, ReplySink
from bridge.sdk.unreadable import Unreadable

PATIENCE: Final = 40.0
"""Seconds for anything to happen on a busy machine; no test measures time by it."""

STEPS: Final = ("Once ", "Once upon ", "Once upon a time 很久以前 ", "Once upon a time 很久以前 🦊")
"""What is known of an answer as it grows."""


class Trait(StrEnum):
    """What a place can do, so that it can be promised."""

    GROWS = "shows an answer while it grows"
    CHANGES = "changes a message that stands"
    KEEPS = "keeps what was said until it is acknowledged"
    SHOWS_LIFE = "shows that an answer is coming"
    FAILS = "can be told to fail"
    FORMATS = "shows Markdown formatted"


@dataclass(slots=True)
class RecordingAccept:
    """What the core would have on disk, and how often it was brought."""

    brought: list[Inbound] = field(default_factory=list)
    kept: list[Inbound] = field(default_factory=list)
    put_aside: list[Unreadable] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)  #: raised one by one instead of keeping
    may_keep: asyncio.Event = field(default_factory=asyncio.Event)
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        self.may_keep.set()

    async def accept(self, message: Inbound | Unreadable) -> None:
        """Keep what is new, as the inbox does."""
        if isinstance(message, Unreadable):
            self.put_aside.append(message)
            return
        await self._now(self.brought, message)
        await self.may_keep.wait()
        if self.failures:
            raise self.failures.pop(0)
        if {key for one in self.kept for key in one.dedupe_keys}.isdisjoint(message.dedupe_keys):
            await self._now(self.kept, message)

    async def is_brought(self) -> Inbound:
        """Wait for a message, kept or not."""
        return await self._until(self.brought, 1)

    async def keeps(self, count: int = 1) -> Inbound:
        """Wait for that many, and give the last of them."""
        return await self._until(self.kept, count)

    async def _now(self, where: list[Inbound], message: Inbound) -> None:
        async with self._came:
            where.append(message)
            self._came.notify_all()

    async def _until(self, where: list[Inbound], count: int) -> Inbound:
        async with asyncio.timeout(PATIENCE), self._came:
            await self._came.wait_for(lambda: len(where) >= count)
        return where[count - 1]


class AdapterHarness:
    """
    One kind of place; open inside an ``async with`` block.

    Yours says which adapter (`kind`), what its place can do (`traits`), and how to do there what a person does: `says`,
    `reads`. Of the methods below those, the ones are asked for whose trait it has.
    """

    kind: ClassVar[type[Adapter]]
    traits: ClassVar[frozenset[Trait]] = frozenset()

    def __init__(self) -> None:
        self._open = AsyncExitStack()
        self.recorder = RecordingAccept()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await self.build(opening)
            self.adapter = await opening.enter_async_context(self.another())
            self._hearing = asyncio.create_task(self.adapter.run(self.recorder.accept))
            opening.push_async_callback(self.stop_hearing)
            async with asyncio.timeout(PATIENCE):
                while self.adapter.unavailable_reason:  # noqa: ASYNC110 - adapters tell how they are, they do not announce it
                    await asyncio.sleep(0)
            self._open = opening.pop_all()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._open.aclose()

    async def stop_hearing(self) -> bool:
        """Cancel the adapter's `run`; gives whether it ended by that."""
        self._hearing.cancel()
        await asyncio.gather(self._hearing, return_exceptions=True)
        return self._hearing.cancelled()

    async def build(self, opening: AsyncExitStack) -> None:
        """Put up what the adapter talks to; whatever enters *opening* is closed at the end."""

    def another(self) -> Adapter:
        """One more adapter for the same place, as another process would have it; not open."""
        return self.kind.from_options("here", self.kind.Options.model_validate(self.options()))

    def options(self) -> dict[str, Any]:
        """The adapter's section in the config file."""
        return {}

    def says(self, text: str) -> None:
        """Have somebody say *text* to the bot, in a conversation of their own for each text."""
        raise NotImplementedError

    @property
    def reads(self) -> list[str]:
        """What people read of the bot now, message by message, growing ones too."""
        raise NotImplementedError

    async def acknowledged(self) -> None:
        """Wait until the platform knows that everything was heard."""

    def rung(self) -> list[object]:
        """Whose phones the bot has rung."""
        return []

    def unacknowledged(self) -> bool:
        """Whether the platform does not know yet that everything was heard (`Trait.KEEPS`)."""
        raise NotImplementedError

    async def alive(self) -> None:
        """Wait for a sign that an answer is coming (`Trait.SHOWS_LIFE`)."""
        raise NotImplementedError

    async def silent(self) -> None:
        """Wait until no such sign is left (`Trait.SHOWS_LIFE`)."""

    def delete(self, ref: Ref) -> None:
        """Take the bot's message away (`Trait.CHANGES`)."""
        raise NotImplementedError

    def limit(self, seconds: int, *, times: int = 1) -> None:
        """Refuse what is said next, so many *times*, and tell to wait so long (`Trait.FAILS`)."""
        raise NotImplementedError

    def lose_receipt(self) -> None:
        """Do what is asked next, and cut the line before the answer to it (`Trait.FAILS`)."""
        raise NotImplementedError

    @property
    def has_failed(self) -> bool:
        """Whether every failure asked for has happened (`Trait.FAILS`)."""
        raise NotImplementedError

    async def question(self, text: str = "hello?") -> Inbound:
        """What the bot hears when somebody says *text*."""
        self.says(text)
        return await self.recorder.keeps(len(self.recorder.kept) + 1)

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[ReplySink]:
        """A sink for the answer to somebody's question."""
        message = await self.question()
        async with self.adapter.reply(message) as sink:
            yield sink

    @asynccontextmanager
    async def taking_over(self) -> AsyncIterator[ReplySink]:
        """A sink for the answer to the question asked last, in another process."""
        async with self.another() as adapter, adapter.reply(self.recorder.kept[-1]) as sink:
            yield sink


def part(text: str, ref: Ref | None = None, *, index: int = 0, turn: int = 1) -> Part:
    """One message's worth of the answer in that *turn*."""
    return Part(index=index, text=text, key=f"turn-{turn}/{index}", ref=ref)


async def stand(sink: ReplySink, text: str, *, index: int = 0, turn: int = 1) -> Ref:
    """Show *text* as a preview if the place has any, and finish it."""
    ref = await sink.preview(part(text[: len(text) // 2], index=index, turn=turn))
    return await sink.finish(part(text, ref, index=index, turn=turn))
