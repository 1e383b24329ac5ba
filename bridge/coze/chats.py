"""Chats at Coze, each by its id: how far it is, what was said in it, waiting for its end, and ending it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, NoReturn

from bridge.coze.api import CozeApi
from bridge.coze.messages import Chat, ChatStatus, Message, read_chat, read_messages
from bridge.coze.timeouts import Timeouts
from bridge.sdk.asking import ChatRef
from bridge.sdk.errors import BridgeError, ConversationLost, Later, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class CozeChats:
    """The chats that one token can see."""

    api: CozeApi
    timeouts: Timeouts

    async def retrieve(self, chat_ref: ChatRef) -> Chat:
        """The chat as it is now; `Refused` if it is gone."""
        return read_chat(await self._ask_about(chat_ref, "/v3/chat/retrieve"))

    async def messages(self, chat_ref: ChatRef) -> list[Message]:
        """All messages of the chat but its question; `Refused` if it is gone."""
        return read_messages(await self._ask_about(chat_ref, "/v3/chat/message/list"))

    async def until_over(self, chat_ref: ChatRef, deadline: float) -> Chat:
        """
        Poll until the chat does not run any more; gives its last state.

        `Later` once Coze has been away for `Timeouts.poll_outage`; `Refused`, and the chat is cancelled, once the *deadline*
        by the loop's clock has passed.
        """
        clock = asyncio.get_running_loop().time
        paces = chain(self.timeouts.poll_intervals, repeat(self.timeouts.poll_intervals[-1]))
        answered_at = clock()
        while True:
            pause = next(paces)
            try:
                chat = await self.retrieve(chat_ref)
                answered_at = clock()
                if chat.status is not ChatStatus.RUNNING:
                    return chat
            except Later as trouble:
                pause = max(pause, trouble.retry_after or 0)
                if clock() + pause > answered_at + self.timeouts.poll_outage:
                    raise
            if clock() + pause > deadline:
                await self._give_up(chat_ref)
            await asyncio.sleep(pause)

    async def final_messages(self, chat_ref: ChatRef, state: Chat) -> list[Message]:
        """The messages of a chat that ended in that *state*; asked for again if a completed one lists no answer yet."""
        messages: list[Message] = []
        for pause in (0, self.timeouts.relist, self.timeouts.relist):
            await asyncio.sleep(pause)
            messages = await self.messages(chat_ref)
            if state.status is not ChatStatus.COMPLETED or any(message.type == "answer" for message in messages):
                break
        return messages

    async def has_surely_ended(self, chat_ref: ChatRef) -> bool:
        """Whether the chat does not run any more; False while Coze cannot tell."""
        try:
            return (await self.retrieve(chat_ref)).status is not ChatStatus.RUNNING
        except BridgeError:
            return False

    async def cancel(self, chat_ref: ChatRef) -> None:
        """Stop the chat; fine if it is over already. While Coze refuses, it is tried again for `Timeouts.cancelling`."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + self.timeouts.cancelling
        while True:
            try:
                await self.api.call("POST", "/v3/chat/cancel", body=ids(chat_ref))
            except (Refused, ConversationLost):  # which Coze says of chats that are over, too
                if await self._is_over(chat_ref):
                    return
                if clock() > deadline:
                    raise
                await asyncio.sleep(self.timeouts.cancel_again)
            else:
                return

    async def _is_over(self, chat_ref: ChatRef) -> bool:
        try:
            return (await self.retrieve(chat_ref)).status is not ChatStatus.RUNNING
        except Refused:
            return True

    async def _give_up(self, chat_ref: ChatRef) -> NoReturn:
        with suppress(BridgeError):
            await self.cancel(chat_ref)
        raise Refused(f"Coze: chat {chat_ref.chat_id} was not over after {self.timeouts.total} s")

    async def _ask_about(self, chat_ref: ChatRef, path: str) -> Any:
        try:
            return (await self.api.call("GET", path, query=ids(chat_ref))).data
        except ConversationLost as gone:  # and the answer with it; a new conversation would not bring it back
            raise Refused(gone.detail, log_id=gone.log_id) from gone


def ids(chat_ref: ChatRef) -> dict[str, str]:
    """The parameters by which Coze's calls name a chat."""
    return {"conversation_id": chat_ref.conversation_id, "chat_id": chat_ref.chat_id}
