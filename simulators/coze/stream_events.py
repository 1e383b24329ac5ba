"""
One chat's voice: deltas, whole messages and verdicts, told to whoever listens and kept where they belong.

It knows how things are said; what is said, and in which order, is the playback's business.
"""

import asyncio
import time
from typing import Any, Protocol

from simulators.coze.flavour import Flavour
from simulators.coze.records import Chat, Conversation, Message
from simulators.coze.wire import compact


class PlaybackHost(Protocol):
    """What a playback needs of the platform it runs on."""

    every: float
    flavour: Flavour
    tells_cancel: bool  #: whether a canceled chat says so in its stream

    def new_id(self) -> str:
        """An id nothing else has."""

    def changed(self) -> None:
        """Something visible happened."""

    async def wait_for(self, name: str) -> None:
        """Return once somebody released the pause of that *name*."""


class StreamEvents:
    """What one chat can say."""

    def __init__(self, host: PlaybackHost, chat: Chat, conversation: Conversation) -> None:
        self.chat = chat
        self._host = host
        self._conversation = conversation
        self._open: Message | None = None
        self._said: list[str] = []
        self._last: Message | None = None

    async def say(self, pieces: tuple[str, ...], every: float) -> None:
        """Say *pieces* as deltas of the open answer."""
        message = self._opened()
        head, tail = self._around(message, "content")
        for piece in pieces:
            if self._said:
                await asyncio.sleep(every)
            self._said.append(piece)
            await self._delta(head, piece, tail)

    async def think(self, pieces: tuple[str, ...], every: float) -> None:
        """Say *pieces* as deltas of thought."""
        message = self._opened()
        head, tail = self._around(message, "reasoning_content")
        for piece in pieces:
            if message.reasoning:
                await asyncio.sleep(every)
            message.reasoning += piece
            await self._delta(head, piece, tail)

    def _around(self, message: Message, slot: str) -> tuple[str, str]:
        """What stands before and behind the changing words in each delta of *message*."""
        head, _, tail = compact(message.event("") | {slot: "@@"}).partition('"@@"')
        return head, tail

    async def _delta(self, head: str, piece: str, tail: str) -> None:
        chat = self.chat
        chat.t_last_delta = time.monotonic()
        chat.t_first_delta = chat.t_first_delta or chat.t_last_delta
        chat.deltas += 1
        if (stream := chat.stream) is not None:
            await stream.send("conversation.message.delta", f"{head}{stream.wire.json(piece)}{tail}")
        self._host.changed()

    def _opened(self) -> Message:
        if self._open is None:
            self._open = self.message("answer", "")
            self._said = []
        return self._open

    async def complete_open(self) -> None:
        """Complete the answer that is open, if one is."""
        if (message := self._open) is not None:
            self._open, message.content = None, "".join(self._said)
            await self.complete(message)

    def message(self, kind: str, content: str, content_type: str = "text") -> Message:
        """A message of the bot's side, not yet told to anybody."""
        chat = self.chat
        return Message(
            id=self._host.new_id(),
            conversation_id=chat.conversation_id,
            section_id=chat.section_id,
            bot_id=chat.bot_id,
            chat_id=chat.id,
            role="assistant",
            type=kind,
            content=content,
            content_type=content_type,
        )

    async def complete(self, message: Message) -> None:
        """Keep *message*, and tell it whole."""
        self.chat.messages.append(message)
        if message.type == "answer":
            self._last = message
        if self.chat.saved:
            self._conversation.messages.append(message)
        self._host.changed()
        await self.tell("conversation.message.completed", message.event())

    async def repeat_completed(self) -> None:
        """Tell the last answer's completion once more."""
        if self._last is not None:
            await self.tell("conversation.message.completed", self._last.event())

    def cut(self) -> None:
        """Break the connection off; nobody listens from here on."""
        if (stream := self.chat.stream) is not None:
            self.chat.stream = None
            stream.drop()

    def settle(self, status: str) -> None:
        """Give the chat the *status* it stays in."""
        chat = self.chat
        spoken = sum(map(len, chat.answers))
        asked = len(chat.question)
        chat.usage = {"token_count": asked + spoken, "output_count": spoken, "input_count": asked}
        chat.status, chat.verdict_at, chat.t_end = status, int(time.time()), time.monotonic()
        self._host.changed()

    async def tell(self, event: str, data: dict[str, Any]) -> None:
        """Send an event with JSON in it."""
        if (stream := self.chat.stream) is not None:
            await stream.send(event, stream.wire.json(data))

    async def send(self, event: str, data: str) -> None:
        """Send an event with these very words in it."""
        if (stream := self.chat.stream) is not None:
            await stream.send(event, data)

    async def write(self, data: bytes) -> None:
        """Send these very bytes."""
        if (stream := self.chat.stream) is not None:
            await stream.write(data)
