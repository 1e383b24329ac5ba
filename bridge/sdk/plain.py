"""
A base for adapters of platforms that carry text alone: every method of the contract that can be written once for all of them.

Inherit from it and write the rest: `run`, which receives, and `reply`, which gives a place to answer. For a platform that
carries more than text, write an adapter of its own against `bridge.sdk.ports`.
"""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from bridge.sdk.answers import NO_BUTTONS, Buttons, Part
from bridge.sdk.errors import Refused
from bridge.sdk.i18n import MessageId
from bridge.sdk.model import Address, Attachment, ChatType, CommandName, Inbound, MediaBytes, Person, Place, Ref
from bridge.sdk.ports import Accept, Fence, ReplySink, Surface, no_fence


class PlainAdapter:
    """An `Adapter` without `run` and `reply`."""

    Options: ClassVar[type[BaseModel]]
    platform: ClassVar[str]

    def __init__(self, name: str, options: Any) -> None:
        self.name = name
        self.options = options  #: a valid `Options`
        self.exclusive_lease: str | None = None  #: any number of replicas may listen
        self.unavailable_reason: str | None = "not started"  #: why it receives nothing; to be None while it does

    @classmethod
    def from_options(cls, name: str, options: Any) -> Self:
        """The adapter of that *name*."""
        return cls(name, options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failure: object) -> None:
        """Close nothing."""

    async def run(self, accept: Accept) -> None:
        """Listen until cancelled; acknowledge a message once it has been accepted."""
        raise NotImplementedError

    def reply(self, message: Inbound, fence: Fence = no_fence) -> "PlainSink":
        """A place for the answer to *message*."""
        raise NotImplementedError

    def format_command(self, command: CommandName) -> str:
        """A slash and the word."""
        return f"/{command}"

    async def fetch(self, attachment: Attachment, *, at_most: int) -> MediaBytes:  # noqa: ARG002 - as the contract has it
        """Nothing: there is text alone."""
        raise Refused("expected text, got a file", message_id=MessageId.FILE_UNUSABLE)

    def said(self, text: str, *, key: str, person: str, sent_at: float = 0.0) -> Inbound:
        """
        What *person* said in private, alone with the bot; a slash and one of our words is a command.

        *key* makes a redelivery recognisable: the platform's own number of the message. *sent_at*: seconds since 1970.
        """
        word, _, words = text.removeprefix("/").partition(" ") if text.startswith("/") else ("", "", "")
        command = CommandName(word) if word in list(CommandName) else None
        if words and command and not command.takes_words:
            command = None
        return Inbound(
            dedupe_keys=(key,),
            where=Place(adapter=self.name, chat=person),
            chat_type=ChatType.PRIVATE,
            author=Person(id=person, name=person),
            text=words if command else text,
            address=Address.TO_US,
            command=command,
            sent_at=sent_at,
        )


class PlainSink(ReplySink):
    """A sink that posts each message once, when it is complete; nothing grows."""

    surface: Surface = Surface(limit=4000)

    def __init__(self, say: Callable[[str], Awaitable[None]], fence: Fence = no_fence) -> None:
        self._say = say
        self._fence = fence

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failure: object) -> None:
        """Close nothing."""

    async def preview(self, part: Part) -> Ref | None:
        """Nothing: only finished text is shown."""
        return part.ref

    async def finish(self, part: Part) -> Ref:
        """Say *part*, unless it was said before."""
        if part.ref is None:
            await self.notify(part.text)
        return Ref(part.key)

    async def find(self, part: Part) -> Ref | None:  # noqa: ARG002 - as the contract has it
        """Nothing: what was said cannot be looked for."""
        return None

    async def withdraw(self, ref: Ref) -> None:
        """Nothing can be taken back."""
        raise Refused(f"expected a message that can be taken away, got {ref}")

    async def notify(self, text: str, buttons: Buttons = NO_BUTTONS, *, formatted: bool = False) -> None:  # noqa: ARG002 - words
        """Say a sentence of the bridge's own, and what can be typed instead of pressing."""
        self._fence()
        commands = (f"/{each.command} {each.words}" for each in buttons.commands)
        await self._say("\n".join([text, *buttons.follow_ups, *commands]))

    async def attach(self, media: MediaBytes) -> None:
        """Say the file's name."""
        await self.notify(f"[{media.name}]")
