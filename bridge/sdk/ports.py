"""The contracts between the core and what is plugged into it: platforms on one side, bots on the other."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from pydantic import BaseModel

from bridge.sdk.answers import NO_BUTTONS, Buttons, Part
from bridge.sdk.asking import BotEvent, ChatRef, FileHosts, Introduction, Question, Sought, UploadedFile
from bridge.sdk.checks import Finding
from bridge.sdk.i18n import MessageId
from bridge.sdk.model import Attachment, ChatType, CommandName, Inbound, MediaBytes, Place, Ref
from bridge.sdk.unreadable import Unreadable

Accept = Callable[[Inbound | Unreadable], Awaitable[MessageId | None]]
"""
Returns once what came is safe on disk, or need not be; only then may a platform be acknowledged.

Gives what whoever pressed a `TurnButton` hears of it at once, and nobody else; None where there is nothing to say.

What an adapter cannot read is handed in as well (`bridge.sdk.unreadable`): it is kept as a dead letter.
"""


Fence = Callable[[], None]
"""Raises LeaseLost unless the turn is surely still ours; asked right before whatever people can see."""


def no_fence() -> None:
    """The fence of somebody who cannot lose a turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What a place can show: numbers the core computes with, never a platform's name."""

    limit: int  #: the longest message, by *measure*
    measure: Callable[[str], int] = len  #: code points, UTF-16 units, bytes
    preview_interval: float | None = None  #: seconds between previews; None: only finished text is shown
    previews_are_messages: bool = False  #: a preview leaves a message behind, so it is written down before it is sent
    newest: str | None = None  #: the newest message that is known there, where `find` can do with that
    ending_awaited: float = 0.0  #: seconds for which the first preview waits for the end: a short answer is one message
    thinking_after: float | None = None
    """Seconds without a word after which a preview of nothing shows that the bot thinks; None: the place cannot show that."""
    first_held: float = 0.0  #: seconds for which the first preview waits for a sentence or a line: it rings
    closed: Ref | None = None  #: the newest message of this answer, if it grows no more: the answer goes on in another
    preview_put_off: bool = False  #: the last preview found no budget, or came too early: it is asked for again
    previews_have_buttons: bool = False  #: a preview shows the buttons of its part, of which one stops the answer


class ReplySink(Protocol):
    """
    One place where one answer appears.

    It is asked for the screen, not for edits: the core says what a message should say by now, the sink knows how
    its platform gets there. Calls for one answer never overlap. Failures are those of `bridge.sdk.errors`.
    """

    @property
    def surface(self) -> Surface:
        """What this place can show."""

    async def preview(self, part: Part) -> Ref | None:
        """
        Show a growing *part*; its text begins with what the last preview of it said. `finish` takes its buttons away.

        Gives the message that shows it, if it is one that stays. May do nothing, and never waits for a budget:
        a newer preview makes an older one worthless, and one that the surface calls put off is asked for again.
        Where the surface says so, a part without text asks for a placeholder, which leaves no message behind.
        """

    async def finish(self, part: Part) -> Ref:
        """
        Make exactly *part* stand in the chat, for good, and give its message.

        Where people can press something it has its buttons: a press is heard as that question, as a `Rating`, or as
        the command of a `TurnButton` with its turn.
        With a known ``ref`` that message is completed, also by another process than the one that began it.
        Waits for the platform's budget as long as need be. Calling it again with the ref it gave changes nothing.
        """

    async def find(self, part: Part) -> Ref | None:
        """
        The message that an earlier `finish` or `preview` of *part* left behind, where the platform can tell.

        Never changes another message: a platform where looking could do that looks only with all of `Part.beside`.
        A part without text is to be taken away: only what is surely its message may be given.
        """

    async def withdraw(self, ref: Ref) -> None:
        """Take a message of the answer away, because another answer has fewer; fine if it is gone. `Never` if that cannot be."""

    async def notify(self, text: str, buttons: Buttons = NO_BUTTONS, *, formatted: bool = False) -> None:
        """
        Say a sentence of the bridge's own, apart from the answer, with *buttons* below it where people can press some.

        *formatted*: it is Markdown, as a bot's, and not just words.
        """

    async def attach(self, media: MediaBytes) -> None:
        """
        Post a file that belongs to the answer, below it.

        `Uncertain`: it may stand there; a file cannot be looked for, so it is not sent again.
        """


