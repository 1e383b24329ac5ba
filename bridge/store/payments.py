"""
Charges people's allowances for all writes of one transaction, with one statement for all of them.

First everything is taken that those writes may charge, by one statement that returns what there was. Then each write learns
whether there was enough, without another query. What was taken for a write that did not need it, or was refused, is given back
before the commit.

A row says when its bucket is full again. Each charge moves that time on; it may be at most a window ahead. This is the generic cell
rate algorithm, which needs no timer and no second number. https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import JSON, Connection, Double, Text, bindparam, case, cast, func, literal_column, or_, select, update

from bridge.sdk.charges import Charge
from bridge.store.statements import MaybeShared, insert_of
from bridge.store.tables import allowances, now

_ROUNDING: Final = 1e-3
"""Seconds: more than the clock of SQLite is out by."""

_BUCKETS: Final = "bridge_buckets"
"""Under which name the connection holds those of its open transaction."""


Costs: TypeAlias = Mapping[str, tuple[float, float]]
"""What is taken from each bucket, by its key, and its window; in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverLimit:
    """That a message is not kept, as an allowance is used up."""

    wait: float  #: seconds until it may be asked
    is_news: bool  #: whether the person was not told of it yet in this window


@dataclass(slots=True, kw_only=True)
class _Balance:
    """One allowance, as it is within the transaction; times in seconds since 1970, by the database's clock."""

    full_at: float  #: not before *now*
    now: float
    told_until: float
    charged: float  #: taken in advance for all writes together, in seconds
    taken: float = 0.0  #: of that, what writes have paid
    has_told: bool = False  #: whether *told_until* is news

    def over(self, charge: Charge) -> float:
        """Seconds until there is enough for that *charge*; 0 or less: there is."""
        return self.full_at + self.taken + charge.cost - self.now - charge.window

    def tell(self, window: float) -> bool:
        """Whether the person is to be told, which is noted: once in a *window*."""
        if self.told_until > self.now:
            return False
        self.told_until, self.has_told = self.now + window, True
        return True


_FULL: Final = _Balance(full_at=0.0, now=0.0, told_until=0.0, charged=0.0)
"""A bucket without a row, from which nothing is taken."""


class Payments:
    """Takes what a transaction may charge, and gives back what it did not."""

    def __init__(self, *, shared: bool) -> None:
        self.shared = shared
        self._charge = charging(self).returning(
            allowances.c.key, allowances.c.full_at, allowances.c.told_until, now().label("at")
        )

    @contextmanager
    def opened(self, connection: Connection, charges: Sequence[Charge]) -> Iterator[None]:
        """Take the *charges* of all writes of the transaction; give back at its end what none of them took."""
        buckets = connection.info[_BUCKETS] = self._take(connection, charges) if charges else {}
        yield
        changed = [(key, bucket) for key, bucket in buckets.items() if _is_changed(bucket)]
        if changed:
            connection.execute(_CORRECT, [_correction(key, bucket) for key, bucket in changed])

    def _take(self, connection: Connection, charges: Sequence[Charge]) -> dict[str, _Balance]:
        costs = summed(charges)
        rows = connection.execute(self._charge, charge_rows(costs))
        full = dict.fromkeys(costs, _FULL)
        return full | {
            key: _Balance(full_at=full_at - costs[key][0], now=at, told_until=told_until, charged=costs[key][0])
            for key, full_at, told_until, at in rows
        }


def pay(connection: Connection, charges: Sequence[Charge]) -> OverLimit | None:
    """Pay all of the *charges* at once, or none of them, in the open transaction; each was announced with its write."""
    buckets: dict[str, _Balance] = connection.info[_BUCKETS]
    over = [charge for charge in charges if buckets[charge.key].over(charge) > _ROUNDING]
    if not over:
        for charge in charges:
            buckets[charge.key].taken += charge.cost
        return None
    news = [buckets[charge.key].tell(charge.window) for charge in over]
    return OverLimit(wait=max(buckets[charge.key].over(charge) for charge in over), is_news=any(news))


def charging(database: MaybeShared) -> Any:
    """
    The statement that takes its cost from each bucket of `charge_rows`.

    A bucket without a row is full; it gets a row only if something is taken.
    """
    key, cost, window = _rows(shared=database.shared)
    # as a scalar: PostgreSQL might read all of them for EXISTS
    known = select(func.min(allowances.c.key)).where(allowances.c.key == key).scalar_subquery()
    rows = select(key, now() + cost, window, literal_column("0.0")).where(or_(cost > 0, known.is_not(None)))
    charge = insert_of(database)(allowances).from_select(["key", "full_at", "window_seconds", "told_until"], rows)
    fresh = charge.excluded.full_at
    later = case((allowances.c.full_at > now(), allowances.c.full_at + fresh - now()), else_=fresh)
    then = {"full_at": later, "window_seconds": charge.excluded.window_seconds}
    return charge.on_conflict_do_update(index_elements=["key"], set_=then)


def summed(charges: Iterable[Charge]) -> Costs:
    """What is taken from each bucket."""
    costs: dict[str, tuple[float, float]] = {}
    for charge in charges:
        before = costs[charge.key][0] if charge.key in costs else 0.0
        costs[charge.key] = (before + charge.cost, charge.window)
    return costs


def charge_rows(costs: Costs) -> dict[str, str]:
    """
    The parameter of `charging`: all rows as one JSON text, so that one statement serves any number.

    They are sorted, so that replicas lock rows in the same order.
    """
    return {"rows": json.dumps([(key, *costs[key]) for key in sorted(costs)])}


def _rows(*, shared: bool) -> tuple[Any, Any, Any]:
    """Key, cost and window of the rows in the parameter."""
    parameter = bindparam("rows", type_=Text)
    if shared:
        value = func.json_array_elements(cast(parameter, JSON)).table_valued("value", name="each").c.value
        key, cost, window = (func.json_extract_path_text(value, str(index)) for index in range(3))
    else:
        value = func.json_each(parameter).table_valued("value", name="each").c.value
        key, cost, window = (func.json_extract(value, f"$[{index}]") for index in range(3))
    return key, cast(cost, Double), cast(window, Double)


def _is_changed(bucket: _Balance) -> bool:
    return bucket.has_told or bucket.taken != bucket.charged


def _correction(key: str, bucket: _Balance) -> dict[str, Any]:
    return {"of": key, "back": bucket.charged - bucket.taken, "told": bucket.told_until}


_CORRECT: Final = (
    update(allowances)
    .where(allowances.c.key == bindparam("of"))
    .values(full_at=allowances.c.full_at - cast(bindparam("back"), Double), told_until=bindparam("told"))
)
