"""
Turns what Slack sends (events, slash commands, pressed buttons) into `Inbound`, or None if no person said anything to the bot.

Messages are read by `messages`, buttons and forms by `interactions`; slash commands and Slack's own Stop button here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from adapters.slack.api import SlackIdentity
from adapters.slack.commands import parse_typed
from adapters.slack.interactions import press, submission
from adapters.slack.known import KnownWorkspace, only_known
from adapters.slack.messages import MessageReader
from adapters.slack.places import ChatTypesById, told_by
from adapters.slack.words import NamesById, words_to
from bridge.sdk.model import Address, ChatType, CommandName, Inbound, Person

Json = Mapping[str, Any]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def normalise(
    payload: Json,
    *,
    adapter: str,
    me: SlackIdentity,
    people: Mapping[str, Person],
    names: NamesById = _NOTHING,
    chat_types: ChatTypesById = _NOTHING,
) -> Inbound | None:
    """
    Read *payload*; None if it holds nothing that a person says to this bot.

    *people*, *names* and *chat_types* are what we know already, by Slack's ids.
    """
    known = KnownWorkspace(adapter=adapter, me=me, people=people, names=names, chat_types=chat_types)
    match payload:
        case {"type": "event_callback", "event": {}}:
            return _event(payload, known)
        case {"type": "block_actions", "team": {"id": me.team}, "actions": [action, *_]}:
            return press(payload, action, known)
        case {"type": "view_submission", "view": dict(view), "team": {"id": me.team}}:
            return submission(view, payload["user"], known)
        case {"command": str(), "team_id": me.team}:
            return _command(payload, known)
    return None


def _event(payload: Json, known: KnownWorkspace) -> Inbound | None:
    event, event_id = payload["event"], str(payload.get("event_id"))
    match event:
        case {"type": "message" | "app_mention"} if _is_for(known.me.team, payload):
            return MessageReader(known).read(event, event_id)
        case {"type": "agent_session_stopped", "user": str()} if _is_for(known.me.team, payload):
            return _stop(event, event_id, known)
    return None


def _is_for(team: str, payload: Json) -> bool:
    """Whether it is for this workspace: one app token serves all workspaces that installed the app."""
    [seen_by, *_] = payload.get("authorizations") or [{}]
    return (seen_by.get("team_id") or team) == team


def _stop(event: Json, event_id: str, known: KnownWorkspace) -> Inbound:
    """Read a press of Slack's own Stop below an answer; Slack may refuse the stream before this event arrives."""
    channel, thread = str(event["channel"]), str(event["thread_ts"])
    chat_type = known.chat_type(channel, None)
    return Inbound(
        dedupe_keys=known.keys(f"event:{event_id}"),
        where=known.place(channel, chat_type, thread),
        chat_type=chat_type,
        author=known.person(event["user"]),
        text="",
        address=Address.TO_US,
        command=CommandName.STOP,
        only_stops=True,
        sent_at=float(event.get("event_ts") or 0),
        reply_context=only_known(ts=thread, thread_ts=thread, team=known.me.team),
    )


def _command(payload: Json, known: KnownWorkspace) -> Inbound:
    """Read a slash command; a bare one asks for help."""
    channel = str(payload["channel_id"])
    chat_type = known.chat_type(channel, told_by(payload.get("channel_name")))
    said = parse_typed(words_to(str(payload.get("text") or ""), known.me.user, known.names))
    return Inbound(
        dedupe_keys=known.keys(f"command:{payload['trigger_id']}"),
        where=known.place(channel, chat_type, None),
        chat_type=chat_type,
        author=known.person(payload["user_id"]),
        text=said.text,
        address=Address.TO_US,
        command=said.command,
        is_beside_threads=chat_type is not ChatType.PRIVATE,
        is_told_alone=True,
        reply_context=only_known(team=known.me.team, response_url=payload.get("response_url")),
    )
