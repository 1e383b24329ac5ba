"""What Slack tells an app: the payloads of events, commands and pressed buttons."""

import itertools
import re
import time
from collections.abc import Iterator
from typing import Any

from simulators.slack.model import PLURAL, Channel, Message, Params, Person
from simulators.slack.world import World

APP = "A0SIM"
_TOKEN = re.compile(r"<(?:[@#!][^<>\s]+(?:\|[^<>]*)?|(?:https?://|mailto:)[^<>\s]+(?:\|[^<>]*)?)>")
_LINK = re.compile(r"https?://[^\s<>]+")

#: Everything an app can subscribe to here.
SUBSCRIPTIONS = frozenset(
    {
        *("app_mention", "message.im", "message.mpim", "message.channels", "message.groups", "app_home_opened"),
        *("assistant_thread_started", "assistant_thread_context_changed"),
        *("app_context_changed", "agent_session_stopped", "agent_session_title_changed"),
        *("app_uninstalled", "tokens_revoked", "member_joined_channel", "reaction_added", "reaction_removed"),
    }
)


def typed(text: str) -> str:
    """What Slack sends when a person types *text*: mentions stay, links are wrapped, the rest is escaped."""
    parts, position = [], 0
    for match in _TOKEN.finditer(text):
        parts += [_plain(text[position : match.start()]), match[0]]
        position = match.end()
    return "".join([*parts, _plain(text[position:])])


