"""The running daemon as its pages see it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Protocol

from bridge.config.reload import Current
from bridge.sdk.ports import Accept, Adapter
from bridge.store.admin import InboxAdmin


class Push(Protocol):
    """Keeps a message to be said; False if its *key* is known. Raises `Refused` in words for who asked, or `Later`."""

    async def __call__(self, *, adapter: str, chat: str, thread: str | None, text: str, key: str) -> bool:
        """Return once it is on disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """What there is to show, and what may be done."""

    current: Current  #: the config in force
    unready: Callable[[], dict[str, str]]  #: why each part is not ready; empty when all are
    notes: Callable[[], dict[str, str]]  #: what is wrong with a part without making it unready
    adapters: Mapping[str, Adapter]  #: those that are open
    accept: Accept
    desk: InboxAdmin
    push: Push
    replicas: Callable[[], int]  #: how many there are, as far as this one knows
    name: str  #: of this replica
    began: float = field(default_factory=time.monotonic)

    @property
    def admin_token(self) -> str:
        """As the config in force has it; empty: nobody is an admin."""
        return self.current.settings.http.admin_token.get_secret_value()

    async def status(self) -> dict[str, Any]:
        """How everything is, in plain values; raises `Later` while the database is away."""
        reasons = self.unready()
        return {
            "version": version("coze-bridge"),
            "replica": self.name,
            "replicas": self.replicas(),
            "uptime_seconds": round(time.monotonic() - self.began, 1),
            "ready": not reasons,
            "reasons": reasons,
            "notes": self.notes(),
            "adapters": {
                name: {"kind": section.kind, "connected": name in self.adapters and name not in reasons}
                for name, section in self.current.settings.adapters.items()
            },
            "messages": await self.desk.counts(),
            "config": {
                "path": str(self.current.path),
                "in_force_since": round(self.current.since, 3),
                "refused": self.current.refused,
            },
        }
