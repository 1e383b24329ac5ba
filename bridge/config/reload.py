"""The settings in force, which a changed file replaces as a whole or not at all."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from bridge.config.changes import Changes, changes, keep_fixed
from bridge.config.complaint import Complaint
from bridge.config.including import expanded, patterns
from bridge.config.settings import Settings
from bridge.config.watching import Fingerprint, fingerprint
from bridge.sdk import daemon_telemetry
from bridge.sdk.errors import ConfigError

Check = Callable[[Settings], Sequence[Complaint]]
"""Further checks before settings may come into force; may raise `ConfigError` itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFile:
    """A refused file."""

    at: float  #: seconds since 1970
    complaints: str


@dataclass(slots=True)
class Current:
    """
    The last good settings of a file.

    A caller that reads `settings` once at the beginning of its work does all of it by the same settings.
    """

    path: Path
    read: Callable[[], Settings]
    check: Check
    environ: Callable[[], Mapping[str, str]] = dict  #: what the names of included files are filled in from
    settings: Settings = field(init=False)
    since: float = field(default_factory=time.time, init=False)  #: when they came into force, in seconds since 1970
    refused: str | None = field(default=None, init=False)  #: what is wrong with the file as it is now
    reloaded_at: float | None = field(default=None, init=False)  #: when a changed file was taken last
    last_refusal: RefusedFile | None = field(default=None, init=False)  #: the newest, even if mended since
    restart: tuple[Complaint, ...] = field(default=(), init=False)  #: what of the file holds after a restart only
    _patterns: tuple[str, ...] = field(default=(), init=False)
    _seen: Fingerprint = field(default=(), init=False)

    def __post_init__(self) -> None:
        self.settings = self.candidate()

    @property
    def files(self) -> Iterable[Path]:
        """What the settings are read from: the file, and all that it included when it was read last."""
        return (self.path, *chain.from_iterable(map(expanded, self._patterns)))

    @property
    def is_stale(self) -> bool:
        """Whether a file has changed since it was read."""
        return fingerprint(self.files) != self._seen

    @property
    def notes(self) -> dict[str, str]:
        """What an operator should know of the file, under the key ``config``; empty when all of it is in force."""
        if self.refused is not None:
            return {"config": f"the file as it is now was refused; the one before it is in force: {self.refused}"}
        return {"config": "\n".join(map(str, self.restart))} if self.restart else {}

    def candidate(self) -> Settings:
        """The file as it is now, if it may come into force; raises `ConfigError` with all that is wrong with it."""
        self._patterns = patterns(self.path, self._known_environ())
        self._seen = fingerprint(self.files)  # before it is read: what is written meanwhile is news
        settings = self.read()
        if complaints := self.check(settings):
            raise ConfigError("\n".join(map(str, complaints)))
        return settings

    def _known_environ(self) -> Mapping[str, str]:
        try:
            return self.environ()
        except ConfigError:  # which `read` raises as well
            return {}

    def adopt(self, settings: Settings) -> Changes:
        """Put *settings* into force, but for what only a restart can change; gives what differs."""
        change = changes(self.settings, settings)
        self.restart = tuple(
            settings.marks.complaint(key, "changed; restart for this, all else is in force") for key in change.restart
        )
        self.settings = keep_fixed(self.settings, settings)
        self.since = self.reloaded_at = time.time()
        self.refused = None
        daemon_telemetry.config_reloaded(path=str(self.path), **change.named())
        if self.restart:
            daemon_telemetry.config_restart_needed(keys=[one.path for one in self.restart])
        return change

    def refuse(self, refusal: ConfigError) -> None:
        """Keep the settings in force, and record what is wrong with the file."""
        self.refused = refusal.detail
        self.last_refusal = RefusedFile(at=time.time(), complaints=refusal.detail)
        daemon_telemetry.config_refused(path=str(self.path), complaints=refusal.detail)