@runtime_checkable
class PostsAlbums(Protocol):
    """A sink that can post several files as one."""

    album_most: int  #: files in one

    def fits_album(self, media: MediaBytes) -> bool:
        """Whether the file can stand in an album with others that can."""

    async def attach_album(self, album: Sequence[MediaBytes]) -> None:
        """
        Post two files or more that belong to the answer, below it, as one.

        `Refused`: none of them stands, and each may be attached by itself. `Uncertain`: as with `ReplySink.attach`.
        """


@runtime_checkable
class Adapter(Protocol):
    """A platform as the bridge sees it: it hears, and it lends a place to answer."""

    Options: ClassVar[type[BaseModel]]  #: the model of its section in the config file, ``kind`` left out
    platform: ClassVar[str]  #: the word for it in a route's ``when``
    name: str  #: its name in the config

    @classmethod
    def from_options(cls, name: str, options: Any) -> Self:
        """The adapter of that *name*; *options* is a valid `Options`. Opens nothing yet."""

    @property
    def exclusive_lease(self) -> str | None:
        """What only one replica may `run` at a time, by name; None if all may."""

    @property
    def unavailable_reason(self) -> str | None:
        """Why it does not hear at the moment, for an operator; None while it hears."""

    async def __aenter__(self) -> Self:
        """Open its clients and learn who the bot is; raises `Unauthorised` or `Unreachable`."""

    async def __aexit__(self, *failure: object) -> None:
        """Close what was opened."""

    async def run(self, accept: Accept) -> None:
        """Listen until cancelled, through every outage; acknowledge a message once it has been accepted."""

    def format_command(self, command: CommandName) -> str:
        """How a person there writes that command."""

    def reply(self, message: Inbound, fence: Fence = no_fence) -> AbstractAsyncContextManager[ReplySink]:
        """
        A place for the answer; entering shows that one is coming, leaving ends that.

        *fence* is asked after every wait of the sink's own, before it sends.
        """

    async def fetch(self, attachment: Attachment, *, at_most: int) -> MediaBytes:
        """
        What somebody sent beside text, if it has no more than that many bytes.

        `Refused`, as ``FILE_UNUSABLE``, where it cannot be had; `Unreachable` while the platform is away.
        """


@runtime_checkable
class NamesAccounts(Protocol):
    """Options of an adapter whose platform lets one alone hear for an account."""

    @property
    def accounts(self) -> Mapping[str, Hashable]:
        """What no other adapter of that kind may have as well, by the key that says it."""


@runtime_checkable
class DoubtsPeople(Protocol):
    """Options of an adapter that knows how its platform calls people."""

    def doubt_about(self, person: str) -> str | None:
        """Why nobody there has the id *person*, as `check` warns; None if somebody may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """
    A platform's HTTP request, whose headers are here before its body.

    Whatever the headers tell of who calls is checked before `read`, so that strangers cost nothing.
    """

    headers: Mapping[str, str]  #: names in lower case
    read: Callable[[], Awaitable[bytes]]
    """Gives the body's bytes as they were sent, within limits of size and time; what it raises is the server's to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookResponse:
    """What to answer it."""

    status: int = 200  #: of HTTP
    body: str = ""  #: text, encoded as UTF-8
    content_type: str = "text/plain"  #: of the body
    headers: Mapping[str, str] | None = None  #: beside those that every response has


@runtime_checkable
class WebhookReceiver(Protocol):
    """An adapter whose platform can call it by HTTP."""

    @property
    def receives_by_http(self) -> bool:
        """Whether its config lets the platform call; if not, there is no webhook of that name."""

    async def handle_webhook(self, request: WebhookRequest, accept: Accept) -> WebhookResponse:
        """Check who calls, accept what they bring, and only then answer them; `Later` is answered 503."""

    def set_webhook_url(self, url: str) -> None:
        """Learn the public URL at which `handle_webhook` is reachable, before `run`."""


