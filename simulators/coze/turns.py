"""Coze's chats: asked, retrieved, listed, canceled, gone on with. One at a time in a conversation; each a task of its own."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from simulators.coze import nodes, rules
from simulators.coze.conversations import Conversations
from simulators.coze.demo_bot import friendly
from simulators.coze.playback import Playback
from simulators.coze.records import Chat, Conversation, Message
from simulators.coze.requests import ApiRequest, Streamed
from simulators.coze.rules import NOT_JSON, NUMBER, Refused, need
from simulators.coze.script import Fail, Responder, Script, Turn


class Turns(Conversations):
    """The part of Coze where bots answer."""

    def __init__(self, *, port: int, flavour: str, tokens: set[str], bots: set[str] | None) -> None:
        super().__init__(port=port, flavour=flavour, tokens=tokens)
        self.bots = bots
        self.unpublished: set[str] = set()  #: bots that exist, but not for the API
        self.names: dict[str, str] = {}  #: of bots, by their ids; the others are called Ada
        self.workspaces: dict[str, str] = {"7487600442370100001": "Personal"}  #: names by id; each has all bots
        self.unknown_bot = 4200  #: what is said of one; 4006 was seen, too
        self.refused_cancels = 0  #: how many attempts to stop a chat that runs will still be refused
        self.responder: Responder = friendly
        self.every = 0.02  #: seconds between deltas
        self.tells_cancel = False  #: send ``conversation.chat.canceled``; no document knows it
        self.late_lists = 0  #: how many message lists will still come without the answers
        self.chats: list[Chat] = []
        self.scripts: deque[Script] = deque()  #: what the next turns do, ahead of the responder
        self.paused: set[str] = set()  #: names of the pauses somebody waits in
        self._released: dict[str, asyncio.Event] = {}
        self.playbacks: dict[str, Playback] = {}

    def running(self, conversation_id: str) -> Chat | None:
        """The chat that runs in that conversation, if one does."""
        found = self.conversations.get(conversation_id)
        return found.running if found else None

    def go(self, name: str) -> None:
        """Release the pause of that *name*, now or when it is reached."""
        self._released.setdefault(name, asyncio.Event()).set()

    async def wait_for(self, name: str) -> None:
        """Return once somebody released the pause of that *name*."""
        released = self._released.setdefault(name, asyncio.Event())
        self.paused.add(name)
        self.changed()
        try:
            await released.wait()
        finally:
            self.paused.discard(name)
            self._released.pop(name, None)

    def script_for(self, turn: Turn) -> Script:
        """What the bot does with *turn*: the next script in line, or whatever its responder says."""
        return self.scripts.popleft() if self.scripts else self.responder(turn)

    def chat(self, asked: ApiRequest) -> Streamed | dict[str, Any]:
        """``POST /v3/chat``; the conversation is the query's, the body has no say in it."""
        body = asked.body
        bot_id, user_id = rules.text(body, "bot_id"), rules.text(body, "user_id")
        need(self.flavour.name == "cloud" or NUMBER.fullmatch(bot_id))
        stream = rules.flag(body, "stream", default=self.flavour.streams_by_default)
        saved = rules.flag(body, "auto_save_history", default=True) or self.flavour.name == "studio"
        need(stream or saved, 4007)
        messages = rules.entered(body.get("additional_messages"), most=100, saved=saved, files=self.file_ids(asked))
        meta_data = rules.meta_data(body.get("meta_data"))
        rules.custom_variables(body.get("custom_variables"))
        self.know_bot(bot_id)
        conversation = self._thread(asked, bot_id)
        chat = self.ask(
            asked,
            conversation,
            messages,
            bot_id=bot_id,
            user_id=user_id,
            meta_data=meta_data,
            saved=saved,
            stream=stream,
        )
        if stream:
            return Streamed(self.playbacks[chat.id])
        self.playbacks[chat.id].start(None)
        return chat.shown("in_progress")

    def ask(
        self,
        asked: ApiRequest,
        conversation: Conversation,
        messages: list[dict[str, Any]],
        *,
        bot_id: str,
        user_id: str,
        meta_data: dict[str, str],
        saved: bool = True,
        stream: bool = True,
    ) -> Chat:
        """A chat about the last of *messages*, ready to be played; refused while another runs."""
        if self.flavour.one_at_a_time and conversation.running is not None:
            raise Refused(4016, in_stream=stream)
        kept, question = self._question(conversation, messages)
        chat = Chat(
            id=self.new_id(),
            conversation_id=conversation.id,
            section_id=conversation.section_id,
            bot_id=bot_id,
            user_id=user_id,
            question=_text(question),
            asked_by=asked.token,
            meta_data=meta_data,
            saved=saved,
            inserted=[one.id for one in kept],
        )
        rest = self._interrupted(conversation, _text(question))
        turn = _turn(chat, conversation.history(), kept, question, asked.body)
        for message in kept:
            message.chat_id, message.bot_id = chat.id, bot_id
        if saved:
            conversation.messages += kept
        self.chats.append(chat)
        conversation.chats.append(chat)
        self.playbacks[chat.id] = Playback(self, chat, conversation, rest or self.script_for(turn))
        return chat

    def _interrupted(self, conversation: Conversation, reply: str) -> Script:
        """What a question node left unsaid: this very *reply* is the answer it waits for, if it can take it."""
        last = self.playbacks[conversation.chats[-1].id] if conversation.chats else None
        if last is None or not last.interrupted:
            return ()
        because = nodes.refusal(last.asked, reply, lines=True) if last.asked else ""
        return (Fail(777777763, because, shape="error"),) if because else last.rest()

    def _question(self, conversation: Conversation, messages: list[dict[str, Any]]) -> tuple[list[Message], Message]:
        """What came along, and the question: the last of it, or else the conversation's last."""
        kept = [self.enter(conversation, message) for message in messages]
        everything = kept or conversation.messages
        need(everything and everything[-1].role == "user")
        return kept, everything[-1]

    def name_of(self, bot_id: str) -> str:
        """What the bot with that id is called."""
        return self.names.get(bot_id, "Ada")

    def know_bot(self, bot_id: str) -> None:
        """Refuse a bot that does not exist, or is not for the API."""
        known = bool(NUMBER.fullmatch(bot_id)) if self.bots is None else bot_id in self.bots | self.unpublished
        code = self.unknown_bot if self.flavour.name == "cloud" else 4006
        need(known, code, f"Requested resource bot_id={bot_id} does not exist. Please check the id.")
        need(bot_id not in self.unpublished, 4015)

    def _thread(self, asked: ApiRequest, bot_id: str) -> Conversation:
        conversation_id = asked.query.get("conversation_id", "")
        owner = self.owner(asked.token)
        stranger = conversation_id not in self.conversations
        if not conversation_id or (stranger and self.flavour.adopts_strangers):
            return self.new_conversation(owner, bot_id=bot_id)
        return self.conversation(asked, conversation_id)

    def _chat(self, asked: ApiRequest, given: Mapping[str, Any]) -> Chat:
        need(given.get("conversation_id") and given.get("chat_id"))
        conversation = self.conversation(asked, given["conversation_id"])
        found = next((one for one in conversation.chats if one.id == given["chat_id"] and one.saved), None)
        if found is None:
            raise Refused(4001)
        return found

    def retrieve_chat(self, asked: ApiRequest) -> dict[str, Any]:
        """``GET /v3/chat/retrieve`` (the SDKs POST it)."""
        shown = self._chat(asked, asked.query).shown()
        if self.flavour.name == "studio":
            shown.pop("last_error")  # never filled in there
        return shown

    def list_chat(self, asked: ApiRequest) -> list[dict[str, Any]]:
        """``GET /v3/chat/message/list``: what the bot's side has completed so far, verbose packages first."""
        messages = self._chat(asked, asked.query).messages
        if self.late_lists > 0:
            self.late_lists -= 1
            messages = [one for one in messages if one.type != "answer"]
        return [one.event() for one in sorted(messages, key=lambda one: one.type != "verbose")]

    def cancel_chat(self, asked: ApiRequest) -> dict[str, Any]:
        """``POST /v3/chat/cancel``: the bot stops in the middle of a word."""
        chat = self._chat(asked, asked.body)
        need(chat.running, 4104)
        if self.refused_cancels > 0:
            self.refused_cancels -= 1
            raise Refused(4104)
        if self.flavour.cancel_stops:
            chat.status = self.flavour.canceled
            if chat.task is not None:
                chat.task.cancel()
        self.changed()
        return chat.shown(self.flavour.canceled)

    def submit_tool_outputs(self, asked: ApiRequest) -> Streamed | dict[str, Any]:
        """``POST /v3/chat/submit_tool_outputs``: the script goes on where it stopped."""
        given, outputs = asked.query, asked.body.get("tool_outputs")
        hidden = next((one for one in self.chats if one.id == given.get("chat_id") and not one.saved), None)
        need(hidden is None, 5000)
        chat = self._chat(asked, given)
        stream = rules.flag(asked.body, "stream", default=False)
        need(isinstance(outputs, list) and outputs, 4000, NOT_JSON)
        need(chat.status == "requires_action" and chat.required_action is not None)
        wanted = {call["id"] for call in (chat.required_action or {})["submit_tool_outputs"]["tool_calls"]}
        need({one.get("tool_call_id") for one in outputs or ()} == wanted)
        chat.status, chat.t_end, chat.verdict_at = "in_progress", None, None
        if stream:
            return Streamed(self.playbacks[chat.id])
        self.playbacks[chat.id].start(None)
        return chat.shown()


