"""
What an operator is told of an adapter that hears its platform, and does not: one log line for each kind of trouble and minute.

A platform that answers now and then (a storm of 502, a name that is found sometimes) would fill the log otherwise. Whether the
adapter hears at this moment is always exact in the metric and in `/readyz`.
"""

from dataclasses import dataclass, field
from typing import Final

from bridge.sdk import telemetry

TOLD_EVERY: Final = 60.0
"""Seconds until the same trouble is told again."""


@dataclass(slots=True, kw_only=True)
class Outages:
    """The troubles of one adapter; times are seconds of a monotonic clock."""

    adapter: str  #: its name in the config
    _told: str | None = "not started"  #: the trouble that the log tells of last; None where it says that all is well
    _told_at: dict[str, float] = field(default_factory=dict)  #: by trouble, those of the last minute
    _times: dict[str, int] = field(default_factory=dict)  #: how often each has come since it was told

    def note_failed(self, now: float, because: str, *, seconds: float) -> None:
        """It does not hear, and tries again in so many *seconds*."""
        telemetry.record_connected(adapter=self.adapter, connected=False)
        if because == self._told:
            return
        self._times[because] = self._times.get(because, 0) + 1
        self._told_at = {trouble: at for trouble, at in self._told_at.items() if now - at < TOLD_EVERY}
        if because in self._told_at:
            return
        self._told, self._told_at[because] = because, now
        times = self._times.pop(because)
        self._times = {trouble: times for trouble, times in self._times.items() if trouble in self._told_at}
        telemetry.adapter_disconnected(adapter=self.adapter, because=because, seconds=seconds, times=times)

    def note_hears(self) -> None:
        """It hears."""
        telemetry.record_connected(adapter=self.adapter, connected=True)
        if self._told is not None:
            self._told = None
            telemetry.adapter_connected(adapter=self.adapter)
