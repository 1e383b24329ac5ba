"""
A platform's rate limits as token buckets: how often we may call, computed from time that is handed in.

Rule: nothing here waits or reads a clock. A *preview* that has no token is dropped; a *final* is told how long to wait.
A part of every budget is kept back for finals, so that previews can never starve them.

A platform counts a call when it arrives, at some time between our sending it and its answer. A call that is reported as
begun (`Pacer.note_begun`) keeps its place in the burst until it is reported as answered (`Pacer.note_answered`). So however
late calls arrive, and however bunched, never more than one burst is under way. (A final that had to wait goes at its time.)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

FINALS_SHARE = 0.25
"""The share of a budget's burst that previews may not use: without it, streaming in a busy group leaves nothing for finals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """So many calls a second in the long run, so many at once."""

    rate: float  #: calls a second
    burst: float  #: calls at once after a silence
    common: bool = False  #: counted for all replicas together, so that each keeps to its part

    def part(self, replicas: int) -> "Budget":
        """What one of so many *replicas* may use of it."""
        if not self.common or replicas == 1:
            return self
        return Budget(rate=self.rate / replicas, burst=max(1.0, self.burst / replicas), common=True)


Cost = Sequence[tuple[str, Budget]]
"""The budgets that one call draws on, by name; the first is the one that waits when the platform says so."""


@dataclass(slots=True)
class _Bucket:
    budget: Budget
    tokens: float
    filled_at: float
    blocked_until: float = 0.0
    used_at: float = 0.0
    under_way: int = 0  #: calls that have begun and are not answered: they may be counted any time yet

    def fill(self, now: float) -> None:
        since = max(self.filled_at, self.blocked_until)  # a block brings nothing, or all who waited would go at its end
        grown = self.tokens + max(0.0, now - since) * self.budget.rate
        self.tokens = min(self.budget.burst - self.under_way, grown)
        self.filled_at = now


@dataclass(slots=True)
class Pacer:
    """All the budgets of one bot token or workspace, shared by all its conversations."""

    replicas: int = 1  #: that speak for the same bot token or workspace
    keep: int = 10_000  #: buckets remembered; a full bucket is the same as a forgotten one, and of others the idlest go
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def try_preview(self, now: float, cost: Cost) -> bool:
        """Whether a preview may be sent now; if so it is paid for."""
        buckets = [self._bucket(now, key, budget) for key, budget in cost]
        for bucket in buckets:
            spare = bucket.budget.burst * FINALS_SHARE
            if bucket.blocked_until > now or bucket.tokens - 1 < spare:
                return False
        for bucket in buckets:
            bucket.tokens -= 1
        return True

    def reserve_final(self, now: float, cost: Cost) -> float:
        """
        Seconds until a final may be sent; it is paid for at once.

        The debt makes finals queue in the order in which they asked.
        """
        wait = 0.0
        for key, budget in cost:
            bucket = self._bucket(now, key, budget)
            bucket.tokens -= 1
            owed = max(0.0, -bucket.tokens) / bucket.budget.rate
            wait = max(wait, owed + max(0.0, bucket.blocked_until - now))
        return wait

    def note_begun(self, now: float, cost: Cost) -> None:
        """A call that is paid for goes out; until `note_answered` its place in the burst is not filled again."""
        for key, budget in cost:
            self._bucket(now, key, budget).under_way += 1

    def note_answered(self, now: float, cost: Cost) -> None:
        """A call that has begun is over: the platform has counted it by now, or never will."""
        for key, budget in cost:
            bucket = self._bucket(now, key, budget)
            bucket.under_way = max(0, bucket.under_way - 1)

    def left(self, now: float, cost: Cost) -> float:
        """The share of its burst that the scarcest budget of *cost* still has, at most 1; none while it is blocked."""
        buckets = [self._bucket(now, key, budget) for key, budget in cost]
        return min(0.0 if each.blocked_until > now else each.tokens / each.budget.burst for each in buckets)

    def limited(self, now: float, cost: Cost, seconds: float) -> None:
        """The platform said to wait: let nothing through that draws on the first budget of *cost* until then."""
        key, budget = cost[0]
        bucket = self._bucket(now, key, budget)
        bucket.blocked_until = max(bucket.blocked_until, now + seconds)
        bucket.tokens = min(bucket.tokens, 1.0)

    def blocked(self, now: float, cost: Cost) -> float:
        """Seconds for which one of its budgets is still blocked by the platform's own word."""
        buckets = (self._buckets.get(key) for key, _ in cost)
        return max([0.0, *(bucket.blocked_until - now for bucket in buckets if bucket)])

    def _bucket(self, now: float, key: str, budget: Budget) -> _Bucket:
        bucket = self._buckets.get(key)
        budget = budget.part(self.replicas)
        if bucket is None:
            self._forget(now)
            bucket = self._buckets[key] = _Bucket(budget, budget.burst, now)
        bucket.budget = budget
        bucket.used_at = now
        bucket.fill(now)
        return bucket

    def _forget(self, now: float) -> None:
        """Drop what is full again once there are too many; if that is little, the idlest, but never a debt or a block."""
        if len(self._buckets) < self.keep:
            return
        for key, bucket in list(self._buckets.items()):
            bucket.fill(now)
            if bucket.tokens >= bucket.budget.burst and bucket.blocked_until <= now:
                del self._buckets[key]
        free = [key for key, bucket in self._buckets.items() if bucket.tokens >= 0 and bucket.blocked_until <= now]
        surplus = len(self._buckets) - self.keep * 3 // 4  # a quarter at once, as each look goes over all of them
        for key in sorted(free, key=lambda key: self._buckets[key].used_at)[: max(0, surplus)]:
            del self._buckets[key]
