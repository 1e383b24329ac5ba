"""The contracts between the core and its plug-ins: platforms on one side, bots on the other."""

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

Gives the sentence to show at once to the person who pressed a `TurnButton`, and to nobody else; None if there is none.

What an adapter cannot read is handed in as well (`bridge.sdk.unreadable`): it is kept as a dead letter.
"""


Fence = Callable[[], None]
"""Raises LeaseLost unless the turn is surely still ours; asked right before whatever people can see."""


def no_fence() -> None:
    """The fence of a caller that cannot lose its turn: it lets everything pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What a place can show, in numbers for the core to compute with; never the platform's name."""

    limit: int  #: the longest message, by *measure*
    measure: Callable[[str], int] = len  #: code points, UTF-16 units, bytes
    preview_interval: float | None = None  #: seconds between previews; None: only finished text is shown
    previews_are_messages: bool = False  #: a preview leaves a message behind, so it is written down before it is sent
    newest: str | None = None  #: the newest message known in the place, if `find` needs it
    ending_awaited: float = 0.0  #: seconds for which the first preview waits for the end: a short answer is one message
    thinking_after: float | None = None
    """Seconds without text after which an empty preview shows that the bot is thinking; None if the place cannot show that."""
    first_held: float = 0.0  #: seconds for which the first preview waits for a sentence or a line: it notifies people
    closed: Ref | None = (
        None  #: the newest message of this answer, if it can grow no more: the answer continues in another
    )
    preview_put_off: bool = False  #: the last preview found no budget, or came too early: it is requested again
    previews_have_buttons: bool = False  #: a preview shows the buttons of its part, of which one stops the answer


class ReplySink(Protocol):
    """
    Shows one answer in one place.

    It is asked for a result, not for edits: the core says what a message should say by now, and the sink knows how its platform
    gets there. Calls for one answer never overlap. Failures are those of `bridge.sdk.errors`.
    """

    @property
    def surface(self) -> Surface:
        """What a message here can show."""

    async def preview(self, part: Part) -> Ref | None:
        """
        Show a growing *part*, whose text begins with that of its last preview. `finish` removes its buttons.

        Returns the message that shows it, if that message stays. May do nothing, and never waits for a budget: a newer preview
        replaces an older one anyway, and one that `Surface.preview_put_off` reports is requested again.
        If the surface says so, a part without text requests a placeholder, which leaves no message behind.
        """

    async def finish(self, part: Part) -> Ref:
        """
        Make the chat show exactly *part*, permanently; returns its message.

        If the platform has buttons, the message has those of *part*: a press is received as that question, as a `Rating`, or as the
        command of a `TurnButton` with its turn.
        With a known ``ref`` that message is completed, even if another process began it.
        Waits for the platform's budget as long as necessary. Another call with the returned ref changes nothing.
        """

    async def find(self, part: Part) -> Ref | None:
        """
        Find the message that an earlier `finish` or `preview` of *part* left behind, if the platform can tell.

        Never changes another message: if the search itself could do that, it needs all of `Part.beside`.
        A part without text will be deleted, so only a message that is surely its own may be returned.
        """

    async def withdraw(self, ref: Ref) -> None:
        """Delete a message of the answer, as a new answer has fewer; fine if it is gone. `Never` if that is impossible."""

    async def notify(self, text: str, buttons: Buttons = NO_BUTTONS, *, formatted: bool = False) -> None:
        """
        Post a sentence of the bridge's own, apart from the answer, with *buttons* below it if the platform has any.

        *formatted*: the text is Markdown, like a bot's, not plain text.
        """

    async def attach(self, media: MediaBytes) -> None:
        """
        Post a file that belongs to the answer, below it.

        `Uncertain`: it may have been posted; a file cannot be searched for, so it is not sent again.
        """


@runtime_checkable
class PostsAlbums(Protocol):
    """A sink that can post several files as one."""

    album_most: int  #: the most files in one album

    def fits_album(self, media: MediaBytes) -> bool:
        """Whether the file can be in an album, together with others that can."""

    async def attach_album(self, album: Sequence[MediaBytes]) -> None:
        """
        Post two or more files that belong to the answer, below it, as one album.

        `Refused`: none was posted, and each may be attached by itself. `Uncertain`: as with `ReplySink.attach`.
        """


@runtime_checkable
class Adapter(Protocol):
    """A platform as the core sees it: it receives messages, and opens sinks for their answers."""

    Options: ClassVar[type[BaseModel]]  #: the model of its section in the config file, ``kind`` left out
    platform: ClassVar[str]  #: its name in a route's ``when``
    name: str  #: its name in the config

    @classmethod
    def from_options(cls, name: str, options: Any) -> Self:
        """Build the adapter for the section *name* of the config; *options* is a valid `Options`. Opens nothing yet."""

    @property
    def exclusive_lease(self) -> str | None:
        """The name of the lease that a replica needs to `run`; None if all replicas may run at once."""

    @property
    def unavailable_reason(self) -> str | None:
        """Why it receives nothing at the moment, for an operator; None while it does."""

    async def __aenter__(self) -> Self:
        """Open its clients and learn who the bot is; raises `Unauthorised` or `Unreachable`."""

    async def __aexit__(self, *failure: object) -> None:
        """Close what was opened."""

    async def run(self, accept: Accept) -> None:
        """Listen until cancelled, through every outage; acknowledge a message once it has been accepted."""

    def format_command(self, command: CommandName) -> str:
        """Format a command as people on the platform write it."""

    def reply(self, message: Inbound, fence: Fence = no_fence) -> AbstractAsyncContextManager[ReplySink]:
        """
        Open the sink for the answer to *message*; inside its block people see that an answer is coming.

        The sink calls *fence* after every wait of its own, before it sends.
        """

    async def fetch(self, attachment: Attachment, *, at_most: int) -> MediaBytes:
        """
        Download an attachment, if it has no more than *at_most* bytes.

        `Refused`, with ``FILE_UNUSABLE``, if it is not available; `Unreachable` while the platform is away.
        """


