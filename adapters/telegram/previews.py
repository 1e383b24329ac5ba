"""
Previews: how a growing answer is shown in Telegram.

In a private chat as a draft, which leaves nothing behind; elsewhere as a message that is edited. A failed preview is
dropped: the next one replaces it anyway.
"""

import zlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeVar

from adapters.telegram.api import Text
from adapters.telegram.destination import TelegramDestination
from adapters.telegram.errors import BadMessage, ChatMoved, DraftsRefused, MethodMissing, ThreadGone
from adapters.telegram.frame import Frame
from adapters.telegram.life_signs import LifeSigns
from adapters.telegram.pace import ChatCall
from adapters.telegram.posting import TelegramPoster
from adapters.telegram.render import render_growing, unformatted
from adapters.telegram.shared import FIRST_HELD, THINKING_AFTER, Rhythm, TelegramSharedState
from bridge.sdk.answers import Part
from bridge.sdk.errors import BridgeError, ChatGone, Later, MessageGone, Never, Uncertain
from bridge.sdk.forms import Form, form_of
from bridge.sdk.model import Ref
from bridge.sdk.ports import Fence
from bridge.sdk.sending import loop_time, send_form

H = TypeVar("H", Ref, int)

REFUSALS_MOST: Final = 3
"""In a row; an answer that is refused so often grows no more."""


class TelegramPreviews:
    """Shows the growing parts of one answer."""

    def __init__(
        self,
        shared: TelegramSharedState,
        destination: TelegramDestination,
        poster: TelegramPoster,
        life: LifeSigns,
        fence: Fence,
    ) -> None:
        self._shared = shared
        self._destination = destination
        self._poster = poster
        self._life = life
        self._fence = fence
        self._rhythm = shared.rhythm(destination.chat, private=destination.is_private)
        self._frames = self._refusals = 0
        self._next_frame_at = 0.0
        self.put_off = False  #: the last one was not shown for now

    @property
    def are_drafts(self) -> bool:
        """Whether previews are drafts."""
        return self._rhythm is not None and self._rhythm.by_drafts

    @property
    def interval(self) -> float | None:
        """Seconds between two previews; None if none are shown."""
        return self._pause(self._rhythm) if self._rhythm else None

    @property
    def thinking_after(self) -> float | None:
        """Seconds without text after which an empty draft says that the bot is thinking; None if drafts cannot say so."""
        return THINKING_AFTER if self._has_placeholder else None

    @property
    def first_held(self) -> float:
        """Seconds by which the first preview is delayed, so that it holds a few words."""
        return 0.0 if self._destination.is_private else FIRST_HELD

    @property
    def _has_placeholder(self) -> bool:
        return self.are_drafts and self._shared.placeholders

    async def show(self, part: Part) -> Ref | None:
        """Show a growing *part*, if it is time and the budgets allow."""
        may_grow = self._rhythm is not None and not self._is_refused
        self.put_off = may_grow and loop_time() < self._next_frame_at
        if not may_grow or self.put_off:
            return part.ref
        text = render_growing(part.text)
        if not text.text and (part.text or not self._has_placeholder):
            return part.ref
        text = replace(text, buttons=part.buttons)
        async with self._life.lock:
            try:
                if not self.are_drafts or part.ref is not None:  # a message that exists already grows where it is
                    return await self._grow(part, text)
                await self._draft(part, text)
            except BridgeError as error:
                self._handle_error(error, text)
        return part.ref

    @property
    def _is_refused(self) -> bool:
        return self._refusals >= REFUSALS_MOST or self._destination.has_moved

    async def _draft(self, part: Part, text: Text) -> None:
        await self._life.await_next_draft(self._fence)
        number = zlib.crc32(part.key.encode()) or 1  # the same after a restart; 0 is not allowed
        chat, thread = self._destination.chat, self._destination.thread
        if part.buttons.turn:
            self._shared.draft_turns.remember(chat, number, part.buttons.turn.turn_key)

        async def draft() -> int:
            await self._shared.api.draft(chat, number, text, thread=thread)
            return number

        await self._show_frame(ChatCall(chat=chat, is_draft=True), number, text, draft)

    async def _grow(self, part: Part, text: Text) -> Ref | None:
        chat, ref = self._destination.chat, part.ref
        form = self._destination.placed(replace(form_of(part), cuttable=False))

        async def show(form: Form) -> Ref:
            shown = replace(text if form.formatted else unformatted(text), buttons=form.buttons)
            if ref is None:
                return await self._poster.post(shown, form)
            await self._shared.api.edit(chat, int(ref), shown)
            return ref

        async def grow() -> Ref:
            return await send_form(form, show, adapter=self._shared.adapter)

        return await self._show_frame(ChatCall(chat=chat), ref, text, grow)

    async def _show_frame(
        self, cost: ChatCall, handle: H | None, text: Text, show: Callable[[], Awaitable[H]]
    ) -> H | None:
        """Show *text* as the next frame, if the budgets allow; returns its handle."""
        if handle is not None and self._life.is_shown(handle, text):
            return handle
        shown = await self._shared.sender.try_send(cost, show)
        self.put_off = shown is None
        if shown is not None:
            self._note_shown(shown, text)
        return shown or handle

    def _note_shown(self, handle: Ref | int, text: Text) -> None:
        now = loop_time()
        self._life.frame = Frame(handle=handle, text=text, at=now)
        if not text.text:
            return  # the first words wait for nothing
        self._frames, self._refusals = self._frames + 1, 0
        if self._rhythm:  # the core asks as often as the surface says; this stops only one that asks much more often
            self._next_frame_at = now + 0.5 * self._pause(self._rhythm)

    def _pause(self, rhythm: Rhythm) -> float:
        """Seconds until the next frame: more in long answers, and after recent answers of 429."""
        cost = ChatCall(chat=self._destination.chat)
        return rhythm.after(self._frames) * self._shared.pace.slowness(loop_time(), cost)

    def _handle_error(self, error: BridgeError, text: Text) -> None:
        """Go on without a preview that failed; re-raise what concerns the answer as well."""
        match error:
            case ThreadGone():
                self._refusals += 1
            case MessageGone() | ChatMoved(new_chat=str()):
                self._refusals = REFUSALS_MOST
            case ChatGone() | Uncertain():
                raise error
            case MethodMissing() | DraftsRefused():
                self._do_without_drafts(error)
            case BadMessage() if not text.text:
                self._shared.note_placeholder_refused(error)
            case Never():
                self._refusals += 1
            case Later():
                pass

    def _do_without_drafts(self, refusal: MethodMissing | DraftsRefused) -> None:
        """From now on grow this answer by edits, and every other that would meet the same refusal."""
        chat, private = self._destination.chat, self._destination.is_private
        self._shared.note_drafts_refused(chat, refusal)
        self._rhythm = self._shared.rhythm(chat, private=private)
        self._life.frame = None
