"""Refused requests: each is counted, and each reason is logged once a second at most."""

import time
from collections import Counter
from typing import Final

from bridge.sdk import daemon_telemetry, metrics

LOG_EVERY: Final = 1.0
"""Seconds between two lines with the same reason."""


class Refusals:
    """The refusals of this process by reason, of which there are a few for each route."""

    def __init__(self) -> None:
        self._unlogged: Counter[str] = Counter()
        self._logged_at: dict[str, float] = {}  # seconds of the monotonic clock

    def record(self, reason: str) -> None:
        """Count a refusal."""
        metrics.REFUSED.labels(reason).inc()
        self._unlogged[reason] += 1
        now = time.monotonic()
        if now >= self._logged_at.get(reason, now - LOG_EVERY) + LOG_EVERY:
            self._logged_at[reason] = now
            daemon_telemetry.request_refused(reason=reason, times=self._unlogged.pop(reason))
