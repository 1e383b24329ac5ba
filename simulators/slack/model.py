"""The nouns of a Slack workspace: people, channels, messages, files, and what a method refuses with."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Params = dict[str, Any]
Answer = dict[str, Any]

#: The type of a channel, as events call it, and the subscription and the scope prefix that go with it.
PLURAL = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


class Refusal(Exception):
    """The platform's ``ok: false``, with its error word and whatever else the answer holds."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.answer: Answer = {"ok": False, "error": error, **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a Slack account."""

    id: str
    name: str
    locale: str = "en-US"
    team: str
    bot: bool = False


@dataclass(slots=True, kw_only=True)
class Channel:
    """A place to talk: public, private, a direct message or a group of them."""

    id: str
    name: str
    type: str  #: ``channel``, ``group``, ``im`` or ``mpim``
    members: set[str]
    archived: bool = False


@dataclass(slots=True, kw_only=True)
class File:
    """A file somebody uploaded, or is about to."""

    id: str
    name: str
    mimetype: str
    size: int
    user: str
    url: str
    title: str = ""
    data: bytes = b""
    mode: str = "hosted"
    access: str = "visible"
    uploaded: bool = True
    shared: bool = True

    def wire(self, *, full: bool = False) -> Answer:
        """The file as JSON; *full* also where only its id may be told (``check_file_info``)."""
        if self.access != "visible" and not full:
            return {"id": self.id, "mode": self.mode, "file_access": self.access}
        if self.mode == "tombstone":
            return {"id": self.id, "mode": self.mode}
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "filetype": self.name.rpartition(".")[2],
            "size": self.size,
            "user": self.user,
            "mode": self.mode,
            "is_external": self.mode == "external",
            "file_access": "visible",
            "url_private": self.url,
            "url_private_download": f"{self.url}?download=1",
        }


@dataclass(slots=True, kw_only=True)
class Message:
    """What stands in a channel, and how it came to stand there."""

    channel: str
    ts: str
    thread_ts: str | None
    user: str
    bot: bool
    team: str
    text: str = ""  #: Markdown or mrkdwn, as it was last set
    markdown: bool = False
    blocks: list[Params] = field(default_factory=list)
    attachments: list[Params] = field(default_factory=list)  #: shared messages, pasted tables
    metadata: Params | None = None
    files: list[File] = field(default_factory=list)
    reactions: set[tuple[str, str]] = field(default_factory=set)  #: name and who
    subtype: str | None = None
    tasks: dict[str, Params] = field(default_factory=dict)  #: the cards of a stream, by their id
    plan: str = ""
    streaming: bool = False
    stopped_by: str | None = None  #: who pressed Stop
    streamed: bool = False  #: it began its life as a stream
    edits: int = 0
    edited_ts: str = ""  #: of the last change by a person
    history: list[tuple[float, str]] = field(
        default_factory=list
    )  #: monotonic seconds, and what was shown from then on
    posted_at: float = field(default_factory=time.monotonic)
    ended_at: float | None = None

    @property
    def shown(self) -> str:
        """What people read: where there are blocks, `text` is only the notification."""
        if self.markdown or not self.blocks:
            return self.text
        return "\n".join(_readable(self.blocks))

    def show(self, text: str) -> None:
        """Have *text* stand there from now on."""
        self.text = text
        self.history.append((time.monotonic(), self.shown))

    def wire(self, bot_id: str, *, metadata: bool = False) -> Answer:
        """The message as the platform tells it: of Markdown only its translation is kept."""
        answer: Answer = {
            "type": "message",
            "ts": self.ts,
            "user": self.user,
            "team": self.team,
            "text": translated(self.text) if self.markdown else self.text,
            "blocks": [*([rich_text(self.text)] if self.markdown else []), *self.blocks],
        }
        optional = {
            "subtype": self.subtype,
            "thread_ts": self.thread_ts,
            "bot_id": bot_id if self.bot else None,
            "app_id": "A0SIM" if self.bot else None,
            "files": [file.wire() for file in self.files],
            "attachments": self.attachments,
            "edited": {"user": self.user, "ts": self.edited_ts or self.ts} if self.edits else None,
            "reactions": self._reactions(),
            "streaming_state": "in_progress" if self.streaming else None,
            "metadata": self.metadata if metadata else None,
        }
        return answer | {key: value for key, value in optional.items() if value}

    def _reactions(self) -> list[Params]:
        names = sorted({name for name, _who in self.reactions})
        return [{"name": name, "users": sorted(who for n, who in self.reactions if n == name)} for name in names]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """A mention that notified people."""

    channel: str
    ts: str
    token: str  #: as written, e.g. ``<!channel>``


@dataclass(frozen=True, slots=True, kw_only=True)
class Ephemeral:
    """A message only one person sees."""

    channel: str
    thread_ts: str | None
    user: str
    text: str
    blocks: list[Params]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What the app said through a ``response_url``, or in its acknowledgement of a command."""

    channel: str
    user: str
    body: Params
    acknowledgement: bool = False

    @property
    def text(self) -> str:
        """Its text, empty if it has none."""
        return str(self.body.get("text", ""))


def _readable(blocks: list[Params]) -> Iterator[str]:
    for block in blocks:
        match block:
            case {"type": "markdown", "text": str(text)}:
                yield text
            case {"type": "section" | "header", "text": {"text": str(text)}}:
                yield text
            case {"type": "context", "elements": list(elements)}:
                yield from (element["text"] for element in elements if "text" in element)


def rich_text(text: str) -> Params:
    """The block Slack makes of what was written; only roughly: one run of text."""
    run = {"type": "text", "text": translated(text)}
    return {"type": "rich_text", "block_id": "b0", "elements": [{"type": "rich_text_section", "elements": [run]}]}


def translated(markdown: str) -> str:
    """*markdown* in Slack's own dialect, roughly as the platform stores it."""
    text = re.sub(r"\[([^\]\n]+)\]\((\S+?)\)", r"<\2|\1>", markdown)
    text = re.sub(r"\*\*(.+?)\*\*", r"*\1*", text)
    text = re.sub(r"~~(.+?)~~", r"~\1~", text)
    return re.sub(r"(?m)^#{1,6} +(.+)$", r"*\1*", text)
