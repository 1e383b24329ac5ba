"""Sends a bot's calls to Telegram; each occupies its place in the budgets until it is answered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from adapters.telegram.pace import ChatCall, Pace
from bridge.sdk.ports import Fence, no_fence
from bridge.sdk.sending import Sender, loop_time

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSender(Sender[ChatCall]):
    """A `bridge.sdk.sending.Sender` that keeps each call in the budgets while it is unanswered."""

    pace: Pace

    async def send(
        self,
        cost: ChatCall,
        call: Callable[[], Awaitable[T]],
        *,
        kind: str,
        fence: Fence = no_fence,
        paid: bool = False,
    ) -> T:
        """As any adapter's."""
        return await Sender.send(self, cost, partial(self._counted, cost, call), kind=kind, fence=fence, paid=paid)

    async def try_send(self, cost: ChatCall, call: Callable[[], Awaitable[T]]) -> T | None:
        """As any adapter's."""
        return await Sender.try_send(self, cost, partial(self._counted, cost, call))

    async def _counted(self, cost: ChatCall, call: Callable[[], Awaitable[T]]) -> T:
        with self.pace.under_way(loop_time, cost):
            return await call()
