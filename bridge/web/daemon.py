"""The running daemon, as its pages see it."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Protocol

from bridge.config.reload import Current
from bridge.sdk.ports import Accept, Adapter
from bridge.store.admin import InboxAdmin
from bridge.store.people import People
from bridge.store.sessions import Sessions
from bridge.web.history import History


class Push(Protocol):
    """Keeps a push; False if its *key* is known. Raises `Refused`, in words for the caller, or `Later`."""

    async def __call__(self, *, adapter: str, chat: str, thread: str | None, text: str, key: str) -> bool:
        """Return once it is on disk."""


class ForgetPerson(Protocol):
    """Erases all that is kept about somebody, at their bots' sides too."""

    async def __call__(self, adapter: str, person: str) -> bool:
        """False if that was nothing; raises `Later` while a bot's side is away, and nothing is erased then."""


class TellsWhy(Protocol):
    """A reason, in an admin's words."""

    def translated(self, say: Callable[..., str]) -> str:
        """In the language of *say*, which is given a text and what is put into it."""


class RouteOutcome(Protocol):
    """Whether one route takes a message, and why."""

    @property
    def route(self) -> str:
        """Its name."""

    @property
    def matched(self) -> bool:
        """Whether it does."""

    @property
    def why(self) -> TellsWhy:
        """What holds, or what does not."""


class RouteExplanation(Protocol):
    """What would happen to a message, and why."""

    @property
    def let_in(self) -> bool:
        """Whether its author may talk there."""

    @property
    def access(self) -> TellsWhy:
        """By which rule."""

    @property
    def routes(self) -> Sequence[RouteOutcome]:
        """Each up to the one that would answer."""


class PairingRequest(Protocol):
    """A request for access that waits for an admin."""

    @property
    def code(self) -> str:
        """The code that the person was shown."""

    @property
    def person(self) -> str:
        """Who, as ``adapter:user``."""

    @property
    def age(self) -> float:
        """Seconds since they asked."""


class AdmittedAccount(Protocol):
    """An account that was granted access."""

    @property
    def person(self) -> str:
        """Who, as ``adapter:user``."""

    @property
    def since(self) -> float:
        """Seconds since 1970."""


class Pairing(Protocol):
    """Granting access by pairing codes."""

    async def waiting(self) -> Sequence[PairingRequest]:
        """The waiting requests, the oldest first."""

    async def admitted(self) -> Sequence[AdmittedAccount]:
        """The accounts that were granted access, the newest first."""

    async def approve(self, code: str) -> str | None:
        """Grant access; returns the person, None if no request has that code."""

    async def revoke(self, person: str) -> bool:
        """Withdraw access or a request for it; False if *person* had neither."""


class Pausing(Protocol):
    """The people, as ``adapter:user``, and conversations, by scope, whose messages are dropped until an admin resumes them."""

    @property
    def people(self) -> Mapping[str, float]:
        """Since when each is paused, in seconds since 1970, the newest first."""

    @property
    def conversations(self) -> Mapping[str, float]:
        """As `people`."""

    async def refresh(self) -> None:
        """Read them again: another replica may have changed them."""

    async def pause(self, subject: str) -> bool:
        """Pause a person or conversation; False if it is unknown, or paused already."""

    async def unpause(self, subject: str) -> bool:
        """End the pause; False if there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """What the pages show, and what they can do."""

    current: Current  #: the config in force
    unready: Callable[[], dict[str, str]]  #: why each part is not ready; empty when all are
    notes: Callable[[], dict[str, str]]  #: what is wrong with a part without making it unready
    adapters: Mapping[str, Adapter]  #: those that are open
    accept: Accept
    inbox_admin: InboxAdmin
    sessions: Sessions
    people: People
    forget_person: ForgetPerson
    push: Push
    explain: Callable[[Mapping[str, str]], Awaitable[RouteExplanation]]  #: ValueError for what no message could be
    circuits: Callable[[], Mapping[str, bool]]  #: by bot, whether its circuit is open, as its side keeps failing
    paused: Pausing
    accounts: Callable[[str], Sequence[str]]  #: of somebody, as ``adapter:user``, the others that they are linked with
    pairing: Pairing | None = None
    history: History = field(default_factory=History)
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
            "bots": {name: {"spared": self.circuits().get(name, False)} for name in self.current.settings.bots},
            "messages": await self.inbox_admin.counts(),
            "oldest_waiting_seconds": round(await self.inbox_admin.oldest_waiting(), 1),
            "config": self._config(),
        }

    def _config(self) -> dict[str, Any]:
        refusal = self.current.last_refusal
        return {
            "path": str(self.current.path),
            "in_force_since": round(self.current.since, 3),
            "reloaded_at": self.current.reloaded_at,
            "refused": self.current.refused,
            "last_refusal": refusal and {"at": refusal.at, "complaints": refusal.complaints},
            "restart": list(map(str, self.current.restart)),
        }
