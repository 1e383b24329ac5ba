"""The messages of an answer: what each says, what can be pressed below it, and what is known of it once it was sent."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.sdk.asking import Step
from bridge.sdk.model import CommandName, Ref

_OF_A_TURN = frozenset({CommandName.STOP, CommandName.RETRY})


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnButton:
    """A button about one answer: stops it while it grows, or asks the question once more where it broke off."""

    command: CommandName  #: STOP or RETRY
    turn_key: str  #: the key that a press hands back, as `Inbound.turn_key`
    label: str  #: what it says, in the language of who asked

    @property
    def data(self) -> str:
        """The text that identifies it, on platforms where a press hands back a text of ours."""
        return f"{self.command}:{self.turn_key}"


def read_turn_button(data: str) -> tuple[CommandName, str] | None:
    """The command and the turn of the `TurnButton` with that *data*; None if it is none."""
    command, _, turn_key = data.partition(":")
    return (CommandName(command), turn_key) if command in _OF_A_TURN and turn_key else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandButton:
    """A button that gives a command."""

    label: str  #: what it says, in the language of who gave the command before
    command: CommandName  #: given by a press, as if it were typed there
    words: str = ""  #: behind the command; where a platform has no room for them the *label* stands for them


@dataclass(frozen=True, slots=True, kw_only=True)
class Buttons:
    """What can be pressed below an answer, or a sentence of the bridge's own."""

    follow_ups: tuple[str, ...] = ()  #: questions; a press asks
    rating: str | None = None  #: the key that a thumb up or down hands back; None: no thumbs are shown
    turn: TurnButton | None = None  #: stop while it grows, or retry below an answer that broke off
    commands: tuple[CommandButton, ...] = ()  #: each press is received as that command

    def __bool__(self) -> bool:
        return bool(self.follow_ups or self.rating or self.turn or self.commands)


NO_BUTTONS = Buttons()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message's worth of an answer."""

    index: int  #: its place in the answer, from 0
    text: str  #: Markdown that renders by itself and fits the surface
    key: str  #: the same after a restart; no other part has it
    ref: Ref | None = None  #: the message that already shows it, if one does
    last: bool = True  #: whether the answer ends with it
    buttons: Buttons = NO_BUTTONS  #: below it; the last part alone has any, and a growing one where the surface says so
    steps: tuple[Step, ...] = ()  #: the steps so far of the workflow that gives the answer, if it has several
    formatted: bool = True  #: whether its text is Markdown; False for plain sentences of the bridge's own
    after: str | None = None  #: for `ReplySink.find`: `Surface.newest` just before the part was to be sent
    beside: Mapping[str, frozenset[Ref]] | None = None
    """For `ReplySink.find`: our other messages sent since then, by chat; None where those of this chat may be incomplete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPart:
    """What is written down about one message of an answer; without a ref it was meant to be sent, and perhaps was."""

    index: int  #: its place in the answer, from 0
    ref: Ref | None = None  #: the message that shows it
    digest: str = ""  #: a digest of its text once it is finished; empty while it grows
    after: str | None = None  #: `Surface.newest` just before it was to be sent; None where the platform has none
