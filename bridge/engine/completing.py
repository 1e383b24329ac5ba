"""Completes a turn's message with what its adapter has to ask its platform for, such as people's names."""

from dataclasses import replace
from functools import lru_cache
from typing import TypeGuard

from bridge.engine.claimed_turn import ClaimedTurn
from bridge.routing.rules import Rules
from bridge.sdk.ports import Adapter, CompletesMessages


async def with_details(work: ClaimedTurn, adapter: Adapter, rules: Rules) -> ClaimedTurn:
    """The turn with its message complete; the author is asked about only where the *rules* use what is known of them."""
    if not _completes(adapter):
        return work
    claimed = work.claimed
    about_author = rules.is_about_author(rules.decide(claimed.message))
    message = await adapter.complete(claimed.message, about_author=about_author)
    return replace(work, claimed=replace(claimed, message=message))


def _completes(adapter: Adapter) -> TypeGuard[CompletesMessages]:
    return _kind_completes(type(adapter))


@lru_cache(maxsize=100)
def _kind_completes(kind: type[Adapter]) -> bool:
    """Cached for each class: to check a protocol takes 30 µs, and it is asked for every question."""
    return issubclass(kind, CompletesMessages)
