"""
People who keep asking whatever happens to the daemon, and what must be true of what they read in the end.

What nobody can know is counted, not hidden: where the power failed between a message's arrival at Telegram and the word of it
reaching us, the answer may stand there twice. Such a copy was sent right before a kill, and only there.
"""

import asyncio
import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from bridge.sdk.i18n import MessageId, translate
from simulators.coze.script import Say, Turn
from tests.scenarios.harness import PATIENCE, BridgeHarness, SlackTalk, Talk, TelegramGroup, TelegramPrivate

Tell = Callable[[str], None]
"""Prints, also when the test passes."""

WORDS = " ".join(f"word{number}" for number in range(12))
STILL_WAITING = translate(MessageId.STILL_WAITING, "en")
WINDOW = 1.0
"""Seconds before a kill in which a send may have been cut off from its answer."""


@dataclass(slots=True)
class Asker:
    """Somebody who asks, reads, and asks again."""

    name: str
    talk: Talk
    asked: list[str] = field(default_factory=list)
    _read: set[str] = field(
        default_factory=set
    )  #: answers that are known to stand: it is asked after each call, for hours

    async def keep_asking(self, over: asyncio.Event) -> None:
        """Ask two questions in one breath, wait for both answers, and so on."""
        while not over.is_set():
            for _ in range(1 if isinstance(self.talk, SlackTalk) and not self.asked else 2):
                self.asked.append(f"{self.name}-{len(self.asked)}.")
                self.talk.says(self.asked[-1])
            await self.talk.platform.until(lambda: self.has_read(self.asked), within=6 * PATIENCE)

    def has_read(self, questions: list[str]) -> bool:
        """Whether these are answered in full."""
        wanted = {answer_to(question) for question in questions}
        if not wanted <= self._read:
            self._read |= wanted & set(self.answers)
        return wanted <= self._read

    @property
    def answers(self) -> list[str]:
        """What the bot has said there; without what a silent bot's people are told, where the whole machine stood still."""
        return [text for text in self.talk.answers if text != STILL_WAITING]

    @property
    def order(self) -> list[str]:
        """The questions as they were answered; each where its answer first stood."""
        return list(dict.fromkeys(text.partition(" ")[0] for text in self.answers))

    def breath(self, question: str) -> int:
        """The number of the breath in which they asked it: in Slack the first question begins the thread, alone."""
        return (self.asked.index(question) + isinstance(self.talk, SlackTalk)) // 2

    def copies(self) -> Iterator[tuple[str, float]]:
        """Each message too many: the question, and when it was sent."""
        if isinstance(self.talk, TelegramPrivate | TelegramGroup):
            sent = [(message.text.partition(" ")[0], message.sent_at) for message in self.talk.said()]
        else:
            assert isinstance(self.talk, SlackTalk)
            sent = [(message.shown.partition(" ")[0], message.posted_at) for message in self.talk.said()]
        last = dict(sent)
        yield from ((question, at) for question, at in sent if question in self.asked and at != last[question])


def answer_to(question: str) -> str:
    """What the bot says to it."""
    return f"{question} {WORDS}"


def bot(turn: Turn) -> tuple[Say]:
    """Says it word by word."""
    return (Say(tuple(re.findall(r"\S+\s?", answer_to(turn.text)))),)


def crowd(
    bridge: BridgeHarness, size: int = 3, places: Iterable[str] = ("in_private", "in_group", "in_thread")
) -> list[Asker]:
    """So many people in each kind of place."""
    bridge.coze.responder = bot
    return [
        Asker(f"{where}{number}", bridge.someone(where, f"P{number}")) for where in places for number in range(size)
    ]


def thirty_on_telegram(bridge: BridgeHarness) -> list[Asker]:
    """Ten people alone with the bot, ten in basic groups, ten in supergroups."""
    bridge.coze.responder = bot
    basic = [bridge.telegram.group(f"Basic {number}", basic=True) for number in range(10)]
    talks = [bridge.in_private(f"P{number}") for number in range(10)]
    talks += [bridge.in_group(f"B{number}", chat) for number, chat in enumerate(basic)]
    talks += [bridge.in_group(f"S{number}") for number in range(10)]
    return [Asker(f"{number}", talk) for number, talk in enumerate(talks)]


TWICE_AT_MOST = 1 / 1000
"""Of the messages whose sending ended in the unknown."""


def messages_twice(asker: Asker) -> int:
    """Messages too many; everything else that stands there is an answer to what they asked, whole, and they have them all."""
    stands = asker.answers
    wanted = {answer_to(question) for question in asker.asked}

    assert wanted <= {*stands}, f"what stands before {asker.name}"
    assert [] == [text for text in stands if not any(answer.startswith(text) for answer in wanted)]
    return len(stands) - len(wanted)


