"""Slack's budgets, as Slack counts: by when calls arrive."""

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import pace
from bridge.sdk.pacing import Pacer

LIMITS = [
    (pace.post_in("C1"), 1.0, 5),
    (pace.START, 20 / 60, 20),
    (pace.UPDATE, 50 / 60, 50),
    (pace.STATUS, 10.0, 600),
]
"""What a call costs, and what Slack allows of its first method: a second, and at once."""


@pytest.mark.parametrize(("cost", "rate", "burst"), LIMITS)
@settings(deadline=None, max_examples=50)
@given(
    pauses=st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.5, 4.0]), min_size=1, max_size=80),
    delays=st.lists(st.floats(0, pace.LATENESS), min_size=80, max_size=80),
)
def test_however_late_each_call_arrives_none_is_one_too_many(cost, rate, burst, pauses, delays):
    pacer = Pacer()
    sent = [at + pacer.reserve_final(at, cost) for at in accumulate(pauses)]
    arrived = sorted(at + delay for at, delay in zip(sent, delays, strict=False))

    assert [] == refused(arrived, rate, burst)


def refused(arrived: list[float], rate: float, burst: int) -> list[float]:
    """Which calls find a bucket empty that holds *burst* and is filled at that *rate*."""
    tokens, before, empty = float(burst), 0.0, []
    for at in arrived:
        tokens, before = min(float(burst), tokens + (at - before) * rate), at
        if tokens < 1 - 1e-6:
            empty.append(at)
        tokens -= 1
    return empty
