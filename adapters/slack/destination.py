"""Where one answer goes in Slack: channel, thread, and what these have refused so far."""

import re
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from adapters.slack.errors import FeatureMissing, PostingRestricted, ResponseOver
from adapters.slack.metadata import Json, is_marked, moved_metadata
from adapters.slack.options import SlackStreamMode
from adapters.slack.pace import OPEN_DIRECT, WHISPER, post_in
from adapters.slack.shared import SlackSharedState
from bridge.sdk import telemetry
from bridge.sdk.answers import NO_BUTTONS, Buttons
from bridge.sdk.errors import ChatGone, Never, Refused
from bridge.sdk.forms import Form
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import ChatType, Inbound, Ref
from bridge.sdk.pacing import Cost
from bridge.sdk.ports import Fence

T = TypeVar("T")

_ELSEWHERE: Final = re.compile(r"(?P<channel>D[A-Z0-9]+):(?P<ts>[0-9]+\.[0-9]+)")
"""The ref of a message in another channel than the question: it names the channel, so that another process finds it."""


class SlackDestination:
    """The channel and thread of *message*; if we may not post there, only the person who asked."""

    def __init__(self, shared: SlackSharedState, message: Inbound, stream: SlackStreamMode, fence: Fence) -> None:
        self._shared = shared
        self._message = message
        self._fence = fence
        self._wants_streams = stream in (SlackStreamMode.AUTO, SlackStreamMode.NATIVE)
        self._answer_thread: str | None = None  #: the thread in which the answer has begun
        self._is_threaded = True  #: False once the thread has refused a message
        self._response_url = message.reply_context.get("response_url")
        self._is_command = bool(self._response_url)
        self._is_direct = False  #: whether the answer continues in the direct message of the person who asked
        self.channel = message.where.chat
        self.is_closed = False  #: whether we may not post in the channel; the person who asked can still be answered
        self.spoken = False  #: whether something was posted in the status's thread, which makes Slack remove it

    @property
    def thread(self) -> str | None:
        """
        The thread; None outside of threads.

        A top-level direct message is answered in its own thread if Slack can stream, as with agents, else beside it.
        """
        if not self._is_threaded:
            return None
        context = self._message.reply_context
        known = self._answer_thread or self._message.where.thread or context.get("thread_ts")
        return known or (context.get("ts") if self.may_stream else None)

    def thread_of(self, form: Form) -> str | None:
        """The thread for a message in that *form*; None for the rest of the answer once the thread was refused."""
        if not form.threaded:
            self.leave_thread()
        return self.thread

    def leave_thread(self) -> None:
        """Continue outside the thread, which takes nothing."""
        self._is_threaded = False

    def continue_in(self, thread: str | None) -> None:
        """Continue where a message of the answer was found."""
        self._answer_thread = thread

    def note_spoken(self, thread: str | None) -> None:
        """Note that this process has just posted there."""
        context = self._message.reply_context
        self.continue_in(thread)
        self.spoken = self.spoken or thread == (context.get("thread_ts") or context.get("ts"))

    @property
    def may_stream(self) -> bool:
        """Whether a stream is possible there, as far as we know."""
        return (
            self._wants_streams
            and "ts" in self._message.reply_context
            and self._shared.streams_in(self._message.chat_type)
        )

    def do_without_streams(self, refusal: Never) -> None:
        """Use no streams for this answer any more; for no other either if the workspace has none."""
        self._wants_streams = False
        if isinstance(refusal, FeatureMissing):
            self._shared.disable_streams(self._message.chat_type)
        telemetry.feature_missing(adapter=self._shared.adapter, feature="native_stream", because=refusal.detail)

    async def send(self, cost: Cost, call: Callable[[], Awaitable[T]], *, kind: str, paid: bool = False) -> T:
        """Send *call* once its budget allows it and the turn is still ours."""
        return await self._shared.sender.send(cost, call, kind=kind, fence=self._fence, paid=paid)

    def would_close(self, gone: ChatGone) -> bool:
        """Whether *gone* closes the whole channel, and the person who asked can still be told alone."""
        may_be_told = self._is_command or isinstance(gone, PostingRestricted)
        return gone.aspect is None and may_be_told and not self._is_direct

    def close_channel(self, gone: ChatGone) -> None:
        """Post nothing more in the channel, because of *gone*."""
        self.is_closed = True
        telemetry.feature_missing(adapter=self._shared.adapter, feature="channel", because=gone.detail)

    async def respond(self, text: str, buttons: Buttons = NO_BUTTONS, *, formatted: bool = False) -> bool:
        """Answer only whoever gave a command; False if there is no address for that, or it has expired."""
        if self._response_url:
            self._fence()
            try:
                await self._shared.api.respond(self._response_url, text, buttons=buttons, formatted=formatted)
            except ResponseOver as over:
                self._response_url = None
                telemetry.feature_missing(adapter=self._shared.adapter, feature="response_url", because=over.detail)
        return bool(self._response_url)

    async def whisper(self, text: str, buttons: Buttons = NO_BUTTONS) -> bool:
        """
        Tell whoever gave a command, visibly only to them, what its expired address refuses; False if that is not possible.

        If this fails, the channel counts as closed.
        """
        if not self._is_command or self.is_closed or self._is_direct or self._message.chat_type is ChatType.PRIVATE:
            return False
        api, channel, person, thread = self._shared.api, self.channel, self._message.author.id, self.thread
        try:
            await self.send(
                WHISPER, lambda: api.whisper(channel, person, text, thread=thread, buttons=buttons), kind="send"
            )
        except (Refused, ChatGone) as refusal:
            telemetry.feature_missing(adapter=self._shared.adapter, feature="ephemeral", because=refusal.detail)
            self.is_closed = True
        return not self.is_closed

    async def move_to_person(self) -> list[Json]:
        """
        Continue in the direct message of whoever asked, after a sentence that says so; returns the messages already there.

        A process that died may have begun this: then the sentence is there already, and perhaps parts of the answer.
        """
        person, mark = self._message.author, moved_metadata(self._message.dedupe_keys)
        standing = await self._open_direct()
        if not any(is_marked(said, mark) for said in standing):
            said = translate(MessageId.ANSWERED_ALONE, person.language)
            self.channel = await self.send(
                post_in(person.id), lambda: self._shared.api.tell_alone(person.id, said, metadata=mark), kind="send"
            )
        self.is_closed, self._is_direct = False, True
        self.leave_thread()
        return standing

    async def _open_direct(self) -> list[Json]:
        """Make their direct message the channel, and return its messages; none if we may not open or read it."""
        api, person = self._shared.api, self._message.author.id
        try:
            direct = await self.send(OPEN_DIRECT, lambda: api.direct_channel(person), kind="send")
            standing = await api.recent(direct, thread=None, since="0")
        except (Refused, ChatGone) as refusal:
            telemetry.feature_missing(adapter=self._shared.adapter, feature="read_back", because=refusal.detail)
            return []
        self.channel = direct
        return standing

    def ref_of(self, ts: str) -> Ref:
        """The ref of the message here with that *ts*."""
        return Ref(f"{self.channel}:{ts}" if self._is_direct else ts)

    def follow(self, ref: Ref) -> str:
        """The ts of that message of ours; the answer continues where that message is."""
        if moved := _ELSEWHERE.fullmatch(ref):
            self.channel, self._is_direct = moved["channel"], True
            self.leave_thread()
            return moved["ts"]
        return ref
