"""
Delivers one answer to its sink: previews while it grows, and every message exactly once at the end.

While the answer grows, a previewer shows its newest text at the rhythm of the place; stale text is dropped, and the stream
never waits for it. At the end every part is shown exactly once: one that is shown already is completed, one that may have been
sent is looked for first, and each intent to send is written down before.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from typing import Final, Self

from bridge.reply.cutting import PartCutter
from bridge.reply.first_words import worth_notifying
from bridge.sdk import redaction
from bridge.sdk.answers import NO_BUTTONS, Buttons, Part, SentPart
from bridge.sdk.asking import Step
from bridge.sdk.crashpoints import here
from bridge.sdk.errors import ChatGone, Later, MessageGone, Never, StoppedByPerson, Uncertain
from bridge.sdk.ledger import Ledger
from bridge.sdk.model import Ref
from bridge.sdk.ports import ReplySink

WITHDRAWN: Final = "withdrawn"
"""The digest of a part whose message was taken away."""


class Delivery:
    """The delivery of one answer to one place; open inside an ``async with`` block."""

    def __init__(
        self,
        sink: ReplySink,
        ledger: Ledger,
        *,
        key: str,
        text: Callable[[], str],
        first_words: Callable[[], None],
        growing: Buttons = NO_BUTTONS,
        steps: Callable[[], tuple[Step, ...]] = tuple,
        stopped: Callable[[], None] = lambda: None,
    ) -> None:
        self._sink = sink
        self._ledger = ledger
        self._text = text  # gives the answer so far
        redaction.also_spoken(lambda: (text(),))
        self._first_words = first_words  # called once, when the first text is shown
        self._words_seen = False
        self._stopped = stopped  # called when the person ends the answer by a button of the platform's
        self._growing = growing if sink.surface.previews_have_buttons else NO_BUTTONS  # below it while it grows
        self._cutter = PartCutter(key, ledger, steps)
        self._sure = set(_never_begun(ledger))  # parts that nobody sent before: nothing to look for
        self._fresh = asyncio.Event()
        self._over = asyncio.Event()
        self.place_lost: asyncio.Future[ChatGone] = asyncio.get_running_loop().create_future()
        """Done once the growing answer cannot be shown any more, perhaps never; gives why."""
        self._previewer: asyncio.Task[None] | None = None
        self._calls = asyncio.Lock()  # calls to a sink never overlap

    async def __aenter__(self) -> Self:
        if self._sink.surface.preview_interval is not None:
            self._previewer = asyncio.create_task(self._preview_loop(), name="previewer")
        return self

    async def __aexit__(self, *failure: object) -> None:
        if self._previewer is not None:
            previewer, self._previewer = self._previewer, None
            previewer.cancel()
            await asyncio.gather(previewer, return_exceptions=True)

    def notify_changed(self) -> None:
        """Let the newest text be shown, as soon as the rhythm of the place allows."""
        self._fresh.set()

    def plan_parts(self, parts: int) -> None:
        """Let the ledger's next write record the intents to send the first *parts* messages."""
        for index in range(parts):
            if self._ledger.shown(index) is None:
                self._sure.add(index)
                self._ledger.plan(index, self._sink.surface.newest)

    def plan_preview(self) -> None:
        """Let the ledger's next write record the intent to send the first message, where previews are messages."""
        if self._sink.surface.previews_are_messages:
            self.plan_parts(1)

    async def stop_previews(self) -> None:
        """Show no more previews; returns once the one on its way, if any, has arrived."""
        self._over.set()
        self._fresh.set()
        if self._previewer is not None:
            previewer, self._previewer = self._previewer, None
            await previewer

    async def finish(self, text: str, buttons: Buttons = NO_BUTTONS) -> int:
        """Make the chat show *text*, whole and once, with the *buttons* below it; returns how many messages that takes."""
        redaction.also_spoken(lambda: buttons.follow_ups)
        await self.stop_previews()
        parts = self.parts(text)
        parts[-1:] = [replace(part, buttons=buttons) for part in parts[-1:]]
        async with self._calls:
            for part in parts:
                await self._complete(part)
            await self._withdraw_from(len(parts))
        return len(parts)

    async def notify(self, text: str) -> None:
        """Say a sentence of the bridge's own, between two previews."""
        async with self._calls:
            self._ledger.check_lease()
            await self._sink.notify(text)

    def parts(self, text: str, *, growing: bool = False) -> list[Part]:
        """The messages that *text* makes here."""
        return self._cutter.cut_parts(text, self._sink.surface, growing=growing)

    # While it grows

    async def _preview_loop(self) -> None:
        await self._await_words()
        if self._known(0) is None:
            await self._hold()
        while not self._over.is_set():
            await self._fresh.wait()
            self._fresh.clear()
            if self._over.is_set():
                return
            pause = await self._attempt(self._show_newest)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(self._sink.surface.preview_interval or 0.0, pause)):
                    await self._over.wait()

    async def _hold(self) -> None:
        """Hold the first message back until it is worth its notification or the answer ends, but no longer than the surface says."""
        surface = self._sink.surface
        if surface.ending_awaited:
            with suppress(TimeoutError):
                async with asyncio.timeout(surface.ending_awaited):
                    await self._over.wait()
        if not surface.first_held:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(surface.first_held):
                while not (self._over.is_set() or worth_notifying(self._text())):
                    self._fresh.clear()
                    await self._fresh.wait()
        self._fresh.set()

    async def _await_words(self) -> None:
        """Wait for the first words; after a while, show that the bot thinks, where the place can."""
        thinking_after = self._sink.surface.thinking_after
        if thinking_after is not None and self._known(0) is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(thinking_after):
                    await self._fresh.wait()
                    return
            await self._attempt(self._show_thinking)
        await self._fresh.wait()

    async def _show_newest(self) -> None:
        for part in self.parts(self._text(), growing=True):
            await (self._show(part) if part.last else self._complete(part))
        if self._sink.surface.preview_put_off:
            self._fresh.set()  # to try again, although the bot may say nothing more for minutes

    async def _show_thinking(self) -> None:
        self._ledger.check_lease()
        await self._sink.preview(Part(index=0, text="", key=self._cutter.part_key(0), buttons=self._growing))

    async def _attempt(self, preview: Callable[[], Awaitable[None]]) -> float:
        """Call *preview*; gives the seconds until the next one may be tried: a failure costs the preview alone."""
        try:
            async with self._calls:
                await preview()
        except Later as failure:
            return failure.retry_after or 1.0
        except ChatGone as gone:
            if not self.place_lost.done():
                self.place_lost.set_result(gone)
            return float("inf")
        except StoppedByPerson:
            self._stopped()
            return float("inf")
        except Never:
            return float("inf")
        return 0.0

    async def _show(self, part: Part) -> None:
        if self._sink.surface.previews_are_messages:
            self.plan_parts(part.index + 1)
            if self._known(part.index) is None and not self._in_doubt(part.index):
                self._ledger.record_after(part.index, self._sink.surface.newest)
            await self._ledger.commit_intent(part.index)
        if self._in_doubt(part.index):
            return
        known = self._known(part.index)
        self._ledger.check_lease()
        here("preview: not sent")
        try:
            ref = await self._sink.preview(replace(part, ref=known, buttons=self._growing))
        except Uncertain:
            self._sure.discard(part.index)
            raise
        if not self._words_seen:
            self._words_seen = True
            self._first_words()
        here("preview: sent")
        if ref is not None and ref != known:
            self._ledger.record_sent(SentPart(index=part.index, ref=ref))

    # At the end

    async def _complete(self, part: Part) -> None:
        """Make the chat show *part*, whatever this or an earlier process did about it before."""
        shown = self._ledger.shown(part.index)
        if shown and shown.digest == _digest(part):
            return
        ref = self._known(part.index)
        if self._in_doubt(part.index):
            ref = await self._find(part)
        self.plan_parts(part.index + 1)
        await self._ledger.commit_intent(part.index)
        ref = await self._finish(part, ref)
        self._ledger.record_sent(SentPart(index=part.index, ref=ref, digest=_digest(part)))

    async def _withdraw_from(self, index: int) -> None:
        """Take away messages of an older, longer answer from *index* on; one that cannot be taken away stays."""
        while (shown := self._ledger.shown(index)) is not None:
            if ref := shown.ref or await self._left_behind(shown):
                self._ledger.check_lease()
                with suppress(Never):
                    await self._sink.withdraw(ref)
                self._ledger.record_sent(SentPart(index=index, digest=WITHDRAWN))
            index += 1

    async def _left_behind(self, shown: SentPart) -> Ref | None:
        """The message that a part in doubt may have left, where the platform can find it by its key alone."""
        if shown.digest == WITHDRAWN or shown.after is not None or not self._in_doubt(shown.index):
            return None
        return await self._find(Part(index=shown.index, text="", key=self._cutter.part_key(shown.index)))

    async def _finish(self, part: Part, ref: Ref | None) -> Ref:
        """Send or complete *part*; once more if its fate is unknown."""
        try:
            return await self._send_or_replace(part, ref)
        except Uncertain:
            self._sure.discard(part.index)
            found = await self._find(part)
        return await self._send_or_replace(part, found or self._known(part.index))

    async def _find(self, part: Part) -> Ref | None:
        """Find the message of *part* that an earlier attempt may have left; None if it has to be sent again."""
        shown = self._ledger.shown(part.index)
        after = shown.after if shown else None
        beside = None if after is None else await self._ledger.beside()
        found = await self._sink.find(replace(part, after=after, beside=beside))
        if found is None and after is not None:
            self._ledger.record_after(part.index, self._sink.surface.newest)
        return found

    async def _send_or_replace(self, part: Part, ref: Ref | None) -> Ref:
        """Send or complete *part*; if its message is gone, write that down and send it again."""
        self._ledger.check_lease()
        try:
            return await self._send(replace(part, ref=ref))
        except MessageGone:
            self._ledger.record_sent(SentPart(index=part.index, after=self._sink.surface.newest))
            await self._ledger.commit_intent(part.index)
        self._ledger.check_lease()
        return await self._send(part)

    async def _send(self, part: Part) -> Ref:
        here("part: not sent")
        ref = await self._sink.finish(part)
        here("part: sent")
        return ref

    def _known(self, index: int) -> Ref | None:
        """The message that is written down for that part."""
        shown = self._ledger.shown(index)
        return shown.ref if shown else None

    def _in_doubt(self, index: int) -> bool:
        """Whether there is an intent to send that part, perhaps of a process that died, and its outcome is unknown."""
        shown = self._ledger.shown(index)
        return shown is not None and shown.ref is None and index not in self._sure


def _never_begun(ledger: Ledger) -> Iterator[int]:
    """Parts with an intent that were surely never sent, as each waits for the receipt of the one before it."""
    index = 1
    while (shown := ledger.shown(index)) is not None:
        before = ledger.shown(index - 1)
        if shown.ref is None and (before is None or before.ref is None):
            yield index
        index += 1


def _digest(part: Part) -> str:
    said = "\0".join((part.text, *part.buttons.follow_ups))
    return blake2b(said.encode("utf-8", "replace"), digest_size=12).hexdigest()
