"""
An answer that is spoken, made a file: what its pieces are follows from the recording that was asked.

    WAV asked       PCM: 24 kHz, 16 bits, one channel, little-endian ─► WAV
    Ogg Opus asked  Opus: 48 kHz, one channel, a packet each         ─► Ogg Opus
https://docs.coze.cn/developer_guides/chat_v3
"""

import base64
import binascii
import io
import wave
from typing import Any, Final

from bridge.coze.ogg import ogg_opus
from bridge.sdk.media import LARGEST
from bridge.sdk.model import MediaBytes

_PCM_RATE: Final = 24_000


class Speech:
    """What a bot has said aloud in one chat so far."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._spoilt = False  # a piece is missing, so that the rest is not what was said

    def add(self, content: Any) -> None:
        """Add one more piece, in Base64, perhaps empty; a piece that is no Base64, or one too many, spoils all."""
        try:
            piece = base64.b64decode(content, validate=True)
        except (binascii.Error, TypeError, ValueError):
            self._spoilt = True
            return
        self._size += len(piece)
        self._spoilt = self._spoilt or self._size > LARGEST
        if piece and not self._spoilt:
            self._pieces.append(piece)

    def as_file(self, mime: str) -> MediaBytes | None:
        """All of it, after a recording of the type *mime* was asked; None if there is nothing to be heard."""
        if self._spoilt or not self._pieces:
            return None
        whole = b"".join(self._pieces)
        match mime:
            case "audio/ogg":
                data = whole if whole.startswith(b"OggS") else ogg_opus(self._pieces)
                return MediaBytes(name="answer.ogg", mime=mime, data=data) if data else None
            case "audio/wav":
                return MediaBytes(
                    name="answer.wav", mime=mime, data=whole if whole.startswith(b"RIFF") else _wav(whole)
                )
        return None


def _wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_PCM_RATE)
        sound.writeframes(pcm)
    return file.getvalue()
