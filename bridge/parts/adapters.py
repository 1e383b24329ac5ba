"""The adapters of the config in force."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from bridge.parts.running_adapter import RunningAdapter
from bridge.sdk.ports import Adapter, SharesRateLimits


class Adapters(Mapping[str, Adapter]):
    """The open adapters, by name; `unready` says of the others why they are not open."""

    def __init__(self) -> None:
        self._running: dict[str, RunningAdapter] = {}
        self._replicas = 1

    def __getitem__(self, name: str) -> Adapter:
        running = self._running[name]
        if not running.opened.is_set():
            raise KeyError(name)
        return running.adapter

    def __iter__(self) -> Iterator[str]:
        return (name for name, running in self._running.items() if running.opened.is_set())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def unready(self) -> dict[str, str]:
        """Why adapters receive nothing, by name; empty if all receive."""
        return {name: why for name, running in self._running.items() if (why := running.unready)}

    @property
    def all_tried(self) -> bool:
        """Whether each was tried to be opened."""
        return all(running.tried.is_set() for running in self._running.values())

    def replace(self, closing: Iterable[str], opening: Mapping[str, RunningAdapter]) -> dict[str, RunningAdapter]:
        """Put the *opening* ones in the place of the *closing* ones, which are given back."""
        stale = {name: self._running.pop(name) for name in closing}
        self._running.update(opening)
        self.share_among(self._replicas)
        return stale

    def share_among(self, replicas: int) -> None:
        """Tell each adapter how many *replicas* share its platform's rate limits."""
        self._replicas = replicas
        for adapter in self.values():
            if isinstance(adapter, SharesRateLimits):
                adapter.set_replica_count(replicas)

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Open all of them, and let them receive."""
        for running in self._running.values():
            running.start(tasks)
            running.admit()

    async def stop(self) -> None:
        """Stop receiving."""
        for running in self._running.values():
            await running.stop()

    async def close(self) -> None:
        """Close all of them."""
        for running in self._running.values():
            await running.close()
