"""
What a bot is going to do in one turn, as values: the vocabulary of tests, of benchmarks and of the demo's bot.

A script is a sequence of steps, played in order.
`Say`, `Reasoning`, `Pause` and `Silence` go on with the answer that is open; any other step completes it first.
A script that neither fails nor stops half-way ends as the platform ends: all answered, suggestions, completed, done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question, and what the bot knows when it hears it."""

    text: str
    conversation_id: str
    user_id: str
    bot_id: str  #: or the workflow's id
    history: tuple[tuple[str, str], ...] = ()  #: (role, content), oldest first, without this question
    files: tuple[str, ...] = ()  #: ids (or addresses) of what came with the question
    meta_data: Mapping[str, str] = field(default_factory=dict)
    custom_variables: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)  #: the request as it came


@dataclass(frozen=True, slots=True)
class Say:
    """Deltas of the open answer, which it opens if need be."""

    pieces: tuple[str, ...]
    every: float | None = None  #: seconds between them; None: as the platform is set
    node: str = "Message"  #: of a workflow: the title of the node that speaks


@dataclass(frozen=True, slots=True)
class NextAnswer:
    """Complete the open answer; what is said next is another message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer without deltas."""

    text: str
    content_type: str = "text"


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Deltas of thought: empty content beside ``reasoning_content``."""

    pieces: tuple[str, ...]
    every: float | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait until somebody calls ``go(name)``."""

    name: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Say nothing for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class FollowUps:
    """Suggested questions; the platform sends them after all answers, wherever this step stands."""

    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """The bot calls one of its tools."""

    name: str = "search"
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolResponse:
    """What the tool gave."""

    content: str = '{"result":"found"}'
    type: Literal["tool_response", "tool_output"] = "tool_response"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Slices recalled from a knowledge base."""

    content: str = '{"chunks":[]}'


@dataclass(frozen=True, slots=True)
class Verbose:
    """A package about the run, never meant for people."""

    content: str = '{"msg_type":"knowledge_recall","data":"{}","from_module":null,"from_unit":null}'


@dataclass(frozen=True, slots=True)
class Card:
    """An answer that is a card."""

    content: str = '{"card_type":3,"template_url":"https://lf-bot-studio/card","response_type":"card","title":"A card"}'


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound; it follows ``chat.completed``, wherever this step stands."""

    chunks: tuple[str, ...] = ("UklGRg==",)


@dataclass(frozen=True, slots=True)
class Ping:
    """An event no chat document knows."""

    event: str = "PING"
    data: str = '{"content":"{}"}'


@dataclass(frozen=True, slots=True)
class Raw:
    """These very bytes, whatever they are."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Fail:
    """The turn ends badly."""

    code: int | str | None = 5000  #: None: an empty object
    msg: str = "event interval error"
    shape: Literal["chat.failed", "bare", "error"] = "chat.failed"


@dataclass(frozen=True, slots=True)
class Cut:
    """Drop the connection; the turn goes on, unseen."""


@dataclass(frozen=True, slots=True)
class RequiresAction:
    """Stop and wait for the client: to run a function, or to reply to a question node."""

    type: Literal["function", "reply_message"] = "function"
    name: str = "local_data_assistant"
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A question or input node waits: no verdict follows, and the rest is played once it has its answer."""

    question: str = "Which city?"
    type: int = 2
    event: bool = False  #: send ``conversation.chat.requires_action`` as well
    required_parameters: Mapping[str, Any] | None = None  #: what an input node wants, by name
    options: tuple[str, ...] = ()  #: what a question node lets people choose from


@dataclass(frozen=True, slots=True)
class NoDone:
    """End the stream without the terminator."""


@dataclass(frozen=True, slots=True)
class NoVerdict:
    """Close the stream where the verdict would stand; the turn itself is completed."""


@dataclass(frozen=True, slots=True)
class DuplicateCompleted:
    """Send the last answer's ``completed`` once more."""


Step: TypeAlias = (
    Say
    | NextAnswer
    | Answer
    | Reasoning
    | Pause
    | Silence
    | FollowUps
    | FunctionCall
    | ToolResponse
    | Knowledge
    | Verbose
    | Card
    | Audio
    | Ping
    | Raw
    | Fail
    | Cut
    | RequiresAction
    | Interrupt
    | NoDone
    | NoVerdict
    | DuplicateCompleted
)
Script: TypeAlias = Sequence[Step]
Responder: TypeAlias = Callable[[Turn], Script]
