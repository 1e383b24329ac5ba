"""
Harnesses: each place an adapter can answer in, with somebody who talks there and a way to read what they read.

A new adapter joins the suite by a harness of its own, and a row in `HARNESSES`.
"""

import asyncio
import io
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self, TextIO
from unittest.mock import patch

from bridge.registry import Kinds, build
from bridge.sdk.model import Inbound, Part, Ref, Unreadable
from bridge.sdk.ports import Adapter, ReplySink
from simulators.server import Simulator
from simulators.slack import Slack
from simulators.telegram import Telegram

PATIENCE = 40.0
"""Seconds for anything to happen on a busy machine; no test measures time by it."""


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
    """One kind of place; open inside an ``async with`` block."""

    kind: str
    formats = False  #: Markdown is shown, not its marks
    replaceable = True  #: a message that stands can still be changed

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._open = AsyncExitStack()
        self.recorder = RecordingAccept()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await self.build(opening)
            self.adapter = await opening.enter_async_context(self.another())
            self._hearing = asyncio.create_task(self.adapter.run(self.recorder.accept))
            opening.push_async_callback(self._stop)
            async with asyncio.timeout(PATIENCE):
                while self.adapter.unavailable_reason:  # noqa: ASYNC110 - adapters tell how they are, they do not announce it
                    await asyncio.sleep(0)
            self._open = opening.pop_all()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._open.aclose()

    async def _stop(self) -> None:
        self._hearing.cancel()
        await asyncio.gather(self._hearing, return_exceptions=True)

    async def build(self, opening: AsyncExitStack) -> None:
        """Put up what the adapter talks to."""

    def another(self) -> Adapter:
        """One more adapter for the same place, as another process would have it; not open."""
        kinds = Kinds()
        options = kinds[self.kind].model_validate(self.options() | self._options)
        return build(kinds, "here", self.kind, options)

    def options(self) -> dict[str, Any]:
        """The adapter's section in the config file."""
        return {}

    def says(self, text: str) -> None:
        """Have somebody say *text* to the bot, in a conversation of their own for each text."""
        raise NotImplementedError

    async def acknowledged(self) -> None:
        """Wait until the platform knows that everything was heard."""

    @property
    def reads(self) -> list[str]:
        """What people read of the bot now, message by message, growing ones too."""
        raise NotImplementedError

    def rung(self) -> list[object]:
        """Whose phones the bot has rung."""
        return []

    async def alive(self) -> None:
        """Wait for a sign that an answer is coming."""

    async def silent(self) -> None:
        """Wait until no such sign is left."""

    def delete(self, ref: Ref) -> None:
        """Take the bot's message away."""
        raise NotImplementedError

    def trouble(self, **how: Any) -> None:
        """Spoil whatever is asked of the platform next; the keywords are those of `simulators.server.Fault`."""
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


class Console(AdapterHarness):
    """A terminal: what was printed is there for good."""

    kind = "console"
    replaceable = False

    async def build(self, opening: AsyncExitStack) -> None:
        """A keyboard and a screen."""
        read, write = os.pipe()
        self._typed: TextIO = opening.enter_context(os.fdopen(read))
        opening.callback(_wait_for_readers)
        self._keys: TextIO = opening.enter_context(os.fdopen(write, "w", buffering=1))
        self._screen = io.StringIO()

    def another(self) -> Adapter:
        """An adapter at that keyboard and screen."""
        with patch.object(sys, "stdin", self._typed), patch.object(sys, "stdout", self._screen):
            return super().another()

    def says(self, text: str) -> None:
        """Type a line."""
        self._keys.write(f"{text}\n")

    @property
    def reads(self) -> list[str]:
        """The screen; a terminal knows no messages, so tests print one line for each."""
        return self._screen.getvalue().splitlines()


def _wait_for_readers() -> None:
    """A thread of the adapter's reads the keyboard until there is none."""
    for thread in threading.enumerate():
        if thread.name == "console":
            thread.join(PATIENCE)


class OnSimulator(AdapterHarness):
    """A place at one of the simulated platforms."""

    platform: Simulator

    def unacknowledged(self) -> bool:
        """Whether the platform does not know yet that everything was heard."""
        raise NotImplementedError

    async def acknowledged(self) -> None:
        """Wait until it does."""
        await self.platform.until(lambda: not self.unacknowledged(), within=PATIENCE)

    def trouble(self, **how: Any) -> None:
        """Whatever is asked next goes wrong, but for listening."""
        self.platform.faults.add("*", when=_speaks, **how)


def _speaks(params: dict[str, Any]) -> bool:
    """Whether a call says something: the typing sign and polls are let through."""
    return bool(params.keys() & {"text", "markdown_text"})


