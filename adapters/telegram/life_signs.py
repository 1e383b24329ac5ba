"""The signs that an answer is coming while nothing new appears: "typing", or the latest draft repeated."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Final

from adapters.telegram.api import Text
from adapters.telegram.destination import TelegramDestination
from adapters.telegram.errors import RightsMissing
from adapters.telegram.frame import Frame
from adapters.telegram.pace import DRAFTS_APART, ChatCall
from adapters.telegram.shared import TelegramSharedState
from bridge.sdk import telemetry
from bridge.sdk.errors import Later, Never, RateLimited
from bridge.sdk.model import Ref
from bridge.sdk.ports import Fence
from bridge.sdk.sending import loop_time

TYPING_EVERY: Final = 4.5  # the sign lasts five seconds; https://core.telegram.org/bots/api#sendchataction
DRAFT_LASTS: Final = 20.0  # a draft vanishes after thirty seconds; https://core.telegram.org/bots/api#sendmessagedraft


@dataclass(slots=True, kw_only=True)
class LifeSigns:
    """The life signs of one answer."""

    shared: TelegramSharedState
    destination: TelegramDestination
    frame: Frame | None = None  #: what was shown of the answer last, if it is still visible
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whatever is sent into the chat: a sign that overtakes the final text would outlive it."""

    async def await_next_draft(self, fence: Fence) -> None:
        """
        Wait until the budget allows another draft, and ask *fence* again.

        Telegram counts drafts as they arrive, which is before it answers.
        """
        if self.frame is not None and isinstance(self.frame.handle, int):
            await asyncio.sleep(self.frame.at + DRAFTS_APART - loop_time())
            fence()

    async def show(self) -> None:
        """Show them until cancelled, or until the chat takes none."""
        try:
            while self.destination.shows_typing:
                async with self.lock:
                    await self.refresh()
                await asyncio.sleep(TYPING_EVERY)
        except RightsMissing:
            self.shared.silenced.add(self.destination.chat)
        except Never:
            return

    def is_shown(self, handle: Ref | int, text: Text) -> bool:
        """Whether *handle* shows exactly that already: an edit that changes nothing is refused, and counts all the same."""
        return self.frame is not None and (self.frame.handle, self.frame.text) == (handle, text)

    async def refresh(self) -> None:
        """Show the sign that is due, if one is."""
        chat, now = self.destination.chat, loop_time()
        cost = ChatCall(chat=chat)
        if self.shared.pace.blocked(now, cost):
            return
        try:
            if self.frame is None:
                await self.shared.api.typing(chat, thread=self.destination.typing_thread)
                telemetry.record_first_sign()
            elif isinstance(self.frame.handle, int) and now - self.frame.at >= DRAFT_LASTS:
                thread = self.destination.thread
                await self.shared.api.draft(chat, self.frame.handle, self.frame.text, thread=thread)
                self.frame = replace(self.frame, at=loop_time())
        except RateLimited as limit:
            self.shared.sender.note_limit(cost, limit)
        except Later:
            return
