"""
One workspace as all our answers in it share it: its methods, its budgets, and what it has refused.

Slack limits each method per app and workspace; bursts are tolerated. Where it tells us to wait, that method alone waits
(for posts: that channel alone).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from adapters.slack.api import SlackApi, SlackIdentity
from bridge.sdk import telemetry
from bridge.sdk.errors import RateLimited, Unreachable
from bridge.sdk.model import ChatType
from bridge.sdk.pacing import Budget, Pacer

T = TypeVar("T")
Cost = tuple[tuple[str, Budget], ...]
"""The budgets one call draws on; the first is the one that waits when Slack says so."""

_MINUTE = 60.0
STOP: Cost = (("chat.stopStream", Budget(rate=20 / _MINUTE, burst=20, common=True)),)
START: Cost = (("chat.startStream", Budget(rate=20 / _MINUTE, burst=20, common=True)), *STOP)
"""A stream that begins has paid for its end, so that its last words never wait."""
APPEND: Cost = (("chat.appendStream", Budget(rate=100 / _MINUTE, burst=100, common=True)),)
UPDATE: Cost = (("chat.update", Budget(rate=50 / _MINUTE, burst=50, common=True)),)
STATUS: Cost = (("assistant.threads.setStatus", Budget(rate=600 / _MINUTE, burst=100, common=True)),)

_POSTS = ("chat.postMessage", Budget(rate=300 / _MINUTE, burst=100, common=True))
_POSTS_IN_CHANNEL = Budget(rate=1, burst=5)

_LONGEST_WAIT = 60.0
_PAUSES = (0.5, 1.0, 2.0, 4.0, None)
_STREAMS_OFF_SECONDS = 3600.0  #: an admin may have switched it on by then


def post_in(channel: str, *, growing: bool = False) -> Cost:
    """What a post there costs; one that is *growing* has paid for the edit that will complete it."""
    post = ((f"chat.postMessage:{channel}", _POSTS_IN_CHANNEL), _POSTS)
    return (*post, *UPDATE) if growing else post


@dataclass(slots=True, kw_only=True)
class SlackSharedState:
    """What every sink of one bot token needs."""

    adapter: str  #: its name in the config
    api: SlackApi
    me: SlackIdentity
    now: Callable[[], float] = time.monotonic
    _pacer: Pacer = field(default_factory=Pacer)
    _streams_off_until: dict[ChatType, float] = field(default_factory=dict)

    def set_replica_count(self, replicas: int) -> None:
        """So many replicas speak for this app now."""
        self._pacer.replicas = replicas

    def streams_in(self, chat_type: ChatType) -> bool:
        """Whether messages may grow there, as far as we have been told."""
        return self._streams_off_until.get(chat_type, self.now()) <= self.now()

    def disable_streams(self, chat_type: ChatType) -> None:
        """Do without native streams there for a while."""
        self._streams_off_until[chat_type] = self.now() + _STREAMS_OFF_SECONDS

    def may(self, cost: Cost) -> bool:
        """Whether a call that can as well be left may be made now; if so it is paid for."""
        return self._pacer.preview(self.now(), cost)

    async def try_send(self, cost: Cost, call: Callable[[], Awaitable[T]]) -> T | None:
        """What *call* gives; None if it is too early for it, for want of a budget or of Slack."""
        outcome = "dropped"
        try:
            if self.may(cost):
                given = await call()
                outcome = "shown"
                return given
        except RateLimited as limit:
            self._wait(cost, limit)
        except Unreachable:
            outcome = "lost"
        finally:
            telemetry.record_preview(adapter=self.adapter, outcome=outcome)
        return None

    async def send(self, cost: Cost, call: Callable[[], Awaitable[T]], *, paid: bool = False) -> T:
        """
        What *call* gives, once its budget allows; tried again for some seconds if Slack is away or says to wait.

        *paid*: its budget was charged when what it completes began.
        """
        for pause in _PAUSES:
            await asyncio.sleep(self._pacer.final(self.now(), () if paid else cost))
            paid = False
            try:
                return await call()
            except RateLimited as limit:
                if self._wait(cost, limit) > _LONGEST_WAIT or pause is None:
                    raise
            except Unreachable:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        raise AssertionError("expected the last pause to be None")

    def _wait(self, cost: Cost, limit: RateLimited) -> float:
        seconds = limit.retry_after or 1.0
        key, budget = cost[0]
        self._pacer.block(self.now(), key, budget, seconds)
        telemetry.side_limited(side=self.adapter, seconds=seconds)
        return seconds
