"""Backoff for reloads whose adapters fail to open, so that a file that keeps changing does not flood their platforms."""

from dataclasses import dataclass
from typing import Final

FREE: Final = 2
"""Failed openings in a row without a pause: somebody who mistypes a token mends it at once, perhaps twice."""

LONGEST_PAUSE: Final = 15.0
"""Seconds between two openings, however often they fail."""

FORGOTTEN: Final = 60.0
"""Seconds without an opening after which earlier failures are forgotten."""


@dataclass(slots=True)
class OpeningPace:
    """Counts failed openings in a row; times are seconds of a monotonic clock."""

    _failures: int = 0
    _next: float = 0.0

    def time_left(self, now: float) -> float:
        """Seconds before adapters may be opened again."""
        return max(0.0, self._next - now)

    def count_opening(self, now: float, *, failed: bool) -> None:
        """Count that adapters were opened just now, of which one *failed*, or none."""
        before = 0 if now - self._next > FORGOTTEN else self._failures
        self._failures = before + 1 if failed else 0
        more = self._failures - FREE
        self._next = now + (min(LONGEST_PAUSE, 2.0**more) if more > 0 else 0.0)
