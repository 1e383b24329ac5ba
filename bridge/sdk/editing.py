"""A message that its author has changed: as what it was heard before, and as what is heard in it for the first time."""

from dataclasses import replace
from typing import Final

from bridge.sdk.model import Address, ChatType, Inbound
from bridge.sdk.pieces import with_piece

FIRST_HEARD_WITHIN: Final = 48 * 3600.0
"""Seconds after a message was said in which a change of it may be the first that we hear; who edits later corrects an old one."""


def as_edit(said: Inbound, *, edited_at: float) -> Inbound:
    """What the message that *said* this is changed to; *said* has two keys: that of the change, and the message's own."""
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
    """Whether *edit* may have made a question for us of what was none, as where somebody adds our name."""
    is_new = edit.first_said_at is not None and edit.sent_at - edit.first_said_at <= FIRST_HEARD_WITHIN
    is_to_us = edit.chat_type is not ChatType.PRIVATE and edit.address is Address.TO_US
    return is_new and is_to_us and not edit.is_empty and as_first_heard(edit).is_question


def as_first_heard(edit: Inbound) -> Inbound:
    """The message as if it had been said so; what was heard before is recognised by its key."""
    return replace(edit, dedupe_keys=(*edit.dedupe_keys, edit.edits or ""), edits=None)


def is_said_in(message: Inbound, key: str) -> bool:
    """Whether *message* was said in the one with that dedupe *key*, be it alone or among others."""
    return key in message.dedupe_keys or any(piece.key == key for piece in message.pieces)


def revised(message: Inbound, edit: Inbound) -> Inbound:
    """
    The question of *message* as it is by *edit*; of several messages, the others still say what they said.

    Its files stay where the change tells of none: one copy of a change may lack them, and nobody takes a file back by writing.
    """
    changed = replace(message, sent_at=edit.sent_at, revision=message.revision + 1)
    if not message.pieces:
        return replace(changed, text=edit.text, attachments=edit.attachments or message.attachments)
    pieces, text = with_piece(message.pieces, message.text, key=edit.edits or "", said=edit.text)
    return replace(changed, text=text, pieces=pieces)
