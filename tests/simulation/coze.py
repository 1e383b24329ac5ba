"""Coze in memory: conversations with one chat at a time, chats that go on when nobody listens, and a bot that reaches them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from types import SimpleNamespace
from typing import Self

from bridge.sdk.asking import (
    BotEvent,
    ChatFinished,
    ChatRef,
    ChatStarted,
    Delta,
    FileHosts,
    MessageCompleted,
    Question,
    Sought,
    UploadedFile,
)
from bridge.sdk.errors import ChatFailed, ConversationLost, Later, Occupied, Refused
from bridge.sdk.model import MediaBytes
from tests.simulation.wire import Call, Died, Process, Wire

LOOK_AGAIN = 2.0
"""Seconds before a bot looks once more for what may be listed late."""

OUTAGE = 20.0
"""Seconds of polls that fail in a row before they are left to the caller."""

WORDS = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "inlet",
    "jetty",
    "knoll",
    "larch",
    "mango",
)


class State(Enum):
    """How a chat is."""

    RUNNING = auto()
    COMPLETED = auto()
    FAILED = auto()
    CANCELLED = auto()


@dataclass(slots=True)
class Chat:
    """One question and what was said about it."""

    id: str
    conversation: "Conversation"
    question: str
    key: str | None  #: None: somebody else's
    listed_at: float
    messages: list[str] = field(default_factory=list)
    state: State = State.RUNNING
    missed: int = 0  #: look-ups that should have found it, and came too early
    let_go: bool = False  #: nobody could look for it or cancel it when the person wanted it stopped
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def text(self) -> str:
        """What there is of the answer."""
        return "\n\n".join(message for message in self.messages if message.strip())

    def tell(self) -> None:
        """Let listeners look."""
        self.news.set()
        self.news = asyncio.Event()


@dataclass(slots=True)
class Conversation:
    """Memory, and the chats in it."""

    id: str
    chats: list[Chat] = field(default_factory=list)
    lost: bool = False

    @property
    def running(self) -> Chat | None:
        """The one chat that may run."""
        return next((chat for chat in self.chats if chat.state is State.RUNNING), None)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a chat will go."""

    pieces: tuple[tuple[int, float, str], ...]  #: of which message, after how long, what
    ends: State = State.COMPLETED


class Coze:
    """The far side of every bot; it outlives every replica."""

    def __init__(self, wire: Wire, *, gone: Callable[[str], bool], wrong: Callable[[str], None]) -> None:
        self.wire = wire
        self.gone = gone  # whether that turn was given up, so that nobody minds its chat any more
        self.wrong = wrong
        self.conversations: dict[str, Conversation] = {}
        self.trouble = 0.0  #: the share of chats that fail, stall or are listed late
        self.scripts: dict[str, Plan] = {}
        self._chats = 0

    def __iter__(self) -> Iterator[Chat]:
        return (chat for conversation in self.conversations.values() for chat in conversation.chats)

    def about(self, question: str) -> list[Chat]:
        """The chats about that question, in order."""
        return sorted((chat for chat in self if chat.question == question), key=lambda chat: int(chat.id[5:]))

    def open(self) -> str:
        """A new conversation."""
        name = f"conv-{len(self.conversations) + 1}"
        self.conversations[name] = Conversation(name)
        return name

    def take(self, conversation_id: str, question: str, key: str | None) -> Chat:
        """Begin a chat, if there is the conversation and no chat runs in it."""
        conversation = self.conversations[conversation_id]
        if conversation.lost:
            raise ConversationLost(f"{conversation_id} is not there")
        if running := conversation.running:
            if not self.excused(running):
                self.wrong(f"I3: {key} was asked while our own {running.key} ({running.id}) ran in {conversation_id}")
            raise Occupied(f"{running.id} runs in {conversation_id}")
        self._chats += 1
        late = self.wire.random.uniform(0, 3) if self._unlucky() else 0.0
        listed_at = self.wire.loop.time() + late
        chat = Chat(f"chat-{self._chats}", conversation, question, key, listed_at)
        conversation.chats.append(chat)
        self.wire.note(f"  begins {chat.id} in {conversation_id} for {key}: {question!r}")
        self.wire.start(self._live(chat, self.scripts.get(question) or self._plan()))
        return chat

    def excused(self, chat: Chat) -> bool:
        """Whether the bridge need not care that this chat runs."""
        return chat.key is None or bool(chat.missed) or chat.let_go or self.gone(chat.key)

    def end(self, chat: Chat, state: State) -> None:
        """The chat is over."""
        if chat.state is State.RUNNING:
            chat.state = state
            self.wire.note(f"  ends {chat.id}: {state.name.lower()}, {chat.text!r}")
            chat.tell()

    async def _live(self, chat: Chat, plan: Plan) -> None:
        for number, seconds, text in plan.pieces:
            await asyncio.sleep(seconds)
            if chat.state is not State.RUNNING:
                return
            while len(chat.messages) <= number:
                chat.messages.append("")
            chat.messages[number] += text
            chat.tell()
        await asyncio.sleep(0.1)
        self.end(chat, plan.ends)

    def _plan(self) -> Plan:
        random = self.wire.random
        pieces = [piece for number in range(random.choice((1, 1, 1, 2))) for piece in self._message(number)]
        if not self._unlucky():
            return Plan(tuple(pieces))
        if random.random() < 0.5:
            return Plan(tuple(pieces[: random.randrange(len(pieces) + 1)]), State.FAILED)
        place = random.randrange(len(pieces))
        number, _, text = pieces[place]
        pieces[place] = (number, random.uniform(5, 60), text)
        return Plan(tuple(pieces), random.choice((State.COMPLETED, State.FAILED)))

    def _message(self, number: int) -> Iterator[tuple[int, float, str]]:
        random = self.wire.random
        for _ in range(random.randint(1, 6)):
            yield number, random.uniform(0.05, 0.6), " ".join(random.choices(WORDS, k=3)) + " "

    def _unlucky(self) -> bool:
        return self.wire.random.random() < self.trouble


