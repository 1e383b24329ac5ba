"""Slack's signs that an agent is at work: statuses, titles, suggested prompts, sessions."""

import time

from simulators.slack.model import Answer, Params, Refusal
from simulators.slack.streams import SESSION_STATES
from simulators.slack.world import World

STATUS_LIFETIME = 120.0  #: seconds after which Slack removes a status nobody answered


class Assistant:
    """What stands under a thread while it waits for its answer."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._statuses: dict[tuple[str, str], tuple[float, str]] = {}
        self._phrases: dict[tuple[str, str], list[str]] = {}
        self.sessions: dict[tuple[str, str], str] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.prompts: dict[tuple[str, str | None], list[Params]] = {}
        self.status_lifetime = STATUS_LIFETIME
        self.methods = {
            "assistant.threads.setStatus": self.set_status,
            "assistant.threads.setTitle": self.set_title,
            "assistant.threads.setSuggestedPrompts": self.set_prompts,
            "agents.sessions.setStatus": self.set_session,
            "agents.sessions.rename": self.rename,
        }

    def status(self, channel: str, thread: str) -> str:
        """What the thread says about the agent now; empty for nothing."""
        since, text = self._statuses.get((channel, thread), (0.0, ""))
        return text if time.monotonic() - since < self.status_lifetime else ""

    def phrases(self, channel: str, thread: str) -> list[str]:
        """What takes turns with that status while it stands."""
        return self._phrases[channel, thread] if self.status(channel, thread) else []

    def replied(self, channel: str, thread: str | None) -> None:
        """The app spoke: its status goes, its session stays as it is."""
        if thread:
            self._statuses.pop((channel, thread), None)

    def set_status(self, params: Params) -> Answer:
        """Say what the agent is doing."""
        key = self._thread(params)
        loading = params.get("loading_messages") or []
        if len(loading) > 10 or any(len(text) > 50 for text in loading) or "status" not in params:
            raise Refusal("invalid_arguments")
        self._statuses[key], self._phrases[key] = (time.monotonic(), params["status"]), loading
        self.sessions[key] = "processing" if params["status"] else "active"
        return {}

    def set_title(self, params: Params) -> Answer:
        """Name a thread."""
        self.titles[self._thread(params)] = _given(params, "title")
        return {}

    def set_prompts(self, params: Params) -> Answer:
        """Propose what a person could ask; without a thread, on top of their direct message."""
        channel = self._world.channel(params.get("channel_id"))
        prompts = params.get("prompts")
        if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
            raise Refusal("invalid_arguments")
        if not all(isinstance(p, dict) and p.get("title") and p.get("message") for p in prompts):
            raise Refusal("invalid_arguments")
        thread = self._world.root(channel, params["thread_ts"]) if params.get("thread_ts") else None
        self.prompts[channel.id, thread] = prompts
        return {}

    def set_session(self, params: Params) -> Answer:
        """Say whether the agent is at work in a thread."""
        if not params.get("thread_ts"):
            raise Refusal("thread_ts_required")
        key = self._thread(params)
        if params.get("status") not in SESSION_STATES:
            raise Refusal("invalid_status")
        self.sessions[key] = params["status"]
        if params.get("title"):
            self.titles.setdefault(key, _given(params, "title"))
        return {"status": params["status"], "agent_status": params["status"], "title": self.titles.get(key, "")}

    def rename(self, params: Params) -> Answer:
        """Name a session."""
        self.titles[self._thread(params)] = _given(params, "title")
        return {"title": params["title"]}

    def _thread(self, params: Params) -> tuple[str, str]:
        channel = self._world.writable(params.get("channel_id"))
        return channel.id, self._world.root(channel, params.get("thread_ts"), unknown="invalid_thread_ts")


def _given(params: Params, name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 200:
        raise Refusal("invalid_arguments")
    return value
