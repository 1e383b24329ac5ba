"""An index of routes by the values they ask for, so that of a thousand routes only a few are asked for a message."""

from collections.abc import Iterable, Sequence
from typing import Final

from bridge.config.route_settings import When
from bridge.routing.access import Groups, members
from bridge.routing.conditions import Facts

_FIELDS: Final = ("chat", "thread", "person", "workspace", "adapter", "platform", "chat_type")
"""By which fact a route can be indexed, the most selective first."""


class RouteIndex:
    """The positions of the routes, each under the values of the most selective fact that it asks for; pure."""

    def __init__(self, conditions: Sequence[When], groups: Groups) -> None:
        self._anywhere: list[int] = []
        self._by: dict[str, dict[str, list[int]]] = {}
        for position, when in enumerate(conditions):
            self._add(position, when, groups)

    def candidates(self, facts: Facts) -> Iterable[int]:
        """The positions of the routes that may match, in the order of the list; all others do not."""
        found = self._anywhere
        for field, positions in self._by.items():
            if more := positions.get(getattr(facts, field) or ""):
                found = found + more
        if facts.former_chat is not None:
            found = found + self._by.get("chat", {}).get(facts.former_chat, [])
        return found if found is self._anywhere else sorted(found)

    def _add(self, position: int, when: When, groups: Groups) -> None:
        for field in _FIELDS:
            if (wanted := _wanted(when, field, groups)) is not None:
                for value in wanted:
                    self._by.setdefault(field, {}).setdefault(value, []).append(position)
                return
        self._anywhere.append(position)


def _wanted(when: When, field: str, groups: Groups) -> frozenset[str] | None:
    """The values of which a message must have one; None: any will do."""
    if field == "person":
        return None if when.people is None else members(when.people, groups)
    asked = getattr(when, field)
    return None if asked is None else frozenset(map(str, asked))
