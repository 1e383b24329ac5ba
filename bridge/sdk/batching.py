"""
Which messages are pieces of one question, by what they hold and how soon they follow each other.

Apps cut a long text up, send an album photo by photo, and a comment apart from what it is about. Adapters ask for what they
hear in a row, the inbox for what came by way of another process.
"""

from enum import Enum
from typing import Final

from bridge.sdk.model import Inbound
from bridge.sdk.splitting import utf16

LONG: Final = 4000
"""UTF-16 units from which a text may go on in the next message: apps cut at 4096, or at a blank before."""
SOON: Final = 2.0
"""Seconds between pieces, by the platform's clock, which may tell whole ones."""


class PieceKind(Enum):
    """What a piece can be."""

    TEXT = "text"
    LONG = "long text"
    BARE = "file without words"
    FORWARD = "forward"


_FOLLOW: Final = frozenset(
    {
        (PieceKind.LONG, PieceKind.LONG),
        (PieceKind.LONG, PieceKind.TEXT),
        (PieceKind.FORWARD, PieceKind.FORWARD),
        (PieceKind.FORWARD, PieceKind.TEXT),
        (PieceKind.TEXT, PieceKind.FORWARD),
        (PieceKind.TEXT, PieceKind.BARE),
        (PieceKind.BARE, PieceKind.TEXT),
        (PieceKind.BARE, PieceKind.BARE),
    }
)


def may_follow(first: PieceKind, second: PieceKind) -> bool:
    """Which kind may follow which in one question; two texts only where the first was too long."""
    return (first, second) in _FOLLOW


def kind_of(message: Inbound) -> PieceKind | None:
    """What *message* is as a piece; None if it is complete by itself."""
    if message.command or message.rating or message.moved_to or "press" in message.reply_context:
        return None
    if message.forwards:
        return PieceKind.FORWARD
    if message.attachments:
        return None if message.text else PieceKind.BARE
    return _kind_of_text(message.text)


def goes_on(last: PieceKind, kind: PieceKind, *, seconds: float, has_text: bool, is_same_batch: bool) -> bool:
    """
    Whether a piece of that *kind* goes on with a question, so many *seconds* after its *last* piece.

    *has_text*: somebody has written in it; *is_same_batch*: the platform says that the two belong together.
    """
    if seconds > SOON or not may_follow(last, kind):
        return False
    if last is PieceKind.BARE and kind is PieceKind.BARE:
        return has_text or is_same_batch
    return last is PieceKind.LONG or not (kind is PieceKind.TEXT and has_text)


def continues(whole: Inbound, piece: Inbound) -> bool:
    """Whether *piece* goes on with the question that is *whole* so far, of perhaps several pieces."""
    last, kind = _last_kind(whole), kind_of(piece)
    if last is None or kind is None:
        return False
    return goes_on(
        last,
        kind,
        seconds=abs(piece.sent_at - whole.sent_at),
        has_text=bool(whole.text),
        is_same_batch=whole.batch == piece.batch,
    )


def _last_kind(whole: Inbound) -> PieceKind | None:
    """What the last piece of *whole* is, as far as it tells."""
    if not whole.pieces:
        return kind_of(whole)
    if length := whole.pieces[-1].length:
        return _kind_of_text(whole.text[-length:])
    return PieceKind.FORWARD if whole.forwards else PieceKind.BARE


def _kind_of_text(text: str) -> PieceKind:
    return PieceKind.LONG if utf16(text) >= LONG else PieceKind.TEXT
