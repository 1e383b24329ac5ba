"""
How adapters send: within the platform's budgets, again where that cannot do it twice, plainer where a form is refused.

==============  ==============================  ==========================================
what became     `Sender.send`                   `Sender.try_send`
==============  ==============================  ==========================================
no budget       waits for it                    gives None: a newer preview is on its way
`RateLimited`   waits, and tries again          gives None; all that follow wait
`Unreachable`   tries again for some seconds    gives None
`Uncertain`     raises, and counts it           raises, and counts it
anything else   raises                          raises
==============  ==============================  ==========================================

Rule: an adapter translates a failure to `Unreachable` only if the call was surely not carried out, or may be repeated.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from bridge.sdk import metrics, telemetry
from bridge.sdk.errors import Never, RateLimited, Uncertain, Unreachable
from bridge.sdk.forms import Form, next_form
from bridge.sdk.model import Ref
from bridge.sdk.ports import Fence, no_fence

T = TypeVar("T")
C = TypeVar("C")
C_contra = TypeVar("C_contra", contravariant=True)

PAUSES: Final = (0.5, 1.5, 3.0, 5.0)
"""Seconds between the tries to reach a platform."""
RATE_LIMIT_LONGEST: Final = 60.0
"""Seconds that something that must be sent waits, in all, because the platform says so; beyond, its turn is postponed."""
UNTOLD_SECONDS: Final = 1.0
"""How long to wait where a platform says to wait, and not for how long."""


def loop_time() -> float:
    """The clock by which budgets are kept, in seconds: the event loop's."""
    return asyncio.get_running_loop().time()


class Budgets(Protocol[C_contra]):
    """
    A platform's budgets for one bot, where a call has a cost of that type; times are seconds by `loop_time`.

    `bridge.sdk.pacing.Pacer` is one whose costs are budgets by name.
    """

    def try_preview(self, now: float, cost: C_contra) -> bool:
        """Whether something optional may be sent now; if so it is paid for."""

    def reserve_final(self, now: float, cost: C_contra) -> float:
        """Seconds until something that must be sent may be sent; it is paid for at once."""

    def blocked(self, now: float, cost: C_contra) -> float:
        """Seconds for which the platform's own word still forbids it."""

    def limited(self, now: float, cost: C_contra, seconds: float) -> None:
        """The platform says to wait so long with what costs that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender(Generic[C]):
    """How an adapter's calls reach its platform; one for each bot token, shared by all its answers."""

    adapter: str  #: its name in the config
    pace: Budgets[C]  #: the budgets of that token, shared likewise

    def may(self, cost: C) -> bool:
        """Whether an optional call may be made now; if so it is paid for."""
        return self.pace.try_preview(loop_time(), cost)

    async def send(
        self, cost: C, call: Callable[[], Awaitable[T]], *, kind: str, fence: Fence = no_fence, paid: bool = False
    ) -> T:
        """
        Await *call* once its budget allows, and give its result; call it again where that cannot do anything twice.

        *kind*: what is sent, in a word for operators. *fence* is asked before each call. *paid*: the budget was charged
        already, by the call that began what this one completes. Raises `RateLimited` at once while the platform forbids it for more
        than `RATE_LIMIT_LONGEST`.
        """
        pauses, patience = iter(PAUSES), RATE_LIMIT_LONGEST
        while True:
            await self._await_budget(cost, paid=paid)
            paid = False
            fence()
            try:
                return await call()
            except RateLimited as limit:
                patience -= self.note_limit(cost, limit)
                if patience < 0:
                    raise
            except Unreachable:
                if (pause := next(pauses, None)) is None:
                    raise
                metrics.RETRIED.labels(self.adapter).inc()
                await asyncio.sleep(pause)
            except Uncertain:
                telemetry.send_uncertain(adapter=self.adapter, kind=kind)
                raise

    async def try_send(self, cost: C, call: Callable[[], Awaitable[T]]) -> T | None:
        """Await *call* if the budget allows it now, and give its result; None if it was dropped: it is neither queued nor repeated."""
        outcome = "dropped"
        try:
            if self.may(cost):
                outcome = "failed"
                shown = await call()
                outcome = "shown"
                return shown
        except RateLimited as limit:
            self.note_limit(cost, limit)
        except Unreachable:
            pass
        except Uncertain:
            telemetry.send_uncertain(adapter=self.adapter, kind="preview")
            raise
        finally:
            telemetry.record_preview(adapter=self.adapter, outcome=outcome)
        return None

    def note_limit(self, cost: C, limit: RateLimited) -> float:
        """Let all that draw on the same budget wait as the platform says; gives the seconds from now."""
        now, seconds = loop_time(), limit.retry_after or UNTOLD_SECONDS
        telemetry.side_limited(side=self.adapter, seconds=seconds)
        self.pace.limited(now, cost, seconds)
        return self.pace.blocked(now, cost)

    async def _await_budget(self, cost: C, *, paid: bool) -> None:
        now = loop_time()
        if (blocked := self.pace.blocked(now, cost)) > RATE_LIMIT_LONGEST:
            raise RateLimited("still blocked", retry_after=blocked)
        wait = blocked if paid else self.pace.reserve_final(now, cost)
        metrics.BUDGET_WAIT.labels(self.adapter).observe(wait)
        await asyncio.sleep(wait)


async def send_form(form: Form, show: Callable[[Form], Awaitable[Ref]], *, adapter: str) -> Ref:
    """
    Send *form*, or the next plainer one that is accepted; gives its first message.

    *show* sends one message: the first text of the form that it is handed, or its file. It raises what the platform
    refused as `Never` with its `aspect`. The refusal of the last form is raised; so is every other failure, at once.
    """
    first: Ref | None = None
    while True:
        try:
            ref = await show(form.head)
        except Never as refusal:
            plainer = next_form(form, refusal.aspect) if refusal.aspect else None
            if plainer is None:
                raise
            telemetry.feature_missing(adapter=adapter, feature=str(refusal.aspect), because=refusal.detail)
            form = plainer
            continue
        first = first or ref
        if form.is_last:
            return first
        form = form.rest
