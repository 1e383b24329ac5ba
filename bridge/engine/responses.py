"""A command that somebody gave, and the response to it."""

from collections.abc import Callable
from dataclasses import dataclass

from bridge.routing.rules import Decision
from bridge.sdk.answers import NO_BUTTONS, Buttons
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import ChatType, CommandName, MediaBytes
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

    def refused_in_group(self, command: CommandName) -> Response | None:
        """The response to a *command* for private chats alone that was given elsewhere; None in a private chat."""
        if self.claimed.message.chat_type is ChatType.PRIVATE:
            return None
        return Response(text=translate(MessageId.ASK_IN_PRIVATE, self.language, command=self.format_command(command)))
