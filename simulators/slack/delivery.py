"""How Slack delivers: at least once, within three seconds or again, now and after one and five minutes."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from simulators.slack.model import Params

ACKNOWLEDGE_WITHIN = 3.0
RETRY_AFTER = (0.0, 60.0, 300.0)
EVENTS, COMMANDS, INTERACTIVE = "events_api", "slash_commands", "interactive"


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """One thing to tell the app, until the app has said that it knows."""

    kind: str
    payload: Params
    first_retry: int = 0  #: above zero, it is an event sent again
    acked: bool = False
    acked_at: float | None = None  #: monotonic seconds
    lost: bool = False  #: the platform gave up
    sent_at: list[float] = field(default_factory=list)  #: monotonic seconds of each attempt
    reasons: list[str] = field(default_factory=list)  #: why each attempt failed
    no_retry: bool = False  #: the app asked not to be told again

    @property
    def event(self) -> Params:
        """The inner event, empty for commands and buttons."""
        inner: Params = self.payload.get("event", {})
        return inner


class Transport(Protocol):
    """A way to the app."""

    async def attempt(self, delivery: Delivery, retry: int, reason: str, within: float) -> str | None:
        """Try once; None when it was acknowledged, else Slack's word for what went wrong."""
        ...


class Courier:
    """Brings every delivery, and brings it again until it is acknowledged."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.time_scale = 1.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._hurry = asyncio.Event()
        self._under_way = 0
        self.changed: Callable[[], None] = lambda: None  #: told of each attempt that failed, and of each end

    def send(self, delivery: Delivery, transport: Transport) -> Delivery:
        """Start bringing it."""
        self.deliveries.append(delivery)
        self._under_way += 1
        task = asyncio.create_task(self._bring(delivery, transport))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return delivery

    def hurry(self) -> None:
        """Make every retry that waits for its time now."""
        self._hurry.set()
        self._hurry = asyncio.Event()

    @property
    def under_way(self) -> int:
        """How many are neither acknowledged nor given up."""
        return self._under_way

    def settled(self) -> bool:
        """Whether everything was acknowledged or given up."""
        return self._under_way == 0

    async def close(self) -> None:
        """Stop bringing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _bring(self, delivery: Delivery, transport: Transport) -> None:
        pauses = RETRY_AFTER if delivery.kind == EVENTS else ()
        reason: str | None = "timeout" if delivery.first_retry else ""
        for retry, pause in enumerate((0.0, *pauses), start=delivery.first_retry):
            await self._pause(pause * self.time_scale)
            delivery.sent_at.append(time.monotonic())
            reason = await transport.attempt(delivery, retry, reason or "", ACKNOWLEDGE_WITHIN * self.time_scale)
            if reason is None:
                delivery.acked, delivery.acked_at = True, time.monotonic()
                break
            delivery.reasons.append(reason)
            self.changed()
            if delivery.no_retry:
                break
        delivery.lost = not delivery.acked
        self._under_way -= 1
        self.changed()

    async def _pause(self, seconds: float) -> None:
        if seconds:
            try:
                async with asyncio.timeout(seconds):
                    await self._hurry.wait()
            except TimeoutError:
                return
