"""
Where the two servers that speak Coze differ: the cloud, and the self-hosted Studio.

Everything here is a constant or a pure function; the endpoints ask, and never compare names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.coze.wire import SPACED, WORKFLOW, Wire, compact


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """One kind of server."""

    name: str
    done: tuple[str, str] = ("done", '"[DONE]"')
    begins_as: str = "created"  #: the status in the created event
    canceled: str = "canceled"
    log_header: str = "x-tt-logid"
    headers: Mapping[str, str] = field(default_factory=dict)
    streams_by_default: bool = False
    one_at_a_time: bool = True  #: a second chat in a conversation is refused
    adopts_strangers: bool = False  #: an unknown conversation becomes a new one
    errors_then_completes: bool = False  #: a failure is an error event, and the chat ends completed
    cancel_stops: bool = True
    keeps_meta_data: bool = True
    tells_app: bool = True  #: whether a workflow says in which app it lives
    conversations_by_name: bool = False  #: whether an app knows its conversations by name
    waits_for_tools: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)  #: where a call's data stands, if not under ``data``
    codes: Mapping[int, int] = field(default_factory=dict)  #: its own numbers for the cloud's
    missing: frozenset[str] = frozenset()  #: calls it has never heard of
    finish_field: str = "FinData"
    chatflow_wire: Wire = SPACED
    end_title: str = ""  #: of a workflow's end node

    def finished(self, reason: int) -> str:
        """The verbose content that says all answers are out; *reason* 1: interrupted."""
        inner = compact({"finish_reason": reason, self.finish_field: ""})
        tail = {"from_unit": ""} if self.name == "studio" else {"from_module": None, "from_unit": None}
        return compact({"msg_type": "generate_answer_finish", "data": inner, **tail})

    def envelope(self, method: str, data: Any, logid: str) -> dict[str, Any]:
        """A success, wrapped as this server wraps that call's."""
        key = self.keys.get(method, "data")
        if key == "ChatV3ChatDetail":
            return {key: data, "BaseResp": None}
        if method == "chat.cancel":
            return {key: data, "msg": "", "detail": {"logid": logid}}  # the documented example has no code
        return {"code": 0, "msg": "", key: data, "detail": {"logid": logid}}


CLOUD = Flavour(name="cloud")

STUDIO = Flavour(
    name="studio",
    done=("conversation.stream.done", ""),
    begins_as="in_progress",
    canceled="cancelled",
    log_header="X-Log-ID",
    headers={"X-Accel-Buffering": "no"},
    streams_by_default=True,
    one_at_a_time=False,
    adopts_strangers=True,
    errors_then_completes=True,
    cancel_stops=False,
    keeps_meta_data=False,
    tells_app=False,
    conversations_by_name=True,
    waits_for_tools=False,
    finish_field="fin_data",
    chatflow_wire=WORKFLOW,
    end_title="结束",
    keys={
        "chat.message.list": "Messages",
        "conversation.retrieve": "ConversationData",
        "chat.cancel": "ChatV3ChatDetail",
    },
    codes={
        4000: 103000000,
        4001: 103200003,
        4002: 103000002,
        4006: 103100002,
        4015: 103100002,
        4100: 700012006,
        4101: 103000001,
        4104: 103200005,
        4200: 103200003,
        5000: 103100001,
    },
    missing=frozenset(
        {
            "chat.submit_tool_outputs",
            "conversation.message.create",
            "conversation.message.retrieve",
            "conversation.message.modify",
            "conversation.message.delete",
            "conversation.message.feedback",
            "files.retrieve",
            "workflow.run_histories",
            "workflow.resume",
            "audio.transcriptions",
            "bots.list",
            "users.me",
            "workspaces.list",
            "oauth.token",
        }
    ),
)
FLAVOURS = {flavour.name: flavour for flavour in (CLOUD, STUDIO)}
