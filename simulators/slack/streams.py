"""
Slack's native streams as a state machine.

A stream lives for a fixed time from its start, whatever is appended, and holds one message's worth of Markdown:

    start ──> streaming ──stop──────────> an ordinary message
                  │──────lifetime over──> an ordinary message; append and stop answer message_not_in_streaming_state
                  └──────a person stops─> an ordinary message; append answers stopped_by_user
"""

import asyncio
import time
from collections.abc import Callable

from simulators.slack.model import Answer, Channel, Message, Params, Refusal
from simulators.slack.rules import Piece, check_blocks, check_length, check_metadata, piece
from simulators.slack.world import World

LIFETIME = 300.0  #: seconds; 306 to 320 were observed, so a sender must not count on more
SESSION_STATES = ("active", "processing", "suspended", "closed")


class Streams:
    """Messages that grow."""

    def __init__(
        self, world: World, sessions: dict[tuple[str, str], str], replied: Callable[[str, str | None], None]
    ) -> None:
        self._world = world
        self._sessions = sessions
        self._replied = replied
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.lifetime = LIFETIME
        self.swallow_whitespace = False
        self.ended: Callable[[], None] = lambda: None  #: told when one ends by itself
        self.methods = {
            "chat.startStream": self.start,
            "chat.appendStream": self.append,
            "chat.stopStream": self.stop,
        }

    def start(self, params: Params) -> Answer:
        """Open a message that will grow."""
        channel = self._world.writable(params.get("channel"))
        thread = self._world.root(channel, params.get("thread_ts"), unknown="invalid_thread_ts")
        self._check_recipient(channel, params)
        begun = piece(params, swallow=False)
        message = self._world.post(
            channel,
            thread_ts=thread,
            text=begun.text,
            markdown=True,
            streaming=True,
            streamed=True,
        )
        self._decorate(message, begun)
        loop = asyncio.get_running_loop()
        self._timers[message.ts] = loop.call_later(self.lifetime, self._expire, message)
        self._sessions[channel.id, thread] = "processing"
        self._replied(channel.id, thread)
        return {"channel": channel.id, "ts": message.ts}

    def append(self, params: Params) -> Answer:
        """Let it grow."""
        message = self._own(params)
        if message.stopped_by:
            raise Refusal("stopped_by_user")
        if not message.streaming:
            raise Refusal("message_not_in_streaming_state")
        more = piece(params, swallow=self.swallow_whitespace)
        if not more.given:
            raise Refusal("no_text")
        self._grow(message, more)
        return {"channel": message.channel, "ts": message.ts}

    def stop(self, params: Params) -> Answer:
        """Let it stand as it is, with the last piece and the blocks that belong under it."""
        message = self._own(params)
        if not message.streaming:
            raise Refusal("message_not_in_streaming_state")
        status = params.get("session_status") or "active"
        if status not in SESSION_STATES:
            raise Refusal("invalid_status")
        metadata = check_metadata(params.get("metadata"))
        check_blocks(params.get("blocks") or [])
        last = piece(params, swallow=self.swallow_whitespace)
        if not (last.given or message.text or message.blocks or message.tasks or params.get("blocks")):
            raise Refusal("no_text")
        check_length(message.text + last.text)
        message.metadata = metadata or message.metadata
        message.blocks += params.get("blocks") or []
        self._end(message, status)
        self._grow(message, last)
        return {
            "channel": message.channel,
            "ts": message.ts,
            "message": message.wire(self._world.bot_id, metadata=True),
        }

    def stopped_by(self, person: str, message: Message) -> None:
        """A person pressed Stop."""
        message.stopped_by = person
        self._end(message, None)

    def close(self) -> None:
        """Forget the clocks of all streams."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _check_recipient(self, channel: Channel, params: Params) -> None:
        """Outside direct messages a stream must say whom it answers."""
        user, team = params.get("recipient_user_id"), params.get("recipient_team_id")
        if channel.type != "im" and not team:
            raise Refusal("missing_recipient_team_id")
        if channel.type != "im" and not user:
            raise Refusal("missing_recipient_user_id")
        if user and user not in self._world.people:
            raise Refusal("user_not_found")

    def _own(self, params: Params) -> Message:
        channel = self._world.writable(params.get("channel"))
        message = self._world.message(channel, params.get("ts"))
        if not message.bot:
            raise Refusal("message_not_owned_by_app")
        return message

    def _grow(self, message: Message, more: Piece) -> None:
        check_length(message.text + more.text)
        self._decorate(message, more)
        self._world.amend(message, message.text + more.text)

    def _decorate(self, message: Message, more: Piece) -> None:
        """Add what is not text: blocks, the plan's title, and task cards, whose details grow."""
        message.blocks += more.blocks
        message.plan = more.plan or message.plan
        for task in more.tasks:
            before = message.tasks.get(task["id"], {})
            details = (before.get("details") or "") + (task.get("details") or "")
            message.tasks[task["id"]] = before | task | {"details": details}

    def _expire(self, message: Message) -> None:
        if message.streaming:
            self._end(message, "active")
            self.ended()

    def _end(self, message: Message, status: str | None) -> None:
        message.streaming = False
        message.ended_at = time.monotonic()
        if status and message.thread_ts:
            self._sessions[message.channel, message.thread_ts] = status
        if timer := self._timers.pop(message.ts, None):
            timer.cancel()
