"""Coze's chats and messages, parsed from the JSON of streams and of lists alike."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bridge.coze.error_codes import number
from bridge.sdk.asking import ChatRef, Sought
from bridge.sdk.foreign_json import decode_json
from bridge.sdk.model import MediaKind

KEY: Final = "bridge_key"
"""The name under which our own key travels in ``meta_data``."""


WORDLESS: Final = {MediaKind.IMAGE: "(image)", MediaKind.FILE: "(file)"}
"""The text beside files that came without a word, as Coze wants some; the bot reads it, people do not."""

_ADDRESSES: Final = ("file_url", "url", "image_url")  # of an item, where it can be fetched at all
_HARMLESS: Final = str.maketrans({"[": "%5B", "]": "%5D", "(": "%28", ")": "%29", " ": "%20", "\n": ""})
"""Characters that would end a Markdown link, escaped."""


class ChatStatus(StrEnum):
    """How far a chat is."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    WAITING = "requires_action"
    CANCELLED = "cancelled"


_STATUSES: Final = {
    "completed": ChatStatus.COMPLETED,
    "compleated": ChatStatus.COMPLETED,  # so in the documentation
    "failed": ChatStatus.FAILED,
    "requires_action": ChatStatus.WAITING,
    "required_action": ChatStatus.WAITING,  # Studio
    "canceled": ChatStatus.CANCELLED,
    "cancelled": ChatStatus.CANCELLED,  # Studio
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function that a chat wants to be run for it."""

    id: str
    name: str
    arguments: Any  #: what the model made of the function's schema; a string if even JSON was beyond it


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One run of a bot, at one moment."""

    id: str
    conversation_id: str
    status: ChatStatus
    code: object = None  #: why it failed
    msg: str = ""
    calls: tuple[Call, ...] = ()  #: the functions it waits for
    tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One item of a conversation."""

    id: str
    chat_id: str
    conversation_id: str
    type: str
    content_type: str
    role: str
    content: str
    created_at: int
    key: str | None  #: ours, on the questions we asked


def read_chat(data: Any) -> Chat:
    """The chat in *data*; what is missing is empty."""
    fields = data if isinstance(data, dict) else {}
    trouble = _dict(fields.get("last_error")) or fields  # a failed chat may be a bare code and msg
    return Chat(
        id=_id(fields.get("id")),
        conversation_id=_id(fields.get("conversation_id")),
        status=_STATUSES.get(str(fields.get("status")), ChatStatus.RUNNING),
        code=trouble.get("code"),
        msg=str(trouble.get("msg") or ""),
        calls=_calls(_dict(fields.get("required_action"))),
        tokens=number(_dict(fields.get("usage")).get("token_count")) or 0,
    )


def read_message(data: Any) -> Message:
    """The message in *data*; what is missing is empty."""
    fields = data if isinstance(data, dict) else {}
    content = fields.get("content")
    key = _dict(fields.get("meta_data")).get(KEY)
    return Message(
        id=_id(fields.get("id")),
        chat_id=_id(fields.get("chat_id")),
        conversation_id=_id(fields.get("conversation_id")),
        type=str(fields.get("type") or ""),
        content_type=str(fields.get("content_type") or "text"),
        role=str(fields.get("role") or ""),
        content=content if isinstance(content, str) else "",
        created_at=number(fields.get("created_at")) or 0,  # a string in lists
        key=key if isinstance(key, str) else None,
    )


def read_messages(data: Any) -> list[Message]:
    """The messages in *data*; none if it is no list."""
    return [read_message(item) for item in data] if isinstance(data, list) else []


def chronological(messages: Iterable[Message]) -> list[Message]:
    """*messages* as they were said, which is not how Coze lists them; those of one second by their ids."""
    return sorted(messages, key=lambda message: (message.created_at, number(message.id) or 0))


def find_chat_ref(newest_first: Iterable[Message], sought: Sought) -> ChatRef | None:
    """
    The chat of the question with our key; its answer may tell the chat's id where the question does not.

    Coze Studio forgets our keys: there the newest question with the same text that is newer than our asking is ours.
    """
    answered_in = ""
    for message in newest_first:
        if _is_sought(message, sought) and (chat_id := message.chat_id or answered_in):
            return ChatRef(conversation_id=message.conversation_id or sought.conversation_id, chat_id=chat_id)
        answered_in = message.chat_id if message.type == "answer" else ""
    return None


def _is_sought(message: Message, sought: Sought) -> bool:
    if message.key is not None or message.role != "user" or not sought.since:
        return message.key == sought.key
    said = object_string_text(message.content) if message.content_type == "object_string" else message.content
    wanted = (sought.text.strip(),) if sought.text.strip() else WORDLESS.values()
    return said.strip() in wanted and message.created_at >= int(sought.since)


def object_string_text(content: str) -> str:
    """The items of an ``object_string`` in Markdown: texts, and pictures and files by their addresses."""
    try:
        items = decode_json(content)
    except ValueError:
        return content
    lines = map(_item, items if isinstance(items, list) else [items])
    return "\n".join(line for line in lines if line.strip())


def _item(value: object) -> str:
    item = _dict(value)
    if isinstance(text := item.get("text"), str):
        return text
    address = next((url for name in _ADDRESSES if isinstance(url := item.get(name), str) and _is_address(url)), "")
    name = str(item.get("name") or item.get("file_name") or item.get("type") or "file")
    mark = "!" if item.get("type") == "image" else ""
    return f"{mark}[{name.translate(_HARMLESS)}]({address.translate(_HARMLESS)})" if address else ""


def _is_address(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _calls(required_action: dict[str, Any]) -> tuple[Call, ...]:
    calls = _dict(required_action.get("submit_tool_outputs")).get("tool_calls")
    found = [_dict(call) for call in calls] if isinstance(calls, list) else []
    return tuple(_call(call) for call in found if call.get("type") == "function")


def _call(data: dict[str, Any]) -> Call:
    function = _dict(data.get("function"))
    arguments = function.get("arguments")
    with suppress(ValueError):
        arguments = decode_json(arguments or "{}")
    return Call(id=_id(data.get("id")), name=str(function.get("name") or ""), arguments=arguments)


def _id(value: object) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
