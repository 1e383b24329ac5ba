"""Posts, replaces and completes the messages of one answer in Slack, and remembers the state of each."""

from contextlib import suppress
from typing import Any

from adapters.slack.cards import show_steps
from adapters.slack.destination import SlackDestination
from adapters.slack.errors import FeatureMissing, StreamOpen, StreamOver, StreamStopped
from adapters.slack.message_state import MessageState
from adapters.slack.metadata import part_metadata
from adapters.slack.pace import STOP, UPDATE, post_in
from adapters.slack.render import render_form
from adapters.slack.shared import SlackSharedState
from bridge.sdk.answers import NO_BUTTONS, Buttons, Part
from bridge.sdk.errors import Refused
from bridge.sdk.forms import Form
from bridge.sdk.model import MediaBytes, Ref


class SlackPoster:
    """The messages of one answer."""

    def __init__(self, shared: SlackSharedState, destination: SlackDestination) -> None:
        self._shared = shared
        self._destination = destination
        self._messages: dict[Ref, MessageState] = {}

    @property
    def newest(self) -> MessageState | None:
        """The latest message, if there is one."""
        return next(reversed(self._messages.values()), None)

    def known(self, ref: Ref) -> MessageState:
        """The state of a message; one begun by another process counts as a stream."""
        ts = self._destination.follow(ref)
        return self._messages.setdefault(ref, MessageState(ts))

    def record(self, shown: MessageState, thread: str | None) -> Ref:
        """Remember a posted message; returns its ref."""
        ref = self._destination.ref_of(shown.ts)
        self._messages[ref] = shown
        self._destination.note_spoken(thread)
        return ref

    async def post(self, text: str, metadata: dict[str, Any], form: Form) -> Ref:
        """Post *text* where *form* says."""
        channel, thread = self._destination.channel, self._destination.thread_of(form)
        buttons, formatted = form.buttons, form.formatted
        ts = await self._destination.send(
            post_in(channel),
            lambda: self._shared.api.post(
                channel, text, thread=thread, metadata=metadata, buttons=buttons, formatted=formatted
            ),
            kind="send",
        )
        return self.record(MessageState(ts, text, buttons, grows=False, since=self._shared.now()), thread)

    async def post_file(self, media: MediaBytes, form: Form) -> Ref:
        """Post a file where *form* says; Slack shows it a moment later, so the ref names no message."""
        channel, thread = self._destination.channel, self._destination.thread_of(form)
        await self._destination.send(
            post_in(channel), lambda: self._shared.api.share(channel, media, thread=thread), kind="file"
        )
        return Ref("file")

    async def make_exact(self, part: Part, form: Form, ref: Ref) -> Ref:
        """Make the message that shows *part* say exactly what *form* says, ending its stream."""
        shown, text = self.known(ref), render_form(form)
        if shown.grows:
            await self._complete(shown, part, form)
        if (shown.text, shown.buttons) != (text, form.buttons):
            try:
                await self._destination.send(
                    UPDATE, lambda: self.edit(shown, part, text, form), kind="edit", paid=shown.paid
                )
            except StreamOpen:  # although we were told that it is over
                await self._destination.send(STOP, lambda: self.end_stream(shown, part), kind="edit")
                await self._destination.send(UPDATE, lambda: self.edit(shown, part, text, form), kind="edit")
            shown.text, shown.buttons, shown.paid = text, form.buttons, False
        return ref

    async def _complete(self, shown: MessageState, part: Part, form: Form) -> None:
        """End the stream, with the rest of the text if that completes it."""
        text = render_form(form)
        whole = shown.takes_more(self._shared.now()) and form.formatted and text.startswith(shown.text)
        rest, buttons = (text[len(shown.text) :], form.buttons) if whole else ("", NO_BUTTONS)
        with suppress(StreamStopped):
            await show_steps(
                self._shared,
                self._destination.channel,
                shown,
                part.steps,
                unfinished="error" if part.last else "complete",
            )
        try:
            paid, shown.paid = shown.paid, False
            over = await self._destination.send(
                STOP, lambda: self.end_stream(shown, part, rest, buttons), kind="edit", paid=paid
            )
        except (Refused, StreamStopped):
            over = await self._destination.send(STOP, lambda: self.end_stream(shown, part), kind="edit")
            whole = False
        if whole and over == shown.ts:
            shown.text, shown.buttons = text, buttons

    async def edit(self, shown: MessageState, part: Part, text: str, form: Form) -> str:
        """Replace the message's text by *text*."""
        mark, looks, buttons = part_metadata(part), form.formatted, form.buttons
        return await self._shared.api.update(
            self._destination.channel, shown.ts, text, metadata=mark, buttons=buttons, formatted=looks
        )

    async def end_stream(self, shown: MessageState, part: Part, rest: str = "", buttons: Buttons = NO_BUTTONS) -> str:
        """End the stream; returns its ts, or "" if it was over or never began: then *rest* may be missing."""
        mark = part_metadata(part)
        try:
            ended = await self._shared.api.stop_stream(
                self._destination.channel, shown.ts, rest, metadata=mark, buttons=buttons
            )
        except (StreamOver, FeatureMissing):
            ended = ""
        shown.grows = False
        return ended
