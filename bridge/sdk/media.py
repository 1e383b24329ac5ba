"""
What a file is, told by its bytes, and the name it may bear.

Rules
* The content decides: a name's ending must be true to it, or bots and platforms refuse the file.
* A given name is text to show, never a path: no folders, no control characters, nothing that turns the reading direction.
* What has no mark (plain text, and whatever nobody has heard of) keeps the ending it came with, unless that claims a mark.
"""

import re
import unicodedata
from typing import Final

from bridge.sdk.errors import FileTooBig, Refused
from bridge.sdk.i18n import MessageId
from bridge.sdk.model import MediaBytes

LARGEST: Final = 15 << 20
"""Bytes of any file that passes through; the limit of a request to Coze. https://docs.coze.cn/developer_guides/upload_files"""

_LONGEST_NAME: Final = 100
_HEAD: Final = 4096  # bytes in which text must look like text
_ENDING: Final = re.compile(r"[A-Za-z0-9]{1,8}")

_FAMILIES: Final = (
    (0, b"\xff\xd8\xff", ("jpg", "jpeg")),
    (0, b"\x89PNG\r\n\x1a\n", ("png",)),
    (0, b"GIF8", ("gif",)),
    (0, b"II*\x00", ("tiff", "tif")),
    (0, b"MM\x00*", ("tiff", "tif")),
    (0, b"%PDF-", ("pdf",)),
    (0, b"PK\x03\x04", ("zip", "docx", "xlsx", "pptx", "numbers")),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ("doc", "xls", "ppt")),
    (0, b"Rar!\x1a\x07", ("rar",)),
    (0, b"7z\xbc\xaf\x27\x1c", ("7z",)),
    (0, b"\x1f\x8b\x08", ("gz", "gzip")),
    (4, b"1AY&SY", ("bz2",)),
    (0, b"OggS", ("ogg",)),
    (0, b"ID3\x02", ("mp3",)),
    (0, b"ID3\x03", ("mp3",)),
    (0, b"ID3\x04", ("mp3",)),
    (0, b"\xff\xfb", ("mp3",)),
    (0, b"\xff\xf3", ("mp3",)),
    (0, b"\xff\xf2", ("mp3",)),
    (0, b"\xff\xf1", ("aac",)),
    (0, b"\xff\xf9", ("aac",)),
    (0, b"fLaC", ("flac",)),
    (0, b"#!AMR", ("amr",)),
    (0, b"MThd", ("midi", "mid")),
    (0, b"FLV\x01", ("flv",)),
    (0, b"\x1a\x45\xdf\xa3", ("webm", "mkv")),
    (4, b"ftypM4A", ("m4a",)),
    (4, b"ftypqt", ("mov",)),
    (4, b"ftyp3g", ("3gp", "3gpp")),
    (4, b"ftypheic", ("heic", "heif")),
    (4, b"ftypheix", ("heic", "heif")),
    (4, b"ftypmif1", ("heif", "heic")),
    (4, b"ftypavif", ("avif",)),
    (4, b"ftyp", ("mp4", "m4v", "m4a")),
)
"""The offset of a mark, the mark, and the endings it allows, the usual one first."""

_RIFF: Final = {b"WEBP": ("webp",), b"WAVE": ("wav",), b"AVI ": ("avi",)}
_OFFICE: Final = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"))
_MARKED: Final = frozenset(ending for _, _, endings in _FAMILIES for ending in endings) | {"bmp", "webp", "wav", "avi"}
_PAGES: Final = (b"<!doctype html", b"<html")

_MIMES: Final = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "tif": "image/tiff",
    "heic": "image/heic",
    "heif": "image/heif",
    "avif": "image/avif",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "amr": "audio/amr",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "3gp": "video/3gpp",
    "3gpp": "video/3gpp",
    "avi": "video/x-msvideo",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "txt": "text/plain",
    "html": "text/html",
}
_UNKNOWN: Final = "application/octet-stream"


def sniff_extensions(data: bytes) -> tuple[str, ...]:
    """The endings that are true to *data*, the usual one first; none if it bears no mark."""
    if is_html(data):
        return ("html", "htm")
    if data.startswith(b"BM") and data[6:10] == bytes(4):  # two letters alone would be too little
        return ("bmp",)
    if data.startswith(b"RIFF"):
        return _RIFF.get(data[8:12], ())
    for at, mark, allowed in _FAMILIES:
        if data.startswith(mark, at):
            return _office(data) if "docx" in allowed else allowed
    return ()


def is_html(data: bytes) -> bool:
    """Whether *data* is a web page."""
    return data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGES)


def named_media(data: bytes, name: str | None, mime: str | None = None) -> MediaBytes:
    """*data* under a name that is true to it, as near as possible to the *name* it came with."""
    stem, ending = _parted(_harmless(name or ""))
    true = sniff_extensions(data)
    if true:
        ending = ending if ending in true else true[0]
    elif not ending or ending in _MARKED:
        ending = "txt" if _is_text(data) else "bin"
    return MediaBytes(name=f"{stem or 'file'}.{ending}", mime=_MIMES.get(ending) or mime or _UNKNOWN, data=data)


class BoundedBuffer:
    """Bytes as they come, as many as are allowed."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._chunks = bytearray()

    def expect(self, size: int | None) -> None:
        """Refuse right away what is announced as too big."""
        if size is not None and size > self._at_most:
            raise FileTooBig(f"expected a file of at most {self._at_most} bytes, got {size}")

    def append(self, chunk: bytes) -> None:
        """Add *chunk*; `FileTooBig` beyond what is allowed."""
        self.expect(len(self._chunks) + len(chunk))
        self._chunks += chunk

    @property
    def data(self) -> bytes:
        """All of it; `Refused` for an empty file."""
        if not self._chunks:
            raise Refused("expected a file, got nothing", message_id=MessageId.FILE_UNUSABLE)
        return bytes(self._chunks)


def _office(data: bytes) -> tuple[str, ...]:
    """What an archive is, by the folders in it."""
    for folder, ending in _OFFICE:
        if folder in data:
            return (ending,)
    return ("zip", "numbers")


def _harmless(name: str) -> str:
    last = re.split(r"[/\\]", name)[-1]
    return "".join(char for char in last if unicodedata.category(char)[0] != "C").strip(" .")


def _parted(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    if not dot or not _ENDING.fullmatch(ending):
        return name[:_LONGEST_NAME], ""
    return stem[: _LONGEST_NAME - len(ending) - 1], ending.lower()


def _is_text(data: bytes) -> bool:
    head = data[:_HEAD]
    if b"\x00" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as broken:
        return broken.start > len(head) - 4 and len(head) == _HEAD  # a character cut in half at the end
    return True
