"""
What refusals for asking too often leave behind: previews pause longer, and come back to their rhythm step by step. Pure.

Telegram's penalties grow with who goes on as before, up to hours, and it tells nobody how often is too often; so whoever
met one halves the rate of what can as well be left, again with each further one, and doubles it after each quiet while.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

STEPS_MOST: Final = 3
"""Previews are never rarer than an eighth of their rhythm."""
STEP_SECONDS: Final = 60.0
"""Without a further refusal, until previews are twice as frequent again; budgets of groups are by the minute."""
REMEMBERED: Final = 10_000
"""Budgets whose refusals are remembered; the one refused last is kept longest."""


@dataclass(slots=True)
class Strain:
    """The refusals of late, by the name of the budget that was too large."""

    _met: dict[str, tuple[float, int]] = field(default_factory=dict)
    """When each may be used again, and by how many steps previews are slower then; the one refused last at the end."""

    def record(self, now: float, budget: str, *, seconds: float) -> None:
        """That *budget* was too large, and may not be used for so long."""
        steps = min(STEPS_MOST, self._steps(now, budget) + 1)
        self._met.pop(budget, None)
        self._met[budget] = now + seconds, steps
        if len(self._met) > REMEMBERED:
            del self._met[next(iter(self._met))]

    def slowness(self, now: float, budgets: Iterable[str]) -> float:
        """How many times as long to pause with what draws on these *budgets*."""
        if not self._met:  # as nearly always; asked for each look at a place
            return 1.0
        return float(2 ** max(self._steps(now, budget) for budget in budgets))

    def _steps(self, now: float, budget: str) -> int:
        free_at, steps = self._met.get(budget, (now, 0))
        return max(0, steps - int(max(0.0, now - free_at) // STEP_SECONDS))
