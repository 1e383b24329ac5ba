"""
What people have left, shared by all replicas: one row for each allowance that is not full, one statement for a question.

A row says when its bucket is full again. Whoever takes from it moves that time on; it may be at most a window ahead. This
is the generic cell rate algorithm, which needs no timer and no second number. https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Double, bindparam, case, cast, literal_column, select, true, union_all, update

from bridge.sdk.charges import Charge
from bridge.store.database import Database
from bridge.store.statements import insert_of, text_parameter
from bridge.store.tables import allowances, now

_ROUNDING: Final = 1e-3
"""Seconds: more than the clock of SQLite is out by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverLimit:
    """A question that is not kept, as somebody has asked for enough."""

    wait: float  #: seconds until it may be asked
    is_news: bool  #: whether the person has not heard of it yet in this window


class Allowances:
    """The buckets of everybody."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = insert_of(database)
        self._payments: dict[int, Any] = {}
        self._charges: dict[int, Any] = {}

    def pay(self, connection: Connection, charges: Sequence[Charge]) -> OverLimit | None:
        """Pay all of the *charges* at once, or none of them."""
        statement = _prepared(self._payments, len(charges), self._pay)
        taken = set(connection.scalars(statement, _values(charges)))
        refused = [charge for charge in charges if charge.key not in taken]
        if not refused:
            return None
        for charge in charges:
            if charge.key in taken:
                connection.execute(_GIVE_BACK, {"of": charge.key, "cost": charge.cost})
        return _over_limit(connection, refused)

    def charge(self, connection: Connection, charges: Sequence[Charge]) -> None:
        """Take all of the *charges*, if need be into debt."""
        connection.execute(_prepared(self._charges, len(charges), self._charge), _values(charges))

    async def left(self, charges: Iterable[Charge]) -> Mapping[str, float]:
        """The part of one that is left in the bucket of each charge, by key; a debt is nothing left."""
        windows = {charge.key: charge.window for charge in charges}
        used = select(allowances.c.key, (allowances.c.full_at - now()).label("used")).where(
            allowances.c.key.in_(windows)
        )
        rows = await self._database.read(lambda connection: connection.execute(used).all())
        spent = {row.key: float(row.used) for row in rows}
        return {key: min(1.0, max(0.0, 1 - spent.get(key, 0.0) / window)) for key, window in windows.items()}

    def _charge(self, count: int) -> Any:
        charged, then = self._charged(count)
        return charged.on_conflict_do_update(index_elements=["key"], set_=then)

    def _pay(self, count: int) -> Any:
        charged, then = self._charged(count)
        after = allowances.c.full_at + charged.excluded.full_at - now()
        room = after <= now() + charged.excluded.window_seconds + _ROUNDING
        return charged.on_conflict_do_update(index_elements=["key"], set_=then, where=room).returning(allowances.c.key)

    def _charged(self, count: int) -> tuple[Any, dict[str, Any]]:
        """The rows of full buckets from which the cost was taken, and what becomes of those that were not full."""
        rows = union_all(*map(_row, range(count)))  # rows as VALUES would be compiled anew each time
        charged = self._insert(allowances).from_select(["key", "full_at", "window_seconds", "told_until"], rows)
        fresh = charged.excluded.full_at
        later = case((allowances.c.full_at > now(), allowances.c.full_at + fresh - now()), else_=fresh)
        return charged, {"full_at": later, "window_seconds": charged.excluded.window_seconds}


def _row(index: int) -> Any:
    """One row to insert."""
    cost, window = (cast(bindparam(f"{name}_{index}"), Double) for name in ("cost", "window"))
    return select(text_parameter(f"key_{index}"), now() + cost, window, literal_column("0.0")).where(true())


def _values(charges: Sequence[Charge]) -> dict[str, Any]:
    """Sorted, so that two replicas wait for each other's rows in the same order."""
    values: dict[str, Any] = {}
    for index, charge in enumerate(sorted(charges, key=lambda charge: charge.key)):
        values |= {f"key_{index}": charge.key, f"cost_{index}": charge.cost, f"window_{index}": charge.window}
    return values


def _prepared(known: dict[int, Any], count: int, make: Callable[[int], Any]) -> Any:
    if count not in known:
        known[count] = make(count)
    return known[count]


def _over_limit(connection: Connection, refused: Sequence[Charge]) -> OverLimit:
    keys = [charge.key for charge in refused]
    over = {row.key: float(row.over) for row in connection.execute(_OVER, {"keys": keys})}
    news = connection.execute(_TELL, {"keys": keys}).rowcount > 0
    return OverLimit(wait=max(over[charge.key] + charge.cost for charge in refused), is_news=news)


_GIVE_BACK: Final = (
    update(allowances)
    .where(allowances.c.key == bindparam("of"))
    .values(full_at=allowances.c.full_at - cast(bindparam("cost"), Double))
)
_THESE: Final = allowances.c.key.in_(bindparam("keys", expanding=True))
_AHEAD: Final = case((allowances.c.full_at > now(), allowances.c.full_at - now()), else_=0.0)
_OVER: Final = select(allowances.c.key, (_AHEAD - allowances.c.window_seconds).label("over")).where(_THESE)
_TELL: Final = (
    update(allowances)
    .where(_THESE, allowances.c.told_until <= now())
    .values(told_until=now() + allowances.c.window_seconds)
)
