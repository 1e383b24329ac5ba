"""
Opens conversations: of an agent, or within an app.

A Studio's app knows its conversations by name, and keeps one per name for the token's owner. It creates one only when a
chatflow is asked in it, so such a conversation is known by its name until its first chat, and by its id afterwards.
https://github.com/coze-dev/coze-studio/blob/main/backend/application/workflow/chatflow.go (``OpenAPIChatFlowRun``)
"""

import uuid
from typing import Any, Final

from bridge.coze.api import CozeApi
from bridge.coze.error_codes import NotFound
from bridge.coze.messages import read_chat
from bridge.sdk import telemetry
from bridge.sdk.errors import ConversationLost, Garbled, Never

_NAMED: Final = "name:"


async def create(api: CozeApi, body: dict[str, Any], *, path: str = "/v1/conversation/create") -> str:
    """The id of a new conversation, made of *body*."""
    envelope = await api.call("POST", path, body=body)
    if not (conversation_id := read_chat(envelope.data).id):
        raise Garbled("expected a conversation, got none", log_id=envelope.log_id)
    return conversation_id


async def create_if_allowed(api: CozeApi, body: dict[str, Any]) -> str:
    """
    The id of a new conversation or, where Coze will not make one by itself, empty: the first chat makes it, then.

    A token may lack ``createConversation``, and a server the call. A question that was cut off on its way to a
    conversation without an id cannot be looked for.
    """
    try:
        return await create(api, body)
    except ConversationLost:  # what is not there is the bot
        raise
    except Never as refusal:
        telemetry.conversation_not_created(because=refusal.detail, log_id=refusal.log_id)
        return ""


def name_in(conversation_id: str) -> str:
    """The name by which that conversation will be made; empty where it has an id already."""
    return conversation_id.removeprefix(_NAMED) if conversation_id.startswith(_NAMED) else ""


class AppConversations:
    """The conversations of one app; the cloud and a Studio have different calls for them."""

    def __init__(self) -> None:
        self._is_cloud = False

    async def open_conversation(self, api: CozeApi, app_id: str) -> str:
        """A new conversation, by its id or by the name it will have."""
        name = f"bridge-{uuid.uuid4().hex}"
        if not self._is_cloud:
            try:
                return await self._by_name(api, app_id, name)
            except NotFound:
                return f"{_NAMED}{name}"
            except Never:  # the cloud has no such call
                self._is_cloud = True
        return await create(api, {"app_id": app_id})

    async def existing(self, api: CozeApi, app_id: str, name: str) -> str | None:
        """The id of the conversation of that *name*, if it has been made."""
        try:
            return await self._by_name(api, app_id, name)
        except NotFound:
            return None

    async def _by_name(self, api: CozeApi, app_id: str, name: str) -> str:
        body: dict[str, Any] = {"app_id": app_id, "conversation_name": name, "get_or_create": True}
        return await create(api, body, path="/v1/workflow/conversation/create")
