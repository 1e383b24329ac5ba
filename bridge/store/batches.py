"""
Batches: several messages that are one question, such as an album or a text that was too long for one.

A further piece is joined to the row of the first as it is kept. One that came by way of another process, which knows nothing of
the first, is a row of its own behind it, and is joined when the first is claimed.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, false, literal_column, select, update

from bridge.sdk.batching import continues
from bridge.sdk.model import Inbound
from bridge.store.claim import MESSAGE, Claims, Stage, Turn, read_stored
from bridge.store.database import Database
from bridge.store.tables import UNFINISHED, WAITING, inbox, now

BATCH_WINDOW: Final = 1.2
"""Seconds after a piece of a batch within which the next may come: apps send albums and long texts within one second."""

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
        UNFINISHED,
        *_UNCLAIMED,
    )
    .order_by(inbox.c.id.desc())
    .limit(1)
    .with_for_update()  # so that nobody claims it meanwhile
)
_BEHIND = (
    select(inbox.c.id, inbox.c.person, inbox.c.message)
    .where(
        inbox.c.queue_key == bindparam("of"),
        inbox.c.id > bindparam("first"),
        UNFINISHED,
        inbox.c.edit.is_(None),
        inbox.c.stop_requested == false(),
        *_UNCLAIMED,
    )
    .order_by(inbox.c.id)
    .limit(literal_column(str(BATCH_THINGS)))
    .with_for_update()
)
_TAKE_UP = update(inbox).where(inbox.c.id == bindparam("number")).values(message=bindparam("whole"))
_TAKEN_UP = delete(inbox).where(inbox.c.id.in_(bindparam("numbers", expanding=True)))
_WAIT_ON = update(inbox).where(inbox.c.due > literal_column("0"), *_UNCLAIMED).values(due=BATCH_DUE)
_EXTEND = (
    update(inbox)
    .where(inbox.c.id == bindparam("number"), *_UNCLAIMED)
    .values(message=bindparam("whole"), due=BATCH_DUE)
)


class Batches:
    """The batches that may still grow: nobody has claimed them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_open(self, connection: Connection, *, queue_key: str, piece: Inbound) -> Any:
        """The row of what the author has said so far of the *piece*'s batch; None if it belongs to none, or is the first."""
        if piece.batch is None:
            return None
        newest = connection.execute(_NEWEST_UNCLAIMED, {"of": queue_key, "by": piece.author.id}).first()
        return newest if newest and _may_grow(read_stored(newest.message), piece) else None

    def extend(self, connection: Connection, open_batch: Any, piece: Inbound) -> None:
        """Add the *piece* to the row that `find_open` gave."""
        whole = MESSAGE.validate_json(open_batch.message).merged_with(piece)
        connection.execute(_EXTEND, {"number": open_batch.id, "whole": MESSAGE.dump_json(whole).decode()})

    async def wait_on(self) -> None:
        """Restart the window of each batch that waits: to be called at start, as no piece was heard while the bridge was down."""
        await self._database.write(lambda connection: connection.execute(_WAIT_ON))

    def taking_up(self, connection: Connection, claims: Claims) -> Claims:
        """The *claims*, each question joined with the pieces of it that are rows of their own."""
        return replace(claims, turns=[self._whole(connection, turn) for turn in claims.turns])

    def _whole(self, connection: Connection, turn: Turn) -> Turn:
        if turn.message.batch is None or turn.stage is not Stage.ACCEPTED or turn.attempt > 1:
            return turn
        whole, taken = turn.message, list[int]()
        for number, piece in self._behind(connection, turn):
            if not (continues(whole, piece) and _fits(whole, piece)):
                break
            whole = whole.merged_with(piece)
            taken.append(number)
        if taken:
            connection.execute(_TAKE_UP, {"number": turn.id, "whole": MESSAGE.dump_json(whole).decode()})
            connection.execute(_TAKEN_UP, {"numbers": taken})
        return replace(turn, message=whole)

    def _behind(self, connection: Connection, turn: Turn) -> Iterator[tuple[int, Inbound]]:
        """The rows behind that *turn* in its queue, as long as they are its author's, each with its message."""
        for row in connection.execute(_BEHIND, {"of": turn.queue_key, "first": turn.id}):
            piece = read_stored(row.message)
            if row.person != turn.message.author.id or piece is None:
                return
            yield row.id, piece


def _may_grow(whole: Inbound | None, piece: Inbound) -> bool:
    """Whether *piece* belongs to *whole*, and still fits; if not, it begins another question."""
    return whole is not None and whole.batch == piece.batch and _fits(whole, piece)


def _fits(whole: Inbound, piece: Inbound) -> bool:
    things = sum(len(each.attachments) + len(each.forwards) for each in (whole, piece))
    return things <= BATCH_THINGS and len(whole.text) + len(piece.text) < BATCH_TEXT
