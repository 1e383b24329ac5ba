"""
How much one person may ask for: a bucket that holds a period's worth and fills as time passes.

What something costs may be known only afterwards (tokens): then `charge` takes it, if need be into debt, and the next
`allow` waits until the debt is paid.
"""

from dataclasses import dataclass

from bridge.config.units import Rate

_ROUNDING = 1e-3
"""More than a float of seconds since 1970 loses at a thousand a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a person had left, and when; nobody has one before their first message."""

    left: float
    at: float


def left(state: Allowance | None, now: float, rate: Rate) -> float:
    """What may be spent at *now*; less than nothing is a debt."""
    if state is None:
        return float(rate.count)
    filled = state.left + max(0.0, now - state.at) * rate.count / rate.seconds
    return min(float(rate.count), filled)


def charge(state: Allowance | None, now: float, rate: Rate, cost: float = 1.0) -> Allowance:
    """The allowance after *cost* was spent, whether it was there or not."""
    return Allowance(left=left(state, now, rate) - cost, at=now)


def allow(state: Allowance | None, now: float, rate: Rate, cost: float = 1.0) -> tuple[Allowance, float]:
    """The allowance after spending *cost* and 0.0; or the same as before and the seconds to wait."""
    missing = cost - left(state, now, rate)
    if missing <= _ROUNDING:
        return charge(state, now, rate, cost), 0.0
    before = charge(state, now, rate, 0.0)
    return before, missing * rate.seconds / rate.count
