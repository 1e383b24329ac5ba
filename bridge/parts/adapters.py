"""The adapters of the config in force."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from bridge.parts.hearing import Hearing
from bridge.sdk.ports import Adapter, SharesRateLimits


class Adapters(Mapping[str, Adapter]):
    """The open adapters, by name; of the others it is known why they are not open."""

    def __init__(self) -> None:
        self._hearings: dict[str, Hearing] = {}
        self._replicas = 1

    def __getitem__(self, name: str) -> Adapter:
        hearing = self._hearings[name]
        if not hearing.opened.is_set():
            raise KeyError(name)
        return hearing.adapter

    def __iter__(self) -> Iterator[str]:
        return (name for name, hearing in self._hearings.items() if hearing.opened.is_set())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def unready(self) -> dict[str, str]:
        """Why each does not hear; empty when all do."""
        return {name: why for name, hearing in self._hearings.items() if (why := hearing.unready)}

    @property
    def all_tried(self) -> bool:
        """Whether the opening of each was tried."""
        return all(hearing.tried.is_set() for hearing in self._hearings.values())

    def replace(self, closing: Iterable[str], opening: Mapping[str, Hearing]) -> dict[str, Hearing]:
        """Put the *opening* ones in the place of the *closing* ones, which are given back."""
        stale = {name: self._hearings.pop(name) for name in closing}
        self._hearings.update(opening)
        self.share_among(self._replicas)
        return stale

    def share_among(self, replicas: int) -> None:
        """Let each adapter keep to its part of its platform's rate limits, as so many *replicas* share them."""
        self._replicas = replicas
        for adapter in self.values():
            if isinstance(adapter, SharesRateLimits):
                adapter.set_replica_count(replicas)

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Open all of them, and let them receive."""
        for hearing in self._hearings.values():
            hearing.start(tasks)
            hearing.admit()

    async def stop(self) -> None:
        """Stop receiving."""
        for hearing in self._hearings.values():
            await hearing.stop()

    async def close(self) -> None:
        """Close all of them."""
        for hearing in self._hearings.values():
            await hearing.close()
