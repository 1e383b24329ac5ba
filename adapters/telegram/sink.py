"""
One answer as it appears in Telegram.

In a private chat it grows as a draft, which leaves nothing behind, and then is posted; elsewhere a message is posted
early and edited. A preview that fails is let go: nothing but another preview follows from it. An answer whose form is
refused is sent in the next plainer one (`bridge.sdk.forms`), but never into another topic.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final, Self, TypeVar

from adapters.telegram.api import Anchor, Text
from adapters.telegram.errors import (
    BadMessage,
    ChatMoved,
    DraftsRefused,
    MethodMissing,
    ReplyGone,
    ThreadGone,
)
from adapters.telegram.files import ALBUM_MOST, best_kind
from adapters.telegram.frame import Frame
from adapters.telegram.life_signs import LifeSigns
from adapters.telegram.pace import ChatCall
from adapters.telegram.posting import Poster
from adapters.telegram.reactions import SeenMark
from adapters.telegram.render import measure, render_form, render_growing, unformatted
from adapters.telegram.shared import FIRST_HELD, THINKING_AFTER, Rhythm, TelegramSharedState
from bridge.sdk import chat_telemetry
from bridge.sdk.answers import NO_BUTTONS, Buttons, Part
from bridge.sdk.errors import BridgeError, ChatGone, Later, MessageGone, Never, Uncertain
from bridge.sdk.forms import Form, form_of
from bridge.sdk.model import ChatType, Inbound, MediaBytes, Ref
from bridge.sdk.ports import Fence, Surface, no_fence
from bridge.sdk.sending import loop_time, send_form

T = TypeVar("T")
H = TypeVar("H", Ref, int)

LIMIT: Final = 4096  # UTF-16 units; https://core.telegram.org/bots/api#sendmessage
GENERAL_TOPIC: Final = 1  # the typing sign wants it, no message may have it; https://core.telegram.org/api/forum
REFUSALS_MOST: Final = 3


class TelegramSink:
    """A place in a Telegram chat for one answer; an ``async with`` block shows that it is coming."""

    album_most: Final = ALBUM_MOST

    def __init__(self, shared: TelegramSharedState, message: Inbound, fence: Fence = no_fence) -> None:
        self._shared = shared
        self._fence = fence
        self._api = shared.api
        self._sender = shared.sender
        self._chat = message.where.chat
        self._thread = int(message.where.thread) if message.where.thread else None
        self._typing_thread = GENERAL_TOPIC if message.reply_context.get("general") else self._thread
        self._private = private = message.chat_type is ChatType.PRIVATE
        # what was pressed stands elsewhere: the answer refers to it
        said = private and "press" not in message.reply_context
        question = None if message.pushed else message.reply_context.get("message_id")
        self._question = None if question is None else int(question)
        self._reply_to = None if said else self._question
        if self._question is not None:
            shared.message_ids.record(self._chat, self._question)
        self._poster = Poster(shared=shared, chat=self._chat, fence=fence)
        person = message.author.id.isdecimal()  # not a channel's, nor of admins who hide
        self._asker = message.author.id if shared.follow_ups_for_asker and person and not private else ""
        self._threaded = True  #: until the topic takes nothing any more
        self._moved = False  #: whether the chat goes on under another id
        self._rhythm, self._drafting = shared.rhythm(self._chat, private=private)
        self._frames = self._refusals = 0
        self._next_frame_at = 0.0
        self._life = LifeSigns(shared=shared, chat=self._chat, thread=self._thread, typing_thread=self._typing_thread)
        self._life.is_seen = message.chat_type is not ChatType.CHANNEL
        self._typing: asyncio.Task[None] | None = None
        marked = None if private or "press" in message.reply_context else self._question
        self._mark = SeenMark(self._api, self._chat, marked) if shared.reactions and marked else None

    async def __aenter__(self) -> Self:
        await self._shared.silenced.check_may_write(self._chat, self._api, thread=self._typing_thread)
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
        """A message of 4096 UTF-16 units, growing at the rhythm of the place."""
        interval = self._pause(self._rhythm) if self._rhythm else None
        return Surface(
            limit=LIMIT,
            measure=measure,
            preview_interval=interval,
            previews_are_messages=interval is not None and not self._drafting,
            newest=str(self._poster.newest) if self._poster.newest else None,
            previews_have_buttons=self._drafting or not self._private,
            first_held=0.0 if self._private else FIRST_HELD,
            thinking_after=THINKING_AFTER if self._has_placeholder else None,
        )

    @property
    def _has_placeholder(self) -> bool:
        return self._drafting and self._shared.placeholders

    async def preview(self, part: Part) -> Ref | None:
        """Show a growing *part*, if it is time for that and the budgets allow."""
        if self._rhythm is None or self._refusals >= REFUSALS_MOST or loop_time() < self._next_frame_at:
            return part.ref
        text = render_growing(part.text)
        if not text.text and (part.text or not self._has_placeholder):
            return part.ref
        text = replace(text, buttons=part.buttons)
        async with self._life.lock:
            try:
                if not self._drafting or part.ref is not None:  # what stands already grows where it is
                    return await self._grow(part, text)
                await self._draft(part, text)
            except BridgeError as error:
                self._handle_preview_error(error, text)
        return part.ref

    async def finish(self, part: Part) -> Ref:
        """Make *part* stand in the chat: exactly or, where that is refused, in the next plainer form that is not."""
        async with self._life.lock:
            return await send_form(self._placed(form_of(part)), self._show, adapter=self._shared.adapter)

    async def find(self, part: Part) -> Ref | None:
        """The message of *part*, if it stands where it must: among the few ids that can be its; see `Poster`."""
        if part.after is None or part.beside is None:
            return None
        text, others = self._as_said(form_of(part)), {int(ref) for ref in part.beside}
        async with self._life.lock:
            found = await self._poster.find(text, int(part.after), others)
            if found is None:
                return None
            self._life.frame = Frame(handle=Ref(str(found)), text=text, at=loop_time())
        return Ref(str(found))

    async def withdraw(self, ref: Ref) -> None:
        """Delete a message of ours."""
        async with self._life.lock:
            if not self._moved:
                await self._send(lambda: self._api.delete(self._chat, int(ref)), kind="delete")

    async def notify(self, text: str, buttons: Buttons = NO_BUTTONS, *, formatted: bool = False) -> None:
        """Say a sentence of the bridge's own."""
        form = Form(whole=text, texts=(text,), buttons=buttons, formatted=formatted, cuttable=False)

        async def say(form: Form) -> Ref:
            return await self._send(lambda: self._post(self._as_said(form), form), kind="notice")

        async with self._life.lock:
            await send_form(self._placed(form), say, adapter=self._shared.adapter)
            self._life.frame = None

    async def attach(self, media: MediaBytes) -> None:
        """Post a file: a picture as a photo, if Telegram can show it as one, and everything else as it is."""
        await self._attach(lambda anchor: self._poster.post_media(media, anchor=anchor), kind="file")

    def fits_album(self, media: MediaBytes) -> bool:
        """Whether it is a picture that Telegram can show."""
        return best_kind(media) == "photo"

    async def attach_album(self, album: Sequence[MediaBytes]) -> None:
        """Post pictures as one."""
        await self._attach(lambda anchor: self._poster.post_album(album, anchor=anchor), kind="album")

    async def _attach(self, post: Callable[[Anchor], Awaitable[int]], *, kind: str) -> None:
        form = Form(whole="", texts=("",), follows=True, formatted=False, cuttable=False)

        async def attached(form: Form) -> Ref:
            return Ref(str(await self._send(lambda: post(self._anchor(form)), kind=kind)))

        async with self._life.lock:
            await send_form(self._placed(form), attached, adapter=self._shared.adapter)
            self._life.frame = None

    # Finished text

    async def _show(self, form: Form) -> Ref:
        """Make the next message of *form* stand."""
        if form.is_file:
            return await self._send(lambda: self._post_document(form), kind="file")
        text = self._rendered(form)
        ref = await self._replace_shown(form.ref, text)
        if ref is None:
            ref = await self._send(lambda: self._post(text, form), kind="send")
        self._life.frame = Frame(handle=ref, text=text, at=loop_time())
        return ref

    def _as_said(self, form: Form) -> Text:
        """What a sentence that is words alone looks like, where *form* is one, or else what `_rendered` gives."""
        is_words = not form.formatted
        return Text(text=form.text, buttons=form.buttons, asker=self._asker) if is_words else self._rendered(form)

    def _rendered(self, form: Form) -> Text:
        return replace(render_form(form), asker=self._asker)

    async def _replace_shown(self, ref: Ref | None, text: Text) -> Ref | None:
        if self._moved:
            return None
        if ref is None or self._life.is_shown(ref, text):
            return ref
        try:
            await self._send(lambda: self._api.edit(self._chat, int(ref), text), kind="edit")
        except MessageGone:
            return None
        return ref

    async def _post(self, text: Text, form: Form) -> Ref:
        """Post *text* where *form* says."""
        anchor = self._anchor(form)
        try:
            return Ref(str(await self._poster.post(text, anchor=anchor, silent=form.follows)))
        except ReplyGone as refusal:
            if anchor.firm:
                raise ThreadGone(refusal.detail) from refusal
            raise

    def _placed(self, form: Form) -> Form:
        """*form*, without what this place has refused before."""
        return form if self._threaded else replace(form, threaded=False)

    def _anchor(self, form: Form) -> Anchor:
        """
        Where a message in that *form* goes.

        Outside a topic that takes nothing any more it stays with the question, which stands in that very topic: an answer is
        never seen by another one's readers. `ThreadGone` where there is no question to stay with.
        """
        if form.threaded or self._thread is None:
            wanted = form.replies and not (form.follows or form.is_file)
            return Anchor(thread=self._thread, reply_to=self._reply_to if wanted else None)
        self._threaded = False
        if self._question is None:
            raise ThreadGone("the topic takes no message, and there is no question to stay with")
        return Anchor(reply_to=self._question, firm=True)

    async def _send(self, call: Callable[[], Awaitable[T]], *, kind: str) -> T:
        """What *call* gives, when the chat's budget allows it and the turn is still ours; where the chat goes on by now."""
        try:
            return await self._sender.send(ChatCall(chat=self._chat), call, kind=kind, fence=self._fence)
        except ChatMoved as refusal:
            chat_telemetry.chat_moved(adapter=self._shared.adapter)
            if self._moved or refusal.new_chat is None:
                raise
            self._follow(refusal.new_chat)
            if kind in ("edit", "delete"):  # of a message that stands
                raise MessageGone("it stands in a chat that goes on under another id") from refusal
        return await self._send(call, kind=kind)

    def _follow(self, chat: str) -> None:
        """Go on in the *chat* that this one has become: message ids begin anew there, and what was said here stays as it is."""
        self._moved, self._refusals = True, REFUSALS_MOST
        self._chat = self._life.chat = chat
        self._thread = self._question = self._reply_to = self._life.thread = self._life.typing_thread = None
        self._poster = replace(self._poster, chat=chat)
        self._life.frame = None

    async def _post_document(self, form: Form) -> Ref:
        """Post the text of *form* as a file."""
        return Ref(str(await self._poster.post_file("document", form.file, anchor=self._anchor(form))))

    # Growing text

    async def _draft(self, part: Part, text: Text) -> None:
        await self._life.await_next_draft(self._fence)
        number = zlib.crc32(part.key.encode()) or 1  # the same after a restart; 0 is not allowed
        if part.buttons.turn:
            self._shared.draft_turns.remember(self._chat, number, part.buttons.turn.turn_key)

        async def draft() -> int:
            await self._api.draft(self._chat, number, text, thread=self._thread)
            return number

        await self._show_frame(ChatCall(chat=self._chat, is_draft=True), number, text, draft)

    async def _grow(self, part: Part, text: Text) -> Ref | None:
        form, ref = self._placed(replace(form_of(part), cuttable=False)), part.ref

        async def show(form: Form) -> Ref:
            shown = replace(text if form.formatted else unformatted(text), buttons=form.buttons)
            if ref is None:
                return await self._post(shown, form)
            await self._api.edit(self._chat, int(ref), shown)
            return ref

        async def grow() -> Ref:
            return await send_form(form, show, adapter=self._shared.adapter)

        return await self._show_frame(ChatCall(chat=self._chat), ref, text, grow)

    async def _show_frame(
        self, cost: ChatCall, handle: H | None, text: Text, show: Callable[[], Awaitable[H]]
    ) -> H | None:
        """Show *text* as the next frame, if the budgets allow it, and give its handle."""
        if handle is not None and self._life.is_shown(handle, text):
            return handle
        shown = await self._sender.try_send(cost, show)
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
        """Seconds until the next frame: more in long answers, and where Telegram has found us too quick of late."""
        return rhythm.after(self._frames) * self._shared.pace.slowness(loop_time(), ChatCall(chat=self._chat))

    def _handle_preview_error(self, error: BridgeError, text: Text) -> None:
        """Do without a preview, unless its failure concerns the answer too."""
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
        """Let the answer grow by edits from now on, and every other that would meet the same refusal."""
        self._shared.note_drafts_refused(self._chat, refusal)
        self._rhythm, self._drafting = self._shared.rhythm(self._chat, private=self._private)
        self._life.frame = None
