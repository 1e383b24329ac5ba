"""
What a message contains of others: shared messages, and what apps attached; and the tables that people paste.

All of this comes as Slack's ``attachments``, which are not files. https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from adapters.slack.rich_text import notation, tables
from adapters.slack.words import NamesById, link_notation, unescaped, words
from bridge.sdk.model import Forward

Json = Mapping[str, Any]

NO_PREVIEW: Final = "[no preview available]"
"""What Slack says of an attachment that old clients cannot show."""


def forwarded(event: Json, names: NamesById) -> tuple[Forward, ...]:
    """The messages that *event* shares, each with its author."""
    return tuple(_forward(each, names) for each in _attached(event) if not _is_pasted(each) and _says_something(each))


def pasted(event: Json, names: NamesById) -> str:
    """The pasted tables, as Markdown; empty if there are none."""
    own = tables(event.get("blocks") or [])
    more = (table for each in _attached(event) if _is_pasted(each) for table in tables(each["blocks"]))
    return "\n\n".join(words(table, names) for table in [*own, *more])


def shared_files(event: Json) -> Iterator[Json]:
    """The files of the messages that *event* shares."""
    for each in _attached(event):
        yield from each.get("files") or []
        for message in _messages(each):
            yield from message.get("files") or []


def _attached(event: Json) -> Iterable[Json]:
    """What is no list of them is not looked through."""
    told = event.get("attachments")
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def _is_pasted(attachment: Json) -> bool:
    """Whether it is a pasted table rather than a shared message."""
    blocks = attachment.get("blocks") or []
    return not attachment.get("is_share") and bool(blocks) and all(block.get("type") == "table" for block in blocks)


def _says_something(attachment: Json) -> bool:
    return bool(_text(attachment).strip() or attachment.get("is_share"))


def _forward(attachment: Json, names: NamesById) -> Forward:
    return Forward(origin=_origin(attachment, names), text=words(_text(attachment), names).strip("\n"))


def _origin(attachment: Json, names: NamesById) -> str:
    """The display name of its author, else of its channel or app."""
    known = names.get(str(attachment.get("author_id")), "")
    told = (attachment.get(name) for name in ("author_name", "author_subname", "channel_name", "service_name"))
    return next((unescaped(str(name)) for name in (*told, known) if name), "")


def _text(attachment: Json) -> str:
    """Its text in Slack's notation; from its blocks if it has no text, and from its fallback if it has neither."""
    inner = [block for message in _messages(attachment) for block in message.get("blocks") or []]
    said = str(attachment.get("text") or "") or notation([*inner, *(attachment.get("blocks") or [])])
    parts = [str(attachment.get("pretext") or ""), _title(attachment), said, *_fields(attachment)]
    fallback = str(attachment.get("fallback") or "")
    return "\n".join(part for part in parts if part) or (fallback if fallback != NO_PREVIEW else "")


def _title(attachment: Json) -> str:
    """Its title, with the address behind it, unless its author wrote that address."""
    title, url = (str(attachment.get(name) or "") for name in ("title", "title_link"))
    is_new = url and title and url not in (attachment.get("from_url"), attachment.get("original_url"))
    return link_notation(url, title) if is_new else title


def _fields(attachment: Json) -> Iterator[str]:
    """The short fields below it."""
    for field in attachment.get("fields") or []:
        told = (str(field.get(name) or "") for name in ("title", "value"))
        yield ": ".join(part for part in told if part)


def _messages(attachment: Json) -> Iterator[Json]:
    """The messages inside it, if several were shared at once."""
    for each in attachment.get("message_blocks") or []:
        if isinstance(each, Mapping) and isinstance(each.get("message"), Mapping):
            yield each["message"]
