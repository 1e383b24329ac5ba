"""What Coze keeps: conversations, their messages, the chats that ran in them, and the files sent up."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from simulators.coze.wire import Stream

RUNNING = ("created", "in_progress")
NO_ACTION = {"type": "", "submit_tool_outputs": {"tool_calls": []}}  #: carried by chats that need nothing


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """One item inside a conversation."""

    id: str
    conversation_id: str
    section_id: str
    role: str
    type: str
    content: str
    content_type: str = "text"
    bot_id: str = ""
    chat_id: str = ""
    reasoning: str = ""
    meta_data: dict[str, str] = field(default_factory=dict)
    created_at: int = field(default_factory=lambda: int(time.time()))

    def event(self, content: str | None = None) -> dict[str, Any]:
        """The message as streams and chat lists show it."""
        shown: dict[str, Any] = {"id": self.id, "conversation_id": self.conversation_id, "bot_id": self.bot_id}
        shown |= {"role": self.role, "type": self.type, "content": self.content if content is None else content}
        shown |= {"content_type": self.content_type, "chat_id": self.chat_id, "section_id": self.section_id}
        shown |= {"created_at": self.created_at}
        return shown | ({"reasoning_content": self.reasoning} if self.reasoning and content is None else {})

    def listed(self) -> dict[str, Any]:
        """The message as a conversation's list shows it: no type for people's, times half in strings."""
        shown = self.event() | {"meta_data": self.meta_data, "updated_at": str(self.created_at)}
        return shown | ({"type": ""} if self.role == "user" else {})


@dataclass(slots=True, kw_only=True, eq=False)
class Chat:
    """One turn: what was asked, by whom, and how it went."""

    id: str
    conversation_id: str
    section_id: str
    bot_id: str
    user_id: str
    question: str
    asked_by: str  #: the token it was asked with
    meta_data: dict[str, str] = field(default_factory=dict)
    saved: bool = True  #: whether anything remembers it (auto_save_history)
    status: str = "created"
    messages: list[Message] = field(default_factory=list)  #: what the bot's side has completed, in that order
    inserted: list[str] = field(default_factory=list)  #: ids of the messages that came with the question
    last_error: dict[str, Any] | None = None
    required_action: dict[str, Any] | None = None
    usage: dict[str, int] | None = None
    created_at: int = field(default_factory=lambda: int(time.time()))
    created: float = field(default_factory=time.monotonic)
    t_first_delta: float | None = None  #: monotonic, as the others
    t_last_delta: float | None = None
    t_end: float | None = None
    deltas: int = 0  #: how many were produced, watched or not
    stream: Stream | None = None
    task: asyncio.Task[None] | None = None
    verdict_at: int | None = None

    @property
    def answers(self) -> list[str]:
        """The texts of the answers completed so far."""
        return [message.content for message in self.messages if message.type == "answer"]

    @property
    def running(self) -> bool:
        """Whether the bot is still at it."""
        return self.status in RUNNING

    @property
    def watched(self) -> bool:
        """Whether a client still listens to it."""
        return self.stream is not None and self.stream.watched

    def shown(self, status: str | None = None) -> dict[str, Any]:
        """The chat as the platform shows it, optionally as it was before."""
        status = status or self.status
        shown: dict[str, Any] = {"id": self.id, "conversation_id": self.conversation_id}
        shown |= {"bot_id": self.bot_id} if self.bot_id else {}  # chatflows show none
        shown |= {"created_at": self.created_at, "status": status, "section_id": self.section_id}
        shown |= {"last_error": self.last_error or {"code": 0, "msg": ""}, "meta_data": self.meta_data}
        shown |= {"usage": self.usage or {"token_count": 0, "output_count": 0, "input_count": 0}}
        shown["required_action"] = self.required_action if status == "requires_action" else NO_ACTION
        if status == "created":
            shown["completed_at"] = self.created_at  # as recorded: it is no sign of completion
        if self.verdict_at is not None:
            shown["failed_at" if status == "failed" else "completed_at"] = self.verdict_at
        if self.inserted:
            shown["inserted_additional_messages"] = [{"id": one} for one in self.inserted]
        return shown


@dataclass(slots=True, kw_only=True, eq=False)
class Conversation:
    """A thread between one user and one bot, as one account sees it."""

    id: str
    owner: str
    section_id: str
    bot_id: str = ""
    name: str = ""
    app_id: str = ""  #: the app it belongs to, as its chatflows have it
    connector_id: str = "1024"
    meta_data: dict[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    chats: list[Chat] = field(default_factory=list)
    created_at: int = field(default_factory=lambda: int(time.time()))

    @property
    def running(self) -> Chat | None:
        """The chat that runs in it, if one does."""
        return next((chat for chat in reversed(self.chats) if chat.running), None)

    def history(self) -> tuple[tuple[str, str], ...]:
        """(role, content) of this context segment; a canceled round is none of it."""
        gone = {chat.id for chat in self.chats if chat.status.startswith("cancel")}
        return tuple(
            (message.role, message.content)
            for message in self.messages
            if message.section_id == self.section_id
            and message.chat_id not in gone
            and message.type in ("question", "answer")
        )

    def shown(self) -> dict[str, Any]:
        """The conversation as the platform shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "meta_data": self.meta_data,
            "creator_id": "2478774393541633",
            "connector_id": self.connector_id,
            "created_at": self.created_at,
            "updated_at": self.created_at,
            "last_section_id": self.section_id,
        }


@dataclass(slots=True, kw_only=True, eq=False)
class File:
    """Something uploaded."""

    id: str
    name: str
    content: bytes
    owner: str
    created_at: int = field(default_factory=lambda: int(time.time()))

    def shown(self) -> dict[str, Any]:
        """The file as the platform shows it."""
        return {"id": self.id, "bytes": len(self.content), "file_name": self.name, "created_at": self.created_at}
