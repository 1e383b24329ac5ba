"""
What else we have said in a chat since a question was accepted there, for whoever looks for a message of unknown fate.

Looking may change what it finds (a platform may only have an edit to look with), so what is ours and known is left alone,
and where something of ours may stand that is not known nobody looks.
"""

from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, literal_column, select, union_all

from bridge.sdk.model import Ref
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


def refs(connection: Connection, turn: Turn) -> frozenset[Ref] | None:
    """The messages of all turns but *turn* that were sent in its chat since it was accepted; None if one may be missing."""
    asked = {"by": turn.message.where.adapter, "turn": turn.id, "since": turn.accepted_at}
    rows = connection.execute(_NEIGHBOURS, asked).all()
    found = [_refs(row, turn.message.where.chat) for row in rows]
    if len(rows) == LOOKED_AT or None in found:
        return None
    return frozenset[Ref]().union(*filter(None, found))


def _refs(row: Row[Any], chat: str) -> frozenset[Ref] | None:
    """What one turn has sent in that *chat*; None if that cannot be told: words of the bridge's own are written down nowhere."""
    if row.status == TurnStatus.WAITING and not row.attempts:
        return frozenset()  # nobody has begun with it
    message, parts = read_stored(row.message), read_parts(row.parts)
    if message is not None and (message.where.chat != chat or message.rating is not None):
        return frozenset()
    if message is None or not message.is_question or message.attachments or row.failure_notified:
        return None
    if row.status == TurnStatus.DEAD or any(part.ref is None and not part.digest for part in parts):
        return None
    if row.status == TurnStatus.DONE and not parts:
        return None
    return frozenset(part.ref for part in parts if part.ref is not None)
