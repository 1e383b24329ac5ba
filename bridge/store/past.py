"""Queries of messages that are kept: who answered them, what they asked, and where somebody was heard last."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, union_all

from bridge.sdk.asking import ChatRef
from bridge.sdk.model import Inbound, Place, Quote, Ref
from bridge.store import claim, neighbours
from bridge.store.claim import AnsweredTurn, AskedTurn, Turn, read_stored
from bridge.store.database import Database
from bridge.store.heard import HEARD_LATELY
from bridge.store.tables import DEAD, RUNNING, UNFINISHED, inbox, people


class PastMessages:
    """The kept messages, read only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest_scope(self, scopes: Sequence[str], under: str) -> str | None:
        """The scope of the newest unfinished message in one of those *scopes*, or in one that begins with *under*."""
        ours = inbox.c.scope.in_(scopes) | inbox.c.scope.startswith(under, autoescape=True)
        newest = select(inbox.c.scope).where(UNFINISHED, ours).order_by((inbox.c.id + 0).desc())  # as in admin.py
        return await self._database.read(lambda connection: connection.scalar(newest.limit(1)))

    async def asked_by(self, key: str, where: Place) -> AskedTurn | None:
        """
        The question of the turn with that *key*; None if it is not known, or not any more.

        The key comes from a press, and could be any: only turns of that chat are given.
        """
        turn = {"turn": claim.number_of(key), "by": where.adapter}
        row = await self._database.read(lambda connection: connection.execute(_ASKED_BY, turn).first())
        message = _said_there(row, where)
        return AskedTurn(id=row.id, question=message) if row and message else None

    async def beside(self, turn: Turn) -> dict[str, frozenset[Ref]] | None:
        """The messages of other turns since this one was accepted, by chat; None where those of its chat may be incomplete."""
        return await self._database.read(lambda connection: neighbours.refs(connection, turn))

    async def answered_by(self, key: str, where: Place) -> AnsweredTurn | None:
        """
        The bot that answered the turn with that *key*, and where; None if it is not known, or not any more.

        The key comes from a press, and could be any: only turns of that chat are given.
        """
        turn = {"turn": claim.number_of(key), "by": where.adapter}
        row = await self._database.read(lambda connection: connection.execute(_ANSWERED_BY, turn).first())
        message = _said_there(row, where)
        if row is None or message is None:
            return None
        asked = ChatRef(conversation_id=row.conversation_id, chat_id=row.chat_id)
        return AnsweredTurn(
            bot=row.bot, conversation_owner=claim.owner_of_conversation(row.scope, row.user_id), chat=asked
        )

    async def newest_question(self, claimed: Turn) -> Inbound | None:
        """The newest question in the memory of that turn that was answered or given up, as long as it is kept."""
        known = {"answered": max(claimed.answered_turns.values(), default=0), "of": claimed.scope}
        rows = await self._database.read(lambda connection: connection.execute(_NEWEST_ENDED, known).all())
        messages = (read_stored(row.message) for row in sorted(rows, key=lambda row: int(row.id), reverse=True))
        return next((message for message in messages if message and message.is_question), None)

    async def knows(self, turn: int, quote: Quote, where: Place) -> bool:
        """
        Whether the bot that answered that *turn* knows what is quoted from that chat; False where that is not known any more.

        It does if the quote is a part of its answer, or began the thread in which the turn was asked.
        """
        row = await self._database.read(lambda connection: connection.execute(_SHOWN_BY, {"turn": turn}).first())
        message = _said_there(row, where)
        if row is None or message is None:
            return False
        goes_on = quote.began_thread and message.quote is not None and message.quote.ref == quote.ref
        return goes_on or any(part.ref == quote.ref for part in claim.read_parts(row.parts))

    async def newest_place(self, adapter: str, person: str, *, scope: str, under: str) -> Place | None:
        """
        Where *person* was heard last in *scope* or one that begins with *under*; a place where an answer runs comes first.

        It is looked for among the last messages of all people: see `HEARD_LATELY`.
        """
        wanted = {"by": adapter, "of": person}
        newest = _NEWEST_PLACE.where((inbox.c.scope == scope) | inbox.c.scope.startswith(under, autoescape=True))
        row = await self._database.read(lambda connection: connection.execute(newest, wanted).first())
        message = read_stored(row.message) if row else None
        return message.where if message else None


def _said_there(row: Any, where: Place) -> Inbound | None:
    """The message in *row*, if there is one and it was said in that chat."""
    message = read_stored(row.message) if row else None
    return message if message and message.where.chat == where.chat else None


_NEWEST_PLACE = HEARD_LATELY.order_by((inbox.c.status == RUNNING).desc(), inbox.c.id.desc()).limit(1)
_ANSWERED = select(inbox.c.id, inbox.c.message).where(inbox.c.id == bindparam("answered"))
_GIVEN_UP = (
    select(inbox.c.id, inbox.c.message)
    .where(inbox.c.scope == bindparam("of"), inbox.c.status == DEAD)
    .order_by(inbox.c.id.desc())
    .limit(1)
)
_NEWEST_ENDED = union_all(_ANSWERED, select(_GIVEN_UP.subquery()))
_ASKED_BY = select(inbox.c.id, inbox.c.message).where(
    inbox.c.id == bindparam("turn"), inbox.c.adapter == bindparam("by")
)
_SHOWN_BY = select(inbox.c.message, inbox.c.parts).where(inbox.c.id == bindparam("turn"))
_ANSWERED_BY = (
    select(inbox.c.message, inbox.c.scope, inbox.c.bot, inbox.c.conversation_id, inbox.c.chat_id, people.c.user_id)
    .join_from(inbox, people, (people.c.adapter == inbox.c.adapter) & (people.c.person == inbox.c.person))
    .where(inbox.c.id == bindparam("turn"), inbox.c.adapter == bindparam("by"), inbox.c.chat_id.is_not(None))
)