class OnTelegram(OnSimulator):
    """Ann, alone with the bot."""

    kind = "telegram"
    formats = True
    platform: Telegram

    async def build(self, opening: AsyncExitStack) -> None:
        """A Telegram in a hurry, and Ann."""
        self.platform = await opening.enter_async_context(Telegram())
        self.platform.time_scale = 0.01
        self.ann = self.platform.person("Ann")
        self.chat, self.thread = self.where()

    def where(self) -> tuple[int, int | None]:
        """The chat, and the topic in it."""
        return self.platform.private(self.ann), None

    def options(self) -> dict[str, Any]:
        """The simulator's address and token."""
        return {"token": self.platform.token, "api_url": self.platform.url}

    def says(self, text: str) -> None:
        """Ann says it to the bot."""
        words = text if self.chat == self.ann.id else self.platform.mention(text)
        self.platform.says(self.ann, words, self.chat, thread=self.thread)

    def unacknowledged(self) -> bool:
        """Telegram forgets what was confirmed."""
        return bool(self.platform.pending())

    @property
    def reads(self) -> list[str]:
        """The messages and, below them, the draft's bubble."""
        draft = self.platform.draft(self.chat, self.thread)
        return self.platform.bot_texts(self.chat, self.thread) + ([draft] if draft else [])

    async def alive(self) -> None:
        """The bot is typing."""
        await self.platform.until(lambda: self.platform.actions, within=PATIENCE)

    def delete(self, ref: Ref) -> None:
        """As Ann or an administrator may."""
        (message,) = [one for one in self.platform.messages(self.chat) if one.message_id == int(ref)]
        message.deleted = True


class OnTelegramGroup(OnTelegram):
    """Ann in a group."""

    def where(self) -> tuple[int, int | None]:
        """A group without topics."""
        return self.platform.group("Tea", members=[self.ann]), None


class OnTelegramTopic(OnTelegram):
    """Ann in a topic of a forum."""

    def where(self) -> tuple[int, int | None]:
        """A forum's topic."""
        forum = self.platform.group("Office", members=[self.ann], forum=True)
        return forum, self.platform.topic(forum, "Tea", by=self.ann)


class OnSlack(OnSimulator):
    """Ann in a channel; each of her questions begins a thread."""

    kind = "slack"
    platform: Slack

    async def build(self, opening: AsyncExitStack) -> None:
        """A Slack in a hurry, Ann, and her channel."""
        self.platform = await opening.enter_async_context(Slack())
        self.platform.time_scale = 0.2
        self.ann = self.platform.person("ann")
        self.channel = self.where()
        self.asked = ""

    def where(self) -> str:
        """A channel."""
        return self.platform.channel("help", members=[self.ann])

    def options(self) -> dict[str, Any]:
        """The simulator's address and tokens, for Socket Mode."""
        slack = self.platform
        return {"api_url": slack.api_url, "bot_token": slack.bot_token, "app_token": slack.app_token}

    def says(self, text: str) -> None:
        """Ann says it to the bot."""
        self.asked = self.platform.says(self.ann, text, self.channel, mention=not self.channel.startswith("D"))

    def unacknowledged(self) -> bool:
        """Slack is about to send something again."""
        return not self.platform.courier.settled()

    @property
    def reads(self) -> list[str]:
        """All the bot's messages there; a disarmed mention looks as it was written."""
        shown = [one.shown for one in self.platform.messages(self.channel) if one.bot]
        return [text.replace("&lt;", "<").replace("\u200b", "") for text in shown]

    def rung(self) -> list[object]:
        """Every mention that Slack resolved."""
        return [*self.platform.pings]

    async def alive(self) -> None:
        """The app is thinking."""
        await self.platform.until(lambda: self.platform.status(self.channel, self.asked), within=PATIENCE)

    async def silent(self) -> None:
        """It says so no more."""
        await self.platform.until(lambda: not self.platform.status(self.channel, self.asked), within=PATIENCE)

    def delete(self, ref: Ref) -> None:
        """As an administrator may."""
        self.platform.world.remove(self.platform.message(ref))


class OnSlackDirect(OnSlack):
    """Ann alone with the app."""

    def where(self) -> str:
        """Their direct message."""
        return self.platform.dm(self.ann)


HARNESSES: dict[str, Callable[[], AdapterHarness]] = {
    "console": Console,
    "telegram private": OnTelegram,
    "telegram group": OnTelegramGroup,
    "telegram topic": OnTelegramTopic,
    "telegram edits": lambda: OnTelegram(stream="edit"),
    "telegram off": lambda: OnTelegram(stream="off"),
    "slack channel": OnSlack,
    "slack direct": OnSlackDirect,
    "slack edits": lambda: OnSlack(stream="edit"),
    "slack off": lambda: OnSlack(stream="off"),
}
"""Every place there is, by the name its tests bear."""

ON_PLATFORMS = [name for name in HARNESSES if name != "console"]
"""Those where somebody else keeps what was said."""

GROWING = [name for name in HARNESSES if not name.endswith("off")]
"""Those where an answer can be watched."""


def part(text: str, ref: Ref | None = None, *, index: int = 0, turn: int = 1) -> Part:
    """One message's worth of the answer in that *turn*."""
    return Part(index=index, text=text, key=f"turn-{turn}/{index}", ref=ref)
