"""The requests that ask an agent or a chatflow; what comes back is the same."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from bridge.coze import conversations
from bridge.coze.api import CozeApi, Request
from bridge.coze.app_ids import AppIdLookup
from bridge.coze.files import as_parameter
from bridge.coze.limits import META_LONGEST
from bridge.coze.messages import KEY, WORDLESS
from bridge.sdk.asking import Question
from bridge.sdk.model import REASON_LONGEST, MediaKind


class RequestBuilder(Protocol):
    """Builds the requests for one kind of bot."""

    takes_files: bool  #: whether it can be asked about files
    listens: bool  #: whether it is given recordings as they are

    async def open_conversation(self, api: CozeApi) -> str:
        """A new conversation, by its id."""

    async def existing(self, api: CozeApi, conversation_id: str) -> str | None:
        """The id of that conversation, if it has one by now."""

    async def request(self, question: Question) -> Request:
        """The call that asks."""


class AgentRequests:
    """``/v3/chat``: the conversation is in the address."""

    def __init__(self, bot_id: str, *, listens: bool = False) -> None:
        self.takes_files = True
        self.listens = listens
        self._bot_id = bot_id

    async def open_conversation(self, api: CozeApi) -> str:
        """A new conversation of the agent's."""
        return await conversations.create_if_allowed(api, {"bot_id": self._bot_id})

    async def existing(self, api: CozeApi, conversation_id: str) -> str | None:  # noqa: ARG002 - as the contract has it
        """The conversation itself: it had its id from the start."""
        return conversation_id

    async def request(self, question: Question) -> Request:
        """The call that asks an agent."""
        body: dict[str, Any] = {
            "bot_id": self._bot_id,
            "user_id": question.user_id,
            "stream": True,
            "auto_save_history": True,
            "additional_messages": _messages(question),
            "meta_data": {**_kept(question.context.meta_data), KEY: question.key},
        }
        if question.context.variables:
            body["custom_variables"] = dict(question.context.variables)
        if question.context.parameters:
            body["parameters"] = dict(question.context.parameters)
        query = {"conversation_id": question.conversation_id} if question.conversation_id else {}
        return Request(path="/v3/chat", query=query, body=body)


class ChatflowRequests:
    """``/v1/workflows/chat``: the conversation is in the body, and so are parameters, always; one may be for files."""

    def __init__(self, chatflow_id: str, lookup: AppIdLookup, *, file: str | None = None) -> None:
        self.takes_files = file is not None
        self.listens = False
        self._file = file
        self._chatflow_id = chatflow_id
        self._lookup = lookup
        self._app = conversations.AppConversations()

    async def open_conversation(self, api: CozeApi) -> str:
        """A new conversation of the agent for whom it runs, or of the app in which it lives."""
        ids = await self._lookup.ids()
        if app_id := ids.get("app_id"):
            return await self._app.open_conversation(api, app_id)
        return await conversations.create_if_allowed(api, ids)

    async def existing(self, api: CozeApi, conversation_id: str) -> str | None:
        """The id of that conversation, if it has one by now."""
        name, ids = conversations.name_in(conversation_id), await self._lookup.ids()
        return await self._app.existing(api, ids["app_id"], name) if name and "app_id" in ids else conversation_id

    async def request(self, question: Question) -> Request:
        """The call that asks a chatflow, or answers what it asked."""
        text = question.text or _wordless(question)
        parameters: dict[str, Any] = {**question.context.variables, **question.context.parameters}
        if self._file and question.files:
            parameters[self._file] = as_parameter(question.files)
        body: dict[str, Any] = {
            "workflow_id": self._chatflow_id,
            **await self._lookup.ids(),
            "additional_messages": [_message(question, text)],
            "parameters": parameters,
            "ext": {"user_id": question.user_id},
        }
        if name := conversations.name_in(question.conversation_id):
            parameters["CONVERSATION_NAME"] = name
        elif question.conversation_id:
            body["conversation_id"] = question.conversation_id
        return Request(path="/v1/workflows/chat", query={}, body=body)


def _kept(meta_data: Mapping[str, str]) -> dict[str, str]:
    """*meta_data* as Coze keeps it: it refuses the whole question for a value that is empty or too long."""
    return {name: value[:META_LONGEST] for name, value in meta_data.items() if value}


def _messages(question: Question) -> list[dict[str, Any]]:
    """
    The question as Coze's messages: a text, or files beside a text.

    To Coze the last message is the question, so it carries our key.
    """
    if not question.files:
        return [_message(question, question.text)]
    items = [{"type": file.kind, "file_id": file.file_id} for file in question.files]
    if question.text:
        return [_message(question, _items({"type": "text", "text": question.text}, *items), kind="object_string")]
    if any(file.kind is MediaKind.AUDIO for file in question.files):  # which speaks for itself
        return [_message(question, _items(*items), kind="object_string")]
    files = _user_message(_items(*items), kind="object_string")
    return [files, _message(question, _wordless(question))]


def _wordless(question: Question) -> str:
    return WORDLESS.get(question.files[-1].kind, "(file)") if question.files else ""


def _message(question: Question, content: str, *, kind: str = "text") -> dict[str, Any]:
    return _user_message(content, kind=kind) | {"meta_data": {KEY: question.key}}


def _user_message(content: str, *, kind: str) -> dict[str, Any]:
    return {"role": "user", "type": "question", "content_type": kind, "content": content}


def _items(*items: dict[str, str]) -> str:
    return json.dumps(items, ensure_ascii=False)


def feedback(reason: str, *, liked: bool) -> dict[str, str]:
    """The body that says whether somebody liked an answer, with as much of their *reason* as Coze takes."""
    said = reason.strip()[:REASON_LONGEST]
    return {"feedback_type": "like" if liked else "unlike", **({"comment": said} if said else {})}
