"""
A place in Slack where one answer appears.

An answer goes down this ladder as far as it must, and never up again:

    native    a message that grows       where Slack has streams; after as long as one may live, in another message
    edit      a message that is replaced every few seconds
    post      the finished text

However it was shown, `finish` leaves exactly the part's text: where the screen may differ, the message is replaced. A form that
is refused is followed by the next plainer one (`bridge.sdk.forms`); where we may not speak at all, whoever gave a command is
answered privately.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from adapters.slack.errors import FeatureMissing, StreamOpen, StreamOver, StreamStopped, ThreadRefused
from adapters.slack.message_state import APPEND_EVERY, EDIT_EVERY, MessageState, preview_interval
from adapters.slack.metadata import NOTE, find_part, part_metadata
from adapters.slack.options import SlackStreamMode
from adapters.slack.pace import APPEND, DELETE, START, STOP, UPDATE, post_in
from adapters.slack.render import measure, render, render_form, render_growing
from adapters.slack.shared import SlackSharedState
from bridge.sdk import telemetry
from bridge.sdk.answers import NO_BUTTONS, Buttons, Part
from bridge.sdk.errors import ChatGone, Never, Refused, Uncertain
from bridge.sdk.forms import Form, form_of
from bridge.sdk.model import ChatType, Inbound, MediaBytes, Ref
from bridge.sdk.pacing import Cost
from bridge.sdk.ports import Fence, Surface, no_fence
from bridge.sdk.sending import send_form

T = TypeVar("T")

LIMIT = 11_000  #: a message holds about 12 000; how Slack counts them is not documented
SHORT_SECONDS: Final = 0.75  #: in which an answer may end that is worth no stream while those are short; not documented


class SlackSink:
    """A `ReplySink`; the answer to *message* appears in its thread or, where nothing is threaded, beside it."""

    def __init__(
        self, shared: SlackSharedState, message: Inbound, stream: SlackStreamMode, fence: Fence = no_fence
    ) -> None:
        self._shared = shared
        self._fence = fence
        self._api = shared.api
        self._sender = shared.sender
        self._message = message
        self._stream = stream
        self._channel = message.where.chat
        self._messages: dict[Ref, MessageState] = {}
        self._streams_refused = False  #: this very place refused a stream
        self._stopped: Ref | None = None  #: what the person stopped
        self._answer_thread: str | None = None  #: the thread in which the answer has begun
        self._threaded = True  #: until nobody can reply in the thread
        self._shut_out = False  #: we may not speak in the channel; who gave a command can be answered all the same
        self.spoken = False  #: where the status stands, which Slack takes away then

    @property
    def surface(self) -> Surface:
        """What this place can show."""
        interval = preview_interval(self._stream, natively=self._may_stream())
        return Surface(
            limit=LIMIT,
            measure=measure,
            preview_interval=interval,
            previews_are_messages=True,
            previews_have_buttons=True,  # below what grows by edits; a stream has Slack's own
            closed=self._outgrown(),
            ending_awaited=SHORT_SECONDS if interval == APPEND_EVERY and self._shared.is_short_of_streams else 0.0,
        )

    @property
    def thread(self) -> str | None:
        """
        Where the answer goes.

        A top-level direct message is answered in its own thread where Slack can stream, as agents do, else beside it.
        """
        if not self._threaded:
            return None
        context = self._message.reply_context
        known = self._answer_thread or self._message.where.thread or context.get("thread_ts")
        return known or (context.get("ts") if self._may_stream() else None)

    async def preview(self, part: Part) -> Ref | None:
        """Show a growing part, natively or by an edit, if it is time."""
        text = render_growing(part.text)
        if self._stopped or self._shut_out or not text or self.surface.preview_interval is None:
            return part.ref
        if part.ref is None:
            return await self._begin(part, text)
        shown = self._known(part.ref)
        if shown.takes_more(self._shared.now()):
            await self._append(shown, text)
        elif self._stream is not SlackStreamMode.NATIVE:
            await self._edit(shown, part, text)
        return part.ref

    async def finish(self, part: Part) -> Ref:
        """Make the part stand there, exactly or in the next form that is taken; what the person stopped stays as it is."""
        if self._stopped:
            return self._stopped
        return await send_form(form_of(part), lambda form: self._show(part, form), adapter=self._shared.adapter)

    async def find(self, part: Part) -> Ref | None:
        """The message that bears the part's mark or, where it says something and a stream was begun, no mark at all."""
        context = self._message.reply_context
        since = context.get("ts") or self._message.where.thread or "0"
        own_thread = context.get("thread_ts") or context.get("ts")
        for thread in [own_thread, None] if self._message.chat_type is ChatType.PRIVATE else [self.thread]:
            try:
                messages = await self._api.recent(self._channel, thread=thread, since=since)
            except (Refused, ChatGone) as refusal:
                telemetry.feature_missing(adapter=self._shared.adapter, feature="read_back", because=refusal.detail)
                return None
            if ref := find_part(part, messages, self._shared.me, orphans_after=since if thread and part.text else None):
                self._answer_thread = thread
                return ref
        return None

    async def withdraw(self, ref: Ref) -> None:
        """Delete a message of ours."""
        await self._send(DELETE, lambda: self._api.delete(self._channel, ref), kind="delete")

    async def notify(self, text: str, buttons: Buttons = NO_BUTTONS, *, formatted: bool = False) -> None:  # noqa: ARG002 - every sentence is
        """Say a sentence of the bridge's own; to a slash command, so that only who gave it sees it."""
        if self._message.reply_context.get("response_url"):
            try:
                return await self._respond(render(text), buttons=buttons)
            except Refused as refusal:
                telemetry.feature_missing(adapter=self._shared.adapter, feature="response_url", because=refusal.detail)
        form = Form(whole=text, texts=(text,), buttons=buttons, cuttable=False)
        await send_form(form, lambda form: self._post(render_form(form), NOTE, form), adapter=self._shared.adapter)
        return None

    async def attach(self, media: MediaBytes) -> None:
        """Post a file where the answer stands; Slack lets it appear a moment later."""
        form = Form(whole="", texts=("",), formatted=False, cuttable=False)
        await send_form(form, lambda form: self._share(media, form), adapter=self._shared.adapter)

    # Finished text

    async def _show(self, part: Part, form: Form) -> Ref:
        """Make the next message of *form* stand: in the channel or, where we may not speak there, for one person alone."""
        if not self._shut_out:
            try:
                return await self._show_in_channel(part, form)
            except ChatGone as gone:
                if not self._shuts_out(gone):
                    raise
        if form.is_file:
            raise ChatGone("a file cannot be shown to one person alone")
        await self._respond(render_form(form), formatted=form.formatted)
        return Ref(f"response:{part.key}")

    async def _show_in_channel(self, part: Part, form: Form) -> Ref:
        if form.is_file:
            await self._share(form.file, form)
            return form.ref or Ref(f"file:{part.key}")
        if form.ref is None:
            return await self._post(render_form(form), NOTE if form.begun else part_metadata(part), form)
        return await self._replace_shown(part, form, form.ref)

    async def _replace_shown(self, part: Part, form: Form, ref: Ref) -> Ref:
        shown, text = self._known(ref), render_form(form)
        if shown.grows:
            await self._complete(shown, part, form)
        if (shown.text, shown.buttons) != (text, form.buttons):
            try:
                await self._send(UPDATE, lambda: self._replace(shown, part, text, form), kind="edit", paid=shown.paid)
            except StreamOpen:  # although we were told that it is over
                await self._send(STOP, lambda: self._stop(shown, part, ""), kind="edit")
                await self._send(UPDATE, lambda: self._replace(shown, part, text, form), kind="edit")
            shown.text, shown.buttons, shown.paid = text, form.buttons, False
        return ref

    async def _complete(self, shown: MessageState, part: Part, form: Form) -> None:
        """End the stream, with the rest of the text if that makes it whole."""
        text = render_form(form)
        whole = shown.takes_more(self._shared.now()) and form.formatted and text.startswith(shown.text)
        rest, buttons = (text[len(shown.text) :], form.buttons) if whole else ("", NO_BUTTONS)
        try:
            paid, shown.paid = shown.paid, False
            over = await self._send(STOP, lambda: self._stop(shown, part, rest, buttons), kind="edit", paid=paid)
        except (Refused, StreamStopped):
            over = await self._send(STOP, lambda: self._stop(shown, part, ""), kind="edit")
            whole = False
        if whole and over == shown.ts:
            shown.text, shown.buttons = text, buttons

    async def _post(self, text: str, metadata: dict[str, Any], form: Form) -> Ref:
        thread, buttons, formatted = self._thread_of(form), form.buttons, form.formatted
        ts = await self._send(
            post_in(self._channel),
            lambda: self._api.post(
                self._channel, text, thread=thread, metadata=metadata, buttons=buttons, formatted=formatted
            ),
            kind="send",
        )
        return self._remember(MessageState(ts, text, buttons, grows=False, since=self._shared.now()), thread)

    def _thread_of(self, form: Form) -> str | None:
        """The thread for a message in that *form*; once it was refused, the whole answer goes on beside it."""
        self._threaded = self._threaded and form.threaded
        return self.thread

    def _remember(self, shown: MessageState, thread: str | None) -> Ref:
        ref = Ref(shown.ts)
        self._messages[ref], self._answer_thread = shown, thread
        context = self._message.reply_context
        self.spoken = self.spoken or thread == (context.get("thread_ts") or context.get("ts"))
        return ref

    def _known(self, ref: Ref) -> MessageState:
        """What we know of the message; of one that another process began, that it may still grow."""
        return self._messages.setdefault(ref, MessageState(ref))

    async def _send(self, cost: Cost, call: Callable[[], Awaitable[T]], *, kind: str, paid: bool = False) -> T:
        """What *call* gives, when its budget allows it and the turn is still ours."""
        return await self._sender.send(cost, call, kind=kind, fence=self._fence, paid=paid)

    # To one person alone

    def _shuts_out(self, gone: ChatGone) -> bool:
        """Whether *gone* leaves nothing but to answer privately, and that can be done; a thread alone is no such place."""
        self._shut_out = gone.aspect is None and bool(self._message.reply_context.get("response_url"))
        if self._shut_out:
            telemetry.feature_missing(adapter=self._shared.adapter, feature="channel", because=gone.detail)
        return self._shut_out

    async def _respond(self, text: str, buttons: Buttons = NO_BUTTONS, *, formatted: bool = False) -> None:
        self._fence()
        to = self._message.reply_context["response_url"]
        await self._api.respond(to, text, buttons=buttons, formatted=formatted)

    # Files

    async def _share(self, media: MediaBytes, form: Form) -> Ref:
        thread = self._thread_of(form)
        await self._send(
            post_in(self._channel), lambda: self._api.share(self._channel, media, thread=thread), kind="file"
        )
        return Ref("file")

    # Growing text

    def _outgrown(self) -> Ref | None:
        """The newest message, if its stream has had its time and another can begin."""
        newest = next(reversed(self._messages), None)
        another = self._may_stream() and not self._shared.is_short_of_streams
        return newest if newest and another and self._messages[newest].is_old(self._shared.now()) else None

    def _may_stream(self) -> bool:
        wanted = self._stream in (SlackStreamMode.AUTO, SlackStreamMode.NATIVE) and not self._streams_refused
        context = self._message.reply_context
        return wanted and "ts" in context and self._shared.streams_in(self._message.chat_type)

    async def _begin(self, part: Part, text: str) -> Ref | None:
        thread = self.thread
        takes_from_others = part.index > 0 and self._shared.is_short_of_streams
        if thread and self._may_stream() and not takes_from_others and (ref := await self._start(text, thread)):
            return ref
        if self._stream is SlackStreamMode.NATIVE:
            return None
        return await self._post_preview(part, text)

    async def _start(self, text: str, thread: str) -> Ref | None:
        """Begin a stream; None where that cannot be had, now or for good."""
        began = self._shared.now()
        to, team = self._message.author.id, self._message.reply_context.get("team") or self._shared.me.team
        try:
            ts = await self._sender.try_send(
                START, lambda: self._api.start_stream(self._channel, text, thread=thread, user=to, team=team)
            )
        except (Refused, ChatGone) as refusal:
            self._do_without_streams(refusal)
            return None
        shown = MessageState(ts or "", text, sure=True, paid=True, since=began, streamed_at=began)
        return self._remember(shown, thread) if ts else None

    def _do_without_streams(self, refusal: Never) -> None:
        self._streams_refused = True
        if isinstance(refusal, FeatureMissing):
            self._shared.disable_streams(self._message.chat_type)
        telemetry.feature_missing(adapter=self._shared.adapter, feature="native_stream", because=refusal.detail)

    async def _post_preview(self, part: Part, text: str) -> Ref | None:
        thread, mark = self.thread, part_metadata(part)
        try:
            ts = await self._sender.try_send(
                post_in(self._channel, growing=True),
                lambda: self._api.post(self._channel, text, thread=thread, metadata=mark, buttons=part.buttons),
            )
        except ThreadRefused:  # the next preview goes beside it
            self._threaded = False
            return None
        except ChatGone as gone:
            if self._shuts_out(gone):
                return None
            raise
        shown = MessageState(ts or "", text, part.buttons, grows=False, paid=True, since=self._shared.now())
        return self._remember(shown, thread) if ts else None

    async def _append(self, shown: MessageState, text: str) -> None:
        """Send what is new; where it may or may not have arrived, nothing more is appended."""
        if not text.startswith(shown.text) or text == shown.text:
            return
        more = text[len(shown.text) :]
        try:
            if await self._sender.try_send(APPEND, lambda: self._api.append(self._channel, shown.ts, more)):
                shown.text = text
        except StreamOver:
            shown.grows, shown.sure, shown.text = False, False, ""
        except StreamStopped:
            self._stopped = Ref(shown.ts)
            raise
        except (Uncertain, Refused):
            shown.sure, shown.text = False, ""

    async def _edit(self, shown: MessageState, part: Part, text: str) -> None:
        """Replace what the message says, if the last time is long enough ago."""
        now = self._shared.now()
        if shown.grows:
            await self._sender.try_send(STOP, lambda: self._stop(shown, part, ""))
        if shown.grows or now - shown.since < EDIT_EVERY or text == shown.text:
            return
        try:
            edited = await self._sender.try_send(UPDATE, lambda: self._replace(shown, part, text, form_of(part)))
        except Refused as refusal:
            edited, shown.grows = None, isinstance(refusal, StreamOpen)
        shown.since = now
        if edited:
            shown.text, shown.buttons = text, part.buttons

    async def _replace(self, shown: MessageState, part: Part, text: str, form: Form) -> str:
        mark, looks, buttons = part_metadata(part), form.formatted, form.buttons
        return await self._api.update(self._channel, shown.ts, text, metadata=mark, buttons=buttons, formatted=looks)

    async def _stop(self, shown: MessageState, part: Part, rest: str, buttons: Buttons = NO_BUTTONS) -> str:
        """End the stream and give its ts; empty if it was over or never began, so that *rest* did not arrive for certain."""
        mark = part_metadata(part)
        try:
            ended = await self._api.stop_stream(self._channel, shown.ts, rest, metadata=mark, buttons=buttons)
        except (StreamOver, FeatureMissing):
            ended = ""
        shown.grows = False
        return ended
