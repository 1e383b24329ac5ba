"""
Previews: how a growing answer is shown in Slack.

A part falls back along this ladder as far as necessary, and never climbs again:

native    a stream, if the workspace has them; a new message when the stream reaches its greatest age
edit      a message that is replaced every few seconds
post      nothing, until the text is finished
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from adapters.slack.cards import show_steps
from adapters.slack.destination import SlackDestination
from adapters.slack.errors import StreamOpen, StreamOver, StreamStopped, ThreadRefused
from adapters.slack.message_state import APPEND_EVERY, EDIT_EVERY, MessageState, preview_interval
from adapters.slack.metadata import part_metadata
from adapters.slack.options import SlackStreamMode
from adapters.slack.pace import APPEND, START, STOP, UPDATE, post_in
from adapters.slack.posting import SlackPoster
from adapters.slack.render import render_growing
from adapters.slack.shared import SlackSharedState
from bridge.sdk.answers import Part
from bridge.sdk.errors import ChatGone, Refused, Uncertain
from bridge.sdk.forms import form_of
from bridge.sdk.model import Inbound, Ref
from bridge.sdk.pacing import Cost

T = TypeVar("T")

SHORT_SECONDS: Final = (
    0.75  #: while streams are short, an answer that ends within this time is posted whole; our choice, not documented
)


class SlackPreviews:
    """Shows the growing parts of the answer to *message*."""

    def __init__(
        self,
        shared: SlackSharedState,
        message: Inbound,
        stream: SlackStreamMode,
        destination: SlackDestination,
        poster: SlackPoster,
    ) -> None:
        self._shared = shared
        self._api = shared.api
        self._sender = shared.sender
        self._to, self._team = message.author.id, message.reply_context.get("team") or shared.me.team
        self._stream = stream
        self._destination = destination
        self._poster = poster
        self.stopped: Ref | None = None  #: the message that the person stopped
        self.put_off = False  #: the last one was not shown for now

    @property
    def interval(self) -> float | None:
        """Seconds between two previews; None if none are shown."""
        return preview_interval(self._stream, natively=self._destination.may_stream)

    @property
    def ending_awaited(self) -> float:
        """Seconds for which the first preview is delayed, as a short answer may end by then."""
        return SHORT_SECONDS if self.interval == APPEND_EVERY and self._shared.is_short_of_streams else 0.0

    @property
    def outgrown(self) -> Ref | None:
        """The newest message, if its stream is too old and another can begin."""
        newest = self._poster.newest
        another = self._destination.may_stream and not self._shared.is_short_of_streams
        return Ref(newest.ts) if newest and another and newest.is_old(self._shared.now()) else None

    async def show(self, part: Part) -> Ref | None:
        """Show a growing part, natively or by an edit, if it is time."""
        self.put_off = False
        text = render_growing(part.text)
        if self.stopped or self._destination.is_closed or not text or self.interval is None:
            return part.ref
        if part.ref is None:
            return await self._begin(part, text)
        shown = self._poster.known(part.ref)
        if shown.takes_more(self._shared.now()):
            await self._append(shown, text)
            await self._show_steps(shown, part)
        elif self._stream is not SlackStreamMode.NATIVE:
            await self._edit(shown, part, text)
        return part.ref

    async def _begin(self, part: Part, text: str) -> Ref | None:
        thread = self._destination.thread
        takes_from_others = part.index > 0 and self._shared.is_short_of_streams
        may_stream = self._destination.may_stream and not takes_from_others
        if thread and may_stream and (ref := await self._start(text, thread)):
            return ref
        if self._stream is SlackStreamMode.NATIVE:
            return None
        return await self._post(part, text)

    async def _start(self, text: str, thread: str) -> Ref | None:
        """Begin a stream; None if that is not possible, now or at all."""
        began = self._shared.now()
        channel, to, team = self._destination.channel, self._to, self._team
        try:
            ts = await self._try(
                START, lambda: self._api.start_stream(channel, text, thread=thread, user=to, team=team)
            )
        except (Refused, ChatGone) as refusal:
            self._destination.do_without_streams(refusal)
            return None
        shown = MessageState(ts or "", text, sure=True, paid=True, since=began, streamed_at=began)
        return self._poster.record(shown, thread) if ts else None

    async def _post(self, part: Part, text: str) -> Ref | None:
        """Post a message that will be edited; None if that is not possible now."""
        channel, thread, mark = self._destination.channel, self._destination.thread, part_metadata(part)
        try:
            ts = await self._try(
                post_in(channel, growing=True),
                lambda: self._api.post(channel, text, thread=thread, metadata=mark, buttons=part.buttons),
            )
        except ThreadRefused:
            self._destination.leave_thread()  # the next preview goes beside it
            return None
        except ChatGone as gone:
            if not self._destination.would_close(gone):
                raise
            self._destination.close_channel(gone)
            return None
        shown = MessageState(ts or "", text, part.buttons, grows=False, paid=True, since=self._shared.now())
        return self._poster.record(shown, thread) if ts else None

    async def _append(self, shown: MessageState, text: str) -> None:
        """Append the new text; once it is unknown whether an append arrived, no more follow."""
        if not text.startswith(shown.text) or text == shown.text:
            return
        more = text[len(shown.text) :]
        try:
            if await self._try(APPEND, lambda: self._api.append(self._destination.channel, shown.ts, more)):
                shown.text = text
        except StreamOver:
            shown.grows, shown.sure, shown.text = False, False, ""
        except StreamStopped:
            self.stopped = Ref(shown.ts)
            raise
        except (Uncertain, Refused):
            shown.sure, shown.text = False, ""

    async def _show_steps(self, shown: MessageState, part: Part) -> None:
        try:
            await show_steps(self._shared, self._destination.channel, shown, part.steps)
        except StreamStopped:
            self.stopped = Ref(shown.ts)
            raise

    async def _edit(self, shown: MessageState, part: Part, text: str) -> None:
        """Replace the message's text, if the last edit is long enough ago."""
        now = self._shared.now()
        if shown.grows:
            await self._try(STOP, lambda: self._poster.end_stream(shown, part))
        if text == shown.text:
            return
        self.put_off = shown.grows or now - shown.since < EDIT_EVERY
        if self.put_off:
            return
        try:
            edited = await self._try(UPDATE, lambda: self._poster.edit(shown, part, text, form_of(part)))
        except Refused as refusal:
            edited, shown.grows = None, isinstance(refusal, StreamOpen)
        shown.since = now
        if edited:
            shown.text, shown.buttons = text, part.buttons

    async def _try(self, cost: Cost, call: Callable[[], Awaitable[T]]) -> T | None:
        """Send *call*; None if the budget does not allow it now."""
        done = await self._sender.try_send(cost, call)
        self.put_off = done is None
        return done
