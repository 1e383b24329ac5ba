"""What differs between two configs: which parts to open and to close, and what only a restart can change."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from bridge.config.complaint import KeyPath
from bridge.config.settings import AdapterSettings, Settings, WorkerSettings
from bridge.sdk.ports import NamesAccounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs between two sections of named things, by name."""

    added: frozenset[str]  #: in the new one alone
    changed: frozenset[str]  #: in both, with another value
    removed: frozenset[str]  #: in the old one alone

    @classmethod
    def between(cls, old: Mapping[str, Any], new: Mapping[str, Any]) -> Self:
        """The difference; things are equal if all their values are, secrets included."""
        both = old.keys() & new.keys()
        return cls(
            added=frozenset(new.keys() - old.keys()),
            changed=frozenset(name for name in both if old[name] != new[name]),
            removed=frozenset(old.keys() - new.keys()),
        )

    @property
    def opening(self) -> frozenset[str]:
        """Those to be opened, as in the new section."""
        return self.added | self.changed

    @property
    def closing(self) -> frozenset[str]:
        """Those to be closed, as in the old section."""
        return self.removed | self.changed

    def __bool__(self) -> bool:
        return bool(self.opening or self.closing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What differs between the config in force and one that is to follow it."""

    coze: Difference  #: of the connections
    bots: Difference  #: with those whose Coze changes
    adapters: Difference  #: with those that the world reaches by another URL
    log: bool  #: whether another level or format is asked for
    predecessors: Mapping[str, frozenset[str]]  #: by an adapter that opens, those that close and heard in its place
    restart: tuple[KeyPath, ...]  #: what a running daemon cannot change

    def named(self) -> dict[str, list[str]]:
        """What is ``added``, ``changed`` and ``removed``, each as ``section.name``; empty kinds are left out."""
        sections = {"coze": self.coze, "adapters": self.adapters, "bots": self.bots}
        found = {
            kind: [f"{section}.{name}" for section, one in sections.items() for name in sorted(getattr(one, kind))]
            for kind in ("added", "changed", "removed")
        }
        return {kind: names for kind, names in found.items() if names}


def changes(old: Settings, new: Settings) -> Changes:
    """What has to be done to go from *old* to *new*."""
    adapters = Difference.between(_adapters(old), _adapters(new))
    return Changes(
        coze=Difference.between(old.coze, new.coze),
        bots=Difference.between(_bots(old), _bots(new)),
        adapters=adapters,
        log=old.log != new.log,
        predecessors={
            name: frozenset(one for one in adapters.closing if one == name or _share_account(old, one, new, name))
            for name in adapters.opening
        },
        restart=tuple(_restart(old, new)),
    )


def all_of(settings: Settings) -> Changes:
    """What has to be done to start with *settings*."""
    return Changes(
        coze=Difference.between({}, settings.coze),
        bots=Difference.between({}, settings.bots),
        adapters=Difference.between({}, settings.adapters),
        log=False,
        predecessors={},
        restart=(),
    )


def keep_fixed(old: Settings, new: Settings) -> Settings:
    """*new*, but for what only a restart can change."""
    http = new.http.model_copy(update={"listen": old.http.listen})
    return new.model_copy(update={"database": old.database, "http": http, "worker": old.worker})


def _bots(settings: Settings) -> dict[str, Any]:
    return {name: (bot, settings.coze[bot.coze]) for name, bot in settings.bots.items()}


def _adapters(settings: Settings) -> dict[str, Any]:
    return {name: (section, settings.http.webhook_url(name)) for name, section in settings.adapters.items()}


def _share_account(old: Settings, one: str, new: Settings, other: str) -> bool:
    """Whether the adapter *one* of *old* and the *other* of *new* receive for the same account, perhaps renamed."""
    return not _accounts(old.adapters[one]).isdisjoint(_accounts(new.adapters[other]))


def _accounts(adapter: AdapterSettings) -> set[tuple[str, str, Hashable]]:
    named = adapter.options.accounts if isinstance(adapter.options, NamesAccounts) else {}
    return {(adapter.kind, key, account) for key, account in named.items()}


def _restart(old: Settings, new: Settings) -> Iterator[KeyPath]:
    if old.database != new.database:
        yield ("database",)
    if old.http.listen != new.http.listen:
        yield ("http", "listen")
    for key in WorkerSettings.model_fields:
        if getattr(old.worker, key) != getattr(new.worker, key):
            yield ("worker", key)
