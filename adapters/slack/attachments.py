"""The files of a message, still at Slack; https://docs.slack.dev/reference/objects/file-object."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from bridge.sdk.model import Attachment, MediaKind

Json = Mapping[str, Any]

_GONE: Final = frozenset({"tombstone", "hidden_by_limit"})
_KINDS: Final = {"image": MediaKind.IMAGE, "audio": MediaKind.AUDIO, "video": MediaKind.VIDEO}

_NAMES_FILES: Final = re.compile(
    r"<https://[\w.-]+\.slack(?:-gov)?\.com/files(?:-pri)?/|<https://files\.slack(?:-gov)?\.com/"
)
"""Slack's own address of a file, as found in the text of a message that shares one."""


def attachments(files: Iterable[Json]) -> tuple[Attachment, ...]:
    """An attachment for each file, once; a deleted or hidden one fails when it is fetched, and its author is told."""
    return tuple({str(file["id"]): _attachment(file) for file in files}.values())


def lacks_files(event: Json) -> bool:
    """Whether a message has files that this copy of it lacks."""
    if event.get("files"):
        return False
    told = event.get("subtype") == "file_share" or event.get("upload") or event.get("has_files")
    return bool(told or _NAMES_FILES.search(str(event.get("text") or "")))


def address(file: Json) -> str:
    """The address of its bytes; empty if it is kept elsewhere, deleted, hidden from a free workspace, or not told."""
    if file.get("is_external") or file.get("mode") in _GONE:
        return ""
    return str(file.get("url_private_download") or file.get("url_private") or "")


def split_handle(handle: str) -> tuple[str, str]:
    """The id of the file that an attachment's *handle* names, and the address that its message told, if it did."""
    file_id, _, told = handle.partition(" ")
    return file_id, told


def _attachment(file: Json) -> Attachment:
    mime = str(file.get("mimetype") or "")
    voice = file.get("subtype") == "slack_audio"
    return Attachment(
        kind=MediaKind.VOICE if voice else _KINDS.get(mime.partition("/")[0], MediaKind.FILE),
        handle=f"{file['id']} {address(file)}".rstrip(),
        name=file.get("name") or file.get("title"),
        mime=mime or None,
        size=file.get("size"),
    )
