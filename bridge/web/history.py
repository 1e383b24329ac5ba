"""
Throughput and latency of the last day, by minute, in bounded memory, so that they can be seen without a Prometheus.

They are read from the metrics, so nothing on a message's way knows of them. Quantiles are as exact as the histogram's buckets.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import Counter, Histogram
from prometheus_client.samples import Sample

from bridge.sdk import metrics

EVERY: Final = 60.0
"""Seconds of a minute."""

KEPT: Final = 24 * 60
"""Minutes."""

ANSWERED: Final = frozenset({"answered", "command", "pushed", "stopped"})
"""Outcomes of turns that people saw something of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """What ended within one, or within several together."""

    at: float  #: its end, in seconds since 1970
    answered: float
    failed: float
    buckets: tuple[float, ...]  #: first words so fast, as the histogram's buckets are


@dataclass(frozen=True, slots=True)
class _Reading:
    """The metrics since the process began."""

    answered: float
    failed: float
    buckets: tuple[float, ...]


class History:
    """The minutes, oldest first."""

    def __init__(self) -> None:
        self._minutes: deque[Minute] = deque(maxlen=KEPT)
        self._before = _read()

    async def run(self) -> None:
        """Record a minute each minute, until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            self.sample(time.time())

    def sample(self, at: float) -> None:
        """Record what has ended since the last call."""
        now, before = _read(), self._before
        fell = tuple(new - old for new, old in zip(now.buckets, before.buckets, strict=True))
        self._minutes.append(
            Minute(at=at, answered=now.answered - before.answered, failed=now.failed - before.failed, buckets=fell)
        )
        self._before = now

    def last(self, points: int, each: int) -> list[Minute]:
        """The last *points* times *each* minutes, every *each* of them put together; the newest last."""
        wanted = list(self._minutes)[-points * each :]
        first = len(wanted) % each
        groups = [wanted[:first]] if first else []
        groups += [wanted[start : start + each] for start in range(first, len(wanted), each)]
        return [_together(group) for group in groups]


def quantile(buckets: Sequence[float], share: float) -> float | None:
    """The seconds that this share of what fell into the *buckets* did not exceed; None if nothing did."""
    if not any(buckets):
        return None
    wanted = share * sum(buckets)
    below, lower = 0.0, 0.0
    for bound, count in zip((*metrics.FIRST_WORDS_BUCKETS, None), buckets, strict=True):
        if count and below + count >= wanted:
            return lower if bound is None else lower + (bound - lower) * (wanted - below) / count
        below, lower = below + count, lower if bound is None else bound
    return lower


def _together(minutes: Iterable[Minute]) -> Minute:
    every = list(minutes)
    return Minute(
        at=every[-1].at,
        answered=sum(minute.answered for minute in every),
        failed=sum(minute.failed for minute in every),
        buckets=tuple(map(sum, zip(*(minute.buckets for minute in every), strict=True))),
    )


def _read() -> _Reading:
    ended = {sample.labels["outcome"]: sample.value for sample in _samples(metrics.TURNS, "_total")}
    answered = sum(count for outcome, count in ended.items() if outcome in ANSWERED)
    within = dict.fromkeys((*metrics.FIRST_WORDS_BUCKETS, float("inf")), 0.0)
    for sample in _samples(metrics.FIRST_WORDS, "_bucket"):
        within[float(sample.labels["le"])] += sample.value
    cumulated = list(within.values())
    buckets = tuple(new - old for new, old in zip(cumulated, [0.0, *cumulated], strict=False))
    return _Reading(answered=answered, failed=ended.get("dead", 0.0), buckets=buckets)


def _samples(metric: Counter | Histogram, ending: str) -> Iterator[Sample]:
    """The samples of that kind, whatever other labels there are."""
    return (sample for family in metric.collect() for sample in family.samples if sample.name.endswith(ending))
