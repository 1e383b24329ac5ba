"""Rates as people write them: so many in so much time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

PERIODS: Final[Mapping[str, float]] = MappingProxyType({"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0})
"""Seconds of each period that has a name."""

_RATE: Final = re.compile(r"(\d{1,12})\s*/\s*([a-z]+)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many in so many seconds."""

    count: int  #: of messages, tokens or whatever it limits; at least 1
    seconds: float  #: the time in which all of it comes back

    def __str__(self) -> str:
        period = next((name for name, seconds in PERIODS.items() if seconds == self.seconds), f"{self.seconds:g}s")
        return f"{self.count}/{period}"


def parse_rate(text: str) -> Rate:
    """The rate of a text such as ``20/minute``; raises ValueError."""
    found = _RATE.fullmatch(text.strip())
    if not found or found[2] not in PERIODS or not int(found[1]):
        raise ValueError("expected a rate such as 20/minute (second, minute, hour or day)")
    return Rate(count=int(found[1]), seconds=PERIODS[found[2]])
