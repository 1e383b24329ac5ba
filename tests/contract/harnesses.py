"""Each place one of our adapters can answer in: a terminal, and the places of the simulated platforms."""

import io
import os
import sys
import threading
from contextlib import AsyncExitStack
from typing import Any, ClassVar, TextIO
from unittest.mock import patch

from adapters.console import ConsoleAdapter
from adapters.slack.adapter import SlackAdapter
from adapters.telegram.adapter import TelegramAdapter
from bridge.sdk.model import Ref
from bridge.sdk.ports import Adapter
from bridge.testing.harness import PATIENCE, AdapterHarness, Trait
from simulators.server import Simulator
from simulators.slack import Slack
from simulators.telegram import Telegram

PLATFORM = frozenset({Trait.GROWS, Trait.CHANGES, Trait.KEEPS, Trait.SHOWS_LIFE, Trait.FAILS})
"""What the places of both platforms can do."""


class Console(AdapterHarness):
    """A terminal: what was printed is there for good."""

    kind = ConsoleAdapter
    traits = frozenset({Trait.GROWS})

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

    async def acknowledged(self) -> None:
        """Wait until it does."""
        await self.platform.until(lambda: not self.unacknowledged(), within=PATIENCE)

    def limit(self, seconds: int, *, times: int = 1) -> None:
        """Let calls that say something be answered 429."""
        self.platform.faults.add("*", when=_speaks, status=429, headers={"Retry-After": str(seconds)}, times=times)

    def lose_receipt(self) -> None:
        """Cut the line after the next call that says something."""
        self.platform.faults.add("*", when=_speaks, apply=True, cut=True)

    @property
    def has_failed(self) -> bool:
        """Whether no fault is left."""
        return not self.platform.faults.take("*", {"text": "", "markdown_text": ""})


def _speaks(params: dict[str, Any]) -> bool:
    """Whether a call says something: the typing sign and polls are let through."""
    return bool(params.keys() & {"text", "markdown_text"})


class OnTelegram(OnSimulator):
    """Ann, alone with the bot."""

    kind = TelegramAdapter
    traits = PLATFORM | {Trait.FORMATS}
    platform: Telegram
    stream: ClassVar[str] = "auto"

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
        return {"token": self.platform.token, "api_url": self.platform.url, "stream": self.stream}

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


class OnTelegramEdits(OnTelegram):
    """The same, where answers grow by edits."""

    stream = "edit"


class OnTelegramOff(OnTelegram):
    """The same, where answers are shown once they are whole."""

    stream = "off"
    traits = OnTelegram.traits - {Trait.GROWS}


class OnSlack(OnSimulator):
    """Ann in a channel; each of her questions begins a thread."""

    kind = SlackAdapter
    traits = PLATFORM
    platform: Slack
    stream: ClassVar[str] = "auto"

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
        tokens = {"bot_token": slack.bot_token, "app_token": slack.app_token}
        return {"api_url": slack.api_url, "stream": self.stream, **tokens}

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


class OnSlackEdits(OnSlack):
    """The same, where answers grow by edits."""

    stream = "edit"


class OnSlackOff(OnSlack):
    """The same, where answers are shown once they are whole."""

    stream = "off"
    traits = OnSlack.traits - {Trait.GROWS}
