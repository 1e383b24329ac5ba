"""A command that somebody gave, and the response to it."""

from collections.abc import Callable
from dataclasses import dataclass

from bridge.routing.rules import Decision
from bridge.sdk.answers import NO_BUTTONS, Buttons
from bridge.sdk.model import CommandName, MediaBytes
from bridge.store.claim import Turn

FormatCommand = Callable[[CommandName], str]
"""How a person writes a command where they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What is said to a command; empty where the person sees it happen anyway."""

    text: str = ""
    buttons: Buttons = NO_BUTTONS
    formatted: bool = False  #: whether it is Markdown, as a bot's
    file: MediaBytes | None = None  #: posted below it
    leaves_row: bool = True  #: whether the command's own row is still there, to be settled; False once it was erased


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCommand:
    """A command that somebody has given, and what is known of it."""

    claimed: Turn
    decision: Decision
    format_command: FormatCommand

    @property
    def language(self) -> str | None:
        """Of who gave it."""
        return self.claimed.message.author.language

    @property
    def words(self) -> str:
        """The words behind it."""
        return self.claimed.message.text
