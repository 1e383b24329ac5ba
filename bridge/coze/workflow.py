"""
A workflow at Coze: `bridge.sdk.ports.Bot` over ``/v1/workflow``.

Rules
* A run remembers nothing of the one before it: every question begins a run, unless one waits for this very answer.
* A run that streams has no id before it ends, so one that is cut off cannot be found and is begun again: for a question
  a workflow is run at least once, where a bot is asked once. Where people have read some of it, that is left to them.
* The state of such a run cannot be asked for, so silence ends it; a workflow at work sends heartbeats.
* A run in the background has its id from the start: it may take hours, and the process after this one can wait for it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from copy import copy
from itertools import chain, repeat
from typing import Any, Final, Self

import httpx

from bridge.coze import files
from bridge.coze.api import CozeApi, Request, stream_log_id
from bridge.coze.app_ids import AppIdLookup
from bridge.coze.error_codes import RunExpired, failure
from bridge.coze.interrupts import Interrupt, ask_for_missing
from bridge.coze.profile import CozeProfile
from bridge.coze.runs import RunParser
from bridge.coze.sse import EventDecoder
from bridge.coze.timeouts import Timeouts
from bridge.coze.transport import ByteStream
from bridge.sdk import telemetry
from bridge.sdk.asking import BotEvent, ChatRef, ChatStarted, Question, ResponseStarted, Sought, UploadedFile
from bridge.sdk.errors import ChatFailed, ConversationLost, Garbled, Later, Refused
from bridge.sdk.i18n import MessageId
from bridge.sdk.model import MediaBytes

CONVERSATION: Final = "workflow"
"""The conversation's id of every run: workflows have no conversations."""


