"""Messages that their authors edit: an edit of a question that we know, or one that makes a message a question for us."""

from dataclasses import replace
from typing import Final

from bridge.sdk.model import Address, Attachment, ChatType, Inbound
from bridge.sdk.pieces import with_piece

FIRST_HEARD_WITHIN: Final = 48 * 3600.0
"""Seconds after a message was said within which an edit of it may be taken as a new question; later ones only correct it."""


def as_edit(said: Inbound, *, edited_at: float) -> Inbound:
    """The edit by which a message came to say *said*, which has two dedupe keys: the edit's own, and that of the message."""
    by_event, itself = said.dedupe_keys
    return replace(
        said,
        dedupe_keys=(by_event,),
        edits=itself,
        first_said_at=said.sent_at,
        sent_at=edited_at,
        batch=None,
        is_copy=False,
        is_partial=False,
    )


def may_be_first_heard(edit: Inbound) -> bool:
    """Whether *edit* may turn a message that was none of ours into a question for us, as where somebody adds our name."""
    is_new = edit.first_said_at is not None and edit.sent_at - edit.first_said_at <= FIRST_HEARD_WITHIN
    is_to_us = edit.chat_type is not ChatType.PRIVATE and edit.address is Address.TO_US
    return is_new and is_to_us and not edit.is_empty and as_first_heard(edit).is_question


def as_first_heard(edit: Inbound) -> Inbound:
    """The message as if it had been said so; what was heard before is recognised by its key."""
    return replace(edit, dedupe_keys=(*edit.dedupe_keys, edit.edits or ""), edits=None)


def is_said_in(message: Inbound, key: str) -> bool:
    """Whether the message with that dedupe *key* is *message*, or one of the pieces that were joined into it."""
    return key in message.dedupe_keys or any(piece.key == key for piece in message.pieces)


def revised(message: Inbound, edit: Inbound) -> Inbound:
    """
    *message* as *edit* makes it; where it was joined from several, the others still say what they said.

    Its files stay where the edit names none: a copy of an edit may lack them, and editing a text takes no file away.
    """
    changed = replace(message, sent_at=edit.sent_at, revision=message.revision + 1)
    if not message.pieces:
        return replace(changed, text=edit.text, attachments=edit.attachments or message.attachments)
    pieces, text = with_piece(message.pieces, message.text, key=edit.edits or "", said=edit.text)
    return replace(changed, text=text, pieces=pieces)


def changes_question(before: Inbound, after: Inbound) -> bool:
    """Whether an edit made another question of *before*: by other words, or by a file in the place of another one."""
    files = zip(before.attachments, after.attachments, strict=False)
    return before.text != after.text or any(_is_another(*pair) for pair in files)


def _is_another(before: Attachment, after: Attachment) -> bool:
    """Whether two files differ for sure: handles do for one and the same file, and a platform may tell its size late."""
    return bool(before.size and after.size) and before.size != after.size
