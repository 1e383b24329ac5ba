"""What a bot is asked, what it says back, event by event, and what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from bridge.sdk import cleaning
from bridge.sdk.cleaning import Cleaned, Cleaner
from bridge.sdk.model import MediaBytes, MediaKind
from bridge.sdk.personal_data import PersonalData


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """A file that the bot's side has been given."""

    kind: MediaKind  #: an image, a file, or a recording for a bot that listens
    file_id: str  #: the bot's side's own id of it
    mime: str = ""  #: its type, which of a recording decides in what form it is answered aloud


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the config tells a bot about the person and the place, by names that the config chooses."""

    variables: Mapping[str, str] = field(default_factory=dict)  #: an agent's prompt names them
    parameters: Mapping[str, str] = field(default_factory=dict)  #: the parameters that a workflow starts with
    meta_data: Mapping[str, str] = field(default_factory=dict)  #: kept with the chat at the bot's side
    hidden: tuple[PersonalData, ...] = ()  #: what of the question's words it is not told


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a bot is asked."""

    key: str  #: ours, stored by the bot's side with the question, so that it can be found again
    user_id: str  #: opaque and stable; says nothing about the platform
    conversation_id: str  #: the bot's side's own id of the memory in which it is asked
    text: str  #: what is asked, as the bot reads it
    files: tuple[UploadedFile, ...] = ()  #: what belongs to the question, in its order
    context: Context = Context()  #: what the config tells the bot beside the question
    resume_token: str | None = None  #: the token of what waits for this very answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A question that was sent to a bot, which may have taken it."""

    key: str  #: ours, as in the `Question`
    conversation_id: str  #: where it was asked
    text: str = ""  #: what was asked, for a bot's side that forgets our key
    since: float = 0.0  #: seconds since 1970, by our clock: it was sent after that


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRef:
    """A question the bot's side has taken."""

    conversation_id: str  #: where it was asked; the bot's side's own id
    chat_id: str  #: the bot's side's own id of this run of the bot


# What it says


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseStarted:
    """The bot's side works on the question, though there is nothing yet by which the answer could be fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatStarted(Cleaned):
    """The bot took the question; from now on the answer can be fetched by this id."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "conversation_id": cleaning.identifier,
        "chat_id": cleaning.identifier,
    }

    conversation_id: str  #: as in `ChatRef`
    chat_id: str  #: as in `ChatRef`


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """The next piece of one of the answers."""

    message_id: str  #: the answer it belongs to; one chat may have several
    text: str  #: to be appended to what is known of that answer


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCompleted(Cleaned):
    """The whole of one of the answers; it replaces what the deltas had made of it."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "text": cleaning.words,
    }

    message_id: str  #: the answer it is
    text: str  #: all of it, in Markdown


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpSuggested(Cleaned):
    """A question the bot proposes to ask next."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "text": cleaning.words,
    }

    text: str  #: the question, as a person would ask it


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRequired(Cleaned):
    """The bot has asked something back; whoever speaks next in the conversation answers it."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "token": cleaning.words,
    }

    token: str  #: by which the bot's side finds what waits; handed back in the next `Question`


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Cleaned):
    """A step of a workflow that has begun to speak, or is over."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "title": cleaning.line,
        "is_over": bool,
    }

    title: str  #: as the workflow's author has called it
    is_over: bool  #: whether it has said everything


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSpoken:
    """The bot has also said its answer aloud."""

    sound: MediaBytes  #: all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFinished:
    """The bot has said everything."""

    tokens: int = 0  #: of the model, as the bot's side counts them; 0 where it does not tell


BotEvent = (
    ResponseStarted
    | ChatStarted
    | Delta
    | MessageCompleted
    | FollowUpSuggested
    | InputRequired
    | Step
    | AnswerSpoken
    | ChatFinished
)


# Who it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """How a bot introduces itself to somebody new, as far as its side tells."""

    name: str = ""  #: as its side shows it
    greeting: str = ""  #: its opening words, in Markdown
    questions: tuple[str, ...] = ()  #: what it suggests to ask first


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHosts:
    """Where the files that an answer shows may be fetched from; whatever lies elsewhere stays a link."""

    own: str = ""  #: the origin of the bot's own side, which may be inside: there only paths that end as files do
    public: tuple[str, ...] = ()  #: names of hosts of the open internet, each with all names below it
