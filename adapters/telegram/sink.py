"""
Shows one answer in Telegram.

While it grows, `adapters.telegram.previews` shows it; at its end it is posted, or the message that grew is edited once more.
If Telegram refuses its form, the next plainer one is tried (`bridge.sdk.forms`), but never another topic.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final, Self

from adapters.telegram.api import Text
from adapters.telegram.destination import TelegramDestination
from adapters.telegram.errors import BadMessage, MethodMissing
from adapters.telegram.files import best_kind
from adapters.telegram.frame import Frame
from adapters.telegram.life_signs import LifeSigns
from adapters.telegram.limits import ALBUM_MOST, MESSAGE_LONGEST
from adapters.telegram.lost_sends import known_ids
from adapters.telegram.posting import TelegramPoster
from adapters.telegram.previews import TelegramPreviews
from adapters.telegram.reactions import SeenMark
from adapters.telegram.render import measure, render_form
from adapters.telegram.rich import rich_html
from adapters.telegram.shared import TelegramSharedState
from bridge.sdk.answers import NO_BUTTONS, Buttons, Part
from bridge.sdk.errors import MessageGone
from bridge.sdk.forms import Form, form_of
from bridge.sdk.model import Inbound, MediaBytes, Ref
from bridge.sdk.ports import Fence, Surface, no_fence
from bridge.sdk.sending import loop_time, send_form


class TelegramSink:
    """The `ReplySink` of one answer; its ``async with`` block shows that the answer is coming."""

    album_most: Final = ALBUM_MOST

    def __init__(self, shared: TelegramSharedState, message: Inbound, fence: Fence = no_fence) -> None:
        self._shared = shared
        self._api = shared.api
        self._destination = TelegramDestination(shared, message, fence)
        self._poster = TelegramPoster(shared=shared, destination=self._destination, fence=fence)
        self._life = LifeSigns(shared=shared, destination=self._destination)
        self._previews = TelegramPreviews(shared, self._destination, self._poster, self._life, fence)
        self._asker = self._person_to_ask(message)
        self._typing: asyncio.Task[None] | None = None
        self._mark = self._seen_mark()

    def _person_to_ask(self, message: Inbound) -> str:
        """The only person who may press the suggested questions; empty for anybody."""
        person = message.author.id.isdecimal()  # not a channel's, nor of admins who hide
        limited = self._shared.follow_ups_for_asker and person and not self._destination.is_private
        return message.author.id if limited else ""

    def _seen_mark(self) -> SeenMark | None:
        place = self._destination
        marked = None if place.is_private or place.is_pressed else place.question
        return SeenMark(self._api, place.chat, marked) if self._shared.reactions and marked else None

    async def __aenter__(self) -> Self:
        place = self._destination
        await self._shared.silenced.check_may_write(place.chat, self._api, thread=place.typing_thread)
        if self._mark is not None:
            self._mark.put()
        self._typing = asyncio.create_task(self._life.show())
        return self

    async def __aexit__(self, *failure: object) -> None:
        if self._typing is not None:
            self._typing.cancel()
            await asyncio.gather(self._typing, return_exceptions=True)
        if self._mark is not None:
            await self._mark.take_away()

    @property
    def surface(self) -> Surface:
        """Messages of 4096 UTF-16 units, with previews at the rhythm of the chat."""
        interval, are_drafts, newest = self._previews.interval, self._previews.are_drafts, self._poster.newest
        return Surface(
            limit=MESSAGE_LONGEST,
            measure=measure,
            preview_interval=interval,
            previews_are_messages=interval is not None and not are_drafts,
            newest=str(newest) if newest else None,
            preview_put_off=self._previews.put_off,
            previews_have_buttons=are_drafts or not self._destination.is_private,
            first_held=self._previews.first_held,
            thinking_after=self._previews.thinking_after,
        )

    async def preview(self, part: Part) -> Ref | None:
        """Show a growing *part*, if it is time and the budgets allow."""
        return await self._previews.show(part)

    async def finish(self, part: Part) -> Ref:
        """Make the chat show *part*: exactly or, if that is refused, in the next plainer form."""
        async with self._life.lock:
            return await send_form(self._destination.placed(form_of(part)), self._show, adapter=self._shared.adapter)

    async def find(self, part: Part) -> Ref | None:
        """Find the message of *part* among the few ids that it can have; see `TelegramPoster`."""
        if part.after is None or part.beside is None:
            return None
        text, others = self._as_said(form_of(part)), known_ids(part.beside, self._destination.chat)
        async with self._life.lock:
            found = await self._poster.find(text, int(part.after), others)
            if found is None:
                return None
            self._life.frame = Frame(handle=found, text=text, at=loop_time())
        return found

    async def withdraw(self, ref: Ref) -> None:
        """Delete a message of ours."""
        async with self._life.lock:
            if not self._destination.has_moved:
                await self._destination.send(lambda: self._api.delete(self._destination.chat, int(ref)), kind="delete")

    async def notify(self, text: str, buttons: Buttons = NO_BUTTONS, *, formatted: bool = False) -> None:
        """Post a sentence of the bridge's own."""
        form = Form(whole=text, texts=(text,), buttons=buttons, formatted=formatted, cuttable=False)

        async def say(form: Form) -> Ref:
            return await self._destination.send(lambda: self._poster.post(self._as_said(form), form), kind="notice")

        await self._add(form, say)

    async def attach(self, media: MediaBytes) -> None:
        """Post a file as the kind that Telegram shows it best as."""
        await self._attach(lambda form: self._poster.post_media(media, form), kind="file")

    def fits_album(self, media: MediaBytes) -> bool:
        """Whether it is a picture that Telegram can show."""
        return best_kind(media) == "photo"

    async def attach_album(self, album: Sequence[MediaBytes]) -> None:
        """Post pictures as one album."""
        await self._attach(lambda form: self._poster.post_album(album, form), kind="album")

    async def _attach(self, post: Callable[[Form], Awaitable[Ref]], *, kind: str) -> None:
        form = Form(whole="", texts=("",), follows=True, formatted=False, cuttable=False)
        await self._add(form, lambda form: self._destination.send(lambda: post(form), kind=kind))

    async def _add(self, form: Form, show: Callable[[Form], Awaitable[Ref]]) -> None:
        """Send something that is not part of the answer, and show the signs that the answer is coming again."""
        async with self._life.lock:
            await send_form(self._destination.placed(form), show, adapter=self._shared.adapter)
            self._life.frame = None

    async def _show(self, form: Form) -> Ref:
        """Make the chat show the next message of *form*."""
        if form.is_file:
            return await self._destination.send(
                lambda: self._poster.post_file("document", form.file, form), kind="file"
            )
        text = self._rendered(form)
        if text.rich:
            try:
                return await self._show_text(text, form)
            except (MethodMissing, BadMessage) as refusal:
                self._shared.note_rich_refused(refusal)
        return await self._show_text(replace(text, rich=""), form)

    async def _show_text(self, text: Text, form: Form) -> Ref:
        ref = await self._replace_shown(form.ref, text)
        if ref is None:
            ref = await self._destination.send(lambda: self._poster.post(text, form), kind="send")
        self._life.frame = Frame(handle=ref, text=text, at=loop_time())
        return ref

    def _as_said(self, form: Form) -> Text:
        """Render *form*: as plain text if it is a notice without formatting, else by `_rendered`."""
        is_words = not form.formatted
        return Text(text=form.text, buttons=form.buttons, asker=self._asker) if is_words else self._rendered(form)

    def _rendered(self, form: Form) -> Text:
        rich = rich_html(form.text) if self._shared.rich and form.formatted else ""
        return replace(render_form(form), rich=rich, asker=self._asker)

    async def _replace_shown(self, ref: Ref | None, text: Text) -> Ref | None:
        """Edit the message at *ref* to say *text*; None if it is gone."""
        if self._destination.has_moved:
            return None
        if ref is None or self._life.is_shown(ref, text):
            return ref
        try:
            await self._destination.send(lambda: self._api.edit(self._destination.chat, int(ref), text), kind="edit")
        except MessageGone:
            self._life.frame = None
            return None
        return ref
