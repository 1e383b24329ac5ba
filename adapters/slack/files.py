"""Files that people share in Slack, fetched with the bot's token."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.slack.api import SlackApi
from bridge.sdk.errors import FileTooBig, Refused
from bridge.sdk.i18n import MessageId
from bridge.sdk.media import is_html, named_media
from bridge.sdk.model import Attachment, MediaBytes

_GONE: Final = frozenset({"tombstone", "hidden_by_limit"})
_UNUSABLE: Final = MessageId.FILE_UNUSABLE


async def fetch(api: SlackApi, attachment: Attachment, at_most: int) -> MediaBytes:
    """
    Download a file from Slack.

    Slack is asked for its details first: of a file from another workspace only the id is known.
    """
    try:
        file = await api.file(attachment.handle)
        data, kind = await api.download(_address(file), at_most)
    except FileTooBig:
        raise
    except Refused as refusal:
        raise Refused(refusal.detail, message_id=_UNUSABLE) from refusal
    mime = str(file.get("mimetype") or "") or None
    if is_html(data) and (mime != "text/html" or kind != mime):  # how Slack turns away a token without the scope
        raise Refused("expected a file, got a page to sign in: is the scope files:read missing?", message_id=_UNUSABLE)
    return named_media(data, file.get("name") or attachment.kind, mime)


def _address(file: Mapping[str, Any]) -> str:
    """The address of its bytes; empty if it is kept elsewhere, deleted, or hidden from a free workspace."""
    if file.get("is_external") or file.get("mode") in _GONE:
        return ""
    return str(file.get("url_private_download") or file.get("url_private") or "")
