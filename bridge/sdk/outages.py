"""
When an adapter's outages are logged: one line a minute for each kind of trouble.

A platform that answers now and then (a storm of 502, a name that is resolved sometimes) would fill the log otherwise. The
metric and `/readyz` always tell exactly whether the adapter is connected at this moment.
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
    _told: str | None = "not started"  #: the trouble logged last; None after a line that says it is connected
    _told_at: dict[str, float] = field(default_factory=dict)  #: when each trouble of the last minute was logged
    _times: dict[str, int] = field(default_factory=dict)  #: how often each has come since it was logged

    def note_failed(self, now: float, because: str, *, seconds: float) -> None:
        """The connection failed, and is tried again in so many *seconds*."""
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
        """It is connected."""
        telemetry.record_connected(adapter=self.adapter, connected=True)
        if self._told is not None:
            self._told = None
            telemetry.adapter_connected(adapter=self.adapter)