@dataclass(slots=True)
class CrashTally:
    """What happened, in figures."""

    bridge: BridgeHarness
    askers: list[Asker]
    killed_at: list[float] = field(default_factory=list)
    cut_off: int = (
        0  #: new messages that were being sent when it was killed, so that nobody could know whether they stand
    )

    async def kill(self, name: str = "a") -> None:
        """Kill, and remember when it was over: what the dead had put on the wire arrives a little after the signal."""
        await self.bridge.kill(name, at_once=True)
        self.killed_at.append(time.monotonic())
        self.cut_off += sends_begun(self.bridge.database)

    def told(self) -> str:
        """The figures, for people."""
        copies = Counter(asker.talk.platform.__class__.__name__ for asker in self.askers for _ in asker.copies())
        asked = sum(len(asker.asked) for asker in self.askers)
        return (
            f"{len(self.killed_at)} kills, {self.cut_off} sends cut off, {asked} questions, {len(self.bridge.coze.chats)} chats at Coze, "
            f"copies in the unknown-outcome window: {dict(copies) or 'none'}"
        )

    def check(self) -> None:
        """
        Everything that must be true, whatever was killed when.

        Slack repeats what a dead socket had, and may bring newer messages before: what was said in one breath may arrive
        in either order.
        """
        for asker in self.askers:
            assert [*map(asker.breath, asker.asked)] == [*map(asker.breath, asker.order)], f"order of {asker.name}"
            assert isinstance(asker.talk, SlackTalk) or asker.asked == asker.order, f"order of {asker.name}"
            texts = Counter(asker.answers)
            missing = [question for question in asker.asked if not texts[answer_to(question)]]
            assert [] == missing, f"unanswered by {asker.name}"
        again = [
            question
            for question, times in Counter(chat.question for chat in self.bridge.coze.chats).items()
            if times > 1
        ]
        assert [] == again, "asked again at Coze"
        copies = [(asker.name, question, at) for asker in self.askers for question, at in asker.copies()]
        unexplained = [copy for copy in copies if not any(0 <= end - copy[2] < WINDOW for end in self.killed_at)]
        assert [] == unexplained, "copies of messages that were not cut off by a kill"
        on_slack = [copy for copy in copies if copy[0].startswith("in_thread")]
        assert [] == on_slack, "Slack can be asked what stands there"


def sends_begun(database: str) -> int:
    """The new messages that were about to be sent and of which no more is written down; 0 of what is not SQLite."""
    kind, _, path = database.partition(":///")
    if kind != "sqlite":
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        rows = connection.execute("select parts from inbox where status < 2").fetchall()
    return sum(bool(part["after"]) and not part["ref"] for (parts,) in rows for part in json.loads(parts))


def hurry(bridge: BridgeHarness) -> None:
    """
    Have Slack bring at once what was not acknowledged.

    It gives up after three repetitions within six minutes; that the daemon is killed more often than that within one
    message's delivery is this test's doing, so then it begins anew.
    """
    bridge.slack.hurry()
    for lost in [delivery for delivery in bridge.slack.deliveries if delivery.lost]:
        lost.lost = False
        bridge.slack.send(lost.kind, lost.payload, first_retry=1)


async def some_calls(bridge: BridgeHarness, number: int) -> None:
    """Return after that many calls to the platforms."""

    def calls() -> int:
        return sum(len(platform.calls) for platform in bridge)

    enough = calls() + number
    await bridge.until(lambda: calls() >= enough)


async def caught_up(bridge: BridgeHarness, askers: list[Asker]) -> None:
    """Return once everything asked by now is answered; Slack is hurried whenever anything happens."""
    asked = [(asker, [*asker.asked]) for asker in askers]

    def everything() -> bool:
        hurry(bridge)
        return all(asker.has_read(questions) for asker, questions in asked)

    await bridge.until(everything, within=2 * PATIENCE)


async def moved_on(bridge: BridgeHarness, askers: list[Asker]) -> None:
    """
    Return once everything asked by now is settled: everybody has an answer to something that they asked later.

    An answer is read a moment before its turn has ended. A death in that moment counts, and three give a turn up.
    """
    asked = [(asker, len(asker.asked)) for asker in askers]

    def everybody() -> bool:
        hurry(bridge)
        return all(len(asker.asked) > number and asker.has_read(asker.asked[: number + 1]) for asker, number in asked)

    await bridge.until(everybody, within=6 * PATIENCE)


async def everybody_answered(bridge: BridgeHarness, askers: list[Asker], replicas: tuple[str, ...] = ("a",)) -> None:
    """Let it come to rest, and end all the replicas."""
    await caught_up(bridge, askers)
    await bridge.slack.settled()
    assert [0] * len(replicas) == await asyncio.gather(*map(bridge.terminate, replicas))
