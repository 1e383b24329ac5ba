"""Coze's conversations and their messages: made, listed, cleared, deleted; seen only by the account that made them."""

from typing import Any

from simulators.coze import rules
from simulators.coze.gateway import Gateway
from simulators.coze.records import Conversation, File, Message
from simulators.coze.requests import ApiRequest, Topped
from simulators.coze.rules import Refused, need


class Conversations(Gateway):
    """The part of Coze that keeps threads."""

    def __init__(self, *, port: int, flavour: str, tokens: set[str]) -> None:
        super().__init__(port=port, flavour=flavour, tokens=tokens)
        self.conversations: dict[str, Conversation] = {}
        self.files: dict[str, File] = {}
        self.made: dict[str, tuple[str, bytes]] = {}  #: what bots have put on the web: its type and content, by name
        self.unknown_conversation = 4002  #: what is said of one; 4200 was seen, too
        self.feedback: dict[str, dict[str, Any]] = {}

    def conversation(self, asked: ApiRequest, conversation_id: str) -> Conversation:
        """The conversation of that id, if the caller may see it."""
        found = self.conversations.get(conversation_id)
        if found is None or found.owner != self.owner(asked.token):
            raise Refused(self.unknown_conversation)
        return found

    def new_conversation(self, owner: str, **given: Any) -> Conversation:
        """A fresh conversation of *owner*."""
        made = Conversation(id=self.new_id(), owner=owner, section_id=self.new_id(), **given)
        self.conversations[made.id] = made
        return made

    def enter(self, conversation: Conversation, message: dict[str, Any], **given: Any) -> Message:
        """A message from a request, as the platform keeps it; the caller decides whether it does."""
        kind = message.get("type") or ("question" if message["role"] == "user" else "answer")
        return Message(
            id=self.new_id(),
            conversation_id=conversation.id,
            section_id=conversation.section_id,
            role=message["role"],
            type=kind,
            content=message["content"],
            content_type=message.get("content_type") or "text",
            meta_data=rules.meta_data(message.get("meta_data")) if self.flavour.keeps_meta_data else {},
            **given,
        )

    def file_ids(self, asked: ApiRequest) -> set[str]:
        """The ids of the files the caller may use."""
        owner = self.owner(asked.token)
        return {file.id for file in self.files.values() if file.owner == owner}

    def create_conversation(self, asked: ApiRequest) -> dict[str, Any]:
        """``POST /v1/conversation/create``."""
        body = asked.body
        messages = rules.entered(body.get("messages"), most=100, saved=True, files=self.file_ids(asked))
        conversation = self.new_conversation(
            self.owner(asked.token),
            bot_id=rules.text(body, "bot_id", required=False),
            app_id=rules.text(body, "app_id", required=False),
            name=rules.text(body, "name", required=False, longest=100),
            meta_data=rules.meta_data(body.get("meta_data")),
            connector_id=rules.text(body, "connector_id", required=False) or "1024",
        )
        conversation.messages += [self.enter(conversation, message) for message in messages]
        shown = conversation.shown()
        if self.flavour.name == "studio":
            shown["creator_d"] = shown.pop("creator_id")
            shown["meta_data"] = shown["meta_data"] or None
        return shown

    def retrieve_conversation(self, asked: ApiRequest) -> dict[str, Any]:
        """``GET /v1/conversation/retrieve``."""
        return self.conversation(asked, asked.query.get("conversation_id", "")).shown()

    def list_conversations(self, asked: ApiRequest) -> dict[str, Any]:
        """``GET /v1/conversations``."""
        number, size = _number(asked, "page_num", 1), _number(asked, "page_size", 50)
        need(asked.query.get("bot_id") and number >= 1 and 1 <= size <= 50)
        owner = self.owner(asked.token)
        mine = [one for one in self.conversations.values() if one.owner == owner]
        mine = [one for one in mine if one.bot_id in ("", asked.query["bot_id"])]
        if asked.query.get("sort_order", "DESC") == "DESC":
            mine.reverse()
        page = mine[(number - 1) * size : number * size]
        return {"has_more": len(mine) > number * size, "conversations": [one.shown() for one in page]}

    def clear_conversation(self, asked: ApiRequest) -> dict[str, Any]:
        """``POST /v1/conversations/{id}/clear``: the messages stay, the context begins anew."""
        conversation = self.conversation(asked, asked.path["id"])
        conversation.section_id = self.new_id()
        return {"id": conversation.section_id, "conversation_id": conversation.id}

    def rename_conversation(self, asked: ApiRequest) -> dict[str, Any]:
        """``PUT /v1/conversations/{id}``."""
        conversation = self.conversation(asked, asked.path["id"])
        conversation.name = rules.text(asked.body, "name", longest=100)
        return conversation.shown()

    def delete_conversation(self, asked: ApiRequest) -> Topped:
        """``DELETE /v1/conversations/{id}``."""
        del self.conversations[self.conversation(asked, asked.path["id"]).id]
        return Topped({})

    def create_message(self, asked: ApiRequest) -> dict[str, Any]:
        """``POST /v1/conversation/message/create``: no run begins."""
        conversation = self.conversation(asked, asked.query.get("conversation_id", ""))
        [message] = rules.entered([asked.body], most=1, saved=True, files=self.file_ids(asked))
        conversation.messages.append(made := self.enter(conversation, message))
        return made.listed()

    def list_messages(self, asked: ApiRequest) -> Topped:
        """``POST /v1/conversation/message/list``."""
        body = asked.body
        conversation = self.conversation(asked, asked.query.get("conversation_id", ""))
        limit = body.get("limit") or 50
        need(isinstance(limit, int) and 1 <= limit <= 50 and body.get("order") in (None, "asc", "desc"))
        every = [one for one in conversation.messages if _wanted(one, body)]
        if body.get("order") != "asc":
            every.reverse()
        page, more = _page(every, limit, before=body.get("before_id"), after=body.get("after_id"))
        ends = {"first_id": page[0].id if page else "", "last_id": page[-1].id if page else "", "has_more": more}
        return Topped({"data": [one.listed() for one in page], **ends})

    def retrieve_message(self, asked: ApiRequest) -> dict[str, Any]:
        """``GET /v1/conversation/message/retrieve``."""
        return self._message(asked)[1].listed()

    def modify_message(self, asked: ApiRequest) -> Topped:
        """``POST /v1/conversation/message/modify``: the result stands under ``message``."""
        _, message = self._message(asked)
        message.content = rules.text(asked.body, "content", required=False) or message.content
        message.content_type = rules.text(asked.body, "content_type", required=False) or message.content_type
        if asked.body.get("meta_data") is not None:
            message.meta_data = rules.meta_data(asked.body["meta_data"])
        return Topped({"message": message.listed()})

    def delete_message(self, asked: ApiRequest) -> dict[str, Any]:
        """``POST /v1/conversation/message/delete``: an answer takes what led to it along."""
        conversation, message = self._message(asked)
        need(message.type in rules.ENTERED)
        between = {"verbose", "follow_up", "function_call", "tool_response", "tool_output", "knowledge"}
        gone = {message.id}
        if message.type == "answer":
            gone |= {m.id for m in conversation.messages if m.chat_id == message.chat_id and m.type in between}
        conversation.messages = [one for one in conversation.messages if one.id not in gone]
        return message.listed()

    def give_feedback(self, asked: ApiRequest) -> Topped:
        """``POST /v1/conversations/{id}/messages/{message}/feedback``."""
        self._on_path(asked)
        reasons = asked.body.get("reason_types") or []
        need(asked.body.get("feedback_type") in ("like", "unlike"))
        need(len(reasons) <= 10 and all(len(one) <= 30 for one in reasons))
        rules.text(asked.body, "comment", required=False, longest=250)
        self.feedback[asked.path["message"]] = asked.body
        return Topped({})

    def take_feedback_back(self, asked: ApiRequest) -> Topped:
        """``DELETE`` of the same path."""
        self._on_path(asked)
        self.feedback.pop(asked.path["message"], None)
        return Topped({})

    def _on_path(self, asked: ApiRequest) -> None:
        conversation = self.conversation(asked, asked.path["id"])
        need(any(one.id == asked.path["message"] for one in conversation.messages), 4200)

    def _message(self, asked: ApiRequest) -> tuple[Conversation, Message]:
        conversation = self.conversation(asked, asked.query.get("conversation_id", ""))
        found = next((one for one in conversation.messages if one.id == asked.query.get("message_id")), None)
        if found is None:
            raise Refused(4200)
        return conversation, found


def _number(asked: ApiRequest, name: str, default: int) -> int:
    value = asked.query.get(name, str(default))
    need(value.isdigit())
    return int(value)


def _wanted(message: Message, body: dict[str, Any]) -> bool:
    if body.get("chat_id") and message.chat_id != body["chat_id"]:
        return False
    return message.type in rules.ENTERED or bool(body.get("include_middle_message"))


def _page(every: list[Message], limit: int, *, before: Any, after: Any) -> tuple[list[Message], bool]:
    """The page wanted, and whether more lies behind it in the direction of reading."""
    ids = [one.id for one in every]
    need(all(place in (None, "", *ids) for place in (before, after)))
    start = ids.index(after) + 1 if after else 0
    stop = ids.index(before) if before else len(ids)
    if before and not after:
        return every[max(start, stop - limit) : stop], stop - limit > start
    return every[start:stop][:limit], stop - start > limit
