"""Pairing codes: people who were let in by one, and people who wait with one, which is valid for an hour."""

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from bridge.sdk.model import Place
from bridge.store.codes import new_code, typed_code
from bridge.store.database import Database
from bridge.store.tables import now, pairings

VALID: Final = 3600.0
"""Seconds for which a code can be approved."""

WAITING_AT_MOST: Final = 1000
"""People with a code that was not approved; a further one gets none until another's has expired, so that nobody fills the table."""

_PLACE: Final = TypeAdapter(Place)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedPerson:
    """Somebody who was let in, or waits."""

    person: str  #: as ``adapter:user``
    code: str  #: what they have to show
    asked_at: float  #: seconds since 1970
    let_in_at: float | None  #: seconds since 1970; None: they wait
    where: Place  #: where they asked
    language: str | None  #: as their platform tells it


class Pairings:
    """Everybody with a code."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_let_in(self, person: str) -> bool:
        """Whether *person* was let in."""
        found = select(pairings.c.person).where(pairings.c.person == person, pairings.c.let_in_at.is_not(None))
        return await self._database.read(lambda connection: connection.scalar(found)) is not None

    async def request_code(self, person: str, where: Place, language: str | None) -> str | None:
        """A code for *person*; None if they have one, or too many wait."""
        code = new_code()
        row = {"person": person, "code": code, "place": _PLACE.dump_json(where).decode(), "language": language}
        known = select(pairings.c.person).where(pairings.c.person == person)
        waiting = select(func.count()).where(pairings.c.let_in_at.is_(None))

        def write(connection: Connection) -> str | None:
            connection.execute(delete(pairings).where(pairings.c.let_in_at.is_(None), ~_is_valid()))
            if connection.scalar(known) is not None or (connection.scalar(waiting) or 0) >= WAITING_AT_MOST:
                return None
            connection.execute(pairings.insert().values(**row, asked_at=now()))
            return code

        return await self._database.write(write)

    async def approve(self, code: str) -> PairedPerson | None:
        """Let the person with that *code* in; None for a code that is not valid, or not any more."""
        waiting = (pairings.c.code == typed_code(code), pairings.c.let_in_at.is_(None), _is_valid())
        let_in = update(pairings).where(*waiting).values(let_in_at=now()).returning(pairings)
        row = await self._database.write(lambda connection: connection.execute(let_in).mappings().first())
        return _pairing(dict(row)) if row else None

    async def revoke(self, person: str) -> bool:
        """Delete *person*'s code; False if they were not let in and did not wait."""
        gone = delete(pairings).where(pairings.c.person == person)
        return await self._database.write(lambda connection: connection.execute(gone).rowcount) > 0

    async def all(self) -> list[PairedPerson]:
        """Everybody who was let in or waits with a code that can be approved, newest first."""
        known = select(pairings).where(pairings.c.let_in_at.is_not(None) | _is_valid())
        newest = known.order_by(pairings.c.asked_at.desc())
        rows = await self._database.read(lambda connection: connection.execute(newest).mappings().all())
        return [_pairing(dict(row)) for row in rows]


def _is_valid() -> ColumnElement[bool]:
    return pairings.c.asked_at > now() - VALID


def _pairing(row: dict[str, object]) -> PairedPerson:
    return PairedPerson(where=_PLACE.validate_json(str(row.pop("place"))), **row)  # type: ignore[arg-type]  # as the table has it
