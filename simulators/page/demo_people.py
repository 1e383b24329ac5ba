"""The cast of the demo: Ann and Bob, where they talk, and what they do when the page asks them to."""

from dataclasses import dataclass
from typing import Any, Self

from simulators.slack import Person, Slack
from simulators.telegram import Telegram
from simulators.telegram.world import Person as TelegramPerson

Json = dict[str, Any]
NAMES = {"ann": "Ann", "bob": "Bob"}
SLACK_BOT = "Coze"  #: how the page calls the app, which has no name of its own in the simulator
COMMAND = "/coze"  #: Slack gives each app commands of its own
STOP = "stop"  #: either platform's own button, which is none of a bot's
SHORTCUT = "ask_about_this"  #: in the menu of each message of Slack's


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Something a person wants to do: say *text*, or press the button that is *action*."""

    platform: str
    place: str
    who: str = "ann"
    text: str = ""
    thread: str | None = None
    reply_to: int | None = None
    mention: bool = False
    message: str = ""
    action: str = ""
    value: str | None = None

    @classmethod
    def read(cls, body: Any) -> Self:
        """The wish in a request's *body*; TypeError if it is none."""
        if not isinstance(body, dict):
            raise TypeError(f"expected an object, got {type(body).__name__}")
        known = {name: body[name] for name in cls.__slots__ if body.get(name) is not None}
        for name, value in known.items():
            wanted = {"reply_to": int, "mention": bool}.get(name, str)
            if not isinstance(value, wanted):
                raise TypeError(f"expected {name} to be {wanted.__name__}, got {type(value).__name__}")
        return cls(**known)


class DemoPeople:
    """Everybody on the page, and the places they share with the bot."""

    def __init__(self, telegram: Telegram, slack: Slack) -> None:
        self.telegram, self.slack = telegram, slack
        self._on_telegram = {who: telegram.person(name, username=who) for who, name in NAMES.items()}
        self._on_slack = {who: slack.person(name) for who, name in NAMES.items()}
        self._left: set[str] = set()  # forms that are gone from the screen
        self.chats = {
            "private": telegram.private(self._on_telegram["ann"]),
            "group": telegram.group("Team", members=list(self._on_telegram.values())),
            "topic": telegram.group("Shop", forum=True, members=list(self._on_telegram.values())),
        }
        self.topics = {"topic": telegram.topic(self.chats["topic"], "Orders", by=self._on_telegram["ann"])}
        self.channels = {
            "channel": slack.channel("help", self._on_slack.values()),
            "dm": slack.dm(self._on_slack["ann"]),
        }

    def introduction(self) -> Json:
        """Who is who, for the page."""
        mentions = {person.id: person.name for person in self._on_slack.values()}
        return {
            "telegram": self._introduce_telegram(),
            "slack": {"bot": SLACK_BOT, "names": mentions | {self.slack.bot_user: SLACK_BOT}},
        }

    def _introduce_telegram(self) -> Json:
        """The bot, its menu in each place, and what the topics are called."""
        bot, groups, ann = self.telegram.bot().person, self.telegram.world.groups, self._on_telegram["ann"]
        forums = {name: groups[self.chats[name]] for name in self.topics}
        return {
            "bot": bot.first_name,
            "username": bot.username,
            "menus": {name: self.telegram.menu(ann, chat) for name, chat in self.chats.items()},
            "topics": {
                name: {"title": forum.topics[self.topics[name]], "group": forum.title} for name, forum in forums.items()
            },
        }

    def say(self, wish: Wish) -> str:
        """Say it; the new message's id, empty for a slash command. LookupError if there is no such place or person."""
        if not wish.text.strip():
            raise ValueError("expected a text, got none")
        if wish.platform == "telegram":
            return self._say_on_telegram(wish)
        if wish.text.startswith("/"):
            return self._command(wish)
        return self.slack.says(
            self._on_slack[wish.who], wish.text, self.channels[wish.place], wish.thread, mention=wish.mention
        )

    def press(self, wish: Wish) -> None:
        """Press a button under a message, or Slack's own Stop, which is no button of the app's."""
        if wish.platform == "telegram":
            self._press_on_telegram(wish, self._on_telegram[wish.who])
        elif wish.place in ("home", "form"):
            self._press_in_view(wish, self._on_slack[wish.who])
        elif wish.action == STOP:
            self.slack.stops(self._on_slack[wish.who], wish.message)
        elif wish.action == SHORTCUT:
            self.slack.shortcut(self._on_slack[wish.who], wish.message, SHORTCUT)
        else:
            person, channel = self._on_slack[wish.who], self.channels[wish.place]
            self.slack.presses(person, wish.message, wish.action, wish.value, channel)

    def form(self) -> Json:
        """The form that Ann has not sent off or left yet; empty where there is none."""
        newest = self.slack.modals[-1] if self.slack.modals else {}
        return {} if newest.get("id") in self._left else newest

    def home(self) -> Json:
        """Ann's Home tab, as the app has filled it."""
        return self.slack.home.get(self._on_slack["ann"].id, {})

    def _press_on_telegram(self, wish: Wish, person: TelegramPerson) -> None:
        """Press a button below a message, or Telegram's own Stop on a draft."""
        if wish.action == STOP:
            self.telegram.stops(person)
        else:
            self.telegram.presses(person, int(wish.message), wish.action, self.chats[wish.place])

    def _press_in_view(self, wish: Wish, person: Person) -> None:
        """Open the Home tab or press what stands there, send off a form or leave it."""
        if wish.place == "home" and wish.action == "home":
            self.slack.opens_home(person)
        elif wish.place == "home":
            self.slack.presses_home(person, wish.action)
        else:
            view = next(one for one in self.slack.modals if one["id"] == wish.message)
            self._left.add(wish.message)
            if wish.action == "submit":
                self.slack.submits(person, view, wish.text)
        self.slack.changed()

    def _say_on_telegram(self, wish: Wish) -> str:
        chat = self.chats[wish.place]
        text = self._addressed(wish.text) if wish.mention else wish.text
        topic = self.topics.get(wish.place)
        self.telegram.says(self._on_telegram[wish.who], text, chat, reply_to=wish.reply_to, thread=topic)
        return str(self.telegram.messages(chat)[-1].message_id)

    def _addressed(self, text: str) -> str:
        """*text* with the bot's name in it, where Telegram's clients put it."""
        command, space, rest = text.partition(" ")
        if text.startswith("/") and "@" not in command:
            return f"{command}@{self.telegram.username}{space}{rest}"
        return self.telegram.mention(text)

    def _command(self, wish: Wish) -> str:
        """A slash command, which is no message; in threads Slack has none, so there the bot is told by name."""
        person, channel = self._on_slack[wish.who], self.channels[wish.place]
        words = wish.text.removeprefix(COMMAND).lstrip("/ ")
        if wish.thread:
            return self.slack.says(person, words, channel, wish.thread, mention=wish.place == "channel")
        self.slack.command(person, COMMAND, words, channel)
        return ""
