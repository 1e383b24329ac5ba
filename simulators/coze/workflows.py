"""Coze's workflows: run at once, in a stream, or in the background; interrupted and resumed; and chatflows."""

from typing import Any

from simulators.coze import rules
from simulators.coze.records import Conversation
from simulators.coze.requests import ApiRequest, Streamed, Topped
from simulators.coze.rules import NUMBER, Refused, need
from simulators.coze.runs import Run
from simulators.coze.script import Turn
from simulators.coze.turns import Turns, parameters
from simulators.coze.wire import WORKFLOW, compact

APP = "7442086830000000007"
TEMPLATE = "Default"  #: the name of the conversation that every app of a Studio has
RESUMES = 3  #: a run can be resumed so often


class Workflows(Turns):
    """The part of Coze that runs workflows."""

    def __init__(self, *, port: int, flavour: str, tokens: set[str], bots: set[str] | None) -> None:
        super().__init__(port=port, flavour=flavour, tokens=tokens, bots=bots)
        self.workflows: set[str] | None = None  #: the published ones; None: any numeric id
        self.app: str | None = APP  #: the app in which all of them live; None: a library
        self.paid = True  #: whether runs in the background are allowed
        self.runs: list[Run] = []

    async def run_workflow(self, asked: ApiRequest) -> Topped:
        """``POST /v1/workflow/run``."""
        background = rules.flag(asked.body, "is_async", default=False)
        need(self.paid or not background, 6003)
        run = self._run(asked, mode=2 if background else 0)
        run.start(None)
        if background:
            return Topped({"execute_id": run.execute_id, "debug_url": run.debug_url})
        await run.rested()
        return _result(run)

    def stream_workflow(self, asked: ApiRequest) -> Streamed:
        """``POST /v1/workflow/stream_run``."""
        return Streamed(self._run(asked, mode=1), WORKFLOW)

    def stream_resumed(self, asked: ApiRequest) -> Streamed:
        """``POST /v1/workflow/stream_resume``."""
        return Streamed(self._resumed(asked), WORKFLOW)

    async def resume_workflow(self, asked: ApiRequest) -> Topped:
        """``POST /v1/workflows/resume``."""
        run = self._resumed(asked)
        run.start(None)
        await run.rested()
        return _result(run)

    def show_workflow(self, asked: ApiRequest) -> dict[str, Any]:
        """``GET /v1/workflows/{id}``."""
        self._know_workflow({"workflow_id": asked.path["id"]})
        detail = {"workflow_id": asked.path["id"], "workflow_name": "flow"}
        app = {"app_id": self.app or "0"} if self.flavour.tells_app else {}
        return {"workflow_detail": detail | app}

    def create_in_app(self, asked: ApiRequest) -> dict[str, Any]:
        """``POST /v1/workflow/conversation/create``, a Studio's: one that a template or chatflow has named before."""
        body, owner = asked.body, self.owner(asked.token)
        app_id, name = rules.text(body, "app_id"), rules.text(body, "conversation_name")
        known = self._named(owner, app_id, name)
        if not rules.flag(body, "get_or_create", default=False):
            need(
                known or name == TEMPLATE, 777777775, f"Workflow operation failure: conversation name {name} not found"
            )
            if known is not None:
                known.name = ""  # the name leads to the new one from now on
            return self.new_conversation(owner, app_id=app_id, name=name).shown()
        need(known or name == TEMPLATE, 777777762)
        return (known or self.new_conversation(owner, app_id=app_id, name=name)).shown()

    def _named(self, owner: str, app_id: str, name: str) -> Conversation | None:
        mine = (one for one in self.conversations.values() if one.owner == owner and one.app_id == app_id)
        return next((one for one in mine if one.name == name), None)

    def run_history(self, asked: ApiRequest) -> list[dict[str, Any]]:
        """``GET /v1/workflows/{id}/run_histories/{execute_id}``; Studio asks by query."""
        execute_id = asked.path.get("execute_id") or asked.query.get("execute_id")
        workflow_id = asked.path.get("id") or asked.query.get("workflow_id")
        owner = self.owner(asked.token)
        found = [one for one in self.runs if one.execute_id == execute_id and one.turn.bot_id == workflow_id]
        need(found and self.owner(found[0].asked_by) == owner, 4200)
        return [found[0].history(self.new_id())]

    def chatflow(self, asked: ApiRequest) -> Streamed:
        """``POST /v1/workflows/chat``: always a stream; here the conversation is the body's."""
        try:
            return self._chatflow(asked)
        except Refused as refused:
            in_stream = not self.flavour.conversations_by_name
            raise Refused(refused.code, refused.msg, in_stream=in_stream) from None

    def _chatflow(self, asked: ApiRequest) -> Streamed:
        body = asked.body
        self._know_workflow(body)
        need(isinstance(body.get("parameters"), dict))
        need(bool(body.get("bot_id")) != bool(body.get("app_id")))
        messages = rules.entered(body.get("additional_messages"), most=50, saved=True, files=())
        need(messages and messages[-1]["role"] == "user")
        need(all(one["content_type"] == "text" for one in messages))
        user_id = str((body.get("ext") or {}).get("user_id", ""))
        conversation = self._flow_thread(asked)
        chat = self.ask(asked, conversation, messages, bot_id="", user_id=user_id, meta_data={})
        playback = self.playbacks[chat.id]
        playback.in_chatflow = True
        playback.done = ("done", compact({"debug_url": f"https://www.coze.cn/work_flow?execute_id={chat.id}"}))
        return Streamed(playback, self.flavour.chatflow_wire)

    def _flow_thread(self, asked: ApiRequest) -> Conversation:
        body, owner = asked.body, self.owner(asked.token)
        app_id = str(body.get("app_id") or "")
        if body.get("conversation_id"):
            return self._flow_conversation(asked, str(body["conversation_id"]), app_id)
        if not app_id and not self.flavour.conversations_by_name:
            return self.new_conversation(owner, bot_id=body["bot_id"])
        name = body["parameters"].get("CONVERSATION_NAME")
        need(name, 777777775 if self.flavour.conversations_by_name else 720702204, "conversation name is required")
        return self._named(owner, app_id, name) or self.new_conversation(owner, name=name, app_id=app_id)

    def _flow_conversation(self, asked: ApiRequest, conversation_id: str, app_id: str) -> Conversation:
        """The conversation with that id, which must be one of the app's."""
        found = self.conversations.get(conversation_id)
        if self.flavour.conversations_by_name:
            known = found is not None and found.owner == self.owner(asked.token)
            need(known and found and found.app_id == app_id and (found.name or not app_id), 777777775)
        conversation = self.conversation(asked, conversation_id)
        need(conversation.app_id == app_id, self.unknown_conversation)
        return conversation

    def _run(self, asked: ApiRequest, *, mode: int) -> Run:
        body = asked.body
        self._know_workflow(body)
        need(not (body.get("bot_id") and body.get("app_id")))
        given = body.get("parameters")
        need(given is None or isinstance(given, dict | str))
        inputs = parameters(given)
        turn = Turn(
            text=next((str(one) for one in inputs.values() if isinstance(one, str)), ""),
            conversation_id="",
            user_id=str((body.get("ext") or {}).get("user_id", "")),
            bot_id=body["workflow_id"],
            parameters=inputs,
            body=body,
        )
        run = Run(self, turn, self.script_for(turn), execute_id=self.new_id(), asked_by=asked.token, mode=mode)
        self.runs.append(run)
        return run

    def _know_workflow(self, body: dict[str, Any]) -> None:
        workflow_id = rules.text(body, "workflow_id")
        need(NUMBER.fullmatch(workflow_id))
        need(self.workflows is None or workflow_id in self.workflows, 4200)

    def _resumed(self, asked: ApiRequest) -> Run:
        body = asked.body
        event_id, reply = rules.text(body, "event_id"), rules.text(body, "resume_data")
        run = next((one for one in self.runs if event_id in one.interrupts), None)
        if run is None or run.turn.bot_id != body.get("workflow_id"):
            raise Refused(4314)
        waiting = run.interrupt
        if waiting is None or waiting["event_id"] != event_id or len(run.replies) >= RESUMES:
            raise Refused(4315)
        need(body.get("interrupt_type") == waiting["type"])
        run.resume(reply)
        return run


def _result(run: Run) -> Topped:
    if run.error is not None:
        raise Refused(*run.error)
    usage = {"input_count": 50, "output_count": len(run.output), "token_count": 50 + len(run.output)}
    ends: dict[str, Any] = {"execute_id": run.execute_id, "debug_url": run.debug_url, "usage": usage}
    if run.interrupt is not None:
        return Topped({"data": "", **ends, "interrupt_data": run.interrupt})
    return Topped({"data": compact({"output": run.output}), **ends})
