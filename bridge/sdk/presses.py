"""What a pressed button says, whichever platform brings it back."""

from dataclasses import dataclass

from bridge.sdk.model import CommandName, Rating


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a pressed button says."""

    text: str = ""  #: the question, the thumb, or the words behind the *command*
    rating: Rating | None = None  #: what is thought of the answer
    command: CommandName | None = None  #: what is to be done, where it is no question
    turn_key: str | None = None  #: the answer that the *command* is about

    @property
    def is_question(self) -> bool:
        """Whether it is asked as if it had been typed."""
        return self.rating is None and self.command is None

    @property
    def repeats(self) -> bool:
        """Whether it means something every time it is pressed; what is about a question is done once."""
        return not self.is_question and self.turn_key is None
