"""
Slows previews down after answers of 429, and returns to their rhythm step by step. Pure.

Telegram's penalties grow, up to hours, for a bot that goes on as before, and its limits are not published. So each 429
halves the rate of previews, which are optional, and each quiet period doubles it again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

STEPS_MOST: Final = 3
"""Previews are never rarer than an eighth of their rhythm."""
STEP_SECONDS: Final = 60.0
"""Seconds without a further 429 until the rate doubles again; group budgets are per minute."""
REMEMBERED: Final = 10_000
"""Budgets remembered; the one exceeded last is kept longest."""


@dataclass(slots=True)
class Strain:
    """The recent answers of 429, by the name of the budget that proved too large."""

    _met: dict[str, tuple[float, int]] = field(default_factory=dict)
    """When each budget may be used again, and how many steps slower previews then are; the latest at the end."""

    def record(self, now: float, budget: str, *, seconds: float) -> None:
        """Note that *budget* was too large, and is blocked for *seconds*."""
        steps = min(STEPS_MOST, self._steps(now, budget) + 1)
        self._met.pop(budget, None)
        self._met[budget] = now + seconds, steps
        if len(self._met) > REMEMBERED:
            del self._met[next(iter(self._met))]

    def slowness(self, now: float, budgets: Iterable[str]) -> float:
        """The factor by which previews that use these *budgets* are slowed."""
        if not self._met:  # as nearly always; asked for each look at a place
            return 1.0
        return float(2 ** max(self._steps(now, budget) for budget in budgets))

    def _steps(self, now: float, budget: str) -> int:
        free_at, steps = self._met.get(budget, (now, 0))
        return max(0, steps - int(max(0.0, now - free_at) // STEP_SECONDS))
