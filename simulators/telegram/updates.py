"""What one bot has yet to hear of, and the two ways it can: `getUpdates`, or a webhook."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.telegram.refused import Refused
from simulators.telegram.webhook import Webhook

LONGEST_POLL = 50  # seconds
CONFLICT_PAUSE = 3.0  # a second conflict within it is answered that much later
HASTY = 3.0  # the same offset again within it is made to wait
ON_DEMAND = frozenset({"chat_member", "message_reaction", "message_reaction_count"})  # only for who asks by name

OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"
HOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@dataclass(frozen=True, slots=True)
class Update:
    """Something that happened, as the bot is told."""

    update_id: int
    lane: str  #: those of one lane are delivered one after the other
    body: dict[str, Any]


class Updates:
    """The queue of one bot."""

    def __init__(self, *, first: int, now: Callable[[], float], scale: Callable[[], float]) -> None:
        self.ever: list[Update] = []
        self.waiting: dict[int, Update] = {}
        self.given: Counter[int] = Counter()  #: how often each was handed to a poll
        self.allowed: frozenset[str] = frozenset()  #: empty for the usual ones
        self.webhook: Webhook[Update] | None = None
        self._next = first
        self._now, self._scale = now, scale
        self._again: list[Update] = []
        self._poller: asyncio.Future[None] | None = None
        self._last_offset, self._last_poll, self._last_conflict = -1, float("-inf"), float("-inf")

    @property
    def polling(self) -> bool:
        """Whether a poll is waiting for something to happen."""
        return self._poller is not None

    def put(self, kind: str, payload: dict[str, Any], *, lane: str) -> int:
        """Tell the bot; its number, or 0 if the bot did not want to know."""
        if kind in ON_DEMAND if not self.allowed else kind not in self.allowed:
            return 0
        update = Update(self._next, lane, {"update_id": self._next, kind: payload})
        self._next += 1
        self.ever.append(update)
        self.waiting[update.update_id] = update
        self._wake(update)
        return update.update_id

    def allow(self, kinds: Any) -> None:
        """Remember which updates the bot wants; what it does not say stays as it was."""
        if isinstance(kinds, list):
            self.allowed = frozenset(map(str, kinds))

    def redeliver(self, *, shuffle: int | None, times: int) -> int:
        """Tell everything ever told again, whatever the bot has confirmed; how many that are."""
        again = self.ever * times
        if shuffle is not None:
            random.Random(shuffle).shuffle(again)
        if self.webhook is None:
            self._again += again
        for update in again:
            self._wake(update)
        return len(again)

    def _wake(self, update: Update) -> None:
        if self.webhook is not None:
            self.webhook.deliver(update)
        elif self._poller is not None and not self._poller.done():
            self._poller.set_result(None)

    async def poll(self, *, offset: int, limit: int, timeout: float) -> list[dict[str, Any]]:  # noqa: ASYNC109 - its name
        """What `getUpdates` gives, as soon as there is something."""
        if self.webhook is not None:
            raise await self._conflict(HOOK_ACTIVE)
        self.oust(OTHER_POLLER)
        limit, timeout = self._slowed(offset, limit, timeout)
        self._confirm(offset)
        if not (ready := self._ready(offset, limit)) and timeout > 0:
            await self._something(timeout)
            ready = self._ready(offset, limit)
        return ready

    async def _something(self, timeout: float) -> None:  # noqa: ASYNC109 - as above
        poller = self._poller = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await poller
        except TimeoutError:
            return
        except Refused as ousted:
            raise await self._conflict_as(ousted) from None
        finally:
            if self._poller is poller:
                self._poller = None

    def oust(self, why: str) -> None:
        """End the poll that waits, if one does."""
        poller, self._poller = self._poller, None
        if poller is not None and not poller.done():
            poller.set_exception(Refused(why, status=409))

    async def _conflict(self, why: str) -> Refused:
        return await self._conflict_as(Refused(why, status=409))

    async def _conflict_as(self, refusal: Refused) -> Refused:
        """The *refusal*, later if there was one just now."""
        now, pause = self._now(), CONFLICT_PAUSE * self._scale()
        hasty = now < self._last_conflict + pause
        self._last_conflict = now
        if hasty:
            await asyncio.sleep(pause)
        return refusal

    def _slowed(self, offset: int, limit: int, timeout: float) -> tuple[int, float]:
        """The limit and timeout for one that keeps asking the same."""
        now, scale = self._now(), self._scale()
        since = now - self._last_poll
        again = offset == self._last_offset
        self._last_offset, self._last_poll = offset, now
        limit = min(max(limit, 1), 100) if limit else 100
        timeout = min(max(timeout, 0), LONGEST_POLL)
        if again and timeout < HASTY and since < HASTY * scale:
            timeout = HASTY * scale
        return (1 if again and since < 0.5 * scale else limit), timeout

    def _confirm(self, offset: int) -> None:
        """Forget what lies below *offset*; a negative one keeps only that many, one too far ahead nothing at all."""
        if offset < 0:
            gone = list(self.waiting)[:offset]
        elif offset > self._next + 10:
            gone = []
        else:
            gone = []
            for number in self.waiting:  # in the order of their numbers
                if number >= offset:
                    break
                gone.append(number)
        for number in gone:
            del self.waiting[number]

    def _ready(self, offset: int, limit: int) -> list[dict[str, Any]]:
        ready, self._again = self._again[:limit], self._again[limit:]
        for number, update in self.waiting.items():
            if len(ready) >= limit:
                break
            if number >= offset or offset > self._next + 10:
                ready.append(update)
        self.given.update(update.update_id for update in ready)
        return [update.body for update in ready]

    async def hook(self, webhook: Webhook[Update] | None) -> None:
        """Deliver to *webhook* from now on, beginning with what waits; None: wait for polls."""
        if self.webhook is not None:
            await self.webhook.close()
        self.webhook = webhook
        if webhook is not None:
            self.oust("terminated by setWebhook request")
            webhook.open(self.waiting.values())

    def delivered(self, update: Update) -> None:
        """Forget *update*: the webhook has it."""
        self.waiting.pop(update.update_id, None)

    def drop(self) -> None:
        """Forget all that waits."""
        self.waiting.clear()
