"""What Telegram remembers: people, bots, chats, messages and files, and how each looks on the wire."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]

GENERAL = 1  #: the thread every forum has, and no message names
DRAFT_LIVES = 30.0  # seconds, then the clients take it away


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can talk: a person, or a bot."""

    id: int
    first_name: str
    username: str | None = None
    language: str | None = None
    is_bot: bool = False

    def wire(self) -> Json:
        """The ``User`` the API shows."""
        user: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username:
            user["username"] = self.username
        if self.language:
            user["language_code"] = self.language
        return user


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Something uploaded, by a person or by a bot."""

    file_id: str
    path: str  #: below ``/file/bot<token>/``
    data: bytes
    size: int  #: as told; a test may claim more than there is
    name: str | None = None
    mime: str | None = None

    def wire(self, **more: Any) -> Json:
        """What the API says of the file inside a message; *more* depends on the kind."""
        known: Json = {"file_id": self.file_id, "file_unique_id": f"u{self.file_id}", "file_size": self.size, **more}
        if self.name:
            known["file_name"] = self.name
        if self.mime:
            known["mime_type"] = self.mime
        return known


@dataclass(slots=True, kw_only=True)
class Message:
    """One message as a person sees it, with everything it has been."""

    message_id: int
    chat: int
    sender: Person
    date: int
    sent_at: float
    text: str = ""  #: the caption, where there is a medium
    entities: list[Json] = field(default_factory=list)
    rich: Json | None = None  #: the blocks of a rich message, of which *text* is what people read
    thread: int | None = None  #: the topic; in a plain group the first message of a chain of replies
    reply_to: int | None = None
    reply_markup: Json | None = None
    media: Json = field(default_factory=dict)
    service: Json = field(default_factory=dict)
    photo: File | None = None
    document: File | None = None
    voice: File | None = None
    edited_at: float | None = None
    deleted: bool = False
    history: list[tuple[float, str]] = field(default_factory=list)
    reactions: list[str] = field(default_factory=list)

    @property
    def sender_is_bot(self) -> bool:
        """Whether a bot wrote it."""
        return self.sender.is_bot

    @property
    def edits(self) -> int:
        """How often it was changed."""
        return len(self.history) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One frame of a draft bubble."""

    at: float
    chat: int
    thread: int | None
    draft_id: int
    text: str
    entities: list[Json]
    can_stop: bool = False  #: whether the client shows a Stop button


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One "is typing"."""

    at: float
    chat: int
    thread: int | None
    action: str


@dataclass(slots=True, kw_only=True)
class Chat:
    """A place where messages stand."""

    id: int
    type: str
    title: str = ""
    forum: bool = False
    person: Person | None = None
    bot: int = 0  #: of a private chat, the bot in it
    bots: dict[int, str] = field(default_factory=dict)  #: what each bot is here: member, administrator, left, kicked
    members: dict[int, Person] = field(default_factory=dict)
    admins: set[int] = field(default_factory=set)
    topics: dict[int, str] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    messages: dict[int, Message] = field(default_factory=dict)
    drafts: dict[int | None, Draft] = field(default_factory=dict)
    blocked: bool = False
    migrated_to: int | None = None
    last_bot: int = 0  #: the bot that spoke last, who may be given bare commands

    def wire(self) -> Json:
        """The ``Chat`` the API shows."""
        if self.person is not None:
            return {"id": self.id, "type": "private"} | {
                key: value for key, value in self.person.wire().items() if key in ("first_name", "username")
            }
        chat: Json = {"id": self.id, "type": self.type, "title": self.title}
        if self.forum:
            chat["is_forum"] = True
        return chat

    def is_topic(self, thread: int | None) -> bool:
        """Whether *thread* is a topic, and no chain of replies."""
        return thread in self.topics


class World:
    """All of it, for every bot; a private chat belongs to one bot, a group to all in it."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Chat] = {}
        self.private: dict[tuple[int, int], Chat] = {}
        self.files: dict[str, File] = {}
        self.drafts: list[Draft] = []
        self.actions: list[Action] = []
        self.web: dict[str, bytes] = {}  #: what Telegram finds when a bot sends a file by its address
        self.last_ids: dict[int, int] = {}  #: by the bot or supergroup whose messages are counted together
        self.local_files: Path | None = None  #: where a server run with ``--local`` keeps files, however big
        self.skew = 0.0

    def now(self) -> float:
        """Seconds on the monotonic clock, and what a test has let pass besides."""
        return time.monotonic() + self.skew

    def date(self) -> int:
        """The time of day, as Telegram stamps messages."""
        return int(time.time() + self.skew)

    def chat(self, chat: int, bot: int) -> Chat | None:
        """The chat *bot* means by this id."""
        return self.groups.get(chat) if chat < 0 else self.private.get((bot, chat))

    def next_id(self, chat: Chat) -> int:
        """
        The number of the next message there; 1 belongs to a chat's own beginning, and names the general topic.

        A supergroup counts its own messages; all private chats and basic groups of one bot are counted together.
        """
        return max(self.last_ids.get(counter, 1) for counter in _counters(chat)) + 1

    def post(self, chat: Chat, sender: Person, **what: Any) -> Message:
        """Put a message into *chat*; a bot's message takes its draft away."""
        now = self.now()
        number = self.next_id(chat)
        self.last_ids |= dict.fromkeys(_counters(chat), number)
        message = Message(message_id=number, chat=chat.id, sender=sender, date=self.date(), sent_at=now, **what)
        message.history.append((now, message.text))
        chat.messages[number] = message
        if sender.is_bot:
            chat.last_bot = sender.id
            chat.drafts.pop(message.thread, None)
        return message

    def amend(self, message: Message, text: str, entities: list[Json], markup: Json | None) -> None:
        """Change what *message* shows."""
        message.text, message.entities, message.reply_markup = text, entities, markup
        message.edited_at = self.now()
        message.history.append((message.edited_at, text))

    def store(self, folder: str, data: bytes, *, name: str | None, mime: str | None, size: int | None = None) -> File:
        """Keep *data* as a file that can be fetched."""
        number = len(self.files)
        ending = {"photos": "jpg", "voice": "oga"}.get(folder) or (name or "").rpartition(".")[2] or "bin"
        file = File(
            file_id=f"file-{number}-of-the-simulator",
            path=f"{folder}/file_{number}.{ending}",
            data=data,
            size=len(data) if size is None else size,
            name=name,
            mime=mime,
        )
        self.files[file.file_id] = file
        return file

    def draft(self, chat: Chat, thread: int | None) -> Draft | None:
        """The draft bubble that is still shown."""
        draft = chat.drafts.get(thread)
        return draft if draft is not None and self.now() - draft.at < DRAFT_LIVES else None

    def wire(self, chat: Chat, message: Message, *, nested: bool = True) -> Json:
        """The ``Message`` the API shows; a replied one is shown without the one it replies to."""
        shown: Json = {"message_id": message.message_id, "chat": chat.wire(), "date": message.date}
        shown |= {"sender_chat": chat.wire()} if chat.type == "channel" else {"from": message.sender.wire()}
        self._wire_text(shown, message)
        if message.thread is not None and message.thread != GENERAL:
            shown["message_thread_id"] = message.thread
            if chat.is_topic(message.thread):
                shown["is_topic_message"] = True
        if message.edited_at is not None:
            shown["edit_date"] = self.date()
        if message.reply_markup:
            shown["reply_markup"] = message.reply_markup
        if nested and (replied := self._replied(chat, message)):
            shown["reply_to_message"] = self.wire(chat, replied, nested=False)
        return shown

    def _wire_text(self, shown: Json, message: Message) -> None:
        shown.update(message.service)
        shown.update(message.media)
        kind = "caption" if message.photo or message.document or message.voice else "text"
        if message.rich:
            shown["rich_message"] = message.rich
        elif message.text:
            shown[kind] = message.text
        if message.entities:
            shown["entities" if kind == "text" else "caption_entities"] = message.entities

    def _replied(self, chat: Chat, message: Message) -> Message | None:
        """The message replied to; in a topic, what replies to nothing replies to its beginning."""
        target = message.reply_to
        if target is None and chat.is_topic(message.thread) and message.thread != message.message_id:
            target = message.thread
        replied = chat.messages.get(target) if target else None
        return None if replied is None or replied.deleted else replied


def _counters(chat: Chat) -> list[int]:
    """Whose messages are counted together with those of *chat*; a basic group has one number for all bots in it here."""
    if chat.type in {"supergroup", "channel"}:
        return [chat.id]
    return list(chat.bots) if chat.person is None else [chat.bot]
