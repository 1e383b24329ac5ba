"""
What Coze refuses, and in which words.

Each rule raises `Refused`; the texts are those seen on the wire, where any were seen.
"""

import json
import re
from collections.abc import Collection
from typing import Any

NOT_JSON = "The field http body provided is not a valid json or chat request. Please check your input."
OCCUPIED = (
    "Conversation occupied: Another chat is currently active. Please wait for the ongoing chat to complete or create a"
    " new conversation to start a separate chat. Ensure only one chat runs at a time within the same conversation."
)
INTERNAL = (
    "We're currently experiencing server issues. Please try your request again after a short delay."
    " If the problem persists, contact our support team."
)
WORDS = {
    4000: "Request parameter error",
    4001: "The chat does not exist, or is not yours.",
    4002: "The conversation does not exist, or is not yours.",
    4003: "The meta_data exceeds its limits: 16 pairs, keys of 1 to 64 and values of 1 to 512 characters.",
    4004: "Too many additional_messages.",
    4005: "The message is invalid.",
    4006: "The bot does not exist, or you have no right to use it.",
    4007: "auto_save_history must be true when stream is false.",
    4015: "The bot has not been published to the channel Agent As API.",
    4016: OCCUPIED,
    4100: "authentication is invalid",
    4101: "The token you entered is incorrect",
    4104: "The chat cannot be canceled in its present state.",
    4200: "The requested resource does not exist, or is not yours.",
    4300: "The file is empty.",
    4301: "Only one file can be uploaded at a time.",
    4302: "The file is too large.",
    4303: "The file type is not supported.",
    4314: "No such execution.",
    4315: "The execution has ended.",
    5000: INTERNAL,
    777777762: (
        "Conversation not found. Please create a conversation before attempting to perform any related operations."
    ),
    777777775: "Workflow operation failure: conversation not found",
    6003: "Asynchronous runs need a paid plan.",
}
ENTERED = frozenset({"question", "answer"})
UNSAVED = ENTERED | {"function_call", "tool_output", "tool_response"}
VARIABLE = re.compile(r"[A-Za-z_]+")
NUMBER = re.compile(r"[0-9]{1,19}")


class Refused(Exception):
    """The platform will not do as asked."""

    def __init__(self, code: int, msg: str = "", *, in_stream: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.msg = msg or WORDS.get(code, "error")
        self.body: dict[str, Any] | None = None  #: the whole answer, where it has another shape
        self.status = 200  #: beside *body*
        self.in_stream = in_stream  #: told as an event in a stream that otherwise began well


def need(fact: object, code: int = 4000, msg: str = "") -> None:
    """Refuse unless *fact* holds."""
    if not fact:
        raise Refused(code, msg)


def text(body: dict[str, Any], name: str, *, required: bool = True, longest: int | None = None) -> str:
    """The string *body* has under *name*."""
    value = body.get(name)
    if value is None and not required:
        return ""
    need(isinstance(value, str) and (value or not required), 4000, NOT_JSON)
    need(longest is None or len(str(value)) <= longest)
    return str(value)


def flag(body: dict[str, Any], name: str, *, default: bool) -> bool:
    """The boolean *body* has under *name*."""
    value = body.get(name)
    need(value is None or isinstance(value, bool), 4000, NOT_JSON)
    return default if value is None else bool(value)


def meta_data(value: Any) -> dict[str, str]:
    """*value* as the map of strings it must be, within the limits."""
    if value is None:
        return {}
    need(isinstance(value, dict), 4000, NOT_JSON)
    need(all(isinstance(one, str) for one in value.values()), 4000, NOT_JSON)
    need(len(value) <= 16 and all(1 <= len(k) <= 64 and 1 <= len(v) <= 512 for k, v in value.items()), 4003)
    return dict(value)


def custom_variables(value: Any) -> dict[str, str]:
    """*value* as the map for the prompt's ``{{name}}`` places."""
    if value is None:
        return {}
    need(isinstance(value, dict) and all(isinstance(one, str) for one in value.values()), 4000, NOT_JSON)
    need(all(VARIABLE.fullmatch(name) for name in value))
    return dict(value)


def entered(value: Any, *, most: int, saved: bool, files: Collection[str]) -> list[dict[str, Any]]:
    """The messages of a request, each checked alone and beside its neighbours."""
    if value is None:
        return []
    need(isinstance(value, list), 4000, NOT_JSON)
    need(len(value) <= most, 4004)
    for message in value:
        _message(message, saved=saved)
    for at, message in enumerate(value):
        if message.get("content_type") == "object_string":
            beside = [one for one in value[max(0, at - 1) : at + 2] if one is not message]
            _object_string(message["content"], beside, files)
    return list(value)


def _message(message: Any, *, saved: bool) -> None:
    need(isinstance(message, dict), 4000, NOT_JSON)
    need(message.get("role") in ("user", "assistant"), 4005)
    kind = message.get("type") or "question"
    if message["role"] == "assistant" and not message.get("type"):
        kind = "answer"
    need(kind in (ENTERED if saved else UNSAVED), 4005)
    need(kind != "question" or message["role"] == "user", 4005)
    need(isinstance(message.get("content"), str), 4000, NOT_JSON)
    need(message["content"], 4005)
    need(message.get("content_type") in ("text", "object_string"), 4005)
    meta_data(message.get("meta_data"))


def _object_string(content: str, beside: list[dict[str, Any]], files: Collection[str]) -> None:
    items = parsed(content)
    kinds = [item["type"] for item in items]
    for item in items:
        _item(item, files)
    need(kinds.count("text") <= 1)
    need(kinds != ["text"])
    alone = "text" not in kinds and "audio" not in kinds
    need(not alone or any(one.get("content_type") == "text" for one in beside))


def _item(item: dict[str, Any], files: Collection[str]) -> None:
    if item["type"] == "text":
        need(isinstance(item.get("text"), str))
        return
    need(item.get("file_id") or item.get("file_url"))
    need(not item.get("file_id") or item["file_id"] in files)


def parsed(content: str) -> list[dict[str, Any]]:
    """The items of an object_string."""
    try:
        items = json.loads(content)
    except ValueError:
        raise Refused(4000) from None
    need(isinstance(items, list) and items)
    need(all(isinstance(item, dict) and item.get("type") in ("text", "image", "file", "audio") for item in items))
    return list(items)
