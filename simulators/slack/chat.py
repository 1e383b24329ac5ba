"""Slack's ``chat`` methods: post, update, delete, and what only one person sees."""

from collections.abc import Callable

from simulators.slack.model import Answer, Ephemeral, Params, Refusal
from simulators.slack.rules import POST_TEXT_LIMIT, UPDATE_TEXT_LIMIT, check_metadata, content
from simulators.slack.world import World, truthy


class Chat:
    """Messages that are said whole."""

    def __init__(self, world: World, replied: Callable[[str, str | None], None]) -> None:
        self._world = world
        self._replied = replied
        self.methods = {
            "chat.postMessage": self.post,
            "chat.update": self.update,
            "chat.delete": self.delete,
            "chat.postEphemeral": self.whisper,
        }

    def post(self, params: Params) -> Answer:
        """Say something in a channel or a thread."""
        channel = self._world.writable(params.get("channel"))
        shown = content(params, limit=POST_TEXT_LIMIT)
        metadata = check_metadata(params.get("metadata"))
        thread = params.get("thread_ts") or None
        message = self._world.post(
            channel,
            thread_ts=self._world.root(channel, thread) if thread else None,
            text=shown.text,
            markdown=shown.markdown,
            blocks=shown.blocks,
            metadata=metadata,
            subtype="thread_broadcast" if thread and truthy(params, "reply_broadcast") else None,
            link_names=truthy(params, "link_names") or params.get("parse") == "full",
        )
        self._replied(channel.id, thread)
        answer = {"channel": channel.id, "ts": message.ts, "message": message.wire(self._world.bot_id, metadata=True)}
        if shown.truncated:
            answer |= {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
        return answer

    def update(self, params: Params) -> Answer:
        """Replace what one of the bot's messages shows."""
        channel = self._world.writable(params.get("channel"))
        message = self._world.message(channel, params.get("ts"))
        if not message.bot:
            raise Refusal("cant_update_message")
        if message.streaming:
            raise Refusal("streaming_state_conflict")
        shown = content(params, limit=UPDATE_TEXT_LIMIT)
        if "metadata" in params:
            message.metadata = check_metadata(params["metadata"])
        message.markdown, message.blocks = shown.markdown, shown.blocks
        message.edits += 1
        self._world.amend(message, shown.text)
        wire = message.wire(self._world.bot_id, metadata=True)
        return {"channel": channel.id, "ts": message.ts, "text": wire["text"], "message": wire}

    def delete(self, params: Params) -> Answer:
        """Take one of the bot's messages away."""
        channel = self._world.channel(params.get("channel"))
        message = self._world.message(channel, params.get("ts"))
        if not message.bot:
            raise Refusal("cant_delete_message")
        self._world.remove(message)
        return {"channel": channel.id, "ts": message.ts}

    def whisper(self, params: Params) -> Answer:
        """Say something only one person sees, until they reload."""
        channel = self._world.writable(params.get("channel"))
        if params.get("user") not in channel.members:
            raise Refusal("user_not_in_channel")
        shown = content(params, limit=POST_TEXT_LIMIT)
        whispered = Ephemeral(
            channel=channel.id,
            thread_ts=params.get("thread_ts"),
            user=params["user"],
            text=shown.text,
            blocks=shown.blocks,
        )
        self._world.ephemerals.append(whispered)
        return {"message_ts": self._world.stamp()}
