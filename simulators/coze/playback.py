"""
Plays a script as one chat: on the wire, and in what the platform remembers.

The playback is a task of the platform, not of a connection.
Whoever listens is given every event; when nobody does, the turn goes on and is kept.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator
from typing import Any

from simulators.coze import nodes
from simulators.coze.records import Chat, Conversation
from simulators.coze.script import (
    Answer,
    Audio,
    Card,
    Cut,
    DuplicateCompleted,
    Fail,
    FollowUps,
    FunctionCall,
    Interrupt,
    Knowledge,
    NextAnswer,
    NoDone,
    NoVerdict,
    Pause,
    Ping,
    Raw,
    Reasoning,
    RequiresAction,
    Say,
    Script,
    Silence,
    Step,
    ToolResponse,
    Verbose,
)
from simulators.coze.stream_events import PlaybackHost, StreamEvents
from simulators.coze.wire import Stream, compact


class _Over(Exception):
    """The script stopped before its last step."""


class Playback(StreamEvents):
    """One chat being played; `play` again goes on behind a step that waited for the client."""

    def __init__(self, host: PlaybackHost, chat: Chat, conversation: Conversation, script: Script) -> None:
        super().__init__(host, chat, conversation)
        self.done: tuple[str, str] | None = host.flavour.done
        self._steps: Iterator[Step] = iter(script)
        self._suggested: tuple[str, ...] = ()
        self._sounds: tuple[str, ...] = ()
        self._verdict = True
        self._begun = False
        self.interrupted = False
        self.asked: Interrupt | None = None  #: the node it was interrupted by
        self.in_chatflow = False

    def rest(self) -> Script:
        """The steps not played yet; they are taken away."""
        return tuple(self._steps)

    def start(self, stream: Stream | None) -> None:
        """Play in the background, to *stream* if anybody listens."""
        self.chat.stream = stream
        self.chat.task = asyncio.get_running_loop().create_task(self._play())

    async def _play(self) -> None:
        chat = self.chat
        try:
            await self._begin()
            for step in self._steps:
                await self._perform(step)
            await self._end()
        except _Over:
            pass
        except asyncio.CancelledError:
            if self._host.tells_cancel:
                await self.tell(f"conversation.chat.{chat.status}", chat.shown())
            raise
        finally:
            if chat.t_end is None and chat.status != "in_progress":
                chat.t_end = time.monotonic()
            self._host.changed()
            if chat.stream is not None:
                await self._close(chat.stream)

    async def _close(self, stream: Stream) -> None:
        if self.done is not None:
            await stream.send(*self.done)
        await stream.finish()

    async def _begin(self) -> None:
        chat, begins_as = self.chat, self._host.flavour.begins_as
        chat.status = "in_progress"
        if not self._begun and not self._fails_at_once():
            await self.tell("conversation.chat.created", chat.shown(begins_as))
        self._begun = True
        if chat.stream is not None and self.done is not None:
            await self.tell("conversation.chat.in_progress", chat.shown())
        self._host.changed()

    def _fails_at_once(self) -> bool:
        """Whether nothing but the error will ever be seen."""
        first = next(self._steps, None)
        if first is None:
            return False
        self._steps = _again(first, self._steps)
        if isinstance(first, Fail) and self._host.flavour.errors_then_completes:
            self.done = None
            return True
        return False

    async def _perform(self, step: Step) -> None:  # noqa: C901, PLR0912 - one line for each kind of step
        match step:
            case Say(pieces, every):
                await self.say(pieces, self._host.every if every is None else every)
            case Reasoning(pieces, every):
                await self.think(pieces, self._host.every if every is None else every)
            case Pause(name):
                await self._host.wait_for(name)
            case Silence(seconds):
                await asyncio.sleep(seconds)
            case Raw(data):
                await self.write(data)
            case Ping(event, data):
                await self.send(event, data)
            case Cut():
                self.cut()
            case FollowUps(questions):
                self._suggested += questions
            case Audio(chunks):
                self._sounds += chunks
            case NoDone():
                self.done = None
            case NoVerdict():
                self._verdict = False
            case Fail():
                await self._fail(step)  # the half answer is never completed
            case _:
                await self.complete_open()
                await self._perform_closed(step)

    async def _perform_closed(self, step: Step) -> None:  # noqa: C901 - as above
        match step:
            case NextAnswer():
                pass
            case Answer(text, content_type):
                await self.complete(self.message("answer", text, content_type))
            case Card(content):
                await self.complete(self.message("answer", content, "card"))
            case FunctionCall(name, arguments):
                await self.complete(self.message("function_call", _call(name, dict(arguments))))
            case ToolResponse(content, kind):
                await self.complete(self.message(kind, content))
            case Knowledge(content):
                await self.complete(self.message("knowledge", content))
            case Verbose(content):
                await self.complete(self.message("verbose", content))
            case DuplicateCompleted():
                await self.repeat_completed()
            case RequiresAction():
                await self._require(step)
            case Interrupt():
                await self._interrupt(step)

    async def _end(self) -> None:
        await self.complete_open()
        await self.complete(self.message("verbose", self._host.flavour.finished(0)))
        for question in self._suggested:
            await self.complete(self.message("follow_up", question))
        await self._completed()
        for chunk in self._sounds:
            sound = self.message("answer", chunk, "audio")
            await self.tell("conversation.audio.delta", sound.event())

    async def _completed(self) -> None:
        self.settle("completed")
        if self._verdict:
            await self.tell("conversation.chat.completed", self.chat.shown())
        else:
            self.done = None

    async def _fail(self, how: Fail) -> None:
        if self._host.flavour.errors_then_completes:
            await self._fail_as_studio(how)
        self.chat.last_error = {"code": how.code, "msg": how.msg}
        self.settle("failed")
        bare = {} if how.code is None else {"code": how.code, "msg": how.msg}
        match how.shape:
            case "chat.failed":
                await self.tell("conversation.chat.failed", self.chat.shown())
            case "bare":
                await self.tell("conversation.chat.failed", bare)
            case "error":
                self.done = None
                await self.tell("error", bare)
        raise _Over

    async def _fail_as_studio(self, how: Fail) -> None:
        code = str(how.code) if self.in_chatflow else 103100001
        await self.tell("error", {"code": code, "msg": how.msg})
        if self.done is None:  # it never began
            self.settle("failed")
        else:
            await self._completed()
        raise _Over

    async def _require(self, step: RequiresAction) -> None:
        if not self._host.flavour.waits_for_tools:
            await self._interrupt(Interrupt(question=f"{step.name}?"))
        self.interrupted = step.type == "reply_message"  # the next message is the reply
        await self._wait_for_client(step.type, step.name, dict(step.arguments))
        await self.tell("conversation.chat.requires_action", self.chat.shown())
        raise _Over

    async def _interrupt(self, step: Interrupt) -> None:
        self.interrupted = True
        self.asked = step
        if not self._host.flavour.waits_for_tools:
            await self._interrupt_as_studio(step)
        await self.complete(self.message("answer", step.question))
        inner = compact({"type": step.type, "required_parameters": step.required_parameters, "data": _data(step)})
        content = {"msg_type": "interrupt", "data": inner, "from_module": None, "from_unit": None}
        await self.complete(self.message("verbose", compact(content)))
        await self.complete(self.message("verbose", self._host.flavour.finished(1)))
        await self._wait_for_client("reply_message", "question", {})
        if step.event:
            await self.tell("conversation.chat.requires_action", self.chat.shown())
        raise _Over

    async def _interrupt_as_studio(self, step: Interrupt) -> None:
        """Ask as Studio does: in a text or card, behind which a chatflow waits, and an agent's chat is completed."""
        await self.complete(self.message("answer", *nodes.answer(step)))
        if self.in_chatflow:
            self.settle("requires_action")
            await self.tell("conversation.chat.requires_action", self.chat.shown())
            raise _Over
        content = {"msg_type": "interrupt", "data": "", "from_unit": ""}
        await self.complete(self.message("verbose", compact(content)))
        await self.complete(self.message("verbose", self._host.flavour.finished(1)))
        await self._completed()
        raise _Over

    async def _wait_for_client(self, kind: str, name: str, arguments: dict[str, Any]) -> None:
        call = {"id": f"BUJJF0{self._host.new_id()}", "type": kind}
        call_function = {"function": {"name": name, "arguments": compact(arguments)}}
        self.chat.required_action = {
            "type": "submit_tool_outputs",
            "submit_tool_outputs": {"tool_calls": [call | call_function]},
        }
        self.settle("requires_action")


def _data(step: Interrupt) -> str:
    return nodes.data(step, "cloud") if step.options else ""


def _again(first: Step, rest: Iterable[Step]) -> Iterator[Step]:
    yield first
    yield from rest


def _call(name: str, arguments: dict[str, Any]) -> str:
    return compact(
        {
            "name": name,
            "arguments": arguments,
            "plugin_id": "7",
            "plugin_name": name,
            "api_id": "7",
            "api_name": name,
            "plugin_type": 1,
            "thought": "",
        }
    )
