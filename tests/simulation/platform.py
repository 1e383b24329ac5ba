"""A chat platform in memory: people, the screens they look at, and an adapter that is strict with its caller."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeVar

import structlog
from pydantic import BaseModel

from bridge.sdk.answers import NO_BUTTONS, Buttons, Part
from bridge.sdk.errors import ChatGone, MessageGone, RateLimited, Unreachable
from bridge.sdk.model import Address, Attachment, ChatType, CommandName, Inbound, MediaBytes, Person, Place, Ref
from bridge.sdk.ports import Accept, Fence, Surface, no_fence
from tests.simulation.wire import Call, Process, Wire

T = TypeVar("T")

PAUSES = (0.5, 1.5)
"""Seconds between the tries of what must be said."""

LIMIT = 48
"""A message's longest text: short, so that answers have several parts."""


@dataclass(slots=True)
class Message:
    """One message of the bot's on a screen."""

    ref: Ref
    key: str  #: of the part it shows
    text: str
    process: Process
    lost: bool  #: whoever sent it may never have learnt that it exists
    posted_at: float
    changed_at: float
    deleted: bool = False


@dataclass(slots=True)
class Screen:
    """What can be seen in one chat."""

    place: Place
    messages: list[Message] = field(default_factory=list)
    told: list[tuple[int, str]] = field(default_factory=list)  #: the bridge's own sentences, by turn
    said: list[Inbound] = field(default_factory=list)  #: what people said, in order
    unsaid: set[int] = field(default_factory=set)  #: turns about which a sentence was tried in vain
    gone: bool = False  #: nobody can be answered here any more

    def of(self, key: str) -> list[Message]:
        """The messages that show that part, deleted ones too."""
        return [message for message in self.messages if message.key == key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a platform shows an answer."""

    name: str
    stands: bool  #: a preview leaves a message behind
    finds: bool  #: it can be asked what it shows
    every: float | None


STYLES = (
    Style(name="drafts", stands=False, finds=False, every=0.5),
    Style(name="edits", stands=True, finds=False, every=1.0),
    Style(name="marks", stands=True, finds=True, every=0.7),
    Style(name="posts", stands=False, finds=True, every=None),
)


class Platform:
    """The far side of one adapter; it outlives every replica."""

    def __init__(
        self, wire: Wire, style: Style, *, owns: Callable[[str, int], bool], wrong: Callable[[str], None]
    ) -> None:
        self.wire = wire
        self.style = style
        self.owns = owns  # whether that replica holds that turn, by the database
        self.wrong = wrong
        self.screens: dict[str, Screen] = {}
        self._numbers = 0

    def screen(self, chat: str) -> Screen:
        """A chat, a new one if need be."""
        return self.screens.setdefault(chat, Screen(Place(adapter=self.style.name, chat=chat)))

    def says(self, chat: str, text: str, *, command: CommandName | None = None) -> Inbound:
        """Somebody says something there."""
        screen = self.screen(chat)
        number = len(screen.said)
        message = Inbound(
            dedupe_keys=(f"update:{chat}:{number}", f"message:{chat}:{number}"),
            where=screen.place,
            chat_type=ChatType.PRIVATE,
            author=Person(id=chat, language="en"),
            text=text,
            address=Address.TO_US,
            command=command,
        )
        screen.said.append(message)
        return message

    def post(self, call: Call, screen: Screen, key: str, text: str) -> Ref:
        """A new message."""
        if screen.gone:
            raise ChatGone("the chat is closed")
        self._numbers += 1
        ref = Ref(f"{self.style.name}-{self._numbers:04}")
        now = self.wire.loop.time()
        lost = not call.heard or self.wire.away
        screen.messages.append(Message(ref, key, text, call.process, lost=lost, posted_at=now, changed_at=now))
        self.wire.note(f"  shows {ref} ({key}): {text!r}")
        return ref

    def edit(self, screen: Screen, part: Part) -> Ref:
        """Another text in a message that stands."""
        if screen.gone:
            raise ChatGone("the chat is closed")
        found = next((message for message in screen.messages if message.ref == part.ref), None)
        if found is None or found.deleted:
            raise MessageGone(f"there is no {part.ref}")
        if found.key != part.key:
            self.wrong(f"I5: {part.ref} shows {found.key}, and was edited as {part.key}")
        if found.text != part.text:
            found.text, found.changed_at = part.text, self.wire.loop.time()
            self.wire.note(f"  edits {part.ref} ({part.key}): {part.text!r}")
        return found.ref

    def __iter__(self) -> Iterator[Screen]:
        return iter(self.screens.values())


class Options(BaseModel):
    """An adapter of the simulation has none."""


class Adapter:
    """One replica's way to a platform."""

    Options: ClassVar[type[BaseModel]] = Options
    platform: ClassVar[str] = "simulated"
    exclusive_lease: str | None = None
    unavailable_reason: str | None = None

    def __init__(self, platform: Platform, process: Process) -> None:
        self.name = platform.style.name
        self._far = platform
        self._process = process
        self.open = 0  #: places lent and not given back

    @classmethod
    def from_options(cls, name: str, options: Any) -> Self:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failure: object) -> None:
        pass

    async def run(self, accept: Accept) -> None:
        raise NotImplementedError

    def format_command(self, command: CommandName) -> str:
        return f"/{command}"

    def reply(self, message: Inbound, fence: Fence = no_fence) -> "AbstractAsyncContextManager[Sink]":
        return self._reply(message, fence)

    async def fetch(self, attachment: Attachment, *, at_most: int) -> MediaBytes:
        raise NotImplementedError

    @asynccontextmanager
    async def _reply(self, message: Inbound, fence: Fence) -> AsyncIterator["Sink"]:
        self.open += 1
        try:
            yield Sink(self._far, self._process, message, fence)
        finally:
            self.open -= 1


