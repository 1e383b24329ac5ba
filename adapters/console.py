"""
The smallest adapter: what is typed into the terminal is a private message, and the answer grows below it.

Read it first if you want to write one. An adapter receives (`run`): it makes an `Inbound` of what somebody said and awaits
`accept`, after which the message is safe. And it opens a sink for each answer (`reply`), which is told what the screen
should show by now, and finds its own way there.
"""

import asyncio
import sys
import threading
import time
import uuid
from contextlib import suppress
from typing import ClassVar, TextIO

from pydantic import BaseModel, ConfigDict, Field

from bridge.sdk.answers import Part
from bridge.sdk.errors import Later
from bridge.sdk.model import Inbound, Ref
from bridge.sdk.plain import PlainAdapter, PlainSink
from bridge.sdk.ports import Accept, Fence, Surface, no_fence

RETRY_SECONDS = 0.5
"""Seconds before a line that could not be written down is handed over again."""


class ConsoleOptions(BaseModel):
    """The section of a console in the config file; nothing in it is required."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    person: str = Field(default="you", description="who types", examples=["ann"], json_schema_extra={"zh": "打字的人"})


class ConsoleAdapter(PlainAdapter):
    """One person at a terminal; any number of replicas may run, each at its own."""

    Options: ClassVar[type[BaseModel]] = ConsoleOptions
    platform = "console"

    def __init__(
        self, name: str, options: ConsoleOptions, *, typed: TextIO | None = None, screen: TextIO | None = None
    ) -> None:
        super().__init__(name, options)
        self._typed = typed or sys.stdin
        self._screen = screen or sys.stdout

    async def run(self, accept: Accept) -> None:
        """Accept each line; after the last one wait to be cancelled, since answers may still be under way."""
        lines: asyncio.Queue[str] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        # A thread that need not end with us: nothing else can wait for terminals, pipes and files alike.
        threading.Thread(target=self._read, args=(loop, lines), daemon=True, name="console").start()
        self.unavailable_reason = None
        while True:
            key = uuid.uuid4().hex  # a platform's own number, where there is one: it stops redeliveries
            message = self.said(await lines.get(), key=key, person=self.options.person, sent_at=time.time())
            await _hand_over(message, accept)

    def reply(self, message: Inbound, fence: Fence = no_fence) -> "ConsoleSink":  # noqa: ARG002 - one screen for all
        """The screen."""
        return ConsoleSink(self._screen)

    def _read(self, loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nothing receives any more
            for line in self._typed:
                if text := line.strip():
                    loop.call_soon_threadsafe(lines.put_nowait, text)


async def _hand_over(message: Inbound, accept: Accept) -> None:
    """Have *message* accepted, however long that takes: nobody else would bring it again."""
    while True:
        try:
            await accept(message)
        except Later:
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


class ConsoleSink(PlainSink):
    """A place below the last line, for one answer, which grows there."""

    surface = Surface(limit=100_000, preview_interval=0.1)

    def __init__(self, screen: TextIO) -> None:
        super().__init__(self._print_below)
        self._screen = screen
        self._shown = ""  # of the part that is growing

    async def __aexit__(self, *failure: object) -> None:
        if self._shown:
            self._print("\n")

    async def preview(self, part: Part) -> None:
        """Print what is new in *part*."""
        self._grow(part.text)

    async def finish(self, part: Part) -> Ref:
        """Print the rest of *part*, or all of it if it has become something else."""
        if part.ref is None:
            if not part.text.startswith(self._shown):
                self._print("\n")
                self._shown = ""
            self._grow(part.text)
            self._print("\n")
            self._shown = ""
        return Ref(part.key)

    async def _print_below(self, text: str) -> None:
        """Print *text* apart; what grows begins anew below it."""
        self._print(f"\n{text}\n" if self._shown else f"{text}\n")
        self._shown = ""

    def _grow(self, text: str) -> None:
        if text.startswith(self._shown):
            self._print(text[len(self._shown) :])
            self._shown = text

    def _print(self, text: str) -> None:
        self._screen.write(text)
        self._screen.flush()
