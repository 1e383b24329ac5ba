"""Plays a script as one workflow run: nodes that speak, ask, fail; the words in the events are the workflow's own."""

import asyncio
import contextlib
import time
from typing import Any

from simulators.coze import nodes
from simulators.coze.script import (
    Answer,
    Cut,
    Fail,
    Interrupt,
    NoDone,
    Pause,
    Ping,
    Raw,
    Say,
    Script,
    Silence,
    Step,
    Turn,
)
from simulators.coze.stream_events import PlaybackHost
from simulators.coze.wire import SPACED, Stream, compact


class Run:
    """One execution of a workflow."""

    def __init__(
        self, host: PlaybackHost, turn: Turn, script: Script, *, execute_id: str, asked_by: str, mode: int
    ) -> None:
        self.turn = turn
        self.execute_id = execute_id
        self.asked_by = asked_by
        self.mode = mode  #: 0 at once, 1 in a stream, 2 in the background
        self.output = ""
        self.error: tuple[int, str] | None = None
        self.interrupt: dict[str, Any] | None = None  #: the question it waits with
        self.interrupts: set[str] = set()  #: the event ids of all its questions
        self.replies: list[str] = []
        self.created = time.monotonic()
        self.t_end: float | None = None
        self.task: asyncio.Task[None] | None = None
        self.debug_url = f"https://www.coze.cn/work_flow?execute_id={execute_id}"
        self._host = host
        self._steps = iter(script)
        self._stream: Stream | None = None
        self._asked: Interrupt | None = None
        self._node = 0
        self._spoken = 0  #: packets of the node that speaks
        self._title = ""  #: of that node

    @property
    def status(self) -> str:
        """How it is, in the words of its history."""
        if self.t_end is None:
            return "Running"
        return "Fail" if self.error is not None else "Success"

    def start(self, stream: Stream | None) -> None:
        """Play in the background, to *stream* if anybody listens."""
        self._stream = stream
        self.task = asyncio.get_running_loop().create_task(self._play())

    def resume(self, reply: str) -> None:
        """Take the *reply* it waits for; `start` goes on."""
        self.replies.append(reply)
        if self._asked is not None and (because := nodes.refusal(self._asked, reply, lines=False)):
            self._steps = iter((Fail(777777763, because),))
        self.interrupt, self._node, self._spoken = None, 0, 0

    async def rested(self) -> None:
        """Return once it has ended or waits."""
        if self.task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(self.task)

    def history(self, logid: str) -> dict[str, Any]:
        """The run as its history shows it."""
        now = int(time.time())
        code, msg = self.error or ("", "")
        shown: dict[str, Any] = {
            "execute_id": self.execute_id,
            "execute_status": self.status,
            "bot_id": "0",
            "connector_id": "1024",
        }
        shown |= {"connector_uid": "2478774393541633", "run_mode": self.mode, "debug_url": self.debug_url}
        shown |= {"output": compact({"Output": self.output}), "create_time": now, "update_time": now}
        shown |= {
            "error_code": str(code),
            "error_message": msg,
            "is_output_trimmed": False,
            "logid": logid,
            "token": "0",
        }
        shown |= {"usage": {"input_count": 0, "output_count": 0, "token_count": 0}, "node_execute_status": {}}
        return shown | ({"interrupt_data": self.interrupt} if self.interrupt else {})

    async def _play(self) -> None:
        try:
            over = False
            for step in self._steps:
                over = await self._perform(step)
                if over:
                    break
            if not over:
                await self._end()
        finally:
            self._host.changed()
            if self._stream is not None:
                await self._stream.finish()

    async def _perform(self, step: Step) -> bool:  # noqa: C901, PLR0912 - one line for each kind of step
        """Do *step*; True where nothing can follow in this stream."""
        if not isinstance(step, Say | Pause | Silence | Ping):
            await self._finish_node()
        match step:
            case Say(pieces, every, node):
                self._title = node
                await self._say(pieces, self._host.every if every is None else every)
            case Answer(text):
                await self._whole("Message", text)
            case Pause(name):
                await self._host.wait_for(name)
            case Silence(seconds):
                await asyncio.sleep(seconds)
            case Ping(event, data):
                await self._send(event, data)
            case Raw(data):
                if self._stream is not None:
                    await self._stream.write(data)
            case Cut():
                if self._stream is not None:
                    self._stream.drop()
            case Fail():
                await self._fail(step)
                return True
            case Interrupt():
                await self._ask(step)
                return True
            case NoDone():
                self.t_end = time.monotonic()
                return True
        return False

    async def _say(self, pieces: tuple[str, ...], every: float) -> None:
        for piece in pieces:
            if self._spoken:
                await asyncio.sleep(every)
            self.output += piece
            await self._message(self._title, piece, finish=False)
            self._spoken += 1

    async def _finish_node(self) -> None:
        if self._spoken:
            await self._message(self._title, "", finish=True)
            self._spoken = 0
            self._node += 1

    async def _whole(self, title: str, text: str) -> None:
        self.output += text if title else ""
        await self._message(title, text, finish=True)
        self._node += 1

    async def _message(self, title: str, content: str, *, finish: bool) -> None:
        data: dict[str, Any] = {
            "content": content,
            "content_type": "text",
            "node_title": title,
            "node_is_finish": finish,
        }
        data |= {"node_seq_id": str(self._spoken), "node_id": str(100_000 + self._node)}
        await self._tell("Message", data)
        self._host.changed()

    async def _ask(self, step: Interrupt) -> None:
        self._asked = step
        if (content := nodes.spoken(step, self._host.flavour.name)) is not None:
            await self._message("问答", content, finish=True)
        event_id = f"{self.execute_id}/{2769808280134765896 + len(self.interrupts)}"
        self.interrupts.add(event_id)
        data = nodes.data(step, self._host.flavour.name)
        self.interrupt = {"event_id": event_id, "type": step.type, "data": data}
        if step.required_parameters is not None and self._host.flavour.name == "cloud":
            self.interrupt["required_parameters"] = dict(step.required_parameters)
        await self._tell("Interrupt", {"interrupt_data": self.interrupt, "node_title": "问答"})

    async def _fail(self, how: Fail) -> None:
        self.error = (int(how.code or 5000), how.msg)
        self.t_end = time.monotonic()
        if self._host.flavour.name == "studio":  # plain text, and no number
            if self._stream is not None:
                await self._stream.write(SPACED.frame("error", how.msg))
            return
        await self._tell("Error", {"error_code": self.error[0], "error_message": how.msg})

    async def _end(self) -> None:
        await self._finish_node()
        self.t_end = time.monotonic()
        title = self._host.flavour.end_title
        ending: dict[str, Any] = {
            "content": self.output if title else compact({"output": self.output}),
            "content_type": "text",
            "cost": "0.00",
            "token": 0,
        }
        ending |= {"node_is_finish": True, "node_seq_id": "0", "node_title": title, "node_type": "End"}
        await self._tell("Message", ending)
        await self._tell("Done", {"debug_url": self.debug_url})

    async def _tell(self, event: str, data: dict[str, Any]) -> None:
        if self._stream is not None:
            await self._stream.send(event, self._stream.wire.json(data))

    async def _send(self, event: str, data: str) -> None:
        if self._stream is not None:
            await self._stream.send(event, data)
