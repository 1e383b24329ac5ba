"""
Our other messages since a turn was accepted, for a sink that looks for a message of unknown fate.

Looking may change what it finds, as a platform may offer nothing but an edit to look with. So known messages of ours are left
alone, and where there may be unknown ones in that chat, nobody looks. Messages in other chats are given as far as they are known:
a platform may number all chats together, and then fewer numbers are left to look at.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select, union_all

from bridge.sdk.answers import SentPart
from bridge.sdk.model import Inbound, Ref
from bridge.store.claim import Turn, read_parts, read_stored
from bridge.store.tables import FINISHED, UNFINISHED, TurnStatus, inbox

LOOKED_AT: Final = 2_000
"""Turns since that are read; where there are more, nobody looks."""

_COLUMNS: Final = (inbox.c.message, inbox.c.parts, inbox.c.status, inbox.c.attempts, inbox.c.failure_notified)
_OTHERS: Final = (inbox.c.adapter == bindparam("by"), inbox.c.id != bindparam("turn"))
_UNFINISHED: Final = select(*_COLUMNS).where(*_OTHERS, UNFINISHED)
_FINISHED: Final = select(*_COLUMNS).where(*_OTHERS, FINISHED, inbox.c.finished_at >= bindparam("since"))
_NEIGHBOURS: Final = union_all(_UNFINISHED, _FINISHED).limit(LOOKED_AT)


def refs(connection: Connection, turn: Turn) -> dict[str, frozenset[Ref]] | None:
    """The messages of all other turns since *turn* was accepted, by chat; None where those of its own chat may be incomplete."""
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
    """The chat of a turn and its messages; None for these where the chat is *here* and they may be incomplete."""
    if row.status == TurnStatus.WAITING and not row.attempts:
        return here, frozenset()  # nobody has begun with it
    message, parts = read_stored(row.message), read_parts(row.parts)
    sent = frozenset(part.ref for part in parts if part.ref is not None)
    if message is not None and (message.where.chat != here or message.rating is not None):
        return message.where.chat, sent
    return here, sent if _is_all_known(row, message, parts) else None


def _is_all_known(row: Row[Any], message: Inbound | None, parts: Sequence[SentPart]) -> bool:
    """Whether all messages of the turn are in its parts; sentences of the bridge's own and files are not."""
    if message is None or not message.is_question or message.attachments or row.failure_notified:
        return False
    if row.status == TurnStatus.DEAD or any(part.ref is None and not part.digest for part in parts):
        return False
    return row.status != TurnStatus.DONE or bool(parts)
