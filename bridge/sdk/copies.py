"""
Two copies of one message that its platform tells twice, each of which may lack what the other has.

Pure: what both say together, or what the second says beyond a first that was asked already.
"""

from dataclasses import replace
from typing import Final

from bridge.sdk.model import Attachment, ChatType, Forward, Inbound, Quote

CAME_LATE: Final = "(The files of this message have come only now.)"
"""What the bot is told with files whose message it was asked before."""


def whole(first: Inbound, second: Inbound) -> Inbound:
    """What both copies say; it is *first* itself where the *second* adds nothing."""
    richer = second if _richness(second) > _richness(first) else first
    is_group = ChatType.GROUP in (first.chat_type, second.chat_type)
    joined = replace(
        richer,
        dedupe_keys=first.dedupe_keys,
        chat_type=ChatType.GROUP if is_group else richer.chat_type,
        attachments=(*first.attachments, *_new_attachments(first, second)),
        forwards=(*first.forwards, *_new_forwards(first, second)),
        is_partial=False,
    )
    return first if joined == first else joined


def remainder(first: Inbound, second: Inbound) -> Inbound | None:
    """The question that is left once *first* was asked: files or words that only the *second* has; None if it has none."""
    files, forwards = _new_attachments(first, second), _new_forwards(first, second)
    has_words = len(second.text) > len(first.text) and second.text.split() != first.text.split()
    if not (files or forwards or has_words):
        return None
    late = replace(second, attachments=files, forwards=forwards, command=None, only_stops=False, is_partial=False)
    if has_words:
        return late
    quote = Quote(text=first.text, author=first.author.name or None) if first.text.strip() else None
    return replace(late, text=CAME_LATE, quote=quote)


def _richness(message: Inbound) -> tuple[int, int, int]:
    return len(message.attachments), len(message.forwards), len(message.text)


def _new_attachments(first: Inbound, second: Inbound) -> tuple[Attachment, ...]:
    known = {each.handle for each in first.attachments}
    return tuple(each for each in second.attachments if each.handle not in known)


def _new_forwards(first: Inbound, second: Inbound) -> tuple[Forward, ...]:
    return tuple(each for each in second.forwards if each not in first.forwards)