@runtime_checkable
class NamesAccounts(Protocol):
    """Options of an adapter whose platform lets only one adapter receive for an account."""

    @property
    def accounts(self) -> Mapping[str, Hashable]:
        """What no other adapter of that kind may share, by the key of the config that tells it."""


@runtime_checkable
class DoubtsPeople(Protocol):
    """Options of an adapter that knows what its platform's ids of people look like."""

    def doubt_about(self, person: str) -> str | None:
        """The warning of ``check`` that *person* is no id of the platform's; None if it may be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """
    A platform's HTTP request, whose body has not been read yet.

    An adapter authenticates the caller by the headers, as far as possible, before it calls `read`, so that strangers cost nothing.
    """

    headers: Mapping[str, str]  #: names in lower case
    read: Callable[[], Awaitable[bytes]]
    """Gives the body's bytes as they were sent, within limits of size and time; what it raises is the server's to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookResponse:
    """The answer to a `WebhookRequest`."""

    status: int = 200  #: of HTTP
    body: str = ""  #: text, encoded as UTF-8
    content_type: str = "text/plain"  #: of the body
    headers: Mapping[str, str] | None = None  #: in addition to those of every response


@runtime_checkable
class WebhookReceiver(Protocol):
    """An adapter whose platform can call it by HTTP."""

    @property
    def receives_by_http(self) -> bool:
        """Whether its config asks for a webhook; without it there is none of that name."""

    async def handle_webhook(self, request: WebhookRequest, accept: Accept) -> WebhookResponse:
        """Authenticate the caller, accept what the request holds, and only then answer; `Later` becomes a 503."""

    def set_webhook_url(self, url: str) -> None:
        """Learn the public URL at which `handle_webhook` is reachable, before `run`."""


@runtime_checkable
class CompletesMessages(Protocol):
    """An adapter that can look up more about a message than its platform sent."""

    async def complete(self, message: Inbound, *, about_author: bool) -> Inbound:
        """
        *message* with what it refers to, as people see it; called when its turn begins, and takes about a second at most.

        *about_author*: also look up the author's name and language. What cannot be found out is left as it is.
        """


@runtime_checkable
class KnowsNames(Protocol):
    """An adapter that can look up the names of people and chats."""

    async def names_of(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The names of those *ids* of people and chats, for display, within a second; unknown ones are left out."""


@runtime_checkable
class Reaching(Protocol):
    """An adapter that can post in a place without a message to answer."""

    def locate(self, chat: str, thread: str | None) -> tuple[Place, ChatType]:
        """The place with those ids of the platform's; ValueError, worded for whoever gave them, if they are invalid."""


@runtime_checkable
class ReadsAgain(Protocol):
    """An adapter that can try again to read what an earlier version of it could not."""

    def read_again(self, raw: str) -> Inbound | None:
        """Read *raw*, which was once handed in as `Unreadable`; None if it is still unreadable."""


@runtime_checkable
class SharesRateLimits(Protocol):
    """An adapter whose platform limits the rate of all replicas together."""

    def set_replica_count(self, replicas: int) -> None:
        """Note the number of replicas: use only one replica's share of what the platform allows."""


class BotProfile(Protocol):
    """What Coze says about a bot."""

    file_hosts: FileHosts  #: the hosts whose files are downloaded and sent when an answer shows them
    introduction: Introduction  #: as far as `check` has learnt it

    async def check(self) -> Finding:
        """Check whether Coze knows the bot, for an operator; raises `Later` while that cannot be found out."""


class Bot(Protocol):
    """
    One bot at one Coze, which answers questions.

    Every method may raise `Later` or `Never`. An iterator that ends without an exception has given `ChatFinished` last.
    """

    @property
    def profile(self) -> BotProfile:
        """What Coze says about it; the same for every owner."""

    def for_owner(self, owner: str) -> Self:
        """The bot as it is reached for *owner*'s conversations, if each owner has a session that is closed to all others."""

    async def open_conversation(self, user_id: str) -> str:
        """Open a conversation for that person; returns its id."""

    async def delete_conversation(self, conversation_id: str) -> None:
        """Delete the conversation at Coze; fine if it is gone."""

    def ask(self, question: Question) -> AsyncGenerator[BotEvent, None]:
        """
        Ask, and stream the answer, from `ChatStarted` to `ChatFinished`.

        Never asks twice: if the connection breaks after `ChatStarted`, the rest of the answer is fetched.
        `Uncertain` before `ChatStarted`: the question may have been accepted; `find_chat` tells.
        """

    def resume(self, chat_ref: ChatRef) -> AsyncGenerator[BotEvent, None]:
        """The answer of a chat that was begun earlier, perhaps by another process; waits for its end."""

    async def upload(self, media: MediaBytes) -> UploadedFile:
        """Upload a file, to ask about it; `Refused` if this bot takes no files, or not of this kind."""

    async def accept_recording(self, media: MediaBytes) -> UploadedFile | str:
        """Upload a recording to a bot that takes audio, or else return its transcript; `Never` if neither is possible."""

    async def find_chat(self, sought: Sought) -> ChatRef | None:
        """Find the chat in which that question was accepted, if it was."""

    async def cancel(self, chat_ref: ChatRef) -> None:
        """Stop the chat; fine if it is over already. `Refused` if that is impossible."""

    async def rate(self, chat_ref: ChatRef, *, liked: bool, reason: str = "") -> None:
        """Report whether somebody liked the answer, and why not; the latest report counts. `Refused` if Coze takes none."""
