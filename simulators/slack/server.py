"""
A Slack workspace on loopback: its Web API, Socket Mode, the HTTP Events API, and people who talk in it.

    async with Slack() as slack:
        ann = slack.person("ann")
        desk = slack.channel("help", members=[ann])
        ts = slack.says(ann, "how are you?", desk, mention=True)
        await slack.until(lambda: slack.bot_texts(desk, ts))

Where Slack is known to be strict, so is this: a refusal here is a refusal there.
"""

from collections.abc import Iterable, Sequence

from simulators.slack import events as slack_events
from simulators.slack.delivery import COMMANDS, INTERACTIVE, Delivery
from simulators.slack.events import typed
from simulators.slack.limits import Limits
from simulators.slack.model import File, Message, Params, Person
from simulators.slack.views import filled_in
from simulators.slack.workspace import Workspace

__all__ = ["Delivery", "File", "Limits", "Message", "Person", "Slack"]

_KINDS = {"mention": "app_mention", "message": "message"}


class Slack(Workspace):
    """A Slack that does as the script says, and complains as the real one would."""

    def __init__(self, *, port: int = 0, team: str = "T0SIM", name: str = "Sim") -> None:
        super().__init__(port=port, team=team, name=name)
        self.both_orders = "shuffled"  #: which of a mention's two events is sent first: ``mention`` or ``message``
        self.lacks_files: str | None = None  #: which of the two comes without the files, as seen in the field
        self.late_copy: str | None = None  #: which of the two comes only with `bring_late_copies`
        self._late: list[Params] = []

    # --- people and places

    def person(self, name: str, locale: str = "en-US", *, team: str | None = None, bot: bool = False) -> Person:
        """Somebody with an account; of another *team*, somebody from outside."""
        return self.world.add_person(name, locale=locale, team=team, bot=bot)

    def channel(self, name: str, members: Iterable[Person] = (), *, bot: bool = True) -> str:
        """A public channel; *bot*: whether the bot was invited."""
        return self.world.add_channel(name, "channel", _ids(members), bot=bot).id

    def private_channel(self, name: str, members: Iterable[Person] = (), *, bot: bool = True) -> str:
        """A private channel."""
        return self.world.add_channel(name, "group", _ids(members), bot=bot).id

    def dm(self, person: Person) -> str:
        """The direct message between the bot and *person*."""
        return self.world.direct(person.id).id

    def mpim(self, people: Sequence[Person]) -> str:
        """The group direct message of *people* and the bot."""
        return self.world.direct(*_ids(people)).id

    def user_group(self, handle: str) -> str:
        """A group of people who are mentioned together; its id."""
        return self.world.add_user_group(handle)

    def archive(self, channel: str) -> None:
        """Close *channel* for good."""
        self.world.channels[channel].archived = True

    def remove_bot(self, channel: str) -> None:
        """Take the bot out of *channel*."""
        self.world.channels[channel].members.discard(self.bot_user)

    def file(
        self,
        person: Person,
        name: str,
        data: bytes,
        *,
        mimetype: str | None = None,
        mode: str = "hosted",
        access: str = "visible",
    ) -> File:
        """A file to say something with; *access* ``check_file_info`` tells the app no more than its id."""
        return self.world.add_file(name, data, user=person.id, mimetype=mimetype, mode=mode, access=access)

    # --- what people do

    def says(
        self,
        person: Person,
        text: str,
        channel: str | None = None,
        thread: str | None = None,
        *,
        mention: bool = False,
        files: Sequence[File] = (),
        blocks: Sequence[Params] = (),
        attachments: Sequence[Params] = (),
        subtype: str | None = None,
        edited: bool = False,
    ) -> str:
        """Have *person* write, in their direct message unless a channel is given; the new message's ts."""
        message = self.world.put(
            self.world.channels[channel or self.dm(person)],
            user=person.id,
            thread_ts=thread,
            text=typed(self.mention(text) if mention else text),
            files=list(files),
            blocks=list(blocks),
            attachments=list(attachments),
            subtype=subtype or ("file_share" if files else None),
        )
        message.ended_at = message.posted_at
        self._tell(message, edited=edited)
        return message.ts

    def mention(self, text: str) -> str:
        """What people write to say *text* to the bot."""
        return f"<@{self.bot_user}> {text}".strip()

    def edits(self, person: Person, ts: str, text: str) -> None:
        """Have *person* change a message; a mention in it is sent again, as edited."""
        message = self._of(person, ts)
        mentioned = self._mentioned(message)
        message.edits += 1
        message.edited_ts = self.world.stamp()
        message.show(typed(text))
        self.emit(self.events.told("changed", message, message.history[-2][1]))
        for event in self.events.heard(message, mention=mentioned or self._mentioned(message), edited=True):
            if event["type"] == "app_mention":
                self.emit(event)
        self.changed()

    def deletes(self, person: Person, ts: str) -> None:
        """Have *person* take a message back."""
        message = self._of(person, ts)
        self.world.remove(message)
        self.emit(self.events.told("deleted", message, message.text))
        self.changed()

    def command(self, person: Person, command: str, text: str = "", channel: str | None = None) -> Delivery:
        """Have *person* type a slash command."""
        place = self.world.channels[channel or self.dm(person)]
        url = self.responder.address(place.id, person.id)
        return self.send(COMMANDS, self.events.command(person, command, text, place, url))

    def presses(
        self, person: Person, message_ts: str, action_id: str, value: str | None = None, channel: str | None = None
    ) -> Delivery:
        """Have *person* press a button under a message, or one that stood there before."""
        message = self.message(message_ts)
        url = self.responder.address(channel or message.channel, person.id, message)
        action = slack_events.action(message.blocks, action_id, value)
        return self.send(INTERACTIVE, self.events.press(person, message, action, url))

    def shortcut(self, person: Person, ts: str, callback_id: str) -> Delivery:
        """Have *person* choose a shortcut of the app in a message's menu."""
        message = self.message(ts)
        url = self.responder.address(message.channel, person.id)
        return self.send(INTERACTIVE, self.events.shortcut(person, message, callback_id, url))

    def submits(self, person: Person, view: Params, answer: str) -> Delivery:
        """Have *person* fill in a modal, and send it off."""
        return self.send(INTERACTIVE, self.events.submission(person, filled_in(view, answer)))

    def presses_home(self, person: Person, action_id: str) -> Delivery:
        """Have *person* press a button of their Home tab; what it asks first, they say yes to."""
        view = self.home[person.id]
        action = slack_events.action(view["blocks"], action_id, None)
        return self.send(INTERACTIVE, self.events.home_press(person, view, action))

    def stops(self, person: Person, ts: str) -> None:
        """Have *person* press Stop: on the stream *ts*, or on whatever answers in the thread *ts*."""
        pressed = self.message(ts)
        root = pressed.thread_ts or ts
        growing = [m for m in self.world.thread(pressed.channel, root) if m.streaming and ts in (m.ts, root)]
        for message in growing:
            self.streams.stopped_by(person.id, message)
        event: Params = {
            "type": "agent_session_stopped",
            "channel": pressed.channel,
            "thread_ts": root,
            "user": person.id,
            "streaming_message_ts": [message.ts for message in growing],
            "event_ts": self.world.stamp(),
        }
        self.emit(event)
        self.changed()

    def opens_home(self, person: Person, tab: str = "home") -> None:
        """Have *person* look at the app's Home or Messages tab."""
        stamp = self.world.stamp()
        event = {"type": "app_home_opened", "user": person.id, "channel": self.dm(person), "tab": tab}
        self.emit(event | {"event_ts": stamp})

    def opens_assistant(self, person: Person, beside: str | None = None) -> str:
        """Have *person* open a thread of the older assistant's pane, with the channel *beside* it; the thread's ts."""
        pane = self.world.direct(person.id)
        root = self.world.put(
            pane, user=self.bot_user, thread_ts=None, text="New Assistant Thread", subtype="assistant_app_thread"
        )
        self._assistant(person, "assistant_thread_started", root.ts, beside)
        return root.ts

    def looks(self, person: Person, beside: str, thread: str | None = None) -> None:
        """Have *person* open a channel beside a thread of the assistant's pane or, without one, beside an agent's."""
        if thread:
            self._assistant(person, "assistant_thread_context_changed", thread, beside)
            return
        entity = {"type": "slack#/types/channel_id", "value": beside, "team_id": self.team}
        event = {"type": "app_context_changed", "user": person.id, "channel": self.dm(person)}
        self.emit(event | {"context": {"entities": [entity]}, "event_ts": self.world.stamp()})

    def _assistant(self, person: Person, kind: str, thread: str, beside: str | None) -> None:
        context = {"channel_id": beside, "team_id": self.team, "enterprise_id": None} if beside else {}
        place = {"user_id": person.id, "channel_id": self.dm(person), "thread_ts": thread}
        self.emit({"type": kind, "assistant_thread": place | {"context": context}, "event_ts": self.world.stamp()})

    def _tell(self, message: Message, *, edited: bool) -> None:
        events = self.events.heard(message, mention=self._mentioned(message), edited=edited)
        if self.both_orders == "message" or (self.both_orders == "shuffled" and self.random.random() < 0.5):
            events.reverse()
        for event in events:
            bare = len(events) == 2 and event["type"] == _KINDS.get(self.lacks_files or "")
            copy = {key: value for key, value in event.items() if not (bare and key == "files")}
            if len(events) == 2 and event["type"] == _KINDS.get(self.late_copy or ""):
                self._late.append(copy)
            else:
                self.emit(copy)
        self.changed()

    def bring_late_copies(self) -> None:
        """Tell the app now what was kept back as `late_copy`."""
        late, self._late = self._late, []
        for copy in late:
            self.emit(copy)

    def _mentioned(self, message: Message) -> bool:
        return any(f"<@{self.bot_user}{end}" in message.text for end in ">|")

    def _of(self, person: Person, ts: str) -> Message:
        message = self.message(ts)
        if message.user != person.id:
            raise ValueError(f"expected a message of {person.name}, got one of {message.user}")
        return message


def _ids(people: Iterable[Person]) -> list[str]:
    return [person.id for person in people]
