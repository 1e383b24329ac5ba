"""
What is said in one of several workspaces, made unmistakable: a person is ``T123:U456``, a file says whose token fetches it.

Rule: outside the adapter ids are qualified, towards Slack they are plain; between the two stand these functions alone.
"""

from collections.abc import Iterable
from dataclasses import replace

from bridge.sdk.model import Attachment, Inbound

INSTALLATION = "installation"
"""Under this name a message remembers which installation heard it."""


def qualified(message: Inbound, installation: str) -> Inbound:
    """*message* as the core gets it; its author belongs to the workspace that Slack says is theirs, here or elsewhere."""
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
    """*message* as Slack knows it."""
    return replace(message, author=replace(message.author, id=message.author.id.rpartition(":")[2]))


def split_id(identifier: str) -> tuple[str, str]:
    """What stands before the colon, empty for nothing, and the plain id behind it."""
    before, _, rest = identifier.rpartition(":")
    return before, rest


def _qualified(attachments: Iterable[Attachment], installation: str) -> tuple[Attachment, ...]:
    return tuple(replace(one, handle=f"{installation}:{one.handle}") for one in attachments)
