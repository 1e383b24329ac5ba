"""How often adapters that fail to open may be opened anew: a file that changes to and fro must not hammer their platforms."""

from dataclasses import dataclass
from typing import Final

FREE: Final = 2
"""Failed openings in a row after which the next is at once: who mistypes a token mends it, perhaps twice."""

LONGEST_PAUSE: Final = 15.0
"""Seconds between two openings, however often they fail."""

FORGOTTEN: Final = 60.0
"""Seconds without an opening after which the failures before it count no more."""


@dataclass(slots=True)
class OpeningPace:
    """Counts the openings in a row that failed; times are seconds of one monotonic clock."""

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
