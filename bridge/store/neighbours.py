"""
What else we have said since a question was accepted in a chat, for whoever looks for a message of unknown fate there.

Looking may change what it finds (a platform may only have an edit to look with), so what is ours and known is left alone,
and where something of ours may stand that is not known nobody looks. What stands in other chats is told as far as it is known: a
platform may number them together, and who knows the numbers of others looks at fewer.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, literal_column, select, union_all

from bridge.sdk.answers import SentPart
from bridge.sdk.model import Inbound, Ref
from bridge.store.claim import Turn, read_parts, read_stored
from bridge.store.tables import TurnStatus, inbox

LOOKED_AT: Final = 2_000
"""Turns; where there are more since, nobody looks."""

_COLUMNS: Final = (inbox.c.message, inbox.c.parts, inbox.c.status, inbox.c.attempts, inbox.c.failure_notified)
_OTHERS: Final = (inbox.c.adapter == bindparam("by"), inbox.c.id != bindparam("turn"))
_UNFINISHED: Final = select(*_COLUMNS).where(*_OTHERS, inbox.c.status < literal_column("2"))
_FINISHED: Final = select(*_COLUMNS).where(
    *_OTHERS, inbox.c.status > literal_column("1"), inbox.c.finished_at >= bindparam("since")
)
_NEIGHBOURS: Final = union_all(_UNFINISHED, _FINISHED).limit(LOOKED_AT)


def refs(connection: Connection, turn: Turn) -> dict[str, frozenset[Ref]] | None:
    """The messages of all turns but *turn* since it was accepted, by chat; None if one in its own chat may be missing."""
    asked = {"by": turn.message.where.adapter, "turn": turn.id, "since": turn.accepted_at}
    rows = connection.execute(_NEIGHBOURS, asked).all()
    found: dict[str, frozenset[Ref]] = {}
    for row in rows:
        chat, sent = _sent(row, turn.message.where.chat)
        if sent is None:
            return None
        if sent:
            found[chat] = found.get(chat, frozenset()) | sent
    return None if len(rows) == LOOKED_AT else found


def _sent(row: Row[Any], here: str) -> tuple[str, frozenset[Ref] | None]:
    """Where a turn was asked, and what it has sent; None if that matters, and cannot be told."""
    if row.status == TurnStatus.WAITING and not row.attempts:
        return here, frozenset()  # nobody has begun with it
    message, parts = read_stored(row.message), read_parts(row.parts)
    sent = frozenset(part.ref for part in parts if part.ref is not None)
    if message is not None and (message.where.chat != here or message.rating is not None):
        return message.where.chat, sent
    return here, sent if _is_all_known(row, message, parts) else None


def _is_all_known(row: Row[Any], message: Inbound | None, parts: Sequence[SentPart]) -> bool:
    """Whether all that the turn has sent is written down; words of the bridge's own are nowhere."""
    if message is None or not message.is_question or message.attachments or row.failure_notified:
        return False
    if row.status == TurnStatus.DEAD or any(part.ref is None and not part.digest for part in parts):
        return False
    return row.status != TurnStatus.DONE or bool(parts)
