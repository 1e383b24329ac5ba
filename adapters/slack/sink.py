"""
A place in Slack where one answer appears.

An answer goes down this ladder as far as it must, and never up again:

    native    a message that grows       where Slack has streams, for as long as one may live
    edit      a message that is replaced every few seconds
    post      the finished text

However it was shown, `finish` leaves exactly the part's text: where the screen may differ, the message is replaced.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from adapters.slack.api import FeatureMissing, StreamOpen, StreamOver, StreamStopped
from adapters.slack.metadata import NOTE, marked, marked_with
from adapters.slack.render import growing, measure, neutral
from adapters.slack.shared import APPEND, START, STOP, UPDATE, Toll, Workspace, post_in
from bridge.sdk import telemetry
from bridge.sdk.errors import ChatGone, Never, Refused, Uncertain
from bridge.sdk.model import NO_BUTTONS, Buttons, ChatType, Inbound, Media, Part, Ref
from bridge.sdk.ports import Fence, Surface, unfenced

T = TypeVar("T")

LIMIT = 11_000  #: a message holds about 12 000; how Slack counts them is not documented
STREAM_LIFE = 240.0  #: seconds; Slack ends a stream about 300 after its start, whatever is appended
EDIT_EVERY = 3.0  #: seconds between edits of one message, as Slack asks
_APPEND_EVERY = 0.7


class Streaming(StrEnum):
    """How a growing answer is shown."""

    AUTO = "auto"  #: natively where that is possible, else by edits
    NATIVE = "native"  #: natively or not at all
    EDIT = "edit"
    OFF = "off"


@dataclass(slots=True)
class _Shown:
    """A message of ours, as far as we know what stands in it."""

    ts: str
    text: str = ""
    buttons: Buttons = NO_BUTTONS
    grows: bool = True  #: it may be a stream that is still open
    sure: bool = False  #: we know what was appended to it
    since: float = 0.0  #: when it began to grow, or was edited last
    paid: bool = False  #: the call that completes it is paid for

    def takes_more(self, now: float) -> bool:
        """Whether it can be appended to."""
        return self.grows and self.sure and now - self.since < STREAM_LIFE


class SlackSink:
    """A `ReplySink`; the answer to *message* appears in its thread or, where nothing is threaded, beside it."""

    def __init__(self, workspace: Workspace, message: Inbound, streaming: Streaming, fence: Fence = unfenced) -> None:
        self._workspace = workspace
        self._fence = fence
        self._api = workspace.api
        self._message = message
        self._streaming = streaming
        self._channel = message.where.chat
        self._shown: dict[Ref, _Shown] = {}
        self._streamless = False  #: this very place refused a stream
        self._stopped: Ref | None = None  #: what the person stopped
        self._home: str | None = None  #: the thread in which the answer has begun
        self.spoken = False

    @property
    def surface(self) -> Surface:
        """What this place can show."""
        match self._streaming:
            case Streaming.OFF:
                every = None
            case Streaming.NATIVE:
                every = _APPEND_EVERY if self._may_stream() else None
            case Streaming.EDIT:
                every = EDIT_EVERY
            case Streaming.AUTO:
                every = _APPEND_EVERY if self._may_stream() else EDIT_EVERY
        return Surface(limit=LIMIT, measure=measure, every=every, previews_stand=True)

    @property
    def thread(self) -> str | None:
        """
        Where the answer goes.

        A top-level direct message is answered in its own thread where Slack can stream, as agents do, else beside it.
        """
        origin = self._message.origin
        known = self._home or self._message.where.thread or origin.get("thread_ts")
        return known or (origin.get("ts") if self._may_stream() else None)

    async def preview(self, part: Part) -> Ref | None:
        """Show a growing part, natively or by an edit, if it is time."""
        text = growing(part.text)
        if self._stopped or not text or self.surface.every is None:
            return part.ref
        if part.ref is None:
            return await self._begin(part, text)
        shown = self._known(part.ref)
        if shown.takes_more(self._workspace.now()):
            await self._append(shown, text)
        elif self._streaming is not Streaming.NATIVE:
            await self._edit(shown, part, text)
        return part.ref

    async def finish(self, part: Part) -> Ref:
        """Make exactly the part stand there, if need be without its buttons; what the person stopped stays as it is."""
        if self._stopped:
            return self._stopped
        try:
            return await self._stand(part)
        except Refused as refusal:
            if not part.buttons:
                raise
            telemetry.fell_back(adapter=self._workspace.adapter, feature="buttons", because=refusal.detail)
        return await self._stand(replace(part, buttons=NO_BUTTONS))

    async def _stand(self, part: Part) -> Ref:
        text = neutral(part.text)
        if part.ref is None:
            return await self._post(text, marked(part), part.buttons)
        shown = self._known(part.ref)
        if shown.grows:
            await self._complete(shown, part, text)
        if (shown.text, shown.buttons) != (text, part.buttons):
            await self._surely(UPDATE, lambda: self._replace(shown, part, text), paid=shown.paid)
            shown.text, shown.buttons, shown.paid = text, part.buttons, False
        return part.ref

    async def find(self, part: Part) -> Ref | None:
        """The message that bears the part's mark or, where a stream was begun and nothing more, no mark at all."""
        origin = self._message.origin
        since = origin.get("ts") or self._message.where.thread or "0"
        own_thread = origin.get("thread_ts") or origin.get("ts")
        for thread in [own_thread, None] if self._message.chat_type is ChatType.PRIVATE else [self.thread]:
            try:
                messages = await self._api.recent(self._channel, thread=thread, since=since)
            except Refused as refusal:
                telemetry.fell_back(adapter=self._workspace.adapter, feature="read_back", because=refusal.detail)
                return None
            if ref := marked_with(part, messages, self._workspace.me, orphans_after=since if thread else None):
                self._home = thread
                return ref
        return None

    async def tell(self, text: str) -> None:
        """Say a sentence of the bridge's own; to a slash command, so that only who gave it sees it."""
        address = self._message.origin.get("response_url")
        if address:
            try:
                return await self._api.respond(address, neutral(text))
            except Refused as refusal:
                telemetry.fell_back(adapter=self._workspace.adapter, feature="response_url", because=refusal.detail)
        await self._post(neutral(text), NOTE)
        return None

    async def attach(self, media: Media) -> None:
        """Post a file where the answer stands; Slack lets it appear a moment later."""
        thread = self.thread
        await self._surely(post_in(self._channel), lambda: self._api.share(self._channel, media, thread=thread))

    def _may_stream(self) -> bool:
        wanted = self._streaming in (Streaming.AUTO, Streaming.NATIVE) and not self._streamless
        origin = self._message.origin
        return wanted and "ts" in origin and self._workspace.streams_in(self._message.chat_type)

    def _known(self, ref: Ref) -> _Shown:
        """What we know of the message; of one that another process began, that it may still grow."""
        return self._shown.setdefault(ref, _Shown(ref))

    def _remember(self, shown: _Shown, thread: str | None) -> Ref:
        ref = Ref(shown.ts)
        self._shown[ref], self._home, self.spoken = shown, thread, True
        return ref

    async def _begin(self, part: Part, text: str) -> Ref | None:
        thread = self.thread
        if thread and self._may_stream():
            ref = await self._start(text, thread)
            if ref:
                return ref
        if self._streaming is Streaming.NATIVE:
            return None
        return await self._post_preview(part, text)

    async def _start(self, text: str, thread: str) -> Ref | None:
        """Begin a stream; None where that cannot be had, now or for good."""
        began = self._workspace.now()
        to, team = self._message.author.id, self._message.origin.get("team") or self._workspace.me.team
        try:
            ts = await self._workspace.perhaps(
                START, lambda: self._api.start_stream(self._channel, text, thread=thread, user=to, team=team)
            )
        except Uncertain:
            telemetry.uncertain(adapter=self._workspace.adapter, kind="chat.startStream")
            raise
        except (Refused, ChatGone) as refusal:
            self._do_without_streams(refusal)
            return None
        return self._remember(_Shown(ts, text, sure=True, paid=True, since=began), thread) if ts else None

    def _do_without_streams(self, refusal: Never) -> None:
        self._streamless = True
        if isinstance(refusal, FeatureMissing):
            self._workspace.streamless(self._message.chat_type)
        telemetry.fell_back(adapter=self._workspace.adapter, feature="native_stream", because=refusal.detail)

    async def _post_preview(self, part: Part, text: str) -> Ref | None:
        thread = self.thread
        try:
            ts = await self._workspace.perhaps(
                post_in(self._channel, growing=True),
                lambda: self._api.post(self._channel, text, thread=thread, metadata=marked(part)),
            )
        except Uncertain:
            telemetry.uncertain(adapter=self._workspace.adapter, kind="chat.postMessage")
            raise
        shown = _Shown(ts or "", text, grows=False, paid=True, since=self._workspace.now())
        return self._remember(shown, thread) if ts else None

    async def _append(self, shown: _Shown, text: str) -> None:
        """Send what is new; where it may or may not have arrived, nothing more is appended."""
        if not text.startswith(shown.text) or text == shown.text:
            return
        more = text[len(shown.text) :]
        try:
            if await self._workspace.perhaps(APPEND, lambda: self._api.append(self._channel, shown.ts, more)):
                shown.text = text
        except StreamOver:
            shown.grows, shown.sure, shown.text = False, False, ""
        except StreamStopped:
            self._stopped = Ref(shown.ts)
        except (Uncertain, Refused):
            shown.sure, shown.text = False, ""

    async def _edit(self, shown: _Shown, part: Part, text: str) -> None:
        """Replace what the message says, if the last time is long enough ago."""
        now = self._workspace.now()
        if shown.grows:
            await self._workspace.perhaps(STOP, lambda: self._stop(shown, part, ""))
        if shown.grows or now - shown.since < EDIT_EVERY or text == shown.text:
            return
        try:
            edited = await self._workspace.perhaps(UPDATE, lambda: self._replace(shown, part, text))
        except Refused as refusal:
            edited, shown.grows = None, isinstance(refusal, StreamOpen)
        shown.since = now
        if edited:
            shown.text = text

    async def _replace(self, shown: _Shown, part: Part, text: str) -> str:
        return await self._api.update(self._channel, shown.ts, text, metadata=marked(part), buttons=part.buttons)

    async def _complete(self, shown: _Shown, part: Part, text: str) -> None:
        """End the stream, with the rest of *text* if that makes it whole."""
        whole = shown.takes_more(self._workspace.now()) and text.startswith(shown.text)
        rest, buttons = (text[len(shown.text) :], part.buttons) if whole else ("", NO_BUTTONS)
        try:
            paid, shown.paid = shown.paid, False
            over = await self._surely(STOP, lambda: self._stop(shown, part, rest, buttons), paid=paid)
        except Refused:
            over = await self._surely(STOP, lambda: self._stop(shown, part, ""))
            whole = False
        if whole and over == shown.ts:
            shown.text, shown.buttons = text, buttons

    async def _stop(self, shown: _Shown, part: Part, rest: str, buttons: Buttons = NO_BUTTONS) -> str:
        """End the stream and give its ts; empty if it was over or never began, so that *rest* did not arrive for certain."""
        try:
            ended = await self._api.stop_stream(self._channel, shown.ts, rest, metadata=marked(part), buttons=buttons)
        except (StreamOver, FeatureMissing):
            ended = ""
        shown.grows = False
        return ended

    async def _surely(self, toll: Toll, call: Callable[[], Awaitable[T]], *, paid: bool = False) -> T:
        """As `Workspace.surely`, but not for a turn that has meanwhile become another replica's."""

        async def fenced() -> T:
            self._fence()
            return await call()

        return await self._workspace.surely(toll, fenced, paid=paid)

    async def _post(self, text: str, metadata: dict[str, Any], buttons: Buttons = NO_BUTTONS) -> Ref:
        thread = self.thread
        try:
            ts = await self._surely(
                post_in(self._channel),
                lambda: self._api.post(self._channel, text, thread=thread, metadata=metadata, buttons=buttons),
            )
        except Uncertain:
            telemetry.uncertain(adapter=self._workspace.adapter, kind="chat.postMessage")
            raise
        return self._remember(_Shown(ts, text, buttons, grows=False, since=self._workspace.now()), thread)
