"""The names of people and chats, where their adapter knows them: ids alone tell an admin little."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bridge.sdk.ports import Adapter, KnowsNames

NamesByPlatformId = Mapping[tuple[str, str], str]
"""By adapter and id; those that nobody knows are left out."""


async def shown_names(adapters: Mapping[str, Adapter], wanted: Iterable[tuple[str, str]]) -> NamesByPlatformId:
    """The names of the *wanted*, each an adapter's name and an id."""
    ids: dict[str, list[str]] = defaultdict(list)
    for adapter, each in wanted:
        ids[adapter].append(each)
    known = await asyncio.gather(*(_known(adapters.get(adapter), each) for adapter, each in ids.items()))
    told = zip(ids, known, strict=True)
    return {(adapter, each): name for adapter, names in told for each, name in names.items()}


async def _known(adapter: Adapter | None, ids: Sequence[str]) -> Mapping[str, str]:
    return await adapter.names_of(ids) if isinstance(adapter, KnowsNames) else {}


def ids_in(place: str) -> list[tuple[str, str]]:
    """The ids in a *place* that is told as text, each with its adapter."""
    adapter, *ids = place.split("/")
    return [(adapter, each) for each in ids]
