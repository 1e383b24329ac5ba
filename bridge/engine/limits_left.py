"""What a person may still ask for, in sentences."""

from collections.abc import Iterable
from typing import Final

from bridge.routing.limits import Allowance
from bridge.sdk.i18n import MessageId, duration, translate
from bridge.store.allowances import Allowances

_ROUNDING: Final = 0.01
"""Of a message: what a clock that goes on between two questions takes from a full bucket."""

_LEFT: Final = {"messages": MessageId.MESSAGES_LEFT, "tokens": MessageId.TOKENS_LEFT}
"""By the unit of an allowance."""


async def limits_left(
    known: Allowances, allowances: Iterable[Allowance], person: str, language: str | None
) -> list[str]:
    """A sentence for each of the *allowances* of *person* (``adapter:user``); none of what everybody has together."""
    own = [(one, one.charge_for(person, 0)) for one in allowances if one.personal]
    if not own:
        return []
    left = await known.left([charge for _, charge in own])
    return [
        translate(
            _LEFT[one.unit],
            language,
            left=int(left[charge.key] * one.rate.count + _ROUNDING),
            count=one.rate.count,
            period=duration(one.rate.seconds, language),
        )
        for one, charge in own
    ]
