"""The nouns of the house: what people say, and where they say it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar, Final, NewType

from bridge.sdk import cleaning
from bridge.sdk.characters import is_blank
from bridge.sdk.choices import NO_CHOICES, Choices
from bridge.sdk.cleaning import Cleaned, Cleaner
from bridge.sdk.homes import Home
from bridge.sdk.pieces import SaidPiece, joined, pieces_of

Ref = NewType("Ref", str)
"""A platform's own handle of a message it shows; only the adapter that made it can read it."""


class ChatType(StrEnum):
    """Who can read what is said in a chat."""

    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"


class Address(StrEnum):
    """Whether something was said to the bot."""

    TO_US = "to_us"  #: a private message, a mention, a reply to the bot, a command
    IN_THREAD = "in_thread"  #: to the thread, or the chain of replies: to us only where the bot is already part of it
    OVERHEARD = "overheard"  #: to somebody else


class CommandName(StrEnum):
    """The words the bridge answers itself."""

    START = "start"
    HELP = "help"
    NEW = "new"
    STOP = "stop"
    RETRY = "retry"
    STATUS = "status"
    BOT = "bot"  #: says which bot answers; with a name behind it, chooses that bot
    PRIVACY = "privacy"  #: says what is kept; with a word behind it, exports or erases it
    LINK = "link"  #: gives a code; with a code behind it, links both accounts into one person
    APPROVE = "approve"  #: lets somebody in by the code behind it; for admins

    @property
    def takes_words(self) -> bool:
        """Whether it may be followed by words; any other command followed by words is a question that begins like it."""
        return self not in {CommandName.HELP, CommandName.RETRY, CommandName.STATUS}


