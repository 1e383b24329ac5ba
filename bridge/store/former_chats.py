"""
The former ids of chats that a platform gave another id: routes that name the old one still match.

Every message needs it, and it hardly ever changes, so this process keeps a copy: loaded at start, and again every `REFRESH`
seconds where other replicas may have written more.
"""

import asyncio
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, delete, select, tuple_

from bridge.sdk.model import Inbound, Place
from bridge.store.database import Database
from bridge.store.statements import insert_into, insert_of
from bridge.store.tables import former_chats, now

REFRESH: Final = 60.0
"""Seconds after which what another replica wrote is known at the latest."""

REMEMBERED: Final = 10_000
"""Chats; beyond, those that moved first are deleted, and their routes should name the new id by then."""

_CHAT: Final = tuple_(former_chats.c.adapter, former_chats.c.chat)
_ALL: Final = select(former_chats.c.adapter, former_chats.c.chat, former_chats.c.former)
_SURPLUS: Final = (
    select(former_chats.c.adapter, former_chats.c.chat)
    .order_by(former_chats.c.moved_at.desc(), former_chats.c.chat.desc())
    .offset(REMEMBERED)
    .limit(1000)
)


class FormerChats:
    """The former ids of chats, by their adapter and the id that they have now."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[tuple[str, str], str] = {}
        row = insert_into(insert_of(database), former_chats, "adapter", "chat", "former", moved_at=now())
        self._insert = row.on_conflict_do_nothing()

    async def load(self) -> None:
        """Read all of them."""
        rows = await self._database.read(lambda connection: connection.execute(_ALL).all())
        self._known = {(row.adapter, row.chat): row.former for row in rows}

    async def run(self) -> None:
        """Read them again every `REFRESH` seconds, until cancelled."""
        while True:
            await asyncio.sleep(REFRESH)
            await self.load()

    async def record(self, old: Place, new: Place) -> None:
        """Write down that a chat goes on at the *new* place; its very first id is kept, as routes may name that."""
        first = self._known.get((old.adapter, old.chat), old.chat)

        def write(connection: Connection) -> None:
            connection.execute(self._insert, {"adapter": new.adapter, "chat": new.chat, "former": first})
            connection.execute(delete(former_chats).where(_CHAT.in_(_SURPLUS)))

        await self._database.write(write)
        self._known[new.adapter, new.chat] = first

    def named(self, message: Inbound) -> Inbound:
        """The *message*, with the former id of its chat, if it had one."""
        former = self._known.get((message.where.adapter, message.where.chat)) if self._known else None
        return message if former is None else replace(message, former_chat=former)
