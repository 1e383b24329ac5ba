"""The bots of the config in force, and the connections by which they are asked."""

from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from bridge.config.changes import Changes
from bridge.config.settings import Settings
from bridge.coze.build import build_bot, open_connection
from bridge.coze.client import CozeConnection
from bridge.sdk.ports import Bot


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBots:
    """Bots, and the connections that were opened for them, by name."""

    bots: dict[str, Bot] = field(default_factory=dict)
    connections: dict[str, tuple[CozeConnection, AsyncExitStack]] = field(default_factory=dict)


class Bots(Mapping[str, Bot]):
    """Every bot, by name."""

    def __init__(self) -> None:
        self._open = OpenBots()

    def __getitem__(self, name: str) -> Bot:
        return self._open.bots[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open.bots)

    def __len__(self) -> int:
        return len(self._open.bots)

    async def prepare(self, settings: Settings, change: Changes, undo: AsyncExitStack) -> OpenBots:
        """Open what *change* adds; *undo* closes it again. `ConfigError` for a private key that cannot be read."""
        fresh = OpenBots()
        for name in change.coze.opening:
            stack = await undo.enter_async_context(AsyncExitStack())
            fresh.connections[name] = await open_connection(stack, name, settings.coze[name]), stack
        connections = self._open.connections | fresh.connections
        for name in change.bots.opening:
            section = settings.bots[name]
            fresh.bots[name] = build_bot(connections[section.coze][0], name, section)
        return fresh

    def replace(self, change: Changes, fresh: OpenBots) -> list[AsyncExitStack]:
        """Put *fresh* in the places that *change* names; gives what closes the connections that are not used any more."""
        stale = [self._open.connections.pop(name)[1] for name in change.coze.closing]
        for name in change.bots.closing:
            del self._open.bots[name]
        self._open.connections.update(fresh.connections)
        self._open.bots.update(fresh.bots)
        return stale

    async def close(self) -> None:
        """Close every connection."""
        for _, stack in self._open.connections.values():
            await stack.aclose()
