"""
Posts new messages into one chat, none of them twice.

Messages to a chat are sent one after the other, so at most one is in doubt at any time. It is searched for at once, before
another is sent there; a process that died while sending leaves the search to its successor. The search tries edits
with the very same text and buttons: see `adapters.telegram.lost_sends`.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, takewhile
from typing import Final

from adapters.telegram.api import Anchor, Text
from adapters.telegram.destination import TelegramDestination
from adapters.telegram.errors import BadMessage, ReplyGone, RightsMissing, ThreadGone
from adapters.telegram.files import best_kind
from adapters.telegram.lost_sends import LOOKED_AT_LATER, LOOKED_AT_MOST, LOOKED_AT_ONCE, NO_MESSAGE
from adapters.telegram.pace import ChatCall
from adapters.telegram.shared import TelegramSharedState
from bridge.sdk import metrics
from bridge.sdk.errors import MessageGone, RateLimited, Uncertain, Unreachable
from bridge.sdk.forms import Form
from bridge.sdk.model import MediaBytes, Ref
from bridge.sdk.ports import Fence
from bridge.sdk.sending import loop_time

LOOK_AFTER: Final = 1.0
"""Seconds until a message whose receipt was lost has been counted, and what came before it is known; not documented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramPoster:
    """Posts the new messages of one answer."""

    shared: TelegramSharedState
    destination: TelegramDestination
    fence: Fence

    @property
    def chat(self) -> str:
        """The chat in which the answer continues."""
        return self.destination.chat

    @property
    def newest(self) -> int:
        """The newest known id of the chat's sequence; 0 if none is known."""
        return self.shared.message_ids.last(self.chat)

    async def post(self, text: Text, form: Form) -> Ref:
        """
        Post *text* where *form* says; returns its message.

        If the receipt is lost and the message is not found: `Unreachable` if it surely was not posted, else `Uncertain`.
        Raises `ThreadGone` if the topic takes nothing any more and the question is gone as well.
        """
        anchor = self.destination.anchor(form)
        try:
            return Ref(str(await self._post(text, anchor, silent=form.follows)))
        except ReplyGone as refusal:
            if anchor.firm:
                raise ThreadGone("the topic takes no message, and the question to stay with is gone") from refusal
            raise
        except RightsMissing:
            self.shared.silenced.add_refused(self.chat)
            raise

    async def _post(self, text: Text, anchor: Anchor, *, silent: bool) -> int:
        async with self.shared.posting(self.chat):
            after = self.newest
            try:
                message = await self.shared.api.send(self.chat, text, anchor=anchor, silent=silent)
            except Uncertain as loss:
                if not (after and self.shared.speaks_alone):
                    raise
                message = await self._find_lost(text, after, loss)
            self.shared.message_ids.record(self.chat, message)
            return message

    async def post_media(self, media: MediaBytes, form: Form) -> Ref:
        """Post *media* as its best kind; as a document, if that is refused."""
        if (kind := best_kind(media)) is not None:
            with suppress(BadMessage):  # of odd dimensions, broken for a decoder, or where nobody may send voices
                return await self.post_file(kind, media, form)
        return await self.post_file("document", media, form)

    async def post_file(self, kind: str, media: MediaBytes, form: Form) -> Ref:
        """Post a file where *form* says; returns its message. After a lost receipt it is not searched for: no edit reveals it."""
        anchor = self.destination.anchor(form)
        async with self.shared.posting(self.chat):
            message = await self.shared.api.send_file(self.chat, kind, media, anchor=anchor)
            self.shared.message_ids.record(self.chat, message)
            return Ref(str(message))

    async def post_album(self, pictures: Sequence[MediaBytes], form: Form) -> Ref:
        """Post pictures as one album; returns the first message. Each counts as a message; none is searched for."""
        anchor = self.destination.anchor(form)
        async with self.shared.posting(self.chat):
            messages = await self.shared.api.send_album(self.chat, pictures, anchor=anchor)
            for message in messages:
                self.shared.message_ids.record(self.chat, message)
            self.shared.pace.owe(loop_time(), ChatCall(chat=self.chat), len(pictures) - 1)
            return Ref(str(messages[0] if messages else 0))

    async def find(self, text: Text, after: int, others: Collection[int]) -> Ref | None:
        """Find the message of *text* that was sent when *after* was the newest known; *others* belong to other messages."""
        with self.shared.message_ids.searching(self.chat):
            async with self.shared.posting(self.chat):
                await asyncio.sleep(LOOK_AFTER)
                found = await self._look(text, self._affordable(after, others))
                return None if found is None else Ref(str(found))

    def _affordable(self, after: int, others: Collection[int]) -> Iterator[int]:
        """The likely ids of a message sent behind *after*, and of the rest those surely taken or that the chat's budget can spare."""
        likely = max(LOOKED_AT_LATER, self.shared.message_ids.searched(self.chat))
        candidates = self.shared.message_ids.candidates(self.chat, after, max(LOOKED_AT_MOST, likely), others)
        yield from islice(candidates, likely)
        yield from takewhile(lambda message: message < self.newest or self._spares_looks, candidates)

    @property
    def _spares_looks(self) -> bool:
        return self.shared.pace.spares(loop_time(), ChatCall(chat=self.chat))

    async def _find_lost(self, text: Text, after: int, loss: Uncertain) -> int:
        await asyncio.sleep(LOOK_AFTER)
        try:
            found = await self._look(text, self.shared.message_ids.candidates(self.chat, after, LOOKED_AT_ONCE))
        except (Unreachable, RateLimited):
            raise loss from None
        if found is None:
            raise Unreachable(f"not sent, as far as can be known: {loss.detail}")
        return found

    async def _look(self, text: Text, candidates: Iterable[int]) -> int | None:
        for message in takewhile(lambda _: self.shared.reveals_missing, candidates):
            if await self._is(message, text):
                self.shared.message_ids.record(self.chat, message)
                metrics.FOUND.labels(self.shared.adapter).inc()
                return message
        return None

    async def _is(self, message: int, text: Text) -> bool:
        """Whether *message* exists and is ours; the test is an edit that makes it say *text*."""
        try:
            changed = await self._edit(message, text)
        except MessageGone:  # another chat's, somebody else's, or nobody's
            return False
        except BadMessage:  # a picture, or a message in another form
            return bool(text.rich) and await self._is(message, replace(text, rich=""))
        return not changed or await self._refuses_missing(text)

    async def _refuses_missing(self, text: Text) -> bool:
        """Whether the server refuses the edit of a missing message; where it takes any edit, none reveals anything."""
        try:
            await self._edit(NO_MESSAGE, text)
        except (MessageGone, BadMessage):
            return True
        self.shared.note_missing_edited()
        return False

    async def _edit(self, message: int, text: Text) -> bool:
        edit = partial(self.shared.api.edit, self.chat, message, text)
        return await self.shared.sender.send(ChatCall(chat=self.chat), edit, kind="look", fence=self.fence)
