"""Files that people share in Slack, fetched with the bot's token."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.slack.api import SlackApi
from adapters.slack.attachments import address, split_handle
from bridge.sdk.errors import FileTooBig, Refused
from bridge.sdk.i18n import MessageId
from bridge.sdk.media import is_html, named_media
from bridge.sdk.model import Attachment, MediaBytes

_UNUSABLE: Final = MessageId.FILE_UNUSABLE


async def fetch(api: SlackApi, attachment: Attachment, at_most: int) -> MediaBytes:
    """
    Download a file from Slack.

    Slack is asked for its details first: of a file from another workspace only the id is known.
    """
    try:
        file = await _details(api, *split_handle(attachment.handle))
        data, kind = await api.download(address(file), at_most)
    except FileTooBig:
        raise
    except Refused as refusal:
        raise Refused(refusal.detail, message_id=_UNUSABLE) from refusal
    mime = str(file.get("mimetype") or attachment.mime or "") or None
    if is_html(data) and (mime != "text/html" or kind != mime):  # how Slack turns away a token without the scope
        raise Refused("expected a file, got a page to sign in: is the scope files:read missing?", message_id=_UNUSABLE)
    return named_media(data, file.get("name") or attachment.name or attachment.kind, mime)


async def _details(api: SlackApi, file_id: str, told: str) -> Mapping[str, Any]:
    """What Slack says of a file; where it tells no address, or nothing at all, the address that its message *told* holds."""
    try:
        known = await api.file(file_id)
    except Refused:
        if not told:
            raise
        known = {}
    return {"url_private": told, **known}
