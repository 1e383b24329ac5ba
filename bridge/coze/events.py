"""
The parser of one chat: server events in, what the bot says out.

Rules
* Only answers are for people: thoughts, tools, knowledge, ``verbose`` and unknown types are dropped here.
* An answer that is a workflow's output in JSON is held back until it is whole, and then parsed.
* A completed message replaces its deltas, and is completed once.
* What comes first wins: Studio says ``error`` and then claims that the chat was completed.
* A chat that asks something back ends as if it were completed: a chatflow's stream then stops without a verdict.
* Pure: nothing here waits, sends, or reads a clock. Failures are raised.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from bridge.coze.cards import card_text
from bridge.coze.error_codes import chat_failed, failure
from bridge.coze.growing import Growing
from bridge.coze.interrupts import Interrupt, read_interrupt, read_verbose, waiting_for
from bridge.coze.messages import (
    Call,
    Chat,
    ChatStatus,
    Message,
    chronological,
    object_string_text,
    read_chat,
    read_message,
)
from bridge.coze.outputs import may_be_wrapped, unwrapped
from bridge.coze.payload import json_error, parse_error, parse_json
from bridge.coze.prompts import Prompt, read_card
from bridge.coze.speech import Speech
from bridge.coze.sse import ServerEvent
from bridge.coze.thinking import without_thinking
from bridge.sdk.asking import (
    AnswerSpoken,
    BotEvent,
    ChatFinished,
    ChatRef,
    ChatStarted,
    Delta,
    FollowUpSuggested,
    InputRequired,
    MessageCompleted,
)
from bridge.sdk.characters import is_blank
from bridge.sdk.errors import BridgeError, Garbled, Later, Refused
from bridge.sdk.i18n import MessageId

_DELTA: Final = "conversation.message.delta"
_SPOKEN: Final = "conversation.audio.delta"
_CHATS: Final = {
    "conversation.chat.created": ChatStatus.RUNNING,
    "conversation.chat.in_progress": ChatStatus.RUNNING,
    "conversation.chat.completed": ChatStatus.COMPLETED,
    "conversation.chat.failed": ChatStatus.FAILED,
    "conversation.chat.requires_action": ChatStatus.WAITING,
    "conversation.chat.required_action": ChatStatus.WAITING,
    "conversation.chat.canceled": ChatStatus.CANCELLED,
    "conversation.chat.cancelled": ChatStatus.CANCELLED,
}


class ChatParser:
    """Everything known of one chat, however it became known: by stream, by polling, or by both."""

    def __init__(self, chat_ref: ChatRef | None = None, *, recording: str = "") -> None:
        self.chat_ref = chat_ref  #: set once the bot has taken the question
        self.verdict: ChatStatus | None = None  #: how the chat ended; None while it runs
        self.closed = False  #: whether the stream has said that nothing follows
        self.calls: tuple[Call, ...] = ()  #: the functions the chat waits for
        self.log_id: str | None = None
        self._recording = recording  # the type of what was asked aloud; empty: nothing was
        self._speech = Speech()
        self._tokens = 0
        self._spoke = False
        self._showed_card = False
        self._waits = False  # whether the bot asked something back
        self._prompt = Prompt()  # what it asked last, as far as an answer told
        self._growing: dict[str, Growing] = {}  # by message id
        self._known: set[str] = set()  # ids of messages completed

    def feed(self, event: ServerEvent) -> Sequence[BotEvent]:
        """What *event* lets the bot say; raises what it reports as gone wrong."""
        name = event.event
        if name == _DELTA:
            return self._take_delta(_json(event))
        if name in _CHATS:
            # the event's name decides, as Studio's status may lag behind
            return self.conclude(replace(read_chat(_json(event)), status=_CHATS[name]))
        if name == "conversation.message.completed":
            return self._take_completed(_json(event))
        if name == _SPOKEN:
            self._speech.add(_json(event).get("content"))
        elif name in ("done", "conversation.stream.done"):
            self.closed = True
        elif name == "error" and self.verdict is None:
            raise self._failure(parse_error(event))
        return ()

    def raise_for_json_error(self, lines: Iterable[str]) -> None:
        """Raise what the *lines* of a stream that are no events say, if they are an error in JSON."""
        if (error := json_error(lines)) is not None:
            raise self._failure(error)

    def conclude(self, chat: Chat) -> Sequence[BotEvent]:
        """Note the state of *chat*; gives what it says by that, and raises if it failed."""
        if chat.status is ChatStatus.FAILED:
            raise self._failure({"code": chat.code, "msg": chat.msg or "the chat failed"})
        if chat.status is not ChatStatus.RUNNING:
            self.verdict = chat.status
            self.calls = chat.calls if chat.status is ChatStatus.WAITING else ()
            self._tokens = chat.tokens or self._tokens
        is_asking = chat.status is ChatStatus.WAITING and not chat.calls
        asks = self._wait(waiting_for(self._prompt), Prompt()) if is_asking else ()
        return (*self._begin(chat.conversation_id, chat.id), *asks)

    def feed_list(self, messages: Iterable[Message]) -> list[BotEvent]:
        """What the chat's *messages* say beyond what was given before."""
        return [event for message in chronological(messages) for event in self._complete(message)]

    def go_on(self) -> None:
        """The chat got the outputs that it waited for: another stream of it follows."""
        self.verdict, self.calls, self.closed = None, (), False

    def said_aloud(self) -> Iterable[AnswerSpoken]:
        """The answer as it was said aloud, if it was, and if we heard all of it."""
        sound = self._speech.as_file(self._recording) if self.closed else None
        return () if sound is None else (AnswerSpoken(sound=sound),)

    def close(self) -> ChatFinished:
        """The end of the answer; `Refused` if there was none."""
        if not (self._spoke or self._waits or self.verdict is ChatStatus.CANCELLED):
            message_id = MessageId.CARD if self._showed_card else MessageId.NO_TEXT
            raise Refused("Coze: the chat was completed without a text", message_id=message_id, log_id=self.log_id)
        return ChatFinished(tokens=self._tokens)

    def _take_delta(self, data: dict[str, Any]) -> Sequence[BotEvent]:
        content = data.get("content")
        if not content or data.get("type") != "answer" or data.get("content_type", "text") != "text":
            return ()
        message_id = str(data.get("id", ""))
        if message_id in self._known:
            return ()
        growing = self._growing.get(message_id)
        if growing is None:
            growing = self._growing[message_id] = Growing(may_be_wrapped)
        visible = growing.feed(str(content))
        self._spoke = self._spoke or not is_blank(visible)
        deltas = (Delta(message_id=message_id, text=visible),) if visible else ()
        return deltas if self.chat_ref is not None else (*self._take_ids(data), *deltas)

    def _take_completed(self, data: dict[str, Any]) -> Sequence[BotEvent]:
        return (*self._take_ids(data), *self._complete(read_message(data)))

    def _take_ids(self, data: dict[str, Any]) -> Sequence[BotEvent]:
        message = read_message(data)
        return self._begin(message.conversation_id, message.chat_id)

    def _begin(self, conversation_id: str, chat_id: str) -> Sequence[BotEvent]:
        if self.chat_ref is not None or not (conversation_id and chat_id):
            return ()
        self.chat_ref = ChatRef(conversation_id=conversation_id, chat_id=chat_id)
        return (ChatStarted(conversation_id=conversation_id, chat_id=chat_id),)

    def _complete(self, message: Message) -> Sequence[BotEvent]:
        if message.type == "verbose":
            interrupt = read_verbose(message.content)
            return () if interrupt is None else self._wait(*read_interrupt(interrupt))
        if message.type not in ("answer", "follow_up") or message.id in self._known:
            return ()
        text = self._text(message)
        if is_blank(text):  # nothing to replace the deltas with
            return ()
        self._known.add(message.id)
        if message.type == "follow_up":
            return (FollowUpSuggested(text=text),)
        self._spoke = True
        options = _offered(self._prompt) if message.content_type == "card" else ()
        return (MessageCompleted(message_id=message.id, text=text), *options)

    def _wait(self, waiting: Interrupt, prompt: Prompt) -> Sequence[BotEvent]:
        """What is given for a bot that waits for an answer, which will be the next question in the conversation."""
        self.verdict = self.verdict or ChatStatus.WAITING
        if self._waits:
            return ()
        self._waits = True
        if self._prompt.fields and not waiting.fields:
            waiting = waiting_for(self._prompt)
        is_asked = self._spoke or not prompt.text  # as a rule an answer has asked it already
        asks = () if is_asked else (MessageCompleted(message_id=f"{waiting.event_id}?", text=prompt.text),)
        return (*asks, *_offered(prompt), InputRequired(token=waiting.token))

    def _text(self, message: Message) -> str:
        match message.content_type:
            case "card":
                self._showed_card = True
                self._prompt = read_card(message.content) or Prompt()
                return self._prompt.text or card_text(message.content)
            case "object_string":
                return without_thinking(object_string_text(message.content))
            case "audio":
                return ""
            case _:
                return unwrapped(without_thinking(message.content))

    def _failure(self, data: dict[str, Any]) -> BridgeError:
        """The error that Coze reports; a chat that had begun has ended with it."""
        error = failure(data.get("code"), data.get("msg"), log_id=self.log_id, had_begun=self.chat_ref is not None)
        if self.chat_ref is None or not isinstance(error, Later):
            return error
        return chat_failed(error)


def _offered(prompt: Prompt) -> Iterable[BotEvent]:
    return (FollowUpSuggested(text=option) for option in prompt.options)


def _json(event: ServerEvent) -> dict[str, Any]:
    data = parse_json(event)
    if not isinstance(data, dict):
        raise Garbled(f"expected an object in {event.event}, got {type(data).__name__}")
    return data
