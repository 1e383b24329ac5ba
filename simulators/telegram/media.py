"""The methods about files: sending photos, documents, voice and albums, and fetching what people sent."""

from pathlib import Path
from typing import Any

from simulators.telegram.account import Account, Params
from simulators.telegram.params import UPLOAD_LIMIT, Upload
from simulators.telegram.refused import Refused
from simulators.telegram.sending import caption, place, posted
from simulators.telegram.world import File, Json, World

PHOTO_LIMIT = 10 << 20
DOWNLOAD_LIMIT = 20 << 20
IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF", b"BM")  # how the images begin that become photos
FOLDERS = {"photo": "photos", "document": "documents", "voice": "voice", "audio": "music"}


def photo_sizes(file: File) -> list[Json]:
    """The sizes of a photo, ascending; the last is the one that was sent."""
    small = file.wire(width=90, height=90) | {"file_size": min(file.size, 1024)}
    return [small, file.wire(width=800, height=800)]


def medium(kind: str, file: File) -> Json:
    """How a message carries *file*."""
    match kind:
        case "photo":
            return {"photo": photo_sizes(file)}
        case "voice" | "audio":
            return {kind: file.wire(duration=1)}
        case _:
            return {"document": file.wire()}


def _given(bot: Account, kind: str, value: Any, params: Params) -> File:
    """The file a call sends: uploaded, known, or to be fetched from the web."""
    if isinstance(value, str) and value.startswith("attach://"):
        value = params.get(value.removeprefix("attach://").lower())
    if isinstance(value, Upload):
        return _uploaded(bot.world, kind, value)
    if isinstance(value, str) and value in bot.world.files:
        return bot.world.files[value]
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        if value not in bot.world.web:
            raise Refused("failed to get HTTP URL content")
        return _uploaded(bot.world, kind, Upload(value.rpartition("/")[2], "", bot.world.web[value]))
    if not value:
        raise Refused(f"there is no {kind} in the request")
    raise Refused("wrong file identifier/HTTP URL specified")


def _uploaded(world: World, kind: str, upload: Upload) -> File:
    size = len(upload.data)
    if not size:
        raise Refused("file must be non-empty")
    if size > UPLOAD_LIMIT:
        raise Refused(status=413)
    if kind == "photo":
        if size > PHOTO_LIMIT:
            raise Refused(f"file of size {size} bytes is too big for a photo; the maximum size is {PHOTO_LIMIT} bytes")
        if not upload.data.startswith(IMAGES):
            raise Refused("IMAGE_PROCESS_FAILED")
        return world.store("photos", upload.data, name=None, mime=None)
    return world.store(FOLDERS[kind], upload.data, name=upload.name or None, mime=upload.mime or None)


def _send(bot: Account, kind: str, params: Params) -> Json:
    text, entities = caption(params)
    file = _given(bot, kind, params.get(kind), params)
    kept = {} if kind == "audio" else {kind: file}
    return posted(bot, params, text=text, entities=entities, media=medium(kind, file), **kept)


def send_photo(bot: Account, params: Params) -> Json:
    """Post a photo."""
    return _send(bot, "photo", params)


def send_document(bot: Account, params: Params) -> Json:
    """Post a document."""
    return _send(bot, "document", params)


def send_audio(bot: Account, params: Params) -> Json:
    """Post a piece of music."""
    return _send(bot, "audio", params)


def send_voice(bot: Account, params: Params) -> Json:
    """Post a voice message."""
    return _send(bot, "voice", params)


def send_media_group(bot: Account, params: Params) -> list[Json]:
    """Post an album."""
    items = params.get("media")
    if not isinstance(items, list):
        raise Refused("can't parse media JSON object")
    if not 2 <= len(items) <= 10:
        raise Refused("media group must include 2-10 items")
    kinds = {item.get("type") for item in items if isinstance(item, dict)}
    if len(kinds) > 1 and "document" in kinds:
        raise Refused("document can't be mixed with other media types")
    prepared = [_item(bot, item, params) for item in items]
    where = place(bot, params)
    group = str(len(where.chat.messages) + 1_000_000)
    messages = [
        bot.world.post(where.chat, bot.person, thread=where.thread, reply_to=where.reply_to, **what)
        for what in prepared
    ]
    for message in messages:
        message.media["media_group_id"] = group
    return [bot.world.wire(where.chat, message) for message in messages]


def _item(bot: Account, item: Any, params: Params) -> dict[str, Any]:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind not in ("photo", "document"):
        raise Refused("can't parse media JSON object: Unsupported type specified")
    text, entities = caption(item)
    file = _given(bot, kind, item.get("media"), params)
    return {"text": text, "entities": entities, "media": medium(kind, file), kind: file}


def get_file(bot: Account, params: Params) -> Json:
    """Where a file can be fetched; not if it is large."""
    file = bot.world.files.get(str(params.get("file_id") or ""))
    if file is None:
        raise Refused("wrong file_id or the file is temporarily unavailable")
    path = file.path
    if bot.world.local_files is not None:
        path = _kept_locally(bot.world.local_files, file)
    elif file.size > DOWNLOAD_LIMIT:
        raise Refused("file is too big")
    return {
        "file_id": file.file_id,
        "file_unique_id": f"u{file.file_id}",
        "file_size": file.size,
        "file_path": path,
    }


def _kept_locally(folder: Path, file: File) -> str:
    """The path of the *file* as a server run with ``--local`` keeps it."""
    kept = folder / file.path
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(file.data)
    return str(kept)


def by_path(world: World, path: str) -> File | None:
    """The file below ``/file/bot<token>/`` that *path* names."""
    return next((file for file in world.files.values() if file.path == path), None)
