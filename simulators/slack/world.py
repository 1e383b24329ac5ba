"""A Slack workspace as its people see it: who is there, and what stands in which channel."""

import mimetypes
import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from simulators.slack.model import Channel, Ephemeral, File, Message, Params, Person, Ping, Refusal, Response

_TS = re.compile(r"\d{10}\.\d{6}")
_MENTION = re.compile(r"<(?:!(?:here|channel|everyone|group|subteam\^\w+)|@[UW]\w+|#C\w+)(?:\|[^<>]*)?>")
_LINKED_NAME = re.compile(r"(?<!\w)@(?:here|channel|everyone)\b")
#: Longer than any mention without a label, so that one cut in two by an append is still seen.
_TAIL = 64


class World:
    """Everything a workspace remembers; the methods of the Web API read and write it."""

    def __init__(self, *, team: str, bot_user: str, bot_id: str) -> None:
        self.team, self.bot_user, self.bot_id = team, bot_user, bot_id
        self.url = ""
        self.enterprise: str | None = None  #: the organisation it belongs to
        self.org_wide = False  #: the app was installed for all of that organisation
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.by_ts: dict[str, Message] = {}  #: a ts is given once in the whole workspace
        self.threads: dict[tuple[str, str], list[Message]] = {}
        self.standing: dict[str, list[Message]] = {}
        self.files: dict[str, File] = {}
        self.user_groups: dict[str, str] = {}  #: their handles, by id
        self.pings: list[Ping] = []
        self.ephemerals: list[Ephemeral] = []
        self.responses: list[Response] = []
        #: Told of each change: ``posted``, ``changed`` or ``deleted``, the message, and its text before.
        self.watch: Callable[[str, Message, str], None] = lambda _what, _message, _before: None
        self._last_stamp = 0

    # --- who and where

    def add_person(self, name: str, *, locale: str, team: str | None, bot: bool) -> Person:
        """Give somebody an account."""
        person = Person(
            id=f"U{len(self.people) + 1:02}{_slug(name)}", name=name, locale=locale, team=team or self.team, bot=bot
        )
        self.people[person.id] = person
        return person

    def add_channel(self, name: str, kind: str, members: Iterable[str], *, bot: bool = True) -> Channel:
        """Open a place to talk."""
        letter = "D" if kind == "im" else "C"
        present = set(members) | ({self.bot_user} if bot else set())
        channel = Channel(id=f"{letter}{len(self.channels) + 1:02}{_slug(name)}", name=name, type=kind, members=present)
        self.channels[channel.id] = channel
        self.standing[channel.id] = []
        return channel

    def add_user_group(self, handle: str) -> str:
        """Let people be mentioned together."""
        group = f"S{len(self.user_groups) + 1:02}{_slug(handle)}"
        self.user_groups[group] = handle
        return group

    def direct(self, *people: str) -> Channel:
        """The direct message between the bot and *people*, opened at its first use."""
        wanted = {*people, self.bot_user}
        for channel in self.channels.values():
            if channel.type in ("im", "mpim") and channel.members == wanted:
                return channel
        name = self.people[people[0]].name if len(people) == 1 else "mpdm"
        return self.add_channel(name, "im" if len(people) == 1 else "mpim", people)

    def add_file(self, name: str, data: bytes, *, user: str, mimetype: str | None = None, **more: Any) -> File:
        """Keep a file."""
        kind = mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream"
        key = f"F{len(self.files) + 1:04}"
        slug = re.sub(r"[^\w-]+", "_", name).lower()  # as Slack makes one of the name
        url = f"{self.url}/files-pri/{self.team}-{key}/{slug}"
        file = File(id=key, name=name, mimetype=kind, size=len(data), user=user, url=url, data=data, **more)
        self.files[key] = file
        return file

    # --- what a method asks for, or its refusal

    def channel(self, wanted: object) -> Channel:
        """The channel with this id as far as the bot may know of it; a person's id is their direct message."""
        if isinstance(wanted, str) and wanted in self.people:
            return self.direct(wanted)
        channel = self.channels.get(wanted) if isinstance(wanted, str) else None
        if channel is None or (channel.type != "channel" and self.bot_user not in channel.members):
            raise Refusal("channel_not_found")
        return channel

    def writable(self, wanted: object) -> Channel:
        """The channel with this id, if the bot may write there."""
        channel = self.channel(wanted)
        if channel.archived:
            raise Refusal("is_archived")
        if self.bot_user not in channel.members:
            raise Refusal("not_in_channel")
        return channel

    def message(self, channel: Channel, ts: object) -> Message:
        """The message of *channel* that was given *ts*."""
        message = self.by_ts.get(ts) if isinstance(ts, str) else None
        if message is None or message.channel != channel.id:
            raise Refusal("message_not_found")
        return message

    def root(self, channel: Channel, thread_ts: object, *, unknown: str = "thread_not_found") -> str:
        """The ts of the message a thread hangs on."""
        if not isinstance(thread_ts, str) or not _TS.fullmatch(thread_ts):
            raise Refusal("invalid_thread_ts")
        root = self.by_ts.get(thread_ts)
        if root is None or root.channel != channel.id:
            raise Refusal(unknown)
        if root.thread_ts not in (None, thread_ts):
            raise Refusal("cannot_reply_to_message")
        return thread_ts

    # --- what happens

    def stamp(self) -> str:
        """A ts never given before, later than all others."""
        self._last_stamp = max(int(time.time() * 1_000_000), self._last_stamp + 1)
        return f"{self._last_stamp // 1_000_000}.{self._last_stamp % 1_000_000:06}"

    def put(self, channel: Channel, *, user: str, thread_ts: str | None, **more: Any) -> Message:
        """Have a new message stand in *channel*, without telling anybody."""
        person = self.people.get(user)
        message = Message(
            channel=channel.id,
            ts=self.stamp(),
            thread_ts=thread_ts,
            user=user,
            bot=user == self.bot_user,
            team=person.team if person else self.team,
            **more,
        )
        message.history.append((message.posted_at, message.shown))
        self.by_ts[message.ts] = message
        self.standing[channel.id].append(message)
        if thread_ts:
            self.threads.setdefault((channel.id, thread_ts), []).append(message)
        return message

    def post(self, channel: Channel, *, thread_ts: str | None, link_names: bool = False, **more: Any) -> Message:
        """Have the bot say something."""
        message = self.put(channel, user=self.bot_user, thread_ts=thread_ts, **more)
        if not message.streaming:
            message.ended_at = message.posted_at
        self.notice(message, 0, link_names=link_names)
        self.watch("posted", message, "")
        return message

    def amend(self, message: Message, text: str) -> None:
        """Have *text* stand where *message* stands; whoever it newly mentions is notified."""
        before = message.text
        message.show(text)
        self.notice(message, len(before) if text.startswith(before) else 0)
        self.watch("changed", message, before)

    def remove(self, message: Message) -> None:
        """Take *message* away."""
        del self.by_ts[message.ts]
        self.standing[message.channel].remove(message)
        if message.thread_ts:
            self.threads[message.channel, message.thread_ts].remove(message)
        self.watch("deleted", message, message.text)

    def notice(self, message: Message, known: int, *, link_names: bool = False) -> None:
        """Write down the mentions of *message* that end behind its first *known* characters."""
        if not message.bot:
            return
        tail = message.text[max(0, known - _TAIL) :]
        offset = len(message.text) - len(tail)
        found = [match[0] for match in _MENTION.finditer(tail) if match.end() + offset > known]
        found += [token for text in _written(message.blocks) for token in _MENTION.findall(text)]
        found += _LINKED_NAME.findall(tail) if link_names else []
        for token in found:
            ping = Ping(channel=message.channel, ts=message.ts, token=token)
            if ping not in self.pings:
                self.pings.append(ping)

    def thread(self, channel: str, thread_ts: str) -> list[Message]:
        """The root of a thread and its replies, oldest first."""
        root = self.by_ts.get(thread_ts)
        return ([root] if root else []) + self.threads.get((channel, thread_ts), [])


def _slug(name: str) -> str:
    return "".join(letter for letter in name.upper() if letter.isascii() and letter.isalnum())[:12]


def _written(value: object) -> Iterable[str]:
    """The texts in *value* that Slack reads as mrkdwn or Markdown."""
    if isinstance(value, list):
        for item in value:
            yield from _written(item)
    elif isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "markdown") and isinstance(value.get("text"), str):
            yield value["text"]
        for inner in value.values():
            yield from _written(inner) if isinstance(inner, list | dict) else ()


def truthy(params: Params, name: str) -> bool:
    """Whether a switch is on: forms write it as ``1`` or ``true``."""
    return params.get(name) in (True, 1, "1", "true", "True")
