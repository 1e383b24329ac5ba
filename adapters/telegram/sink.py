"""
One answer as it appears in Telegram.

In a private chat it grows as a draft, which leaves nothing behind, and then is posted; elsewhere a message is posted
early and edited. A preview that fails is let go: nothing but another preview follows from it, never another way of
showing one.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Self, TypeVar

from adapters.telegram.api import Text
from adapters.telegram.errors import BadMessage, ChatMoved, MethodMissing, ThreadGone
from adapters.telegram.render import measure, render, render_growing
from adapters.telegram.shared import TelegramSharedState
from bridge.sdk import telemetry
from bridge.sdk.errors import BridgeError, ChatGone, Later, MessageGone, Never, RateLimited, Uncertain, Unreachable
from bridge.sdk.model import ChatType, Inbound, MediaBytes, Part, Ref
from bridge.sdk.ports import Fence, Surface, no_fence

T = TypeVar("T")

LIMIT: Final = 4096  # UTF-16 units
GENERAL_TOPIC: Final = 1  # the typing sign wants its number, messages must not have it
TYPING_EVERY: Final = 4.5  # the sign lasts five seconds
DRAFT_LASTS: Final = 20.0  # a draft vanishes after thirty seconds
PHOTOS: Final = frozenset({"image/jpeg", "image/png", "image/webp"})  # a photo of a GIF would stand still
PHOTO_LARGEST: Final = 10 << 20  # bytes
REFUSALS_MOST: Final = 3
RATE_LIMIT_LONGEST: Final = 60.0
"""Seconds a final waits for a rate limit by itself; beyond, its turn is postponed."""
PAUSES: Final = (0.5, 1.5, 3.0, 5.0)
"""Seconds between the tries to reach Telegram."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What was last shown, and where."""

    handle: Ref | int  #: a message, or a draft's id
    text: Text
    at: float