def _plain(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINK.sub(lambda link: f"<{link[0]}>", escaped)


class Events:
    """Composes payloads, each with an id of its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers: Iterator[int] = itertools.count(1)

    def heard(self, message: Message, *, mention: bool, edited: bool) -> list[Params]:
        """The events of one message: the message, and before it the mention where there is one."""
        channel = self._world.channels[message.channel]
        common = message.wire("B0OTHER") | {"channel": channel.id, "event_ts": message.ts}
        if message.subtype == "bot_message" or self._world.people[message.user].bot:
            common |= {"bot_id": "B0OTHER", "app_id": "A0OTHER"}
        else:
            common |= {"client_msg_id": f"00000000-0000-4000-8000-{message.ts.replace('.', '')[-12:]}"}
        if message.thread_ts and (root := self._world.by_ts.get(message.thread_ts)):
            common["parent_user_id"] = root.user
        if edited:
            common["edited"] = {"user": message.user, "ts": message.edited_ts or self._world.stamp()}
        both = [common | {"type": "message", "channel_type": channel.type}]
        if mention and channel.type in ("channel", "group", "mpim"):
            without = {key: value for key, value in common.items() if key != "subtype"}
            both.insert(0, without | {"type": "app_mention"})
        return both

    def told(self, what: str, message: Message, before: str) -> Params:
        """The message event about something that was posted, changed or deleted."""
        channel = self._world.channels[message.channel]
        wire = message.wire(self._world.bot_id)
        if what == "posted":
            return wire | {"channel": channel.id, "channel_type": channel.type, "event_ts": message.ts}
        stamp = self._world.stamp()
        event = {
            "type": "message",
            "subtype": f"message_{what}",
            "hidden": True,
            "channel": channel.id,
            "channel_type": channel.type,
            "ts": stamp,
            "event_ts": stamp,
            "previous_message": wire | {"text": before},
        }
        return event | ({"deleted_ts": message.ts} if what == "deleted" else {"message": wire})

    def callback(self, event: Params) -> Params:
        """*event* in its outer envelope, with a fresh event id."""
        world, author = self._world, self._world.people.get(str(event.get("user")))
        foreign = author is not None and author.team != world.team
        if foreign:
            event = event | {"user_team": author.team if author else None, "source_team": world.team}
        if world.org_wide:
            event = {key: value for key, value in event.items() if key != "team"}
        return {
            "token": "verification",
            "team_id": world.team,
            "enterprise_id": world.enterprise,
            "context_team_id": world.team,
            "context_enterprise_id": world.enterprise,
            "api_app_id": APP,
            "type": "event_callback",
            "event_id": f"Ev{next(self._numbers):08}",
            "event_time": int(time.time()),
            "event_context": "4-sim",
            "is_ext_shared_channel": foreign,
            "authorizations": [self._authorization()],
            "event": event,
        }

    def command(self, person: Person, command: str, text: str, channel: Channel, response_url: str) -> Params:
        """Somebody typed a slash command."""
        return {
            "token": "verification",
            "team_id": self._world.team,
            "team_domain": "sim",
            "channel_id": channel.id,
            "channel_name": "directmessage" if channel.type == "im" else channel.name,
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": str(self._world.org_wide).lower(),
            **({"enterprise_id": self._world.enterprise} if self._world.enterprise else {}),
            "response_url": response_url,
            "trigger_id": self.trigger(),
        }

    def press(self, person: Person, message: Message, action: Params, response_url: str) -> Params:
        """Somebody pressed a button."""
        channel = self._world.channels[message.channel]
        container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": False}
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        return {
            "type": "block_actions",
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team},
            "api_app_id": APP,
            "token": "verification",
            "container": container,
            "trigger_id": self.trigger(),
            **self._place(),
            "channel": {"id": channel.id, "name": channel.name},
            "message": message.wire(self._world.bot_id),
            "state": {"values": {}},
            "response_url": response_url,
            "actions": [action | {"action_ts": self._world.stamp()}],
        }

    def shortcut(self, person: Person, message: Message, callback_id: str, response_url: str) -> Params:
        """Somebody chose a shortcut of the app in a message's menu."""
        channel = self._world.channels[message.channel]
        return self._of_person(person) | {
            "type": "message_action",
            "callback_id": callback_id,
            "action_ts": self._world.stamp(),
            "trigger_id": self.trigger(),
            "channel": {"id": channel.id, "name": "directmessage" if channel.type == "im" else channel.name},
            "message_ts": message.ts,
            "message": message.wire(self._world.bot_id if message.bot else "B0OTHER"),
            "response_url": response_url,
        }

    def submission(self, person: Person, view: Params) -> Params:
        """Somebody sent off a modal; somebody from outside does so in their own workspace, and the view tells ours."""
        world = self._world
        about = {"hash": f"{view['id']}.hash", "team_id": person.team, "app_id": APP, "bot_id": world.bot_id}
        about |= {} if world.org_wide else {"app_installed_team_id": world.team}
        abroad = {} if person.team == world.team else {"team": {"id": person.team, "domain": "elsewhere"}}
        sent = {"type": "view_submission", "trigger_id": self.trigger(), "view": view | about}
        return self._of_person(person) | abroad | sent

    def home_press(self, person: Person, view: Params, action: Params) -> Params:
        """Somebody pressed a button of their Home tab, which stands in no channel."""
        return self._of_person(person) | {
            "type": "block_actions",
            "container": {"type": "view", "view_id": view.get("id", "V1")},
            "trigger_id": self.trigger(),
            "view": view,
            "actions": [action | {"action_ts": self._world.stamp()}],
        }

    def _of_person(self, person: Person) -> Params:
        """What every interaction says of who it comes from."""
        return {
            "token": "verification",
            "api_app_id": APP,
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team},
            **self._place(),
        }

    def _place(self) -> Params:
        """Where an interaction happened; of an app that is installed for an organisation no workspace is told."""
        world = self._world
        return {
            "team": None if world.org_wide else {"id": world.team, "domain": "sim"},
            "enterprise": {"id": world.enterprise, "name": "Org"} if world.enterprise else None,
            "is_enterprise_install": world.org_wide,
        }

    def trigger(self) -> str:
        """An id that allows to open a modal, once and soon."""
        return f"{next(self._numbers)}.{time.monotonic_ns()}.sim"

    def _authorization(self) -> Params:
        return {
            "enterprise_id": self._world.enterprise,
            "team_id": None if self._world.org_wide else self._world.team,
            "user_id": self._world.bot_user,
            "is_bot": True,
            "is_enterprise_install": self._world.org_wide,
        }


def subscription(event: Params) -> str:
    """The name an app subscribes to *event* by."""
    if event["type"] == "message":
        return f"message.{PLURAL[event['channel_type']]}"
    return str(event["type"])


def action(blocks: list[Params], action_id: str, value: str | None) -> Params:
    """The pressed element of *blocks* as the payload tells it; a plain button where there is no such element."""
    for block in blocks:
        for element in _elements(block):
            if element.get("action_id") == action_id:
                kind = element["type"]
                return _pressed(kind, action_id, block.get("block_id", ""), value or element.get("value"))
    return _pressed("button", action_id, "", value)


def _pressed(kind: str, action_id: str, block_id: str, value: Any) -> Params:
    return {"type": kind, "action_id": action_id, "block_id": block_id, "value": value}


def _elements(block: Params) -> list[Params]:
    accessory = block.get("accessory")
    return [*(block.get("elements") or []), *([accessory] if accessory else [])]
