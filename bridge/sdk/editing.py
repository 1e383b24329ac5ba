"""A question whose author has changed one of the messages it was said in."""

from dataclasses import replace

from bridge.sdk.model import Inbound
from bridge.sdk.pieces import with_piece


def is_said_in(message: Inbound, key: str) -> bool:
    """Whether *message* was said in the one with that dedupe *key*, be it alone or among others."""
    return key in message.dedupe_keys or any(piece.key == key for piece in message.pieces)


def revised(message: Inbound, edit: Inbound) -> Inbound:
    """The question of *message* as it is by *edit*; of several messages, the others still say what they said."""
    changed = replace(message, sent_at=edit.sent_at, revision=message.revision + 1)
    if not message.pieces:
        return replace(changed, text=edit.text, attachments=edit.attachments)
    pieces, text = with_piece(message.pieces, message.text, key=edit.edits or "", said=edit.text)
    return replace(changed, text=text, pieces=pieces)
