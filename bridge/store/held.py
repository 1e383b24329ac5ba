"""Writes to a running turn, which take effect only while its lease is ours: by owner and epoch, the fencing token."""

import asyncio
from typing import Any, Final

from sqlalchemy import Connection, bindparam, update

from bridge.sdk.errors import LeaseLost
from bridge.store.claim import Turn
from bridge.store.database import Database
from bridge.store.edits import REOPENED
from bridge.store.tables import RUNNING, inbox

HELD: Final = update(inbox).where(
    inbox.c.id == bindparam("held_id"),
    inbox.c.lease_owner == bindparam("held_owner"),
    inbox.c.epoch == bindparam("held_epoch"),
    inbox.c.status == RUNNING,
)
"""An update of the turn that `HeldTurns.key` names."""

UNCHANGED: Final = HELD.where(inbox.c.edit.is_(None))
"""The same, unless its question was edited meanwhile."""

REOPEN_HELD: Final = HELD.where(inbox.c.edit.is_not(None)).values(**(REOPENED | {"message": inbox.c.edit}))
"""Let a turn begin anew whose question was edited."""


class HeldTurns:
    """The turns that one replica has claimed."""

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner

    def key(self, claimed: Turn) -> dict[str, Any]:
        """The parameters by which `HELD` finds the turn, if it is ours."""
        return {"held_id": claimed.id, "held_owner": self._owner, "held_epoch": claimed.epoch}

    def write(self, claimed: Turn, statement: Any = HELD, **values: Any) -> asyncio.Future[None]:
        """As `update`, in a transaction of its own; it waits while the database is away, as only this process knows the values."""
        return self._database.write(
            lambda connection: self.update(connection, claimed, statement, **values), retry_while_away=True
        )

    def write_end(self, claimed: Turn, statement: Any, **values: Any) -> asyncio.Future[None]:
        """As `write`, with a *statement* made of `UNCHANGED`; a turn whose question was edited meanwhile begins anew instead."""

        def write(connection: Connection) -> None:
            if connection.execute(statement, {**self.key(claimed), **values}).rowcount:
                return
            self.update(connection, claimed, REOPEN_HELD, **values)

        return self._database.write(write, retry_while_away=True)

    def update(self, connection: Connection, claimed: Turn, statement: Any = HELD, **values: Any) -> None:
        """Set *values*, and what *statement* computes, in the row of a turn; raises `LeaseLost` if it is not ours any more."""
        if not connection.execute(statement, {**self.key(claimed), **values}).rowcount:
            raise LeaseLost(f"turn {claimed.id} is not ours any more")
