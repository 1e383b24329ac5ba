"""
Linked accounts: one side makes a code, and the other redeems it within `VALID` seconds.

The side that made the code is the host, whose private memory goes on. The guest's memory ends, and from then on the guest's private
messages belong to the host's memory, under the host's user id at the bots. A host may have several guests.
"""

import uuid
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, or_, select, update

from bridge.sdk.charges import Charge
from bridge.sdk.homes import Home
from bridge.sdk.model import Place
from bridge.store import statements, stops
from bridge.store.admission import Ends
from bridge.store.codes import new_code, typed_code
from bridge.store.database import Database
from bridge.store.payments import OverLimit, pay
from bridge.store.people import BotMemory
from bridge.store.tables import choices, link_codes, links, now, people, sessions

VALID: Final = 600.0
"""Seconds for which a code can be redeemed, once."""

TRIES_WINDOW: Final = 3600.0
TRIES_MOST: Final = 10
"""Codes that one person may make or try in so many seconds: there are 10 ** 11, so that nobody guesses one."""

_PLACE: Final = TypeAdapter(Place)
_HOME: Final = TypeAdapter(Home)


class LinkRefusal(Enum):
    """Why a code links nobody."""

    UNKNOWN = "unknown"  #: nobody made it, or it is used up, or too old
    OWN = "own"
    LINKED = "linked"  #: the account that redeems it is linked already


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of somebody's accounts."""

    person: str  #: as ``adapter:user``
    where: Place  #: their private chat
    language: str | None  #: as their platform tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """That a code was redeemed."""

    other: Side  #: who made it
    ended: tuple[BotMemory, ...]  #: the guest's conversations, which nobody goes on with


class Links:
    """All links, and the codes that were not redeemed yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def homes(self) -> dict[str, Home]:
        """The home of each guest, by ``adapter:user``."""
        known = select(links.c.person, links.c.home)
        rows = await self._database.read(lambda connection: connection.execute(known).all())
        return {row.person: _HOME.validate_json(row.home) for row in rows}

    async def offer(self, side: Side) -> str | OverLimit:
        """A fresh code for that *side*, in place of an earlier one."""
        row = {"person": side.person, "code": new_code(), "place": _dump(side.where), "language": side.language}
        charges = (_try(side.person),)

        def write(connection: Connection) -> str | OverLimit:
            connection.execute(delete(link_codes).where(link_codes.c.made_at < now() - VALID))
            if over := pay(connection, charges):
                return over
            connection.execute(delete(link_codes).where(link_codes.c.person == side.person))
            connection.execute(link_codes.insert().values(**row, made_at=now()))
            return row["code"] or ""

        return await self._database.write(write, charges=charges)

    async def redeem(self, code: str, guest: Side, scope: str) -> Linked | LinkRefusal | OverLimit:
        """Link *guest* with the account that made the *code*; what runs in the guest's *scope* is asked to stop."""
        valid = (link_codes.c.code == typed_code(code), link_codes.c.made_at > now() - VALID)
        unused = select(link_codes).where(*valid).with_for_update()  # another replica may redeem it at this moment
        charges = (_try(guest.person),)

        def write(connection: Connection) -> Linked | LinkRefusal | OverLimit:
            if over := pay(connection, charges):
                return over
            if _is_linked(connection, guest.person):
                return LinkRefusal.LINKED
            made = connection.execute(unused).mappings().first()
            if made is None:
                return LinkRefusal.UNKNOWN
            other = Side(person=made["person"], where=_PLACE.validate_json(made["place"]), language=made["language"])
            if other.person == guest.person:
                return LinkRefusal.OWN
            connection.execute(delete(link_codes).where(link_codes.c.code == made["code"]))
            stops.request_stop(self._database, connection, scope, Ends.TRIED)
            ended = _join(connection, guest, other)
            statements.wake_replicas(self._database, connection, "links")
            return Linked(other=other, ended=ended)

        return await self._database.write(write, charges=charges)

    async def unlink(self, person: str) -> list[Side]:
        """Undo every link of *person*, as guest or host; gives the other sides."""
        theirs = or_(links.c.person == person, links.c.host == person)

        def write(connection: Connection) -> list[Side]:
            rows = connection.execute(delete(links).where(theirs).returning(links)).mappings().all()
            for row in rows:
                adapter, _, user = row["person"].partition(":")
                fresh = update(people).where(people.c.adapter == adapter, people.c.person == user)
                connection.execute(fresh.values(user_id=f"u-{uuid.uuid4().hex}"))
            statements.wake_replicas(self._database, connection, "links")
            return [_other_side(dict(row), person) for row in rows]

        return await self._database.write(write)


def _join(connection: Connection, guest: Side, host: Side) -> tuple[BotMemory, ...]:
    """Give the guest the host's user id, and delete the guest's own memories."""
    found = connection.execute(select(links.c.host, links.c.home).where(links.c.person == host.person)).first()
    home = _HOME.validate_json(found.home) if found else _home(host)
    own, theirs = _user_id(connection, guest.person), _user_id(connection, home.name)
    memories = (sessions.c.user_id == own, sessions.c.scope.startswith("person/", autoescape=True))
    columns = (sessions.c.scope, sessions.c.bot, sessions.c.user_id, sessions.c.conversation_id)
    ended = connection.execute(delete(sessions).where(*memories).returning(*columns)).mappings().all()
    connection.execute(delete(choices).where(choices.c.person == guest.person))
    adapter, _, user = guest.person.partition(":")
    connection.execute(
        update(people).where(people.c.adapter == adapter, people.c.person == user).values(user_id=theirs)
    )
    link = {"host": home.name, "home": _HOME.dump_json(home).decode(), "place": _dump(guest.where)}
    told = {"language": guest.language, "host_language": host.language}
    connection.execute(links.insert().values(person=guest.person, **link, **told, since=now()))
    return tuple(BotMemory(**row) for row in ended)


def _is_linked(connection: Connection, person: str) -> bool:
    found = select(links.c.person).where(or_(links.c.person == person, links.c.host == person)).limit(1)
    return connection.scalar(found) is not None


def _user_id(connection: Connection, person: str) -> str:
    adapter, _, user = person.partition(":")
    known = select(people.c.user_id).where(people.c.adapter == adapter, people.c.person == user)
    return str(connection.scalar(known) or f"u-{uuid.uuid4().hex}")


def _home(side: Side) -> Home:
    _, _, user = side.person.partition(":")
    return Home(adapter=side.where.adapter, workspace=side.where.workspace, chat=side.where.chat, person=user)


def _other_side(row: dict[str, str | None], person: str) -> Side:
    """The other side of a deleted link of *person*."""
    home = _HOME.validate_json(row["home"] or "")
    if row["person"] == person:
        where = Place(adapter=home.adapter, workspace=home.workspace, chat=home.chat)
        return Side(person=home.name, where=where, language=row["host_language"])
    return Side(person=row["person"] or "", where=_PLACE.validate_json(row["place"] or ""), language=row["language"])


def _try(person: str) -> Charge:
    key = blake2b(f"link\n{person}".encode(errors="replace"), digest_size=16).hexdigest()
    return Charge(key=key, cost=TRIES_WINDOW / TRIES_MOST, window=TRIES_WINDOW)


def _dump(where: Place) -> str:
    return _PLACE.dump_json(where).decode()
