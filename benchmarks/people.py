"""Who writes, and when they see what: the same questions asked of a Telegram chat and of a Slack thread."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from benchmarks.outside import END, World
from simulators.coze.records import Chat
from simulators.server import Call
from simulators.slack import Message
from simulators.slack import Person as SlackPerson
from simulators.telegram.world import Person as TelegramPerson

THREADS_A_CHANNEL = 5
"""So many people write in one Slack channel at once: a post a second and a burst of five is what Slack allows there."""

_NUMBER = re.compile(r"question (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One answer as its person saw it; seconds on the monotonic clock."""

    said: float
    sign: float | None  #: the first sign of life, if any
    first: float  #: the first words
    final: float  #: the whole answer
    native: bool = False  #: whether it was one of Slack's own streams
    messages: int = 1


class Talk(Protocol):
    """One question, until it is answered."""

    number: int

    def say(self) -> None:
        """Ask."""

    def answered(self) -> bool:
        """Whether the whole answer stands."""

    def seen(self) -> Seen:
        """What was seen when, once it is answered."""


class Crowd(Protocol):
    """The people of one platform."""

    def talks(self, people: int) -> list[Talk]:
        """A question each of the first so many people; everything but the asking is prepared."""


@dataclass(slots=True)
class TelegramCrowd:
    """People in private chats with the bot."""

    world: World
    _people: list[TelegramPerson] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def talks(self, people: int) -> list[Talk]:
        """A question each of the first so many people."""
        while len(self._people) < people:
            person = self.world.telegram.person(f"Person {len(self._people)}")
            self.world.telegram.private(person)
            self._people.append(person)
        return [TelegramTalk(self.world, person, next(self._numbers)) for person in self._people[:people]]


@dataclass(slots=True)
class TelegramTalk:
    """One question in a private chat."""

    world: World
    person: TelegramPerson
    number: int
    _said: float = 0.0
    _before: int = 0  # messages in the chat, this one included

    def say(self) -> None:
        """Ask."""
        self._said = time.monotonic()
        self.world.telegram.says(self.person, f"question {self.number}")
        self._before = len(self.world.telegram.messages(self.person.id))

    def answered(self) -> bool:
        """Whether the whole answer stands."""
        messages = self.world.telegram.messages(self.person.id)
        return len(messages) > self._before and messages[-1].text.endswith(END)

    def seen(self) -> Seen:
        """What was seen when."""
        telegram, chat = self.world.telegram, self.person.id
        messages = telegram.messages(chat)[self._before :]
        final = next(at for at, text in messages[-1].history if text.endswith(END))
        drafts = [draft.at for draft in telegram.drafts if draft.chat == chat and draft.at > self._said]
        signs = [action.at for action in telegram.actions if action.chat == chat and action.at > self._said]
        first = min([messages[0].sent_at, *drafts])
        sign = min([*signs, *drafts], default=None)
        return Seen(said=self._said, sign=sign, first=first, final=final, messages=len(messages))


@dataclass(slots=True)
class SlackCrowd:
    """People, one half in direct messages, the other half in threads of channels."""

    world: World
    _people: list[tuple[SlackPerson, str | None]] = field(default_factory=list)  # with their channel
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def talks(self, people: int) -> list[Talk]:
        """A question each of the first so many people."""
        while len(self._people) < people:
            self._add()
        return [SlackTalk(self.world, *where, next(self._numbers)) for where in self._people[:people]]

    def _add(self) -> None:
        slack, number = self.world.slack, len(self._people)
        person = slack.person(f"person{number}")
        self._people.append((person, self._channel(number // 2) if number % 2 else None))
        slack.dm(person)

    def _channel(self, number: int) -> str:
        name = f"desk{number // THREADS_A_CHANNEL}"
        channels = self.world.slack.world.channels.values()
        found = next((channel.id for channel in channels if channel.name == name), None)
        return found or self.world.slack.channel(name)


@dataclass(slots=True)
class SlackTalk:
    """One question in a direct message, or mentioning the bot in a channel."""

    world: World
    person: SlackPerson
    channel: str | None
    number: int
    _said: float = 0.0
    _ts: str = ""

    def say(self) -> None:
        """Ask."""
        self._said = time.monotonic()
        text, mention = f"question {self.number}", self.channel is not None
        self._ts = self.world.slack.says(self.person, text, self.channel, mention=mention)

    def answered(self) -> bool:
        """Whether the whole answer stands."""
        answers = self._answers()
        return bool(answers) and not answers[-1].streaming and answers[-1].shown.endswith(END)

    def seen(self) -> Seen:
        """What was seen when."""
        answers = self._answers()
        last = answers[-1]
        whole = next(at for at, text in last.history if text.endswith(END))
        first = answers[0].posted_at
        signs = [call.at for call in self._statuses()]
        return Seen(
            said=self._said,
            sign=min(signs) if signs else None,
            first=first,
            final=max(whole, last.ended_at or 0.0) if last.streamed else whole,
            native=answers[0].streamed,
            messages=len(answers),
        )

    @property
    def _place(self) -> str:
        return self.channel or self.world.slack.dm(self.person)

    def _answers(self) -> list[Message]:
        standing = self.world.slack.messages(self._place, self._ts if self.channel else None)
        return [message for message in standing if message.bot and message.posted_at > self._said]

    def _statuses(self) -> list[Call]:
        calls = self.world.slack.called("assistant.threads.setStatus")
        return [call for call in calls if call.params.get("thread_ts") == self._ts and call.ok]


def by_question(chats: list[Chat]) -> dict[int, Chat]:
    """Coze's chats by the number of what was asked there."""
    found = ((_NUMBER.search(chat.question), chat) for chat in chats)
    return {int(match[1]): chat for match, chat in found if match}