class WorkflowBot:
    """One workflow of one Coze, answering in a chat."""

    def __init__(
        self,
        api: CozeApi,
        *,
        name: str,
        profile: CozeProfile,
        workflow_id: str,
        parameter: str,
        timeouts: Timeouts,
        output: str | None = None,
        file: str | None = None,
        app_id: str | None = None,
        background: bool = False,
    ) -> None:
        self.name = name
        self.profile = profile
        self.workflow_id = workflow_id
        self._parameter = parameter
        self._output = output
        self._file = file
        self._background = background
        self._api = api
        self._lookup = AppIdLookup(api, workflow_id, app_id=app_id)
        self._timeouts = timeouts

    def for_owner(self, owner: str) -> Self:
        """The same workflow with the token of *owner*."""
        bot = copy(self)
        bot._api = self._api.for_owner(owner)  # noqa: SLF001 - it is ourselves
        return bot

    async def open_conversation(self, user_id: str) -> str:  # noqa: ARG002 - there is nothing to open
        """The placeholder `CONVERSATION`, as runs are in no conversation."""
        return CONVERSATION

    async def delete_conversation(self, conversation_id: str) -> None:
        """Nothing: its runs are in no conversation."""

    async def ask(self, question: Question) -> AsyncGenerator[BotEvent, None]:
        """Let the run go on that waits for this answer, or begin one; the caller must close the iterator."""
        if (waiting := Interrupt.read(question.resume_token)) is not None:
            waiting = waiting.hearing(question.text)
            if waiting.missing:
                for event in ask_for_missing(waiting):
                    yield event
                return
            run = RunParser(resumed=True, output=self._output)
            try:
                async with aclosing(self._follow(self._resume(waiting, question), run)) as events:
                    async for event in events:
                        yield event
            except RunExpired:
                if run.spoke:
                    raise
                telemetry.conversation_replaced(bot=self.name)
            else:
                return
        begin = self._begin_in_background if self._background else self._begin
        async with aclosing(begin(question)) as events:
            async for event in events:
                yield event

    async def resume(self, chat_ref: ChatRef) -> AsyncGenerator[BotEvent, None]:
        """
        What a run gave, once it is over; `Refused` without the id of one.

        `Later`: it has not ended within `Timeouts.total`.
        """
        if not chat_ref.chat_id:
            raise Refused("expected the id of a run, got none")
        run = RunParser(output=self._output)
        for event in self._recall(run, await self._until_over(chat_ref.chat_id)):
            yield event
        yield run.close()

    async def upload(self, media: MediaBytes) -> UploadedFile:
        """Hand over a file, if a parameter is for such."""
        if self._file is None:
            raise Refused("Coze: no parameter of this workflow is for files", message_id=MessageId.FILE_UNUSABLE)
        return await files.upload(self._api, media)

    async def accept_recording(self, media: MediaBytes) -> str:
        """What is said in a recording."""
        return await files.transcribe(self._api, media)

    async def find_chat(self, sought: Sought) -> ChatRef | None:  # noqa: ARG002 - as the contract has it
        """None: runs carry no key of ours, and are not listed."""
        return None

    async def cancel(self, chat_ref: ChatRef) -> None:  # noqa: ARG002 - as the contract has it
        """`Refused`: a run cannot be stopped."""
        raise Refused("Coze: a run cannot be stopped")

    async def rate(self, chat_ref: ChatRef, *, liked: bool, reason: str = "") -> None:  # noqa: ARG002 - as the contract has it
        """`Refused`: what a run says is no message that could be rated."""
        raise Refused("Coze: a run cannot be rated")

    async def _follow(self, request: Request, run: RunParser) -> AsyncGenerator[BotEvent, None]:
        try:
            async with self._api.stream(request, within=self._timeouts.workflow_idle) as stream:
                run.log_id = stream_log_id(stream)
                yield ResponseStarted()
                async with aclosing(self._read(stream, run)) as events:
                    async for event in events:
                        yield event
        except ConversationLost as unknown:  # Coze says the same of workflows
            raise Refused(unknown.detail, message_id=MessageId.BOT_MISCONFIGURED, log_id=unknown.log_id) from unknown
        if not run.over:
            raise ChatFailed("the stream of a run ended before the run", log_id=run.log_id)
        if run.execute_id:
            yield ChatStarted(conversation_id=CONVERSATION, chat_id=run.execute_id)
        yield run.close()

    async def _read(self, stream: ByteStream, run: RunParser) -> AsyncGenerator[BotEvent, None]:
        decoder = EventDecoder()
        deadline = _clock() + self._timeouts.total
        while not run.over and (chunk := await self._chunk(stream, run, deadline)):
            for server_event in decoder.feed(chunk):
                for event in run.feed(server_event):
                    yield event
        for server_event in decoder.close():
            for event in run.feed(server_event):
                yield event
        if not run.over:
            run.raise_for_json_error(decoder.unparsed_lines)

    async def _chunk(self, stream: ByteStream, run: RunParser, deadline: float) -> bytes:
        try:
            async with asyncio.timeout_at(min(_clock() + self._timeouts.workflow_idle, deadline)):
                return await stream.read()
        except httpx.ReadError as cut:
            raise ChatFailed(f"the stream of a run broke: {cut}", log_id=run.log_id) from cut
        except TimeoutError as silence:
            raise Refused("Coze: the workflow was not over in time", log_id=run.log_id) from silence

    async def _begin(self, question: Question) -> AsyncGenerator[BotEvent, None]:
        request = Request(path="/v1/workflow/stream_run", query={}, body=await self._beginning(question))
        async with aclosing(self._follow(request, RunParser(output=self._output))) as events:
            async for event in events:
                yield event

    async def _begin_in_background(self, question: Question) -> AsyncGenerator[BotEvent, None]:
        body = {**await self._beginning(question), "is_async": True}
        try:
            envelope = await self._api.call("POST", "/v1/workflow/run", body=body)
        except ConversationLost as unknown:
            raise Refused(unknown.detail, message_id=MessageId.BOT_MISCONFIGURED, log_id=unknown.log_id) from unknown
        if not envelope.data or not isinstance(envelope.data, str):
            raise Garbled("expected the id of a run, got none", log_id=envelope.log_id)
        chat_ref = ChatRef(conversation_id=CONVERSATION, chat_id=envelope.data)
        yield ChatStarted(conversation_id=chat_ref.conversation_id, chat_id=chat_ref.chat_id)
        await asyncio.sleep(self._timeouts.relist)  # it may be listed late
        async with aclosing(self.resume(chat_ref)) as events:
            async for event in events:
                yield event

    async def _beginning(self, question: Question) -> dict[str, Any]:
        parameters: dict[str, Any] = {**question.context.variables, **question.context.parameters}
        if self._file and question.files:
            parameters[self._file] = files.as_parameter(question.files)
        parameters[self._parameter] = question.text
        return {**self._about(question), **await self._lookup.ids(), "parameters": parameters}

    def _resume(self, waiting: Interrupt, question: Question) -> Request:
        body = {
            **self._about(question),
            "event_id": waiting.event_id,
            "interrupt_type": waiting.type,
            "resume_data": waiting.as_json(question.text),
        }
        return Request(path="/v1/workflow/stream_resume", query={}, body=body)

    def _about(self, question: Question) -> dict[str, Any]:
        return {"workflow_id": self.workflow_id, "ext": {"user_id": question.user_id}}

    async def _until_over(self, execute_id: str) -> dict[str, Any]:
        deadline = _clock() + self._timeouts.total
        for pause in chain(self._timeouts.poll_intervals, repeat(self._timeouts.poll_intervals[-1])):
            record = await self._history(execute_id)
            if record.get("execute_status") != "Running" or record.get("interrupt_data"):
                break
            if _clock() + pause > deadline:
                raise Later("the run is not over yet")
            await asyncio.sleep(pause)
        return record

    async def _history(self, execute_id: str) -> dict[str, Any]:
        path = f"/v1/workflows/{self.workflow_id}/run_histories/{execute_id}"
        try:
            data = (await self._api.call("GET", path)).data
        except ConversationLost as gone:
            raise Refused(gone.detail, log_id=gone.log_id) from gone
        entries = data if isinstance(data, list) else [data]
        return entries[0] if entries and isinstance(entries[0], dict) else {}

    def _recall(self, run: RunParser, history: dict[str, Any]) -> list[BotEvent]:
        if history.get("interrupt_data"):
            return [*run.interrupt(history["interrupt_data"])]
        if history.get("execute_status") == "Fail":
            raise failure(history.get("error_code"), history.get("error_message"))
        output = history.get("output")
        return [*run.output(output if isinstance(output, str) else "")]


def _clock() -> float:
    return asyncio.get_running_loop().time()
