"""Bytes read for callers who then proved to be nobody; while there are many, large bodies are not read at all."""

import time
from typing import Final

WASTE_LIMIT: Final = 4 << 20
"""Bytes a second; a mebibyte takes the loop a few milliseconds to read and to hash."""

SMALL: Final = 64 << 10
"""Bytes of a body that is read all the same: nearly everything that platforms send."""


class Waste:
    """A leaky bucket of bytes."""

    def __init__(self) -> None:
        self._level = 0.0
        self._at = time.monotonic()

    def add(self, size: int) -> None:
        """So many bytes were read in vain."""
        self._level = self._now() + size

    def forbids(self, size: int) -> bool:
        """Whether a body of so many bytes is too much at the moment."""
        return size > SMALL and self._now() > WASTE_LIMIT

    def _now(self) -> float:
        passed, self._at = time.monotonic() - self._at, time.monotonic()
        self._level = max(0.0, self._level - passed * WASTE_LIMIT)
        return self._level
