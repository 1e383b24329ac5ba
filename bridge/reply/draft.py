"""
The answer so far, built from the bot's events.

Pure: nothing here waits, sends, or reads a clock.
"""

from dataclasses import dataclass, field

from bridge.sdk.asking import (
    AnswerSpoken,
    BotEvent,
    ChatFinished,
    Delta,
    FollowUpSuggested,
    InputRequired,
    MessageCompleted,
    Step,
)
from bridge.sdk.characters import is_blank
from bridge.sdk.model import MediaBytes

MESSAGE_SEPARATOR = "\n\n"
"""What stands between two messages of one answer."""
FOLLOW_UPS_MOST = 5
"""Questions a person is offered; bots propose three."""
FOLLOW_UP_LONGEST = 200
"""Code points of a question that a button can still carry."""


@dataclass(slots=True)
class Draft:
    """What a bot has said by now: its messages in the order in which they began."""

    messages: dict[str, list[str]] = field(default_factory=dict)  #: what each says, in the pieces that came, by its id
    whole: set[str] = field(default_factory=set)  #: messages that will not grow any more
    suggestions: list[str] = field(default_factory=list)  #: questions that the bot proposes, in its order
    resume_token: str | None = None  #: the token of what the bot asked back
    reached: dict[str, Step] = field(default_factory=dict)  #: steps of a workflow, by title
    spoken: MediaBytes | None = None  #: the answer as the bot has said it aloud
    tokens: int = 0  #: that the answer has cost, as the bot's side tells at its end

    def apply(self, event: BotEvent) -> bool:
        """Let *event* change the answer; gives whether its text has changed."""
        match event:
            case Delta(message_id=name, text=text):
                if name in self.whole or not text:
                    return False
                self.messages.setdefault(name, []).append(text)
                return True
            case MessageCompleted(message_id=name, text=text):
                self.whole.add(name)
                before = "".join(self.messages.get(name, ()))
                self.messages[name] = [text]
                return before != text
            case FollowUpSuggested(text=text):
                self.suggestions.append(text)
            case InputRequired(token=token):
                self.resume_token = token
            case Step(title=title):
                self.reached[title] = event
            case AnswerSpoken(sound=sound):
                self.spoken = sound
            case ChatFinished(tokens=tokens):
                self.tokens = tokens
        return False

    @property
    def follow_ups(self) -> tuple[str, ...]:
        """The questions that fit below the answer, each once."""
        fitting = (text.strip() for text in self.suggestions if len(text) <= FOLLOW_UP_LONGEST)
        return tuple(dict.fromkeys(filter(None, fitting)))[:FOLLOW_UPS_MOST]

    @property
    def steps(self) -> tuple[Step, ...]:
        """How far the workflow is, where it has several steps."""
        return tuple(self.reached.values()) if len(self.reached) > 1 else ()

    @property
    def text(self) -> str:
        """The whole answer so far, in Markdown."""
        said = ("".join(pieces) for pieces in self.messages.values())
        return MESSAGE_SEPARATOR.join(text for text in said if not is_blank(text))
