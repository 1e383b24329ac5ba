"""Batches: pieces that come one after the other and are one question, such as an album or a paste that was too long."""

from typing import Any, Final

from sqlalchemy import Connection, bindparam, literal_column, select, update

from bridge.sdk.model import Inbound
from bridge.store.claim import MESSAGE, read_stored
from bridge.store.database import Database
from bridge.store.statements import NOTIFIED
from bridge.store.tables import WAITING, inbox, now

BATCH_WINDOW: Final = 1.2
"""Seconds after a piece of a batch in which the next may come: apps send albums and long texts within one."""

BATCH_TEXT: Final = 100_000
"""Code points of all that a batch says; what is longer becomes another question."""

BATCH_THINGS: Final = 100
"""Files and forwarded messages of a batch."""

BATCH_DUE: Final = now() + BATCH_WINDOW
"""When a batch is due whose newest piece comes now."""

_UNCLAIMED = (inbox.c.status == WAITING, inbox.c.attempts == 0)
_NEWEST_UNCLAIMED = (
    select(inbox.c.id, inbox.c.message)
    .where(
        inbox.c.queue_key == bindparam("of"),
        inbox.c.person == bindparam("by"),
        inbox.c.status < literal_column("2"),  # as the index says it
        *_UNCLAIMED,
    )
    .order_by(inbox.c.id.desc())
    .limit(1)
)
_EXTEND = (
    update(inbox)
    .where(inbox.c.id == bindparam("number"), *_UNCLAIMED)
    .values(message=bindparam("whole"), due=BATCH_DUE)
)


class Batches:
    """The batches that may still grow: nobody has claimed them."""

    def __init__(self, database: Database) -> None:
        self._extend = _EXTEND.returning(NOTIFIED) if database.shared else _EXTEND

    def find_open(self, connection: Connection, *, queue_key: str, piece: Inbound) -> Any:
        """The row of what the author has said so far of the *piece*'s batch; None if it belongs to none, or is the first."""
        if piece.batch is None:
            return None
        newest = connection.execute(_NEWEST_UNCLAIMED, {"of": queue_key, "by": piece.author.id}).first()
        return newest if newest and _may_grow(read_stored(newest.message), piece) else None

    def extend(self, connection: Connection, open_batch: Any, piece: Inbound) -> None:
        """Add the *piece* to the row that `find_open` gave."""
        whole = MESSAGE.validate_json(open_batch.message).merged_with(piece)
        connection.execute(self._extend, {"number": open_batch.id, "whole": MESSAGE.dump_json(whole).decode()})


def _may_grow(whole: Inbound | None, piece: Inbound) -> bool:
    """Whether *piece* belongs to *whole*, and still fits; what does not begins another question."""
    if whole is None or whole.batch != piece.batch:
        return False
    things = sum(len(each.attachments) + len(each.forwards) for each in (whole, piece))
    return things <= BATCH_THINGS and len(whole.text) + len(piece.text) < BATCH_TEXT