@runtime_checkable
class CompletesMessages(Protocol):
    """An adapter that can learn more of a message than its platform sent with it."""

    async def complete(self, message: Inbound, *, about_author: bool) -> Inbound:
        """
        *message* with what it refers to, as people see it; asked when its turn begins, within a second or so.

        *about_author*: the author's name and language are needed. What cannot be learnt is left as it is.
        """


@runtime_checkable
class KnowsNames(Protocol):
    """An adapter that learns what people and chats are called there."""

    async def names_of(self, ids: Sequence[str]) -> Mapping[str, str]:
        """What those *ids* are called, people and chats, for who looks at them; unknown ones are left out. Within a second."""


@runtime_checkable
class Reaching(Protocol):
    """An adapter that can speak first, in a place where nobody has asked anything just now."""

    def locate(self, chat: str, thread: str | None) -> tuple[Place, ChatType]:
        """The place with those ids of the platform's; ValueError, in words for whoever gave them, if they cannot be."""


@runtime_checkable
class ReadsAgain(Protocol):
    """An adapter that may be asked to read what an earlier version of it could not."""

    def read_again(self, raw: str) -> Inbound | None:
        """What was said in *raw*, as it was handed in once as `Unreadable`; None if that is still not known."""


@runtime_checkable
class SharesRateLimits(Protocol):
    """An adapter whose platform limits how often all of us together may speak."""

    def set_replica_count(self, replicas: int) -> None:
        """So many replicas speak there now: keep to one part of what the platform allows them."""


class BotProfile(Protocol):
    """What a bot's own side says of it."""

    file_hosts: FileHosts  #: whose files are fetched and sent when an answer shows them
    introduction: Introduction  #: as far as `check` has learnt it

    async def check(self) -> Finding:
        """Whether its side knows the bot, for an operator; raises `Later` while that cannot be told."""


class Bot(Protocol):
    """
    Somebody who answers: one bot at one Coze.

    Every method raises `Later` or `Never`. An iterator that ends without an exception has given `ChatFinished` last.
    """

    @property
    def profile(self) -> BotProfile:
        """What its side says of it; the same for every owner."""

    def for_owner(self, owner: str) -> Self:
        """The bot as it is reached for *owner*'s conversations, where each has one and is closed to all others."""

    async def open_conversation(self, user_id: str) -> str:
        """A new conversation for that person, by its id."""

    async def delete_conversation(self, conversation_id: str) -> None:
        """Delete the conversation at the bot's side; fine if it is gone."""

    def ask(self, question: Question) -> AsyncGenerator[BotEvent, None]:
        """
        Ask, and tell what comes back, from `ChatStarted` to `ChatFinished`.

        Never asks twice: when the connection breaks after `ChatStarted` the rest of the answer is fetched.
        `Uncertain` before `ChatStarted`: the question may have been taken; `find_chat` tells.
        """

    def resume(self, chat_ref: ChatRef) -> AsyncGenerator[BotEvent, None]:
        """The answers of a chat that was begun earlier, perhaps by another process; waits for its end."""

    async def upload(self, media: MediaBytes) -> UploadedFile:
        """Hand over a file, to ask about it; `Refused` if this bot takes none, or not such a one."""

    async def accept_recording(self, media: MediaBytes) -> UploadedFile | str:
        """Hand over a recording to a bot that listens, or give what is said in it; `Never` if nobody there can tell."""

    async def find_chat(self, sought: Sought) -> ChatRef | None:
        """The chat in which that question was taken, if it was."""

    async def cancel(self, chat_ref: ChatRef) -> None:
        """Stop the chat; fine if it is over already. `Refused` where that cannot be done."""

    async def rate(self, chat_ref: ChatRef, *, liked: bool, reason: str = "") -> None:
        """Say whether somebody liked the answer, and why not; the latest word counts. `Refused` where nobody wants to know."""
