"""
The attachments of a message: its files, stickers and places; a route decides which ones it wants.

https://core.telegram.org/bots/api#message
"""

from collections.abc import Iterator
from typing import Any, Final

from bridge.sdk.model import Attachment, MediaKind

Json = dict[str, Any]

_MEDIA: Final = {
    "voice": MediaKind.VOICE,
    "audio": MediaKind.AUDIO,
    "video": MediaKind.VIDEO,
    "video_note": MediaKind.VIDEO,
    "animation": MediaKind.VIDEO,  # before document, as it sets both
    "document": MediaKind.FILE,
    "sticker": MediaKind.STICKER,
}


def attachments(message: Json) -> tuple[Attachment, ...]:
    """The attachments of *message*, paid media among them."""
    paid = (message.get("paid_media") or {}).get("paid_media") or ()
    return tuple(each for held in (message, *paid) for each in _held(held))


def _held(message: Json) -> Iterator[Attachment]:
    if sizes := message.get("photo") or (message.get("live_photo") or {}).get("photo"):
        yield _file(MediaKind.IMAGE, sizes[-1] | {"mime_type": "image/jpeg"})  # ascending; always JPEG
    for field, kind in _MEDIA.items():
        if field in message:
            yield _file(kind, message[field])
            break
    if place := message.get("location"):
        yield Attachment(kind=MediaKind.LOCATION, handle=f"{place['latitude']},{place['longitude']}")


def _file(kind: MediaKind, file: Json) -> Attachment:
    return Attachment(
        kind=kind,
        handle=str(file["file_id"]),
        name=file.get("file_name") or file.get("emoji") or _title_of(file),
        mime=file.get("mime_type"),
        size=file.get("file_size"),
    )


def _title_of(file: Json) -> str | None:
    """A file name for music that was sent without one."""
    return " – ".join(str(file[field]) for field in ("performer", "title") if file.get(field)) or None
