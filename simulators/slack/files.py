"""Slack's files: the three steps of an upload, and downloads that show a login page to strangers."""

import asyncio
import re
from collections.abc import Callable

from aiohttp import web

from simulators.server import Faults
from simulators.slack.api import spoil
from simulators.slack.model import Answer, File, Params, Refusal
from simulators.slack.world import World

_LOGIN = "<!DOCTYPE html><html><head><title>Sign in to Sim | Slack</title></head><body>Sign in</body></html>"
_KIND = re.compile(r"[\w.+-]+/[\w.+-]+")


class Files:
    """What was uploaded, by people and by the bot."""

    def __init__(
        self, world: World, faults: Faults, holds: Callable[[str, str], bool], changed: Callable[[], None]
    ) -> None:
        self._world, self._faults, self._holds, self._changed = world, faults, holds, changed
        self.methods = {
            "files.getUploadURLExternal": self.begin,
            "files.completeUploadExternal": self.complete,
            "files.info": self.about,
        }

    def begin(self, params: Params) -> Answer:
        """Give an address for the bytes."""
        if not str(params["length"]).isdigit() or int(params["length"]) == 0:
            raise Refusal("invalid_arguments")
        file = self._world.add_file(params["filename"], b"", user=self._world.bot_user, uploaded=False, shared=False)
        file.size = int(params["length"])
        return {"upload_url": f"{self._world.url}/upload/v1/{file.id}", "file_id": file.id}

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Take the bytes."""
        file = self._world.files.get(request.match_info["file"])
        data = await request.read()
        if fault := self._faults.take("upload", {"file": request.match_info["file"]}):
            return spoil(fault, request)
        if file is None or file.uploaded or len(data) != file.size:
            return web.Response(status=400, text="bad upload")
        file.data, file.uploaded = data, True
        return web.Response(text=f"OK - {len(data)}")

    def complete(self, params: Params) -> Answer:
        """Share uploaded files; the message comes a moment later, and its ts is not told."""
        files = [self._finished(item) for item in params["files"]]
        places = str(params.get("channel_id") or params.get("channels") or "")
        channels = [self._world.writable(name) for name in places.split(",") if name]
        thread = params.get("thread_ts") or None
        if thread and len(channels) != 1:
            raise Refusal("invalid_arguments")
        for channel in channels:
            root = self._world.root(channel, thread) if thread else None
            text = params.get("initial_comment") or ""
            asyncio.get_running_loop().call_soon(self._share, channel.id, root, text, files)
        for file in files:
            file.shared = True
        return {"files": [{"id": file.id, "title": file.title or file.name} for file in files]}

    def about(self, params: Params) -> Answer:
        """All that is known of a file."""
        file = self._world.files.get(params["file"])
        if file is None or not file.uploaded or file.access == "file_not_found":
            raise Refusal("file_not_found")
        if file.mode == "tombstone":
            raise Refusal("file_deleted")
        return {"file": file.wire(full=True)}

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Give the bytes to the bot, and the login page, with a friendly 200, to everybody else."""
        name = request.match_info["file"]
        if fault := self._faults.take("download", {"file": name}):
            return spoil(fault, request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not self._holds(token, "files:read"):
            return web.Response(text=_LOGIN, content_type="text/html")
        file = self._world.files.get(name.rpartition("-")[2])
        if file is None or not file.uploaded:
            return web.Response(status=404)
        kind = file.mimetype if _KIND.fullmatch(file.mimetype) else "application/octet-stream"
        return web.Response(body=file.data, content_type=kind)

    def _finished(self, item: object) -> File:
        file = self._world.files.get(str(item.get("id"))) if isinstance(item, dict) else None
        if file is None or not file.uploaded or file.shared:
            raise Refusal("file_not_found")
        file.title = (item.get("title") if isinstance(item, dict) else None) or file.name
        return file

    def _share(self, channel: str, thread: str | None, text: str, files: list[File]) -> None:
        self._world.post(self._world.channels[channel], thread_ts=thread, text=text, files=list(files))
        self._changed()
