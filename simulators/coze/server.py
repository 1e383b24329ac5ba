"""
A Coze on loopback: the cloud's API, or the self-hosted Studio's, as strict and as moody as the real ones.

    async with Coze() as coze:
        coze.will_say("Hel", "lo", follow_ups=("And now?",))
        ...
        await coze.until(lambda: coze.chats and coze.chats[0].status == "completed")

What a bot answers is a script (`simulators.coze.script`); without one, the bot of the demo speaks.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from aiohttp import web

from simulators.coze.catalogue import Catalogue
from simulators.coze.files import Files
from simulators.coze.oauth import OAuth
from simulators.coze.requests import Endpoint
from simulators.coze.script import FollowUps, NextAnswer, Pause, Reasoning, Say, Script, Step
from simulators.coze.workflows import Workflows

BOT = "7379462189365198898"
Route: TypeAlias = tuple[str, str, str, Endpoint]  #: verbs, path, the call's name, what answers it
TOKEN = "pat_test"  # noqa: S105 - it opens nothing but this simulator


class Coze(Workflows, Files, Catalogue, OAuth):
    """A Coze server inside an ``async with`` block."""

    def __init__(
        self,
        *,
        port: int = 0,
        flavour: str = "cloud",
        tokens: Iterable[str] = (TOKEN,),
        bots: Iterable[str] | None = (BOT,),
    ) -> None:
        super().__init__(port=port, flavour=flavour, tokens=set(tokens), bots=None if bots is None else set(bots))
        self._leaving = False

    def will_say(
        self,
        *pieces: str,
        pause_until: str | None = None,
        then: Iterable[str] = (),
        every: float | None = None,
        follow_ups: Iterable[str] = (),
        reasoning: Iterable[str] = (),
        answers: Iterable[Iterable[str]] = (),
        ending: Iterable[Step] = (),
    ) -> None:
        """Have the next turn say these *pieces*, perhaps wait, say more, and end with the steps of *ending*."""
        script: list[Step] = [Reasoning(tuple(reasoning), every)] if reasoning else []
        script += [Say(pieces, every)] if pieces else []
        script += [Pause(pause_until)] if pause_until else []
        script += [Say(tuple(then), every)] if then else []
        for answer in answers:
            script += [NextAnswer(), Say(tuple(answer), every)]
        self.will_play(*script, *([FollowUps(tuple(follow_ups))] if follow_ups else []), *ending)

    def will_play(self, *steps: Step) -> None:
        """Have the next turn play exactly these *steps*."""
        script: Script = steps
        self.scripts.append(script)

    async def closing(self) -> None:
        """Break off every stream; the chats too, unless this is only an outage."""
        for stream in tuple(self._streams):
            stream.drop()
        if not self._leaving:
            for task in [chat.task for chat in self.chats] + [run.task for run in self.runs]:
                if task is not None:
                    task.cancel()

    async def go_away(self) -> None:
        """Refuse connections for a while; chats go on behind the closed door."""
        self._leaving = True
        try:
            await super().go_away()
        finally:
            self._leaving = False

    def routes(self, app: web.Application) -> None:
        """Every path of the API, by the call's name."""
        for call in (*self._chat_calls(), *self._conversation_calls(), *self._workflow_calls(), *self._small_calls()):
            self.add(app, *call)
        app.router.add_get("/made/{name}", self.show_made)
        self.add_nowhere(app)

    def _chat_calls(self) -> Iterator[Route]:
        both = "GET" if self.flavour.name == "studio" else "GET POST"  # the documents GET it, the SDKs POST it
        yield "POST", "/v3/chat", "chat", self.chat
        yield both, "/v3/chat/retrieve", "chat.retrieve", self.retrieve_chat
        yield "GET", "/v3/chat/message/list", "chat.message.list", self.list_chat
        yield "POST", "/v3/chat/cancel", "chat.cancel", self.cancel_chat
        yield "POST", "/v3/chat/submit_tool_outputs", "chat.submit_tool_outputs", self.submit_tool_outputs

    def _conversation_calls(self) -> Iterator[Route]:
        message, feedback = "/v1/conversation/message", "/v1/conversations/{id}/messages/{message}/feedback"
        yield "POST", "/v1/conversation/create", "conversation.create", self.create_conversation
        yield "GET", "/v1/conversation/retrieve", "conversation.retrieve", self.retrieve_conversation
        yield "GET", "/v1/conversations", "conversation.list", self.list_conversations
        yield "POST", "/v1/conversations/{id}/clear", "conversation.clear", self.clear_conversation
        yield "PUT", "/v1/conversations/{id}", "conversation.update", self.rename_conversation
        yield "DELETE", "/v1/conversations/{id}", "conversation.delete", self.delete_conversation
        yield "POST", f"{message}/create", "conversation.message.create", self.create_message
        yield "POST", f"{message}/list", "conversation.message.list", self.list_messages
        yield "GET", f"{message}/retrieve", "conversation.message.retrieve", self.retrieve_message
        yield "POST", f"{message}/modify", "conversation.message.modify", self.modify_message
        yield "POST", f"{message}/delete", "conversation.message.delete", self.delete_message
        yield "POST", feedback, "conversation.message.feedback", self.give_feedback
        yield "DELETE", feedback, "conversation.message.feedback", self.take_feedback_back

    def _workflow_calls(self) -> Iterator[Route]:
        yield "POST", "/v1/workflow/run", "workflow.run", self.run_workflow
        yield "POST", "/v1/workflow/stream_run", "workflow.stream_run", self.stream_workflow
        yield "POST", "/v1/workflow/stream_resume", "workflow.stream_resume", self.stream_resumed
        yield "POST", "/v1/workflows/resume", "workflow.resume", self.resume_workflow
        yield "POST", "/v1/workflows/chat", "workflow.chat", self.chatflow
        yield "GET", "/v1/workflows/{id}", "workflow.retrieve", self.show_workflow
        yield "GET", "/v1/workflows/{id}/run_histories/{execute_id}", "workflow.run_histories", self.run_history
        if self.flavour.name == "studio":
            yield "POST", "/v1/workflow/conversation/create", "workflow.conversation.create", self.create_in_app
            yield "GET", "/v1/workflow/get_run_history", "workflow.get_run_history", self.run_history

    def _small_calls(self) -> Iterator[Route]:
        yield "POST", "/v1/files/upload", "files.upload", self.upload
        yield "GET", "/v1/files/retrieve", "files.retrieve", self.retrieve_file
        yield "POST", "/v1/audio/transcriptions", "audio.transcriptions", self.transcribe
        yield "GET", "/v1/bots", "bots.list", self.list_bots
        yield "GET", "/v1/workspaces", "workspaces.list", self.list_workspaces
        yield "GET", "/v1/bots/{id}", "bots.retrieve", self.show_bot
        yield "GET", "/v1/bot/get_online_info", "bots.retrieve", self.show_bot
        yield "GET", "/v1/users/me", "users.me", self.show_me
        yield "POST", "/api/permission/oauth2/token", "oauth.token", self.buy_token
