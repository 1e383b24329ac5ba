"""What is left of people's allowances, shared by all replicas: a row for each that is not full. `bridge.store.payments` charges them."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from bridge.sdk.charges import Charge
from bridge.store.database import Database
from bridge.store.payments import charge_rows, charging, summed
from bridge.store.tables import allowances, now


class Allowances:
    """The allowances of everybody."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._charge = charging(database)

    def charge(self, connection: Connection, charges: Sequence[Charge]) -> None:
        """Take all of the *charges*, if need be into debt."""
        connection.execute(self._charge, charge_rows(summed(charges)))

    async def left(self, charges: Iterable[Charge]) -> Mapping[str, float]:
        """The part, from 0 to 1, that is left of the allowance of each charge, by key; 0 for a debt."""
        windows = {charge.key: charge.window for charge in charges}
        used = select(allowances.c.key, (allowances.c.full_at - now()).label("used")).where(
            allowances.c.key.in_(windows)
        )
        rows = await self._database.read(lambda connection: connection.execute(used).all())
        spent = {row.key: float(row.used) for row in rows}
        return {key: min(1.0, max(0.0, 1 - spent.get(key, 0.0) / window)) for key, window in windows.items()}