class TelegramSink:
    """A place in a Telegram chat for one answer; an ``async with`` block shows that it is coming."""

    def __init__(self, shared: TelegramSharedState, message: Inbound, fence: Fence = no_fence) -> None:
        self._shared = shared
        self._fence = fence
        self._api = shared.api
        self._chat = message.where.chat
        self._thread = int(message.where.thread) if message.where.thread else None
        self._typing_thread = GENERAL_TOPIC if message.reply_context.get("general") else self._thread
        private = message.chat_type is ChatType.PRIVATE
        # what was pressed stands elsewhere: the answer refers to it
        said = private and "press" not in message.reply_context
        self._reply_to = None if said or message.pushed else int(message.reply_context["message_id"])
        self._rhythm, self._drafting = shared.rhythm(private=private)
        self._frames = self._refusals = 0
        self._next_frame_at = 0.0
        self._last_frame: _Frame | None = None
        self._send_lock = asyncio.Lock()  # a typing sign or draft that overtakes the final text would outlive it
        self._typing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._typing = asyncio.create_task(self._typing_loop())
        return self

    async def __aexit__(self, *failure: object) -> None:
        if self._typing is not None:
            self._typing.cancel()
            await asyncio.gather(self._typing, return_exceptions=True)

    @property
    def surface(self) -> Surface:
        """A message of 4096 UTF-16 units, growing at the rhythm of the place."""
        interval = self._rhythm.after(self._frames) if self._rhythm else None
        return Surface(
            limit=LIMIT,
            measure=measure,
            preview_interval=interval,
            previews_are_messages=interval is not None and not self._drafting,
        )

    async def preview(self, part: Part) -> Ref | None:
        """Show a growing *part*, if it is time for that and the budgets allow."""
        if self._rhythm is None or self._refusals >= REFUSALS_MOST or self._now() < self._next_frame_at:
            return part.ref
        text = render_growing(part.text)
        if not text.text:
            return part.ref
        async with self._send_lock:
            try:
                return await (self._draft(part, text) if self._drafting else self._grow(part, text))
            except BridgeError as error:
                self._handle_preview_error(error)
                return part.ref

    async def finish(self, part: Part) -> Ref:
        """Make exactly *part* stand in the chat."""
        text = replace(render(part.text), buttons=part.buttons)
        async with self._send_lock:
            ref = await self._edit_part(part.ref, text) or await self._post_part(part, text)
            self._last_frame = _Frame(handle=ref, text=text, at=self._now())
            return ref

    async def find(self, part: Part) -> Ref | None:  # noqa: ARG002 - a bot cannot read what stands in a chat
        """Nothing: bots cannot look back."""
        return None

    async def notify(self, text: str) -> None:
        """Say a sentence of the bridge's own."""
        async with self._send_lock:
            await self._send(lambda: self._post(Text(text=text), reply_to=self._reply_to), kind="notice")
            self._last_frame = None

    async def attach(self, media: MediaBytes) -> None:
        """Post a file: a picture as a photo, if Telegram can show it as one, and everything else as it is."""
        photo = media.mime in PHOTOS and len(media.data) <= PHOTO_LARGEST
        async with self._send_lock:
            await self._send(lambda: self._post_file("photo" if photo else "document", media), kind="file")
            self._last_frame = None

    # Files

    async def _post_file(self, kind: str, media: MediaBytes) -> None:
        """Post *media*; without its topic, or as a document, if those are what Telegram refuses."""
        try:
            return await self._api.send_file(self._chat, kind, media, thread=self._thread)
        except ThreadGone:
            if self._thread is None:
                raise
            self._thread = self._typing_thread = None
        except BadMessage:  # of odd dimensions, or broken for a decoder of photos
            if kind != "photo":
                raise
            kind = "document"
        return await self._post_file(kind, media)

    # Finished text

    async def _edit_part(self, ref: Ref | None, text: Text) -> Ref | None:
        if ref is None or self._is_shown(ref, text):
            return ref
        try:
            await self._send(lambda: self._edit(ref, text), kind="edit")
        except MessageGone:
            return None
        return ref

    async def _post_part(self, part: Part, text: Text) -> Ref:
        reply_to, silent = (None, True) if part.index else (self._reply_to, False)
        return await self._send(lambda: self._post(text, reply_to=reply_to, silent=silent), kind="send")

    async def _post(self, text: Text, *, reply_to: int | None = None, silent: bool = False) -> Ref:
        """Post *text*; without its topic, or plain, if those are what Telegram refuses."""
        try:
            sent = await self._api.send(self._chat, text, thread=self._thread, reply_to=reply_to, silent=silent)
            return Ref(str(sent))
        except ThreadGone:
            if self._thread is None:
                raise
            self._thread = self._typing_thread = None
        except BadMessage as refusal:
            text = self._plain(text, refusal)
        return await self._post(text, reply_to=reply_to, silent=silent)

    async def _edit(self, ref: Ref, text: Text) -> None:
        try:
            await self._api.edit(self._chat, int(ref), text)
        except BadMessage as refusal:
            await self._api.edit(self._chat, int(ref), self._plain(text, refusal))

    def _plain(self, text: Text, refusal: BadMessage) -> Text:
        """*text* without the formatting and buttons of which one was refused; the *refusal* where it has none."""
        if not (text.entities or text.buttons):
            raise refusal
        telemetry.feature_missing(adapter=self._shared.adapter, feature="formatting", because="refused")
        return Text(text=text.text)

    async def _send(self, deed: Callable[[], Awaitable[T]], *, kind: str) -> T:
        """What *deed* gives, when the budgets allow it; tried again where that cannot do it twice."""
        await self._wait_for_budget()
        pauses, patience = iter(PAUSES), RATE_LIMIT_LONGEST
        while True:
            self._fence()
            try:
                return await deed()
            except RateLimited as error:
                seconds = self._note_rate_limit(error)
                patience -= seconds
                if patience < 0:
                    raise
                await asyncio.sleep(seconds)
            except Unreachable:
                if (pause := next(pauses, None)) is None:
                    raise
                await asyncio.sleep(pause)
            except Uncertain:
                telemetry.send_uncertain(adapter=self._shared.adapter, kind=kind)
                raise
            except ChatMoved:
                telemetry.chat_moved(adapter=self._shared.adapter)
                raise

    async def _wait_for_budget(self) -> None:
        """Wait until something that must be said may be said."""
        now = self._now()
        if (blocked := self._shared.pace.blocked(now, self._chat)) > RATE_LIMIT_LONGEST:
            raise RateLimited("still blocked", retry_after=blocked)
        await asyncio.sleep(self._shared.pace.final(now, self._chat))

    def _note_rate_limit(self, error: RateLimited) -> float:
        """Seconds to wait, as Telegram says, written down for everybody."""
        now = self._now()
        told = error.retry_after if error.retry_after is not None else TYPING_EVERY
        telemetry.side_limited(side=self._shared.adapter, seconds=told)
        self._shared.pace.limited(now, self._chat, told)
        return self._shared.pace.blocked(now, self._chat)

    # Growing text

    async def _draft(self, part: Part, text: Text) -> Ref | None:
        draft = zlib.crc32(part.key.encode()) or 1  # the same after a restart; 0 is not allowed
        if self._is_shown(draft, text):
            return None
        if self._shared.pace.draft(self._now(), self._chat):
            await self._api.draft(self._chat, draft, text, thread=self._thread)
            self._note_shown(draft, text)
        else:
            telemetry.record_preview(adapter=self._shared.adapter, outcome="dropped")
        return None

    async def _grow(self, part: Part, text: Text) -> Ref | None:
        ref = part.ref
        if ref is not None and self._is_shown(ref, text):
            return ref
        if not self._shared.pace.preview(self._now(), self._chat):
            telemetry.record_preview(adapter=self._shared.adapter, outcome="dropped")
            return ref
        if ref is None:
            ref = await self._post(text, reply_to=None if part.index else self._reply_to, silent=part.index > 0)
        else:
            await self._api.edit(self._chat, int(ref), text)
        self._note_shown(ref, text)
        return ref

    def _is_shown(self, handle: Ref | int, text: Text) -> bool:
        """Whether *handle* shows just that already: an edit that changes nothing is refused, and counts all the same."""
        return self._last_frame is not None and (self._last_frame.handle, self._last_frame.text) == (handle, text)

    def _note_shown(self, handle: Ref | int, text: Text) -> None:
        now = self._now()
        self._last_frame = _Frame(handle=handle, text=text, at=now)
        self._frames, self._refusals = self._frames + 1, 0
        if self._rhythm:  # the core asks as often as the surface says; this stops only one that asks much more often
            self._next_frame_at = now + 0.5 * self._rhythm.after(self._frames)
        telemetry.record_preview(adapter=self._shared.adapter, outcome="shown")

    def _handle_preview_error(self, error: BridgeError) -> None:
        """Do without a preview, unless its failure concerns the answer too."""
        telemetry.record_preview(adapter=self._shared.adapter, outcome="failed")
        match error:
            case RateLimited():
                self._note_rate_limit(error)
            case Uncertain():
                telemetry.send_uncertain(adapter=self._shared.adapter, kind="preview")
                raise error
            case ThreadGone():
                self._refusals += 1
            case ChatGone():
                raise error
            case MethodMissing():
                self._shared.drafts = False
                self._refusals = REFUSALS_MOST
                telemetry.feature_missing(adapter=self._shared.adapter, feature="drafts", because="method missing")
            case MessageGone():
                self._refusals = REFUSALS_MOST
            case Never():
                self._refusals += 1
            case Later():
                pass

    # A sign of life

    async def _typing_loop(self) -> None:
        """Show that an answer is coming for as long as nothing else shows it."""
        with suppress(Never):
            while True:
                async with self._send_lock:
                    await self._refresh_typing()
                await asyncio.sleep(TYPING_EVERY)

    async def _refresh_typing(self) -> None:
        now = self._now()
        if self._shared.pace.blocked(now, self._chat):
            return
        try:
            if self._last_frame is None:
                await self._api.typing(self._chat, thread=self._typing_thread)
            elif isinstance(self._last_frame.handle, int) and now - self._last_frame.at >= DRAFT_LASTS:
                await self._api.draft(self._chat, self._last_frame.handle, self._last_frame.text, thread=self._thread)
                self._last_frame = _Frame(handle=self._last_frame.handle, text=self._last_frame.text, at=now)
        except RateLimited as error:
            self._note_rate_limit(error)
        except Later:
            return

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
