"""Coze's smaller rooms: files sent up, speech turned into text, and what is known of bots and of the caller."""

import time
from typing import Any

from aiohttp import web

from simulators.coze.records import File
from simulators.coze.requests import ApiRequest
from simulators.coze.rules import Refused, need
from simulators.coze.turns import Turns

LARGEST = 15 << 20  #: bytes; the general limit of a request, below the 512 MB of the call's own page
LONGEST_SOUND = 10 << 20  #: bytes
KINDS = frozenset(
    [
        "doc",
        "docx",
        "xls",
        "xlsx",
        "ppt",
        "pptx",
        "pdf",
        "numbers",
        "csv",
        "cpp",
        "py",
        "java",
        "c",
        "jpg",
        "jpeg",
        "jpg2",
        "png",
        "gif",
        "webp",
        "heic",
        "heif",
        "bmp",
        "pcd",
        "tiff",
        "wav",
        "mp3",
        "flac",
        "m4a",
        "aac",
        "ogg",
        "wma",
        "midi",
        "mp4",
        "avi",
        "mov",
        "3gp",
        "3gpp",
        "flv",
        "webm",
        "wmv",
        "rmvb",
        "m4v",
        "mkv",
        "rar",
        "zip",
        "7z",
        "gz",
        "gzip",
        "bz2",
        "txt",
        "md",
    ]  # the last two are in no list, and in use
)
SOUNDS = frozenset(["ogg", "opus", "mp3", "wav", "m4a", "mp4", "pcm", "raw", "spx", "aac", "amr"])
MAGIC = {
    b"\x89PNG": {"png"},
    b"\xff\xd8\xff": {"jpg", "jpeg", "jpg2"},
    b"GIF8": {"gif"},
    b"%PDF": {"pdf"},
    b"OggS": {"ogg", "opus"},
    b"PK\x03\x04": {"zip", "docx", "xlsx", "pptx", "numbers"},
}


class Files(Turns):
    """The part of Coze that takes files, and answers small questions."""

    largest = LARGEST  #: bytes; a test may make it smaller
    hears = "What the recording says."  #: the text of every recording
    prologue = "Hello! I am the bot of this simulator."
    suggested_questions = ("What can you do?", "Tell me a long story")

    def upload(self, asked: ApiRequest) -> dict[str, Any]:
        """``POST /v1/files/upload``: one part, named ``file``."""
        name, content = _only(asked)
        need(len(content) <= self.largest, 4302)
        need(_suffix(name) in KINDS, 4303)
        need(_true_to_name(name, content), 4000, "file content or filename is invalid")
        file = File(id=self.new_id(), name=name, content=content, owner=self.owner(asked.token))
        self.files[file.id] = file
        return file.shown()

    def serve(self, name: str, content: bytes, content_type: str = "application/octet-stream") -> str:
        """Put a file of a bot's own making on the web; its address."""
        self.made[name] = (content_type, content)
        return f"{self.url}/made/{name}"

    def send_away(self, name: str, elsewhere: str) -> str:
        """Put an address on the web that leads *elsewhere*."""
        return self.serve(name, elsewhere.encode(), "redirection")

    async def show_made(self, request: web.Request) -> web.Response:
        """What a bot has made, to anybody who knows the address."""
        name = request.match_info["name"]
        fault = self.faults.take("made", {"name": name})
        if fault is not None:
            self.record("made", {"name": name}, ok=False)
            return self._spoil(request, fault)
        self.record("made", {"name": name}, ok=name in self.made)
        if name not in self.made:
            raise web.HTTPNotFound
        content_type, content = self.made[name]
        if content_type == "redirection":
            raise web.HTTPFound(content.decode())
        return web.Response(body=content, content_type=content_type)

    def retrieve_file(self, asked: ApiRequest) -> dict[str, Any]:
        """``GET /v1/files/retrieve``."""
        file = self.files.get(asked.query.get("file_id", ""))
        if file is None or file.owner != self.owner(asked.token):
            raise Refused(4200)
        return file.shown()

    def transcribe(self, asked: ApiRequest) -> dict[str, Any]:
        """``POST /v1/audio/transcriptions``."""
        name, content = _only(asked)
        need(len(content) <= min(LONGEST_SOUND, self.largest), 4302)
        need(_suffix(name) in SOUNDS, 4303)
        return {"text": self.hears}

    def show_bot(self, asked: ApiRequest) -> dict[str, Any]:
        """``GET /v1/bots/{id}``, and its elder sibling by query."""
        bot_id = asked.path.get("id") or asked.query.get("bot_id", "")
        if asked.query.get("is_published") != "false" or bot_id not in self.unpublished:
            self.know_bot(bot_id)
        now = int(time.time())
        shown: dict[str, Any] = {
            "bot_id": bot_id,
            "name": self.name_of(bot_id),
            "description": "A friendly bot",
            "icon_url": "",
        }
        shown |= {"create_time": now, "update_time": now, "version": "1718683833427", "bot_mode": 0}
        shown |= {
            "prompt_info": {"prompt": ""},
            "plugin_info_list": [],
            "model_info": {"model_id": "1", "model_name": "m"},
        }
        onboarding = {"prologue": self.prologue, "suggested_questions": list(self.suggested_questions)}
        return shown | {"onboarding_info": onboarding}

    def show_me(self, asked: ApiRequest) -> dict[str, Any]:
        """``GET /v1/users/me``."""
        name = self.owner(asked.token) or "tester"
        return {"user_id": "2478774393541633", "user_name": name, "nick_name": name, "avatar_url": ""}


def _only(asked: ApiRequest) -> tuple[str, bytes]:
    need(asked.files, 4300)
    need(len(asked.files) == 1, 4301)
    name, content = asked.files[0]
    need(name and content, 4300)
    return name, content


def _suffix(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _true_to_name(name: str, content: bytes) -> bool:
    """Whether *content* begins as files of that *name* do; what has no mark is taken at its word."""
    for magic, suffixes in MAGIC.items():
        if content.startswith(magic):
            return _suffix(name) in suffixes
    marked = {suffix for suffixes in MAGIC.values() for suffix in suffixes} - {"jpg2"}
    return _suffix(name) not in marked