class Bot:
    """One replica's way to Coze; a `bridge.sdk.ports.Bot`."""

    profile = SimpleNamespace(file_hosts=FileHosts())

    def __init__(self, coze: Coze, process: Process) -> None:
        self._coze = coze
        self._wire = coze.wire
        self._process = process

    def for_owner(self, owner: str) -> Self:
        return self

    async def open_conversation(self, user_id: str) -> str:
        return await self._wire.call(self._process, "open", lambda _: self._coze.open())

    async def ask(self, question: Question) -> AsyncGenerator[BotEvent, None]:
        chat = await self._wire.call(self._process, f"ask {question.key}: {question.text!r}", self._take(question))
        cut = self._wire.random.randrange(1, 12) if self._wire.random.random() < self._wire.faults else None
        yield ChatStarted(conversation_id=chat.conversation.id, chat_id=chat.id)
        said: list[str] = []
        while True:
            news = chat.news
            for number, text in enumerate(chat.messages):
                before = said[number] if number < len(said) else ""
                said[number:] = [text, *said[number + 1 :]]
                if text != before:
                    yield Delta(message_id=f"{chat.id}.{number}", text=text[len(before) :])
                    cut = None if cut is None else cut - 1
            if chat.state is not State.RUNNING or (cut is not None and cut <= 0):
                break
            await news.wait()
            self._live()
        async for event in self._conclude(chat):
            yield event

    async def resume(self, chat_ref: ChatRef) -> AsyncGenerator[BotEvent, None]:
        chat = next((chat for chat in self._coze if chat.id == chat_ref.chat_id), None)
        if chat is None:
            raise Refused(f"there is no {chat_ref.chat_id}")
        async for event in self._conclude(chat):
            yield event

    async def upload(self, media: MediaBytes) -> UploadedFile:
        raise NotImplementedError

    async def accept_recording(self, media: MediaBytes) -> str:
        raise NotImplementedError

    async def find_chat(self, sought: Sought) -> ChatRef | None:
        conversation_id, key = sought.conversation_id, sought.key

        def look(_: Call) -> ChatRef | None:
            chats = self._coze.conversations[conversation_id].chats
            now = self._wire.loop.time()
            found = [chat for chat in chats if chat.key == key]
            listed = [chat for chat in found if chat.listed_at <= now]
            if found and not listed:
                found[-1].missed += 1
            return ChatRef(conversation_id=conversation_id, chat_id=listed[-1].id) if listed else None

        for pause in (0.0, LOOK_AGAIN):
            await asyncio.sleep(pause)
            with self._perhaps_let_go(lambda chat: chat.key == key):
                if found := await self._wire.call(self._process, f"find {key} in {conversation_id}", look):
                    return found
        return None

    async def cancel(self, chat_ref: ChatRef) -> None:
        def cancel(_: Call) -> None:
            chat = next(chat for chat in self._coze if chat.id == chat_ref.chat_id)
            self._coze.end(chat, State.CANCELLED)

        with self._perhaps_let_go(lambda chat: chat.id == chat_ref.chat_id):
            await self._wire.call(self._process, f"cancel {chat_ref.chat_id}", cancel)

    @contextmanager
    def _perhaps_let_go(self, which: Callable[[Chat], bool]) -> Iterator[None]:
        try:
            yield
        except Later:
            for chat in filter(which, self._coze):
                chat.let_go = True
            raise

    def _take(self, question: Question) -> Callable[[Call], Chat]:
        return lambda _: self._coze.take(question.conversation_id, question.text, question.key)

    async def _conclude(self, chat: Chat) -> AsyncGenerator[BotEvent, None]:
        """What is said by the end, fetched."""
        answered_at = self._wire.loop.time()
        while True:
            try:
                state = await self._wire.call(self._process, f"retrieve {chat.id}", lambda _: chat.state)
                answered_at = self._wire.loop.time()
                if state is not State.RUNNING:
                    break
            except Later:
                if self._wire.loop.time() - answered_at > OUTAGE:
                    raise
            await asyncio.sleep(2.0)
        if state is State.FAILED:
            raise ChatFailed(f"{chat.id} failed")
        for number, text in enumerate(chat.messages):
            yield MessageCompleted(message_id=f"{chat.id}.{number}", text=text)
        yield ChatFinished(tokens=1)

    def _live(self) -> None:
        if not self._process.alive:
            raise Died
