"""The rules in force: replaced whole, or not at all."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bridge.config.complaint import Complaint
from bridge.config.settings import Settings
from bridge.sdk import telemetry
from bridge.sdk.errors import ConfigError

FIXED: Final = ("database", "http", "coze", "adapters", "bots", "worker", "log")
"""The sections that a running daemon cannot take anew: what they name is open."""

Check = Callable[[Settings], Sequence[Complaint]]
"""What else must be right before rules may hold; may raise `ConfigError` itself."""


@dataclass(slots=True)
class Current:
    """
    The last good settings of a file.

    Whoever reads `settings` once, at the beginning of something, ends it under the same rules.
    """

    path: Path
    read: Callable[[], Settings]
    check: Check
    settings: Settings = field(init=False)
    since: float = field(default_factory=time.time, init=False)  #: when they came into force, in seconds since 1970
    refused: str | None = field(default=None, init=False)  #: what is wrong with the file as it is now

    def __post_init__(self) -> None:
        self.settings = self._checked()

    def reload(self) -> bool:
        """Take the file's rules; if they are wrong keep the old ones, and say so."""
        try:
            self.settings = self._checked()
        except ConfigError as refusal:
            self.refused = refusal.detail
            telemetry.config_refused(path=str(self.path), complaints=refusal.detail)
            return False
        self.since, self.refused = time.time(), None
        telemetry.config_reloaded(path=str(self.path))
        return True

    def _checked(self) -> Settings:
        settings = self.read()
        if complaints := [*self.check(settings), *self._fixed(settings)]:
            raise ConfigError("\n".join(map(str, complaints)))
        return settings

    def _fixed(self, settings: Settings) -> Iterator[Complaint]:
        """A complaint for each section that only a restart can change."""
        before = getattr(self, "settings", settings)
        for section in FIXED:
            if getattr(settings, section) != getattr(before, section):
                yield settings.marks.complaint(
                    (section,), "changed; restart for this, nothing of the file holds until then"
                )