class Sink:
    """A place for one answer; a `bridge.sdk.ports.ReplySink`."""

    def __init__(self, platform: Platform, process: Process, message: Inbound, fence: Fence) -> None:
        self._far = platform
        self._fence = fence
        self._process = process
        self._screen = platform.screen(message.where.chat)
        self._previewed: dict[int, str] = {}
        self._busy = ""
        self.surface = Surface(
            limit=LIMIT, preview_interval=platform.style.every, previews_are_messages=platform.style.stands
        )

    async def preview(self, part: Part) -> Ref | None:
        before = self._previewed.get(part.index, "")
        if not part.text.startswith(before) and before.startswith(part.text):
            self._far.wrong(f"I5: a preview of {part.key} shrank from {before!r} to {part.text!r}")
        self._previewed[part.index] = part.text
        if not self._far.style.stands:
            await self._call(f"draft {part.key}", lambda _: None)
            return None
        return await self._show(part, "preview")

    async def finish(self, part: Part) -> Ref:
        if not part.text.strip() or len(part.text) > LIMIT:
            self._far.wrong(f"I5: {part.key} does not fit: {part.text!r}")
        return await self._show(part, "finish")

    async def find(self, part: Part) -> Ref | None:
        if not self._far.style.finds:
            return None

        def look(_: Call) -> Ref | None:
            return next((message.ref for message in self._screen.of(part.key) if not message.deleted), None)

        return await self._call(f"find {part.key}", look)

    async def withdraw(self, ref: Ref) -> None:
        raise NotImplementedError

    async def notify(self, text: str, buttons: Buttons = NO_BUTTONS, *, formatted: bool = False) -> None:
        turn = _turn()

        def say(_: Call) -> None:
            if self._screen.gone:
                raise ChatGone("the chat is closed")
            self._screen.told.append((turn, text))

        self._screen.unsaid.add(turn)
        await self._surely(f"tell turn-{turn}: {text!r}", say)
        self._screen.unsaid.discard(turn)

    async def attach(self, media: MediaBytes) -> None:
        await self._surely(f"attach {media.name}", lambda _: None)  # nobody looks at files here

    async def _show(self, part: Part, how: str) -> Ref:
        call = self._call if how == "preview" else self._surely
        if part.ref is not None:
            return await call(f"{how} {part.key} in {part.ref}", lambda _: self._far.edit(self._screen, part))
        return await call(f"{how} {part.key}", lambda call: self._far.post(call, self._screen, part.key, part.text))

    async def _surely(self, name: str, deed: Callable[[Call], T]) -> T:
        """Try again, as real sinks do, what has surely not been done."""
        for pause in PAUSES:
            self._fence()
            try:
                return await self._call(name, deed)
            except RateLimited as limit:
                await asyncio.sleep(limit.retry_after or pause)
            except Unreachable:
                await asyncio.sleep(pause)
        self._fence()
        return await self._call(name, deed)

    async def _call(self, name: str, deed: Callable[[Call], T]) -> T:
        if self._process.alive:
            self._check(name)
        self._busy = name
        try:
            return await self._far.wire.call(self._process, name, deed)
        finally:
            self._busy = ""

    def _check(self, name: str) -> None:
        if self._busy:
            self._far.wrong(f"{name!r} overlaps with {self._busy!r}")
        if not name.startswith("find") and not self._far.owns(self._process.name, _turn()):
            self._far.wrong(f"I8: {self._process.name} does {name!r} for a turn that is not its own")


def _turn() -> int:
    """The turn at hand, as telemetry names it."""
    return int(structlog.contextvars.get_contextvars().get("turn", 0))
