"""The files of a message, still at Slack; https://docs.slack.dev/reference/objects/file-object."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from bridge.sdk.model import Attachment, MediaKind

Json = Mapping[str, Any]

_UNFETCHABLE: Final = frozenset({"tombstone", "hidden_by_limit"})
_KINDS: Final = {"image": MediaKind.IMAGE, "audio": MediaKind.AUDIO, "video": MediaKind.VIDEO}


def attachments(files: Iterable[Json]) -> tuple[Attachment, ...]:
    """Those of the *files* that can still be fetched, each once."""
    kept = {str(file["id"]): _attachment(file) for file in files if _can_be_fetched(file)}
    return tuple(kept.values())


def _can_be_fetched(file: Json) -> bool:
    return file.get("mode") not in _UNFETCHABLE and file.get("file_access") != "file_not_found"


def _attachment(file: Json) -> Attachment:
    mime = str(file.get("mimetype") or "")
    voice = file.get("subtype") == "slack_audio"
    return Attachment(
        kind=MediaKind.VOICE if voice else _KINDS.get(mime.partition("/")[0], MediaKind.FILE),
        handle=str(file["id"]),
        name=file.get("name"),
        mime=mime or None,
        size=file.get("size"),
    )
