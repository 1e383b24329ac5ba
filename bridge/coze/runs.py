"""
The parser of one run of a workflow: server events in, what it says out.

Rules
* Each node's execution is a message. What begins like variables in JSON is held back until it is whole, and then parsed.
* The end node often repeats what output nodes have said already; that is not said twice.
* A run that waits for an answer says what it asks, and is over as far as this stream goes.
* Pure: nothing here waits, sends, or reads a clock. Failures are raised.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from bridge.coze.error_codes import chat_failed, failure, number
from bridge.coze.growing import Growing
from bridge.coze.interrupts import read_interrupt
from bridge.coze.outputs import may_be_variables, variables_text
from bridge.coze.payload import json_error, parse_error, parse_json
from bridge.coze.prompts import read_history
from bridge.coze.sse import ServerEvent
from bridge.coze.steps import Steps
from bridge.coze.thinking import without_thinking
from bridge.sdk.asking import BotEvent, ChatFinished, Delta, FollowUpSuggested, InputRequired, MessageCompleted
from bridge.sdk.characters import is_blank
from bridge.sdk.errors import BridgeError, Later, Refused
from bridge.sdk.i18n import MessageId

_ENDS: Final = frozenset({"", "end", "结束"})
"""The titles of the end node, in lower case: none at the cloud, and its name in Studio's two languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    """The message of a node at work."""

    message_id: str
    growing: Growing
    pieces: list[str] = field(default_factory=list)


