"""
Qualifies ids with their workspace, where there are several: a person is ``T123:U456``, a file names the token that fetches it.

Rule: outside the adapter ids are qualified, towards Slack they are plain; only these functions convert between the two.
"""

from collections.abc import Iterable
from dataclasses import replace

from bridge.sdk.model import Attachment, Inbound

INSTALLATION = "installation"
"""The key in a message's `reply_context` of the installation that received it."""


def qualified(message: Inbound, installation: str) -> Inbound:
    """*message* with qualified ids; its author's with the workspace that Slack names, which may be another."""
    home = message.reply_context.get("team") or message.where.workspace or installation
    quote = message.quote
    return replace(
        message,
        author=replace(message.author, id=f"{home}:{message.author.id}"),
        attachments=_qualified(message.attachments, installation),
        quote=quote and replace(quote, attachments=_qualified(quote.attachments, installation)),
        reply_context={**message.reply_context, INSTALLATION: installation},
    )


def plain(message: Inbound) -> Inbound:
    """*message* with plain ids."""
    return replace(message, author=replace(message.author, id=message.author.id.rpartition(":")[2]))


def split_id(identifier: str) -> tuple[str, str]:
    """The workspace before the colon, empty if there is none, and the plain id with what may follow it behind a space."""
    plain_id, space, more = identifier.partition(" ")
    before, _, rest = plain_id.rpartition(":")
    return before, f"{rest}{space}{more}"


def _qualified(attachments: Iterable[Attachment], installation: str) -> tuple[Attachment, ...]:
    return tuple(replace(one, handle=f"{installation}:{one.handle}") for one in attachments)
