"""
What Coze sends: events of a chat's and of a workflow's stream, envelopes, and bytes that are nearly those.

https://docs.coze.com/developer_guides/chat_v3 · https://docs.coze.com/developer_guides/workflow_stream_run
"""

import json
from random import Random
from typing import Any, Final

from tests.fuzz.mutations import mutated

Json = dict[str, Any]
Event = tuple[str, Any]

_CHAT: Final = {"id": "11", "conversation_id": "22", "bot_id": "33", "created_at": 1_700_000_000}
_SAID: Final = {"id": "1", "chat_id": "11", "conversation_id": "22", "role": "assistant", "type": "answer"}
_PLUGIN: Final = {"id": "t1", "type": "function", "function": {"name": "tea", "arguments": '{"city": "Oslo"}'}}
_CARD: Final = json.dumps(
    {"card_type": 3, "data": json.dumps({"elements": {}, "variables": {"x": {"defaultValue": "tea"}}})}
)
_QUESTION: Final = json.dumps({"messages": [{"type": "question", "content_type": "text", "content": "Which city?"}]})
_VERBOSE: Final = json.dumps(
    {"msg_type": "interrupt", "data": json.dumps({"event_id": "e/1", "type": 2}), "from_module": None}
)

CHAT_EVENTS: Final[tuple[Event, ...]] = (
    ("conversation.chat.created", _CHAT | {"status": "created"}),
    ("conversation.chat.in_progress", _CHAT | {"status": "in_progress"}),
    ("conversation.message.delta", _SAID | {"content": "Hel", "content_type": "text"}),
    ("conversation.message.delta", _SAID | {"content": "<think>no</think>", "content_type": "text", "id": "2"}),
    ("conversation.message.delta", _SAID | {"content": '{"output": "tea', "content_type": "text", "id": "3"}),
    ("conversation.message.completed", _SAID | {"content": "Hello", "content_type": "text"}),
    ("conversation.message.completed", _SAID | {"content": _CARD, "content_type": "card", "id": "4"}),
    ("conversation.message.completed", _SAID | {"content": _QUESTION, "content_type": "text", "id": "5"}),
    ("conversation.message.completed", _SAID | {"content": '[{"type": "text", "text": "x"}]', "content_type": "object_string", "id": "6"}),
    ("conversation.message.completed", _SAID | {"content": _VERBOSE, "type": "verbose", "id": "7"}),
    ("conversation.message.completed", _SAID | {"content": "And then?", "type": "follow_up", "id": "8"}),
    ("conversation.chat.requires_action", _CHAT | {"status": "requires_action", "required_action": {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [_PLUGIN]}}}),
    ("conversation.chat.failed", _CHAT | {"status": "failed", "last_error": {"code": 4013, "msg": "busy"}}),
    ("conversation.chat.completed", _CHAT | {"status": "completed", "usage": {"token_count": 7}}),
    ("error", {"code": 5000, "msg": "oh"}),
    ("done", "[DONE]"),
)  # fmt: skip

RUN_EVENTS: Final[tuple[Event, ...]] = (
    ("Message", {"content": "Hel", "node_title": "Out", "node_seq_id": "0", "node_is_finish": False, "node_id": "1"}),
    ("Message", {"content": "lo", "node_title": "Out", "node_seq_id": "1", "node_is_finish": True, "node_id": "1"}),
    ("Message", {"content": '{"output": "tea"}', "node_title": "End", "node_is_finish": True, "node_type": "End", "usage": {"token_count": 7}}),
    ("Interrupt", {"interrupt_data": {"event_id": "e/1", "type": 2, "data": _QUESTION}, "node_title": "Ask"}),
    ("Error", {"error_code": 720701013, "error_message": "oh"}),
    ("Done", {"debug_url": "https://www.coze.com/work_flow?execute_id=741&space_id=1"}),
)  # fmt: skip

ENVELOPES: Final[tuple[Json, ...]] = (
    {"code": 0, "msg": "", "data": _CHAT | {"status": "completed"}, "detail": {"logid": "2026"}},
    {"code": 0, "msg": "", "data": [_SAID | {"content": "Hello", "content_type": "text"}], "has_more": False},
    {"code": 4200, "msg": "Requested resource does not exist.", "detail": {"logid": "2026"}},
    {"code": 0, "ChatV3ChatDetail": _CHAT | {"status": "failed", "last_error": {"code": 1, "msg": "x"}}},
    {"error_code": "invalid_token", "error_message": "no", "error": {"logid": "2026"}},
)


def spoilt_events(random: Random, events: tuple[Event, ...]) -> list[Event]:
    """A stream of *events* in which some are left out, doubled, or nearly what they should be."""
    stream: list[Event] = []
    for name, data in events:
        for _ in range(random.choice((0, 1, 1, 1, 2))):
            spoilt = random.randint(0, 2) == 0
            stream.append((name, mutated(random, data) if spoilt else data))
    return stream


def spoilt_bytes(random: Random, text: str) -> bytes:
    """*text* in UTF-8, with bytes lost, doubled or put in."""
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(random.randint(0, 3)):
        at = random.randint(0, len(data))
        junk = random.choice(
            (b"\x00", b"\xff", b"\r", b"\n", b"\n\n", b"{", b"[" * 2_000, b'"', b"1" * 5_000, b":", b"NaN")
        )
        data[at : at + random.choice((0, 0, 1, 9))] = junk
    return bytes(data)


def as_stream(events: list[Event]) -> str:
    """*events* as they stand on the wire."""
    return "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