class RunParser:
    """Everything a run has said, by stream or by its history."""

    def __init__(self, *, resumed: bool = False, output: str | None = None) -> None:
        self.over = False  #: whether nothing follows
        self.execute_id: str | None = None  #: by which its history can be read; told at the end only
        self.log_id: str | None = None
        self._resumed = resumed
        self._output = output  # the variable that holds the answer, where one was named
        self._open: dict[str, _Node] = {}
        self._said: list[str] = []
        self._steps = Steps()
        self._numbers = 0
        self._tokens = 0
        self._waits = False

    @property
    def spoke(self) -> bool:
        """Whether it has said anything yet."""
        return bool(self._said) or any(node.pieces for node in self._open.values())

    def feed(self, event: ServerEvent) -> Sequence[BotEvent]:
        """What *event* lets the workflow say; raises what it reports as gone wrong."""
        match event.event.lower():
            case "message":
                data = _json(event)
                step = self._steps.reach(str(data.get("node_title") or ""), is_over=bool(data.get("node_is_finish")))
                return (*step, *self._take_message(data))
            case "interrupt":
                return self.interrupt(_json(event).get("interrupt_data"))
            case "done":
                self.over = True
                self.execute_id = _execute_id(_json(event).get("debug_url"))
                return tuple(self._steps.close())
            case "error":
                raise self._failure(parse_error(event))
        return ()

    def raise_for_json_error(self, lines: Iterable[str]) -> None:
        """Raise what the *lines* of a stream that are no events say, if they are an error in JSON."""
        if (error := json_error(lines)) is not None:
            raise self._failure(error)

    def interrupt(self, data: Any) -> Sequence[BotEvent]:
        """What the run asks back."""
        interrupt, prompt = read_interrupt(data if isinstance(data, dict) else {})
        if not interrupt.for_people:
            raise Refused(
                f"Coze: the workflow waits for what nobody in a chat can give (interrupt type {interrupt.type})",
                message_id=MessageId.TOOL_NOT_AVAILABLE,
                log_id=self.log_id,
            )
        self.over = self._waits = True
        left = self._close_all()
        asks = self._say_new(prompt.listed if self._has_said(prompt.question) else prompt.text)
        options = [FollowUpSuggested(text=option) for option in prompt.options]
        return (*left, *asks, *options, InputRequired(token=interrupt.token))

    def output(self, content: str) -> Sequence[BotEvent]:
        """What the run gave at its end."""
        return self._say_new(variables_text(content, self._output))

    def close(self) -> ChatFinished:
        """The end; `Refused` if nothing was said."""
        if not self._said and not self._waits:
            raise Refused(
                "Coze: the workflow was completed without a text", message_id=MessageId.NO_TEXT, log_id=self.log_id
            )
        return ChatFinished(tokens=self._tokens)

    def _take_message(self, data: dict[str, Any]) -> Sequence[BotEvent]:
        self._count(data)
        title, content = str(data.get("node_title") or ""), str(data.get("content") or "")
        name = str(data.get("node_execute_uuid") or data.get("node_id") or title)
        ends = title.strip().lower() in _ENDS or data.get("node_type") == "End"
        node = self._open.get(name)
        if node is None:
            growing = Growing(self._may_repeat if ends else may_be_variables)
            node = self._open[name] = _Node(message_id=self._next_id(), growing=growing)
        node.pieces.append(content)
        if data.get("node_is_finish"):
            del self._open[name]
            return self._complete(node, ends=ends)
        visible = node.growing.feed(content) if content else ""
        return (Delta(message_id=node.message_id, text=visible),) if visible else ()

    def _complete(self, node: _Node, *, ends: bool = False) -> Sequence[BotEvent]:
        content = without_thinking("".join(node.pieces))
        if (prompt := read_history(content)) is not None:
            return self._say_new(prompt.text, node.message_id)
        if may_be_variables(content) or (ends and not node.growing.seen):
            return self._say_new(variables_text(content, self._output), node.message_id)
        return self._say(content, node.message_id)

    def _may_repeat(self, content: str) -> bool:
        """Whether the end node's *content* may be variables, or what was said before."""
        begun = _words(content)
        before = ("".join(self._said), *self._said)
        return may_be_variables(content) or any(_words(text).startswith(begun) for text in before if text)

    def _say_new(self, text: str, message_id: str = "") -> Sequence[BotEvent]:
        """Say *text*, unless it has been said."""
        new, before = _words(text), _words("".join(self._said))
        if self._has_said(text):
            return ()
        if self._resumed and before and new.endswith(before):  # it begins with what was said before the question
            return ()
        return self._say(text, message_id or self._next_id())

    def _has_said(self, text: str) -> bool:
        new = _words(text)
        return bool(new) and new in (_words("".join(self._said)), *map(_words, self._said))

    def _say(self, text: str, message_id: str) -> Sequence[BotEvent]:
        if is_blank(text):
            return ()
        self._said.append(text)
        return (MessageCompleted(message_id=message_id, text=text),)

    def _close_all(self) -> list[BotEvent]:
        """Complete all messages that still grow."""
        left, self._open = self._open, {}
        return [event for node in left.values() for event in self._complete(node)]

    def _next_id(self) -> str:
        self._numbers += 1
        return f"node-{self._numbers}"

    def _count(self, data: dict[str, Any]) -> None:
        usage = data.get("usage")
        used = usage.get("token_count") if isinstance(usage, dict) else data.get("token")
        self._tokens = max(self._tokens, number(used) or 0)

    def _failure(self, data: dict[str, Any]) -> BridgeError:
        """The error that Coze reports; the run has ended with it."""
        code = data.get("error_code", data.get("code"))
        error = failure(code, data.get("error_message") or data.get("msg"), log_id=self.log_id)
        if isinstance(error, Later):
            return chat_failed(error)
        return error


def _words(text: str) -> str:
    return "".join(text.split())


def _execute_id(debug_url: object) -> str | None:
    """The run's id, as the address of its page in the console tells it."""
    try:
        found = parse_qs(urlsplit(str(debug_url)).query).get("execute_id", ())
    except ValueError:  # no address
        return None
    return next(iter(found), None)


def _json(event: ServerEvent) -> dict[str, Any]:
    data = parse_json(event)
    return data if isinstance(data, dict) else {}
