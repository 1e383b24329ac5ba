"""
Shows one answer in Slack.

However a part was shown while it grew, `finish` leaves exactly its text: if the screen may differ, the message is replaced.
If Slack refuses a form, the next plainer one is tried (`bridge.sdk.forms`). If we may not post in the channel at all, only
the person who asked is answered: at the response address of a command or, if that has expired, in a direct message.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from adapters.slack.destination import SlackDestination
from adapters.slack.limits import MESSAGE_LONGEST
from adapters.slack.metadata import NOTE, Json, find_part, part_metadata
from adapters.slack.options import SlackStreamMode
from adapters.slack.pace import DELETE
from adapters.slack.posting import SlackPoster
from adapters.slack.previews import SlackPreviews
from adapters.slack.render import measure, render, render_form
from adapters.slack.shared import SlackSharedState
from bridge.sdk import telemetry
from bridge.sdk.answers import NO_BUTTONS, Buttons, Part
from bridge.sdk.errors import ChatGone, Refused
from bridge.sdk.forms import Form, form_of
from bridge.sdk.model import ChatType, Inbound, MediaBytes, Ref
from bridge.sdk.ports import Fence, Surface, no_fence
from bridge.sdk.sending import send_form


class SlackSink:
    """The `ReplySink` for the answer to *message*, in its thread or, outside of threads, beside it."""

    def __init__(
        self, shared: SlackSharedState, message: Inbound, stream: SlackStreamMode, fence: Fence = no_fence
    ) -> None:
        self._shared = shared
        self._api = shared.api
        self._message = message
        self._destination = SlackDestination(shared, message, stream, fence)
        self._poster = SlackPoster(shared, self._destination)
        self._previews = SlackPreviews(shared, message, stream, self._destination, self._poster)

    @property
    def surface(self) -> Surface:
        """What a message here can show."""
        return Surface(
            limit=MESSAGE_LONGEST,
            measure=measure,
            preview_interval=self._previews.interval,
            previews_are_messages=True,
            preview_put_off=self._previews.put_off,
            previews_have_buttons=True,  # below what grows by edits; a stream has Slack's own
            closed=self._previews.outgrown,
            ending_awaited=self._previews.ending_awaited,
        )

    @property
    def thread(self) -> str | None:
        """The thread of the answer; None outside of threads."""
        return self._destination.thread

    @property
    def spoken(self) -> bool:
        """Whether something was posted where the status is shown, which makes Slack remove it."""
        return self._destination.spoken

    async def preview(self, part: Part) -> Ref | None:
        """Show a growing part, by a stream or an edit, if it is time."""
        return await self._previews.show(part)

    async def finish(self, part: Part) -> Ref:
        """Make the part's message exact, or the next form that Slack accepts; one that the person stopped stays as it is."""
        if self._previews.stopped:
            return self._previews.stopped
        return await send_form(form_of(part), lambda form: self._show(part, form), adapter=self._shared.adapter)

    async def find(self, part: Part) -> Ref | None:
        """Find the message with the part's mark or, if the part has text and a stream was begun, the stream without a mark."""
        context = self._message.reply_context
        since = context.get("ts") or self._message.where.thread or "0"
        own_thread = context.get("thread_ts") or context.get("ts")
        for thread in [own_thread, None] if self._message.chat_type is ChatType.PRIVATE else [self.thread]:
            try:
                messages = await self._api.recent(self._destination.channel, thread=thread, since=since)
            except (Refused, ChatGone) as refusal:
                telemetry.feature_missing(adapter=self._shared.adapter, feature="read_back", because=refusal.detail)
                return None
            if ts := find_part(part, messages, self._shared.me, orphans_after=since if thread and part.text else None):
                self._destination.continue_in(thread)
                return self._destination.ref_of(ts)
        return None

    async def withdraw(self, ref: Ref) -> None:
        """Delete a message of ours."""
        ts, channel = self._destination.follow(ref), self._destination.channel
        await self._destination.send(DELETE, lambda: self._api.delete(channel, ts), kind="delete")

    async def notify(self, text: str, buttons: Buttons = NO_BUTTONS, *, formatted: bool = False) -> None:  # noqa: ARG002 - every sentence is
        """Post a sentence of the bridge's own; after a slash command only its author sees it."""
        if await self._say_to_one(render(text), buttons):
            return
        form = Form(whole=text, texts=(text,), buttons=buttons, cuttable=False)
        await send_form(
            form,
            lambda form: self._reach(lambda: self._poster.post(render_form(form), NOTE, form)),
            adapter=self._shared.adapter,
        )

    async def _say_to_one(self, text: str, buttons: Buttons) -> bool:
        """Answer only whoever gave a command, if that is possible."""
        try:
            if await self._destination.respond(text, buttons):
                return True
        except Refused as refusal:
            telemetry.feature_missing(adapter=self._shared.adapter, feature="response_url", because=refusal.detail)
        return await self._destination.whisper(text, buttons)

    async def attach(self, media: MediaBytes) -> None:
        """Post a file where the answer is; Slack shows it a moment later."""
        form = Form(whole="", texts=("",), formatted=False, cuttable=False)
        await send_form(
            form,
            lambda form: self._reach(lambda: self._poster.post_file(media, form)),
            adapter=self._shared.adapter,
        )

    async def _show(self, part: Part, form: Form) -> Ref:
        """Post the next message of *form*: in the channel or, if we may not post there, to one person."""

        async def show_alone() -> Ref:
            words = "" if form.is_file else render_form(form)
            if words and await self._destination.respond(words, formatted=form.formatted):
                return Ref(f"response:{part.key}")
            standing = await self._destination.move_to_person()
            ref = None if form.begun else self._find_in(standing, part)
            return await self._show_in_channel(part, replace(form, ref=ref) if ref else form)

        return await self._reach(lambda: self._show_in_channel(part, form), show_alone)

    def _find_in(self, standing: Iterable[Json], part: Part) -> Ref | None:
        """Find the *part* among the channel's messages, by its mark."""
        ts = find_part(part, standing, self._shared.me, orphans_after=None)
        return self._destination.ref_of(ts) if ts else None

    async def _reach(
        self, post: Callable[[], Awaitable[Ref]], alone: Callable[[], Awaitable[Ref]] | None = None
    ) -> Ref:
        """Await *post* in the channel; if we may not post there, *alone*, or else *post* in a direct message."""
        if not self._destination.is_closed:
            try:
                return await post()
            except ChatGone as gone:
                if not self._destination.would_close(gone):
                    raise
                self._destination.close_channel(gone)
        if alone is not None:
            return await alone()
        await self._destination.move_to_person()
        return await post()

    async def _show_in_channel(self, part: Part, form: Form) -> Ref:
        if form.is_file:
            await self._poster.post_file(form.file, form)
            return form.ref or Ref(f"file:{part.key}")
        if form.ref is None:
            return await self._poster.post(render_form(form), NOTE if form.begun else part_metadata(part), form)
        return await self._poster.make_exact(part, form, form.ref)
