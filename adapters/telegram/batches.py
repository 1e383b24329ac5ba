"""
Which messages are pieces of one question, which people's apps may send as several messages.

These are a text too long for one message, an album, forwards with their comment, and a text that arrives in one delivery
with the photo it is about. Any other text is complete, and never waits for more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bridge.sdk.batching import SOON, PieceKind, goes_on, kind_of, may_follow
from bridge.sdk.model import Address, Inbound

OVERHEARD: Final = 100
"""Pieces kept of batches that were not addressed to us so far; an album has ten, https://core.telegram.org/bots/api#sendmediagroup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """A question that further pieces may follow."""

    name: str
    last: PieceKind
    sent_at: float  #: its newest piece
    has_text: bool


class BatchJoiner:
    """The unfinished questions of each person in each place; must see every message, in order."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], _Batch] = {}
        self._overheard: dict[str, list[Inbound]] = {}  # by batch, the pieces that came before one that addresses us

    def joined(self, delivery: Sequence[Inbound]) -> list[Inbound]:
        """The messages of one *delivery* to one chat, each marked with the batch it is a piece of, if any."""
        return list(self._addressed([self._piece(message, after) for message, after in _with_next(delivery)]))

    def _piece(self, message: Inbound, after: Inbound | None) -> Inbound:
        if message.edits is not None or message.may_speak is not None:  # which neither continue nor end a batch
            return message
        who, kind = _who(message), kind_of(message)
        batch = self._open.pop(who, None)
        if kind is None:
            return message
        goes_on = batch is not None and _goes_on(batch, message, kind)
        name = batch.name if batch and goes_on else _begins(message, kind, after)
        if name is None:
            return message
        self._open = {one: batch for one, batch in self._open.items() if message.sent_at - batch.sent_at <= SOON}
        has_text = kind is PieceKind.TEXT or bool(batch and goes_on and batch.has_text)
        self._open[who] = _Batch(name=name, last=kind, sent_at=message.sent_at, has_text=has_text)
        return replace(message, batch=name)

    def _addressed(self, pieces: Sequence[Inbound]) -> Iterator[Inbound]:
        """Address all *pieces* to us if one of them is: an album's caption may come with its last photo."""
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
    """Pair each message with the next one by the same author in the same place."""
    pairs: list[tuple[Inbound, Inbound | None]] = []
    following: dict[tuple[str, str], Inbound] = {}
    for message in reversed(delivery):
        pairs.append((message, following.get(_who(message))))
        following[_who(message)] = message
    return pairs[::-1]


def _who(message: Inbound) -> tuple[str, str]:
    return str(message.where), message.author.id


def _goes_on(batch: _Batch, message: Inbound, kind: PieceKind) -> bool:
    """Whether *message* is a further piece of *batch*."""
    return goes_on(
        batch.last,
        kind,
        seconds=message.sent_at - batch.sent_at,
        has_text=batch.has_text,
        is_same_batch=message.batch == batch.name,
    )


def _begins(message: Inbound, kind: PieceKind, after: Inbound | None) -> str | None:
    """The batch that *message* begins; *after*: what its author says next in the same delivery."""
    key = message.dedupe_keys[-1]
    if message.batch or kind is PieceKind.FORWARD:
        return message.batch or f"forward:{key}"
    if kind is PieceKind.LONG:
        return f"paste:{key}"
    follows = kind_of(after) if after and after.sent_at - message.sent_at <= SOON else None
    if after is None or follows is None or follows is kind or not may_follow(kind, follows):
        return None
    return after.batch or f"together:{key}"
