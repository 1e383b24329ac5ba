"""
Which messages are one question: people's apps send it in pieces, and here the pieces are known for what they are.

A text that was too long for one message, an album, forwards with their comment, and a text that comes in one delivery with
the photo it is about. Only what may go on is a piece: plain text that nothing comes with never waits for more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from bridge.sdk.model import Address, Inbound
from bridge.sdk.splitting import utf16

LONG: Final = 4000
"""UTF-16 units from which a text may go on in the next message: apps cut at 4096, or at a blank before."""
SOON: Final = 2.0
"""Seconds between pieces, by Telegram's clock, which tells whole ones; https://core.telegram.org/bots/api#message."""


OVERHEARD: Final = 100
"""Pieces kept of what was not said to us and may turn out to be; an album has ten, https://core.telegram.org/bots/api#sendmediagroup."""


class _Kind(Enum):
    """What a piece can be."""

    TEXT = "text"
    LONG = "long text"
    BARE = "file without words"
    FORWARD = "forward"


_GOES_ON: Final = frozenset(
    {
        (_Kind.LONG, _Kind.LONG),
        (_Kind.LONG, _Kind.TEXT),
        (_Kind.FORWARD, _Kind.FORWARD),
        (_Kind.FORWARD, _Kind.TEXT),
        (_Kind.TEXT, _Kind.FORWARD),
        (_Kind.TEXT, _Kind.BARE),
        (_Kind.BARE, _Kind.TEXT),
        (_Kind.BARE, _Kind.BARE),
    }
)
"""Which kind may follow which in one question; two texts only where the first was too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """A question that may still go on."""

    name: str
    last: _Kind
    sent_at: float  #: its newest piece
    has_text: bool


class BatchJoiner:
    """The questions that may still go on, by who asks them where; to be shown every message, in order."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], _Batch] = {}
        self._overheard: dict[str, list[Inbound]] = {}  # pieces that came before the one which was said to us

    def joined(self, delivery: Sequence[Inbound]) -> list[Inbound]:
        """What one *delivery* brings to one chat, each message with the batch it is a piece of, if it is one."""
        return list(self._addressed([self._piece(message, after) for message, after in _with_next(delivery)]))

    def _piece(self, message: Inbound, after: Inbound | None) -> Inbound:
        if message.edits is not None or message.may_speak is not None:  # what may go on, still may
            return message
        who, kind = _who(message), _kind(message)
        batch = self._open.pop(who, None)
        if kind is None:
            return message
        goes_on = batch is not None and _goes_on(batch, message, kind)
        name = batch.name if batch and goes_on else _begins(message, kind, after)
        if name is None:
            return message
        self._open = {one: batch for one, batch in self._open.items() if message.sent_at - batch.sent_at <= SOON}
        has_text = kind is _Kind.TEXT or bool(batch and goes_on and batch.has_text)
        self._open[who] = _Batch(name=name, last=kind, sent_at=message.sent_at, has_text=has_text)
        return replace(message, batch=name)

    def _addressed(self, pieces: Sequence[Inbound]) -> Iterator[Inbound]:
        """Said to us as a whole, if one of the *pieces* is: the caption of an album may stand below its last photo."""
        ours = {piece.batch for piece in pieces if piece.batch and piece.address is Address.TO_US}
        for piece in pieces:
            if piece.batch in ours:
                earlier = self._overheard.pop(piece.batch, []) if piece.batch else []
                yield from (replace(each, address=Address.TO_US) for each in (*earlier, piece))
                continue
            if piece.batch and piece.address is Address.OVERHEARD:
                self._remember_overheard(piece.batch, piece)
            yield piece

    def _remember_overheard(self, batch: str, piece: Inbound) -> None:
        recent = {name: held for name, held in self._overheard.items() if piece.sent_at - held[-1].sent_at <= SOON}
        self._overheard = recent | {batch: [*recent.get(batch, ()), piece][-OVERHEARD:]}


def _with_next(delivery: Sequence[Inbound]) -> list[tuple[Inbound, Inbound | None]]:
    """Each message, and what its author says next in the same place."""
    pairs: list[tuple[Inbound, Inbound | None]] = []
    following: dict[tuple[str, str], Inbound] = {}
    for message in reversed(delivery):
        pairs.append((message, following.get(_who(message))))
        following[_who(message)] = message
    return pairs[::-1]


def _who(message: Inbound) -> tuple[str, str]:
    return str(message.where), message.author.id


def _kind(message: Inbound) -> _Kind | None:
    """What *message* is as a piece; None if it stands by itself."""
    if message.command or message.rating or message.moved_to or "press" in message.reply_context:
        return None
    if message.forwards:
        return _Kind.FORWARD
    if message.attachments:
        return None if message.text else _Kind.BARE
    return _Kind.LONG if utf16(message.text) >= LONG else _Kind.TEXT


def _goes_on(batch: _Batch, message: Inbound, kind: _Kind) -> bool:
    """Whether *message* is a further piece of *batch*."""
    if message.sent_at - batch.sent_at > SOON or (batch.last, kind) not in _GOES_ON:
        return False
    if batch.last is _Kind.BARE and kind is _Kind.BARE:
        return batch.has_text or message.batch == batch.name
    return batch.last is _Kind.LONG or not (kind is _Kind.TEXT and batch.has_text)


def _begins(message: Inbound, kind: _Kind, after: Inbound | None) -> str | None:
    """The batch that *message* begins; *after*: what its author says next in the same delivery."""
    key = message.dedupe_keys[-1]
    if message.batch or kind is _Kind.FORWARD:
        return message.batch or f"forward:{key}"
    if kind is _Kind.LONG:
        return f"paste:{key}"
    follows = _kind(after) if after and after.sent_at - message.sent_at <= SOON else None
    if after is None or follows is None or follows is kind or (kind, follows) not in _GOES_ON:
        return None
    return after.batch or f"together:{key}"
