"""
A workflow at Coze: `bridge.ports.Bot` over ``/v1/workflow``.

Rules
* A run remembers nothing of the one before it: every question begins a run, unless one waits for this very answer.
* A run has no id before it ends, so one that is cut off cannot be found. It is begun again if nobody saw any of it, a few
  times at most: a workflow is run at least once for a question, where a bot is asked once.
* Nobody can be asked how a run does, so silence ends it; a workflow at work sends heartbeats.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import httpx

from bridge import telemetry
from bridge.coze.calls import Calls, Request, line_log_id
from bridge.coze.failures import RunOver, failure
from bridge.coze.homes import Home
from bridge.coze.interrupts import Interrupt
from bridge.coze.patience import Patience
from bridge.coze.runs import RunParser
from bridge.coze.sse import Decoder, ServerEvent
from bridge.coze.transport import Line
from bridge.errors import ChatFailed, ConversationLost, Later, Refused
from bridge.model import Asked, Begun, BotEvent, Finished, Question

CONVERSATION: Final = "workflow"
"""What stands where a bot's conversation would: workflows have none."""


class WorkflowBot:
    """One workflow of one Coze, answering in a chat."""

    def __init__(
        self, calls: Calls, *, name: str, workflow_id: str, input_name: str | None = None, patience: Patience
    ) -> None:
        self.name = name
        self.workflow_id = workflow_id
        self._input = input_name or "input"
        self._calls = calls
        self._home = Home(calls, workflow_id)
        self._patience = patience

    async def open(self, user_id: str) -> str:  # noqa: ARG002 - there is nothing to open
        """The conversation all its runs are in, which is none."""
        return CONVERSATION

    async def ask(self, question: Question) -> AsyncGenerator[BotEvent, None]:
        """Run it, or let the run go on that waits for this answer; the iterator must be closed."""
        waits = Interrupt.read(question.resume) if question.resume else None
        if waits is not None:
            try:
                async with aclosing(self._hear(self._resuming(waits, question), RunParser(resumed=True))) as events:
                    async for event in events:
                        yield event
            except RunOver as over:  # said before anything else is
                telemetry.conversation_replaced(bot=self.name)
                del over
            else:
                return
        request = await self._running(question)
        async with aclosing(self._hear(request, RunParser())) as events:
            async for event in events:
                yield event
