"""How a question is put: to an agent, or to a chatflow; what comes back is the same."""

from typing import Any, Protocol

from bridge.coze.calls import Request
from bridge.coze.homes import Home
from bridge.coze.interrupts import Interrupt
from bridge.coze.messages import KEY
from bridge.model import Question


class Form(Protocol):
    """The way one kind of bot is asked."""

    async def opening(self) -> dict[str, str]:
        """What to say when a conversation is opened."""

    async def request(self, question: Question) -> Request:
        """The call that asks."""


class AgentForm:
    """``/v3/chat``: the conversation stands in the address."""

    def __init__(self, bot_id: str) -> None:
        self._bot_id = bot_id

    async def opening(self) -> dict[str, str]:
        """Whose conversation it will be."""
        return {"bot_id": self._bot_id}

    async def request(self, question: Question) -> Request:
        """The call that asks an agent."""
        body: dict[str, Any] = {
            "bot_id": self._bot_id,
            "user_id": question.user_id,
            "stream": True,
            "auto_save_history": True,
            "additional_messages": [_message(question, question.text)],
            "meta_data": {KEY: question.key},
        }
        if question.variables:
            body["custom_variables"] = question.variables
        query = {"conversation_id": question.conversation_id} if question.conversation_id else {}
        return Request(path="/v3/chat", query=query, body=body)


class ChatflowForm:
    """``/v1/workflows/chat``: the conversation stands in the body, and parameters always do."""

    def __init__(self, chatflow_id: str, home: Home) -> None:
        self._chatflow_id = chatflow_id
        self._home = home

    async def opening(self) -> dict[str, str]:
        """Whose conversation it will be, where it is a bot's; one of an app is told by its id alone."""
        ids = await self._home.ids()
        return {name: value for name, value in ids.items() if name == "bot_id"}

    async def request(self, question: Question) -> Request:
        """The call that asks a chatflow, or answers what it asked."""
        waiting = Interrupt.read(question.resume) if question.resume else None
        text = waiting.answer(question.text) if waiting else question.text
        body: dict[str, Any] = {
            "workflow_id": self._chatflow_id,
            **await self._home.ids(),
            "additional_messages": [_message(question, text)],
            "parameters": dict(question.variables),
            "ext": {"user_id": question.user_id},
        }
        if question.conversation_id:
            body["conversation_id"] = question.conversation_id
        return Request(path="/v1/workflows/chat", query={}, body=body)


def _message(question: Question, text: str) -> dict[str, Any]:
    return {
        "role": "user",
        "type": "question",
        "content_type": "text",
        "content": text,
        "meta_data": {KEY: question.key},
    }
