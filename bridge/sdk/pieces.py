"""Which part of a question was said in which message: one that came in several can still be changed in one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from bridge.sdk import cleaning
from bridge.sdk.cleaning import Cleaned, Cleaner


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidPiece(Cleaned):
    """One of the messages that a question was said in; their texts follow each other, a line break between them."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "key": cleaning.identifier,
        "length": cleaning.count,
    }

    key: str  #: its last dedupe key, which names the message itself
    length: int  #: of its text, in code points


def pieces_of(pieces: Sequence[SaidPiece], key: str, text: str) -> tuple[SaidPiece, ...]:
    """The *pieces* in which *text* was said; where there are none, it is one by itself, of that *key*."""
    return tuple(pieces) or (SaidPiece(key=key, length=len(text)),)


def joined(texts: Sequence[str]) -> str:
    """What several messages say together."""
    return "\n".join(text for text in texts if text)


def with_piece(pieces: Sequence[SaidPiece], text: str, *, key: str, said: str) -> tuple[tuple[SaidPiece, ...], str]:
    """The *pieces* of *text*, and the text, once the message of that *key* says what is *said*."""
    texts, offset = list[str](), 0
    for piece in pieces:
        before = text[offset : offset + piece.length]
        texts.append(said if piece.key == key else before)
        offset += piece.length + bool(piece.length)
    changed = (SaidPiece(key=piece.key, length=len(now)) for piece, now in zip(pieces, texts, strict=True))
    return tuple(changed), joined(texts)
