"""Files on their way to Coze: what a bot can be shown, and recordings turned into text."""

import json
from collections.abc import Sequence

from bridge.coze.calls import Calls
from bridge.sdk.errors import Refused
from bridge.sdk.media import LARGEST
from bridge.sdk.model import File, Media, MediaKind

_UNUSABLE = "file_unusable"
_LONGEST_SOUND = 10 << 20  # bytes that are transcribed


async def upload(calls: Calls, media: Media, *, kind: MediaKind | None = None) -> File:
    """*media* at Coze, by its id, as an image or a file unless another *kind* is given; it is kept there for three months."""
    data = await _send(calls, "/v1/files/upload", media, LARGEST)
    file_id = data.get("id")
    if not file_id:
        raise Refused("expected a file's id, got none", says=_UNUSABLE)
    usual = MediaKind.IMAGE if media.mime.startswith("image/") else MediaKind.FILE
    return File(kind=kind or usual, file_id=str(file_id))


def as_parameter(uploaded: Sequence[File]) -> str | list[str]:
    """What a workflow's parameter takes: one file in JSON, or a list of such where there are several."""
    texts = [json.dumps({"file_id": file.file_id}) for file in uploaded]
    return texts[0] if len(texts) == 1 else texts


async def transcribe(calls: Calls, media: Media) -> str:
    """What is said in a recording."""
    text = (await _send(calls, "/v1/audio/transcriptions", media, _LONGEST_SOUND)).get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refused("expected words in a recording, got none", says=_UNUSABLE)
    return text.strip()


async def _send(calls: Calls, path: str, media: Media, at_most: int) -> dict[str, object]:
    if len(media.data) > at_most:
        raise Refused(f"expected at most {at_most} bytes, got {len(media.data)}", says=_UNUSABLE)
    try:
        data = (await calls.upload(path, media)).data
    except Refused as refusal:  # of whatever number: 4000 too is the file's fault here
        raise Refused(refusal.detail, says=_UNUSABLE, log_id=refusal.log_id) from refusal
    return data if isinstance(data, dict) else {}
