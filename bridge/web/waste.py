"""
Bounds what refused requests cost us, in bytes a second.

Beyond the bound, large bodies are not read, and refusals are sent with a delay: a caller that waits for our answer cannot ask again
meanwhile.
"""

import time
from typing import Final

WASTE_LIMIT: Final = 4 << 20
"""Bytes a second; to read and to hash a mebibyte takes the loop a few milliseconds."""

REQUEST: Final = 16 << 10
"""Bytes that a refused request counts for at least: that is what the request itself costs."""

SMALL: Final = 64 << 10
"""Bytes of a body that is read all the same: nearly everything that platforms send."""

LATER: Final = 0.5
"""Seconds by which a refusal is delayed."""


class Waste:
    """A leaky bucket of bytes, which holds two seconds' worth."""

    def __init__(self) -> None:
        self._level = 0.0
        self._at = time.monotonic()

    def add(self, size: int) -> None:
        """A request with a body of so many bytes was refused."""
        self._level = min(2.0 * WASTE_LIMIT, self._now() + max(size, REQUEST))

    @property
    def is_much(self) -> bool:
        """Whether refused requests cost more than they may."""
        return self._now() > WASTE_LIMIT

    def forbids(self, size: int) -> bool:
        """Whether a body of so many bytes is too much at the moment."""
        return size > SMALL and self.is_much

    def _now(self) -> float:
        passed, self._at = time.monotonic() - self._at, time.monotonic()
        self._level = max(0.0, self._level - passed * WASTE_LIMIT)
        return self._level
