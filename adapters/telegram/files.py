"""The kind as which a file is posted: Telegram shows photos, plays voice and music, and offers the rest as documents."""

from typing import Final

from adapters.telegram.limits import PHOTO_LARGEST
from bridge.sdk.model import MediaBytes

_KINDS: Final = {
    "image/jpeg": "photo",
    "image/png": "photo",
    "image/webp": "photo",  # a GIF would stand still
    "audio/ogg": "voice",  # https://core.telegram.org/bots/api#sendvoice
    "audio/mpeg": "audio",  # https://core.telegram.org/bots/api#sendaudio
    "audio/mp4": "audio",
}


def best_kind(media: MediaBytes) -> str | None:
    """Telegram's kind for a file that it can show or play; None for a document."""
    kind = _KINDS.get(media.mime)
    return None if kind == "photo" and len(media.data) > PHOTO_LARGEST else kind
