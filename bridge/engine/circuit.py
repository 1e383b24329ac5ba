"""
A circuit breaker: whether a far side that kept failing may be called again.

Rule: nothing here waits or reads a clock. Closed, everything passes. After `FAILURES` in a row it opens, and lets one
attempt through every `PROBE` seconds; the first that succeeds closes it.
"""

from dataclasses import dataclass

FAILURES = 5
"""Failures in a row that cannot be chance."""

PROBE = 5.0
"""Seconds between two attempts while it is open: soon enough for people, rare enough for a far side that struggles."""


@dataclass(slots=True)
class Circuit:
    """The circuit breaker of one far side; times are seconds of a monotonic clock."""

    failures: int = 0
    probed_at: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether calls are held back."""
        return self.failures >= FAILURES

    def try_acquire(self, now: float) -> float:
        """Seconds until a call may be made; 0: now, and it counts as made, so the caller has to make it."""
        if not self.is_open:
            return 0.0
        wait = self.probed_at + PROBE - now
        if wait > 0:
            return wait
        self.probed_at = now
        return 0.0

    def failed(self, now: float) -> None:
        """A call failed."""
        self.failures += 1
        if self.failures == FAILURES:
            self.probed_at = now

    def succeeded(self) -> bool:
        """A call succeeded; gives whether the circuit was open."""
        news, self.failures = self.failures >= FAILURES, 0
        return news
