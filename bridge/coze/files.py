"""Uploads files to Coze, and has recordings transcribed."""

import json
from collections.abc import Sequence

from bridge.coze.api import CozeApi
from bridge.coze.limits import RECORDING_LARGEST
from bridge.sdk.asking import UploadedFile
from bridge.sdk.errors import FileTooBig, Refused
from bridge.sdk.i18n import MessageId
from bridge.sdk.media import LARGEST
from bridge.sdk.model import MediaBytes, MediaKind

_UNUSABLE = MessageId.FILE_UNUSABLE


async def upload(api: CozeApi, media: MediaBytes, *, kind: MediaKind | None = None) -> UploadedFile:
    """Upload *media*, as an image or a file unless another *kind* is given; Coze keeps it for three months."""
    data = await _send(api, "/v1/files/upload", media, LARGEST)
    file_id = data.get("id")
    if not file_id:
        raise Refused("expected a file's id, got none", message_id=_UNUSABLE)
    usual = MediaKind.IMAGE if media.mime.startswith("image/") else MediaKind.FILE
    return UploadedFile(kind=kind or usual, file_id=str(file_id), mime=media.mime)


def as_parameter(uploaded: Sequence[UploadedFile]) -> str | list[str]:
    """The value of a workflow's parameter for files: JSON for one file, a list of such for several."""
    texts = [json.dumps({"file_id": file.file_id}) for file in uploaded]
    return texts[0] if len(texts) == 1 else texts


async def transcribe(api: CozeApi, media: MediaBytes) -> str:
    """What is said in a recording."""
    text = (await _send(api, "/v1/audio/transcriptions", media, RECORDING_LARGEST)).get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refused("expected words in a recording, got none", message_id=_UNUSABLE)
    return text.strip()


async def _send(api: CozeApi, path: str, media: MediaBytes, at_most: int) -> dict[str, object]:
    if len(media.data) > at_most:
        raise FileTooBig(f"expected at most {at_most} bytes, got {len(media.data)}")
    try:
        data = (await api.upload(path, media)).data
    except Refused as refusal:  # of whatever number: 4000 too is the file's fault here
        raise Refused(refusal.detail, message_id=_UNUSABLE, log_id=refusal.log_id) from refusal
    return data if isinstance(data, dict) else {}