class MediaKind(StrEnum):
    """What somebody sent beside text."""

    IMAGE = "image"
    FILE = "file"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"
    STICKER = "sticker"
    LOCATION = "location"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Cleaned):
    """Somewhere people talk."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "adapter": cleaning.identifier,
        "chat": cleaning.identifier,
        "thread": cleaning.optional(cleaning.identifier),
        "workspace": cleaning.optional(cleaning.identifier),
    }

    adapter: str  #: the adapter's name in the config, not its kind
    chat: str  #: the platform's id of the chat or channel
    thread: str | None = None  #: the Slack thread or Telegram topic inside it
    workspace: str | None = None  #: the Slack workspace; None where there is no such thing

    def __str__(self) -> str:
        return "/".join(part for part in (self.adapter, self.workspace, self.chat, self.thread) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Cleaned):
    """Somebody who talks, as a platform knows them."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "id": cleaning.identifier,
        "name": cleaning.line,
        "language": cleaning.optional(cleaning.line),
    }

    id: str  #: the platform's id, unique within an adapter
    name: str = ""  #: as others see it; empty where the platform does not tell
    language: str | None = None  #: an IETF tag such as ``zh-hans``, where the platform tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment(Cleaned):
    """Something sent beside text, still at the platform."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "kind": cleaning.member(MediaKind),
        "handle": cleaning.words,
        "name": cleaning.optional(cleaning.line),
        "mime": cleaning.optional(cleaning.line),
        "size": cleaning.count,
    }

    kind: MediaKind  #: by what the platform says of it; a file's bytes may tell otherwise later
    handle: str  #: what the adapter needs to fetch it
    name: str | None = None  #: of the file, as its sender has it
    mime: str | None = None  #: its type, as the platform says
    size: int | None = None  #: bytes, where the platform tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote(Cleaned):
    """Another message that one replies to, or points at."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "text": cleaning.words,
        "author": cleaning.optional(cleaning.line),
        "passage": cleaning.optional(cleaning.words),
        "attachments": cleaning.each(cleaning.instance(Attachment)),
        "ref": cleaning.optional(cleaning.identifier),
        "began_thread": bool,
    }

    text: str = ""  #: all that it says, as people read it; empty where it is a picture or file alone
    author: str | None = None  #: the shown name of who wrote it; None where the platform does not tell
    passage: str | None = None  #: the part of *text* that the person marked
    attachments: tuple[Attachment, ...] = ()  #: what it holds beside text
    ours: bool = False  #: whether it is a message of the bridge's own, such as an answer
    ref: Ref | None = None  #: its message where it is *ours*, so that the turn that sent it can be found
    began_thread: bool = False  #: it began the thread in which it is replied to; nobody has pointed at it


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward(Cleaned):
    """Somebody else's words that a person passes on; files that came with them are among the message's own."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "origin": cleaning.line,
        "text": cleaning.words,
    }

    origin: str = ""  #: the shown name of the person, group or channel they come from; empty where that is hidden
    text: str = ""  #: what they said, as people read it


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaBytes:
    """A file on its way from one side to the other."""

    name: str  #: harmless, its ending true to the content
    mime: str  #: its type, by its bytes where they tell
    data: bytes = field(repr=False)  #: all of it


REASON_LONGEST: Final = 250
"""Code points of why somebody dislikes an answer; what Coze takes of it. https://docs.coze.cn/developer_guides"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating(Cleaned):
    """What somebody thinks of an answer."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "turn_key": cleaning.identifier,
        "liked": bool,
        "reason": cleaning.words,
    }

    turn_key: str  #: what the `Buttons` below the answer called it
    liked: bool  #: a thumb up; a thumb down where not
    reason: str = ""  #: what was wrong, in their words; empty where they were not asked or did not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound(Cleaned):
    """One thing a person said, in the same shape whichever platform carried it."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "dedupe_keys": cleaning.each(cleaning.identifier),
        "where": cleaning.instance(Place),
        "chat_type": cleaning.member(ChatType),
        "author": cleaning.instance(Person),
        "text": cleaning.words,
        "address": cleaning.member(Address),
        "command": cleaning.optional(cleaning.member(CommandName)),
        "rating": cleaning.optional(cleaning.instance(Rating)),
        "turn_key": cleaning.optional(cleaning.identifier),
        "attachments": cleaning.each(cleaning.instance(Attachment)),
        "quote": cleaning.optional(cleaning.instance(Quote)),
        "forwards": cleaning.each(cleaning.instance(Forward)),
        "looking_at": cleaning.line,
        "sent_at": cleaning.seconds,
        "reply_context": cleaning.texts,
        "is_beside_threads": bool,
        "is_told_alone": bool,
        "only_stops": bool,
        "pushed": bool,
        "batch": cleaning.optional(cleaning.identifier),
        "unreadable": cleaning.optional(cleaning.raw),
        "moved_to": cleaning.optional(cleaning.identifier),
        "is_copy": bool,
        "is_partial": bool,
        "former_chat": cleaning.optional(cleaning.identifier),
        "may_speak": cleaning.choice,
        "follows": cleaning.optional(cleaning.identifier),
        "edits": cleaning.optional(cleaning.identifier),
        "first_said_at": cleaning.optional(cleaning.seconds),
        "pieces": cleaning.each(cleaning.instance(SaidPiece)),
        "revision": cleaning.count,
        "choices": cleaning.instance(Choices),
        "home": cleaning.optional(cleaning.instance(Home)),
    }

    dedupe_keys: tuple[str, ...]  #: each alone makes a redelivery recognisable; unique within the adapter
    where: Place  #: where it was said, which is where it is answered
    chat_type: ChatType  #: who can read it there
    author: Person  #: who said it
    text: str  #: what was said, without the mention of the bot and without the word of a *command*
    address: Address  #: whether it was said to the bot
    command: CommandName | None = None  #: the command of the bridge's own that it gives, if it is one
    rating: Rating | None = None  #: set when a thumb was pressed
    turn_key: str | None = None  #: set when a `TurnButton` was pressed: the answer that its *command* is about
    attachments: tuple[Attachment, ...] = ()  #: what came beside the text, still at the platform; in the visible order
    quote: Quote | None = None  #: what it replies to
    forwards: tuple[Forward, ...] = ()  #: what it passes on, in the order in which it came; never a command
    looking_at: str = (
        ""  #: the shown name of what its author has open beside the chat; empty if the platform does not tell
    )
    sent_at: float = 0.0  #: seconds since 1970, by the platform's clock
    reply_context: dict[str, str] = field(default_factory=dict)  #: what the adapter must remember to answer
    is_beside_threads: bool = False  #: a command that cannot name a thread: it is about its author's newest one there
    is_told_alone: bool = False  #: only its author reads what the bridge itself says about it
    only_stops: bool = False  #: its command counts only while an answer runs; else its *text*, if any, is a question
    pushed: bool = False  #: no person said it: we are to say it, for an operator; its text is Markdown
    batch: str | None = None  #: pieces of the same batch are one question: an album, a text that was too long
    unreadable: str | None = None  #: the raw update, if the adapter could not read it; what was said in it is unknown
    moved_to: str | None = None  #: no message: its chat continues under this id, with all that belongs to it
    is_copy: bool = (
        False  #: the platform sends it more than once, with one key in common; a copy may lack what another has
    )
    is_partial: bool = False  #: this copy itself shows that it lacks something, so another one is awaited
    former_chat: str | None = None  #: the id that its chat had before `moved_to`; routes may still name it
    may_speak: bool | None = None  #: no message: whether we may speak in its chat from now on
    follows: str | None = (
        None  #: a dedupe key: if a message with it was kept, this one is for us; used in place of a thread
    )
    edits: str | None = (
        None  #: the dedupe key of the message of which this is an edit; an edit is no question by itself
    )
    first_said_at: float | None = None  #: of an edit: when the edited message was said; seconds since 1970
    pieces: tuple[SaidPiece, ...] = ()  #: the messages that were joined into this one, in order; empty if none were
    revision: int = 0  #: how often its author has edited it
    home: Home | None = None  #: whose memory it belongs to, if its author is linked; filled in by the core
    choices: Choices = NO_CHOICES  #: those of its memory when it was kept; filled in by the core

    @property
    def is_question(self) -> bool:
        """Whether a bot is to answer it; words behind ``/new`` are asked in the fresh memory."""
        is_asked_anew = self.command is CommandName.NEW and bool(
            not is_blank(self.text) or self.attachments or self.forwards
        )
        is_said = self.rating is None and not self.pushed and self.unreadable is None and self.edits is None
        return is_said and (self.command is None or is_asked_anew)

    @property
    def is_empty(self) -> bool:
        """Whether nothing in it could be asked or looked at."""
        points_at_something = self.quote is not None and not self.quote.began_thread
        return is_blank(self.text) and not (self.attachments or points_at_something or self.forwards)

    def asking_again(self, question: "Inbound") -> "Inbound":
        """The *question* once more, as if it had been asked here and now."""
        return replace(
            self,
            command=None,
            turn_key=None,
            text=question.text,
            attachments=question.attachments,
            quote=question.quote,
            forwards=question.forwards,
        )

    def merged_with(self, piece: "Inbound") -> "Inbound":
        """The message with the next *piece* of its batch joined to it."""
        return replace(
            self,
            text=joined([self.text, piece.text]),
            command=self.command or piece.command,
            attachments=(*self.attachments, *piece.attachments),
            address=Address.TO_US if Address.TO_US in (self.address, piece.address) else self.address,
            quote=self.quote or piece.quote,
            forwards=(*self.forwards, *piece.forwards),
            pieces=(
                *pieces_of(self.pieces, self.dedupe_keys[-1], self.text),
                *pieces_of(piece.pieces, piece.dedupe_keys[-1], piece.text),
            ),
        )