def _text(question: Message) -> str:
    """The words of *question*, without what is attached to it."""
    if question.content_type != "object_string":
        return question.content
    return "".join(item.get("text") or "" for item in rules.parsed(question.content))


def _files(messages: list[Message]) -> tuple[str, ...]:
    items = [item for m in messages if m.content_type == "object_string" for item in rules.parsed(m.content)]
    return tuple(item.get("file_id") or item["file_url"] for item in items if item["type"] != "text")


def _turn(
    chat: Chat,
    history: tuple[tuple[str, str], ...],
    kept: list[Message],
    question: Message,
    body: dict[str, Any],
) -> Turn:
    earlier = tuple((one.role, one.content) for one in kept if one is not question)
    return Turn(
        text=chat.question,
        conversation_id=chat.conversation_id,
        user_id=chat.user_id,
        bot_id=chat.bot_id,
        history=(history if kept else history[:-1]) + earlier,
        files=_files(kept or [question]),
        meta_data=chat.meta_data | question.meta_data,
        custom_variables=body.get("custom_variables") or {},
        parameters=parameters(body.get("parameters")),
        body=body,
    )


def parameters(given: Any) -> Mapping[str, Any]:
    """Start-node inputs; some versions of the documents send them as a JSON string."""
    try:
        value = json.loads(given) if isinstance(given, str) and given else given
    except ValueError:
        raise Refused(4000) from None
    return value if isinstance(value, dict) else {}
