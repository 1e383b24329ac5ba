"""
A bot at Coze that holds conversations, an agent or a chatflow: `bridge.sdk.ports.Bot` over Coze's chats.

Rules
* The question is posted once. Whatever breaks after the bot took it, the rest is fetched by the chat's id.
* A stream may break, the message list is complete: both go through one `ChatParser`, which gives nothing twice.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing, suppress
from copy import copy
from dataclasses import replace
from typing import Final, Self
from urllib.parse import quote

import httpx

from bridge.coze import conversations, files
from bridge.coze.api import CozeApi, Request, stream_log_id
from bridge.coze.chats import CozeChats, ids
from bridge.coze.error_codes import NotFound
from bridge.coze.events import ChatParser
from bridge.coze.interrupts import Interrupt, ask_for_missing
from bridge.coze.messages import chronological, find_chat_ref, read_messages
from bridge.coze.profile import CozeProfile
from bridge.coze.requests import RequestBuilder, feedback
from bridge.coze.stream_reader import StreamReader
from bridge.coze.timeouts import Timeouts
from bridge.coze.tools import Tools
from bridge.sdk import telemetry
from bridge.sdk.asking import BotEvent, ChatRef, ChatStarted, Question, Sought, UploadedFile
from bridge.sdk.errors import ConversationLost, Garbled, Refused, Uncertain
from bridge.sdk.i18n import MessageId
from bridge.sdk.model import MediaBytes, MediaKind

_ROUNDS: Final = 5  # in which a chat may ask us to run functions, before it is given up
_LOOK_BACK: Final = 20  # messages among which our question must be, if it was taken at all
_UNPROVEN_MOST: Final = 1_000  # conversations we opened, in which no question was accepted yet


class CozeBot:
    """One bot of one Coze."""

    def __init__(
        self,
        api: CozeApi,
        *,
        name: str,
        profile: CozeProfile,
        requests: RequestBuilder,
        timeouts: Timeouts,
        tools: Tools | None = None,
    ) -> None:
        self.name = name
        self.profile = profile
        self._requests = requests
        self._tools = tools or Tools()
        self._api = api
        self._timeouts = timeouts
        self._unproven: dict[str, None] = {}  # at most `_UNPROVEN_MOST`; as an ordered set

    @property
    def _chats(self) -> CozeChats:
        return CozeChats(api=self._api, timeouts=self._timeouts)

    def for_owner(self, owner: str) -> Self:
        """The same bot with the token of *owner*."""
        bot = copy(self)
        bot._api = self._api.for_owner(owner)  # noqa: SLF001 - it is ourselves
        return bot

    async def open_conversation(self, user_id: str) -> str:  # noqa: ARG002 - it is the token's; questions say who asks
        """A new conversation, by its id; empty where the first chat makes it."""
        try:
            conversation_id = await self._requests.open_conversation(self._api)
        except ConversationLost as missing:  # a new one cannot be lost: what is not there is the bot
            raise _misconfigured(missing) from missing
        if len(self._unproven) >= _UNPROVEN_MOST:
            self._unproven.pop(next(iter(self._unproven)))
        self._unproven[conversation_id] = None
        return conversation_id

    async def delete_conversation(self, conversation_id: str) -> None:
        """
        Delete the conversation at Coze; fine if it is gone.

        https://www.coze.com/docs/developer_guides/delete_conversation
        """
        if not conversation_id or conversations.name_in(conversation_id):
            return  # it was never made
        with suppress(ConversationLost, NotFound):
            await self._api.call("DELETE", f"/v1/conversations/{quote(conversation_id, safe='')}")

    def ask(self, question: Question) -> AsyncGenerator[BotEvent, None]:
        """Ask, and give what comes back; the caller must close the iterator."""
        if (waiting := Interrupt.read(question.resume_token)) is None:
            return self._ask(question)
        waiting = waiting.hearing(question.text)
        if waiting.missing:
            return _given(ask_for_missing(waiting))
        return self._ask(replace(question, text=waiting.as_lines(question.text)))

    def resume(self, chat_ref: ChatRef) -> AsyncGenerator[BotEvent, None]:
        """The answers of a chat begun earlier, once it is over."""
        return self._follow(ChatParser(chat_ref), None)

    async def upload(self, media: MediaBytes) -> UploadedFile:
        """Hand over a file, if this kind of bot can be asked about one."""
        if not self._requests.takes_files:
            raise Refused("Coze: no parameter of this chatflow is for files", message_id=MessageId.FILE_UNUSABLE)
        return await files.upload(self._api, media)

    async def accept_recording(self, media: MediaBytes) -> UploadedFile | str:
        """A recording as the bot listens to it, or what is said in it."""
        if self._requests.listens:
            return await files.upload(self._api, media, kind=MediaKind.AUDIO)
        return await files.transcribe(self._api, media)

    async def find_chat(self, sought: Sought) -> ChatRef | None:
        """The chat in which that question was taken; looked for twice, as Coze may list it late."""
        for pause in (0, self._timeouts.relist):
            await asyncio.sleep(pause)
            conversation_id = await self._requests.existing(self._api, sought.conversation_id)
            if conversation_id and (chat_ref := await self._look_for(replace(sought, conversation_id=conversation_id))):
                return chat_ref
        return None

    async def cancel(self, chat_ref: ChatRef) -> None:
        """Stop the chat; see `CozeChats.cancel`."""
        await self._chats.cancel(chat_ref)

    async def rate(self, chat_ref: ChatRef, *, liked: bool, reason: str = "") -> None:
        """Say whether somebody liked the answer, and why not, by its last message."""
        said = [message for message in await self._chats.messages(chat_ref) if message.type == "answer"]
        if not said:
            raise Refused(f"Coze: chat {chat_ref.chat_id} has no answer to rate")
        path = f"/v1/conversations/{chat_ref.conversation_id}/messages/{chronological(said)[-1].id}/feedback"
        await self._api.call("POST", path, body=feedback(reason, liked=liked))

    async def _ask(self, question: Question) -> AsyncGenerator[BotEvent, None]:
        try:
            chat = ChatParser(recording=_recording_in(question))
            async with aclosing(self._follow(chat, await self._requests.request(question))) as events:
                async for event in events:
                    if isinstance(event, ChatStarted):
                        self._unproven.pop(question.conversation_id, None)
                    yield event
        except ConversationLost as lost:
            if question.conversation_id in self._unproven:  # it was never used, so what is missing is the bot
                raise _misconfigured(lost) from lost
            raise

    async def _follow(self, chat: ChatParser, request: Request | None) -> AsyncGenerator[BotEvent, None]:
        deadline = asyncio.get_running_loop().time() + self._timeouts.total
        for _ in range(_ROUNDS):
            if request is not None:
                async with aclosing(self._listen(chat, request, deadline)) as events:
                    async for event in events:
                        yield event
            if chat.verdict is None:
                for event in await self._catch_up(chat, deadline):
                    yield event
            if not chat.calls:
                for spoken in chat.said_aloud():
                    yield spoken
                yield chat.close()
                return
            request = await self._run_for(chat)
            chat.go_on()
        raise Refused(
            "Coze: the bot keeps asking for functions", message_id=MessageId.TOOL_NOT_AVAILABLE, log_id=chat.log_id
        )

    async def _run_for(self, chat: ChatParser) -> Request:
        """Run the functions that the bot calls; gives the request that continues the chat with their outputs."""
        chat_ref = _chat_ref_of(chat)
        body = {"stream": True, "tool_outputs": await self._tools.outputs(chat.calls, chat_ref)}
        return Request(path="/v3/chat/submit_tool_outputs", query=ids(chat_ref), body=body)

    async def _listen(self, chat: ChatParser, request: Request, deadline: float) -> AsyncGenerator[BotEvent, None]:
        async with self._api.stream(request, within=self._timeouts.first_byte) as stream:
            chat.log_id = stream_log_id(stream)
            reader = StreamReader(stream, chat, self._timeouts)
            watch = asyncio.create_task(reader.watch(lambda: self._nothing_follows(chat), deadline))
            try:
                async with aclosing(reader.events()) as events:
                    async for event in events:
                        yield event
            except (httpx.ReadError, Garbled) as cut:
                _raise_if_before_start(chat, cut)
            finally:
                watch.cancel()

    async def _catch_up(self, chat: ChatParser, deadline: float) -> Sequence[BotEvent]:
        """Wait for the end of the chat, and fetch what was not heard of it."""
        chat_ref = _chat_ref_of(chat)
        state = await self._chats.until_over(chat_ref, deadline)
        return [*chat.conclude(state), *chat.feed_list(await self._chats.final_messages(chat_ref, state))]

    async def _nothing_follows(self, chat: ChatParser) -> bool:
        """Whether a silent stream can be given up."""
        return chat.chat_ref is None or await self._chats.has_surely_ended(chat.chat_ref)

    async def _look_for(self, sought: Sought) -> ChatRef | None:
        query = {"conversation_id": sought.conversation_id}
        body = {"order": "desc", "limit": _LOOK_BACK}
        try:
            envelope = await self._api.call("POST", "/v1/conversation/message/list", query=query, body=body)
        except ConversationLost:
            return None
        return find_chat_ref(read_messages(envelope.data), sought)


async def _given(events: Iterable[BotEvent]) -> AsyncGenerator[BotEvent, None]:
    for event in events:
        yield event


def _recording_in(question: Question) -> str:
    """The type of the recording that the bot is to listen to; empty if there is none."""
    return next((file.mime for file in question.files if file.kind is MediaKind.AUDIO), "")


def _misconfigured(missing: ConversationLost) -> Refused:
    return Refused(missing.detail, message_id=MessageId.BOT_MISCONFIGURED, log_id=missing.log_id)


def _raise_if_before_start(chat: ChatParser, cut: Exception) -> None:
    if chat.chat_ref is None:
        raise Uncertain(f"the stream broke before the chat began: {cut}", log_id=chat.log_id) from cut
    telemetry.stream_cut(chat=chat.chat_ref.chat_id, because=str(cut), log_id=chat.log_id)


def _chat_ref_of(chat: ChatParser) -> ChatRef:
    if chat.chat_ref is None:
        raise Uncertain("the stream ended before the chat began", log_id=chat.log_id)
    return chat.chat_ref
