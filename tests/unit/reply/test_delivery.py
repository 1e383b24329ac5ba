"""
The laws of delivery: whatever fails, in whatever order, and however often the process dies, the answer stands once.

The screen and the ledger are fakes of the outside; time is a loop's that jumps from one thing to do to the next.
"""

import asyncio
import selectors
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.reply.delivery import Delivery
from bridge.sdk.answers import NO_BUTTONS, Buttons, Part, SentPart
from bridge.sdk.errors import (
    BridgeError,
    ChatGone,
    Later,
    LeaseLost,
    MessageGone,
    RateLimited,
    Refused,
    Uncertain,
    Unreachable,
)
from bridge.sdk.model import MediaBytes, Ref
from bridge.sdk.ports import Surface
from bridge.sdk.splitting import split

LIMIT = 16
WORDS = "One two three four five six seven eight nine ten eleven twelve."
KEY = "turn-1"


class Leaping(asyncio.SelectorEventLoop):
    """An event loop that waits for nothing: when nobody can go on, it is later."""

    def __init__(self) -> None:
        super().__init__(_Impatient(self))
        self.now = 0.0

    def time(self) -> float:
        return self.now


class _Impatient(selectors.DefaultSelector):
    def __init__(self, loop: Leaping) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("expected something to happen, but everybody waits for somebody else")
        self._loop.now += timeout
        return super().select(0)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """What *work* gives, in no time."""
    with asyncio.Runner(loop_factory=Leaping) as runner:
        return runner.run(work)


class Death(BaseException):
    """The process is gone; nothing handles that."""


class Fate(Enum):
    """What becomes of one deed on the screen."""

    FINE = auto()
    AWAY = auto()
    LIMITED = auto()
    GONE = auto()  #: somebody has deleted the message
    REFUSED = auto()
    CLOSED = auto()
    LOST = auto()  #: no receipt, and it was not done
    LOST_BUT_DONE = auto()
    DIES = auto()  #: the process, before the deed
    DIES_AFTERWARDS = auto()
    DIES_FORGETFUL = auto()  #: ... and what it wrote down last did not reach the disk


ENDS = {Fate.DIES, Fate.DIES_AFTERWARDS, Fate.DIES_FORGETFUL}
FAILS = {
    Fate.AWAY: Unreachable("away"),
    Fate.LIMITED: RateLimited("slower", retry_after=7.0),
    Fate.REFUSED: Refused("no"),
    Fate.CLOSED: ChatGone("closed"),
}
SURELY_FINISHED = set(Fate) - FAILS.keys() | {Fate.AWAY, Fate.LIMITED}
"""Whatever leaves a way to make the answer stand."""


@dataclass
class Disk:
    """What outlives a process."""

    pages: dict[int, SentPart] = field(default_factory=dict)


class MemoryLedger:
    """One process's ledger: what is awaited is on the disk, everything else is on its way there."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.pages = dict(disk.pages)
        self.dead = False
        self.checks_left: int | None = None  #: until somebody else has the turn
        self.lost = False

    def check_lease(self) -> None:
        if self.checks_left is not None:
            self.checks_left -= 1
            self.lost = self.lost or self.checks_left < 0
        if self.lost:
            raise LeaseLost("somebody else has it")

    def shown(self, index: int) -> SentPart | None:
        return self.pages.get(index)

    def plan(self, index: int, after: str | None = None) -> None:
        self.pages.setdefault(index, SentPart(index=index, after=after))

    def record_after(self, index: int, after: str | None) -> None:
        self.pages[index] = replace(self.pages[index], after=after)

    async def beside(self) -> Mapping[str, frozenset[Ref]] | None:
        return {}

    async def commit_intent(self, index: int) -> None:
        self.pages.setdefault(index, SentPart(index=index))
        await asyncio.sleep(0)
        self.flush()

    def record_sent(self, shown: SentPart) -> None:
        self.pages[shown.index] = shown

    def flush(self) -> None:
        """Everything reaches the disk."""
        if self.dead:
            raise Death
        self.disk.pages = dict(self.pages)


@dataclass
class Message:
    """One message on the screen."""

    ref: Ref
    key: str
    text: str


@dataclass
class Screen:
    """What people see, and what becomes of each deed there."""

    fates: Iterator[Fate]
    disk: Disk
    every: float | None = 1.0
    stand: bool = True
    finds: bool = True
    limit: int = LIMIT
    lives: float = float("inf")  #: seconds for which a message grows
    short: int = 0  #: previews for which there is no budget
    messages: list[Message] = field(default_factory=list)
    made: int = 0
    blind: int = 0  #: messages nobody was told of
    gone: int = 0  #: messages that somebody deleted
    deeds: int = 0
    looked_for: list[int] = field(default_factory=list)  #: parts


@dataclass
class Sink:
    """One process's place on the screen."""

    screen: Screen
    ledger: MemoryLedger
    began: dict[Ref, float] = field(default_factory=dict)  #: by message
    put_off: bool = False

    @property
    def surface(self) -> Surface:
        return Surface(
            limit=self.screen.limit,
            preview_interval=self.screen.every,
            previews_are_messages=self.screen.stand,
            closed=self._closed(),
            preview_put_off=self.put_off,
        )

    def _closed(self) -> Ref | None:
        newest = next(reversed(self.began), None)
        old = newest and asyncio.get_running_loop().time() - self.began[newest] >= self.screen.lives
        return newest if old else None

    async def preview(self, part: Part) -> Ref | None:
        self.put_off = self.screen.short > 0
        if self.put_off:
            self.screen.short -= 1
            return part.ref
        return await self._do(part, stays=self.screen.stand)

    async def finish(self, part: Part) -> Ref:
        return await self._do(part, stays=True)

    async def find(self, part: Part) -> Ref | None:
        self.screen.looked_for.append(part.index)
        await asyncio.sleep(0.1)
        found = (message.ref for message in self.screen.messages if message.key == part.key)
        return next(found, None) if self.screen.finds else None

    async def withdraw(self, ref: Ref) -> None:
        self.screen.messages[:] = [one for one in self.screen.messages if one.ref != ref]

    async def notify(self, text: str, buttons: Buttons = NO_BUTTONS, *, formatted: bool = False) -> None:
        raise NotImplementedError

    async def attach(self, media: MediaBytes) -> None:
        raise NotImplementedError

    async def _do(self, part: Part, *, stays: bool) -> Any:
        await asyncio.sleep(0.1)
        if self.ledger.dead:
            raise Death
        self.screen.deeds += 1
        fate = next(self.screen.fates, Fate.FINE)
        if fate in FAILS:
            raise FAILS[fate]
        if fate is Fate.GONE:
            self._delete(part)
        if fate is Fate.LOST:
            raise Uncertain("no receipt")
        if fate is Fate.DIES:
            self._die()
        given = self._show(part) if stays else None
        if fate is Fate.LOST_BUT_DONE or fate in ENDS:
            self.screen.blind += stays and part.ref is None
        if fate is Fate.LOST_BUT_DONE:
            raise Uncertain("no receipt")
        if fate in ENDS:
            self._die(forgetful=fate is Fate.DIES_FORGETFUL)
        return given

    def _show(self, part: Part) -> Ref:
        if part.ref is None:
            assert part.index in self.screen.disk.pages, "sent before it was written down that it may be"
            self.screen.made += 1
            self.screen.messages.append(Message(Ref(f"m{self.screen.made}"), part.key, part.text))
            self.began[self.screen.messages[-1].ref] = asyncio.get_running_loop().time()
            return self.screen.messages[-1].ref
        for message in self.screen.messages:
            if message.ref == part.ref:
                message.text = part.text
                return part.ref
        raise MessageGone("deleted")

    def _delete(self, part: Part) -> None:
        left = [message for message in self.screen.messages if message.ref != part.ref]
        self.screen.gone += len(self.screen.messages) - len(left)
        self.screen.messages[:] = left

    def _die(self, *, forgetful: bool = False) -> None:
        if not forgetful:
            self.ledger.flush()
        kept = {shown.ref for shown in self.screen.disk.pages.values()}
        self.screen.blind += sum(shown.ref not in kept for shown in self.ledger.pages.values())
        self.ledger.dead = True
        raise Death


@dataclass
class Telling:
    """A bot telling *text* in steps, each so many seconds after the last."""

    text: str
    pauses: list[float]
    told: str = ""

    async def grow(self, delivery: Delivery) -> None:
        step = max(1, len(self.text) // (len(self.pauses) + 1))
        for pause in self.pauses:
            self.told = self.text[: len(self.told) + step]
            delivery.notify_changed()
            await asyncio.sleep(pause)
        self.pauses = []


async def deliver(screen: Screen, telling: Telling, *, checks: int | None = None) -> list[MemoryLedger]:
    """Process after process, until one says that the answer stands; gives their ledgers."""
    ledgers: list[MemoryLedger] = []
    while True:
        ledger = MemoryLedger(screen.disk)
        ledger.checks_left = checks
        ledgers.append(ledger)
        sink = Sink(screen, ledger)
        try:
            async with Delivery(sink, ledger, key=KEY, text=lambda: telling.told, first_words=lambda: None) as delivery:
                await telling.grow(delivery)
                delivery.plan_parts(len(delivery.parts(telling.text)))
                ledger.flush()
                await delivery.finish(telling.text)
                ledger.flush()
                return ledgers
        except Death:
            continue
        except Later:
            ledger.flush()


fates = st.lists(st.sampled_from(sorted(SURELY_FINISHED, key=lambda fate: fate.name)), max_size=12)
any_fates = st.lists(st.sampled_from(list(Fate)), max_size=12)
pauses = st.lists(st.sampled_from([0.0, 0.3, 1.5, 20.0]), max_size=6)
lengths = st.integers(1, len(WORDS))


def texts(screen: Screen) -> list[str]:
    return [message.text for message in screen.messages]


def wanted(text: str) -> list[str]:
    return split(text, Screen(iter(()), Disk()).limit)


@given(fates=fates, pauses=pauses, length=lengths, every=st.sampled_from([None, 1.0]), stand=st.booleans())
@settings(deadline=None, max_examples=400)
@example(fates=[Fate.FINE, Fate.GONE, Fate.LOST_BUT_DONE], pauses=[1.5], length=10, every=1.0, stand=True)
def test_where_messages_can_be_found_the_answer_stands_once_and_whole(fates, pauses, length, every, stand):
    """Whatever fails and whoever dies, nothing stands there twice."""
    screen = Screen(iter(fates), Disk(), every=every, stand=stand)
    run(deliver(screen, Telling(WORDS[:length], pauses)))

    assert sorted(wanted(WORDS[:length])) == sorted(texts(screen))
    assert screen.gone or wanted(WORDS[:length]) == texts(screen)


@given(fates=fates, pauses=pauses, length=lengths, every=st.sampled_from([None, 1.0]), stand=st.booleans())
@example(
    fates=[Fate.AWAY, Fate.FINE, Fate.DIES_FORGETFUL], pauses=[0.0, 1.5], length=27, every=1.0, stand=False
)  # the receipt of an earlier message was still on its way to the disk
@settings(deadline=None, max_examples=400)
def test_where_nothing_can_be_found_only_what_nobody_was_told_of_stands_twice(fates, pauses, length, every, stand):
    screen = Screen(iter(fates), Disk(), every=every, stand=stand, finds=False)
    run(deliver(screen, Telling(WORDS[:length], pauses)))
    whole = wanted(WORDS[:length])

    assert len(texts(screen)) <= len(whole) + screen.blind
    assert all(text in texts(screen) for text in whole)
    assert all(WORDS.find(text) >= 0 for text in texts(screen))
    assert screen.gone or whole == [text for text, above in last_of_each(texts(screen), whole) if not above]


@given(fates=fates, pauses=pauses, lives=st.sampled_from([0.0, 5.0, 30.0]))
@settings(deadline=None, max_examples=200)
@example(fates=[Fate.FINE] * 5 + [Fate.DIES_AFTERWARDS], pauses=[20.0] * 6, lives=5.0)
def test_where_messages_grow_for_so_long_the_answer_goes_on_in_others_and_stands_once(fates, pauses, lives):
    """Who comes after a death does not know where they were ended, and makes fewer of them."""
    screen = Screen(iter(fates), Disk(), limit=1000, lives=lives)
    run(deliver(screen, Telling(WORDS * 8, pauses)))
    whole = (WORDS * 8).split()

    assert sorted(whole) == sorted(" ".join(texts(screen)).split()) or screen.gone
    assert screen.gone or "".join(whole) == "".join("".join(texts(screen)).split())


def test_a_message_that_grows_no_more_is_followed_by_the_next():
    screen = Screen(iter(()), Disk(), limit=1000, lives=30.0)
    run(deliver(screen, Telling(WORDS * 8, [20.0] * 8)))

    assert 4 == len(texts(screen))
    assert WORDS.split() * 8 == " ".join(texts(screen)).replace(".", ". ").split()


@pytest.mark.parametrize("stood", [0, 1, 2])
@pytest.mark.parametrize("last", [Fate.DIES, Fate.DIES_AFTERWARDS])
def test_after_a_death_only_the_part_that_was_being_sent_is_looked_for(stood: int, last: Fate):
    """All were planned at once, but each waited for the receipt of the one before it: those behind were never sent."""
    screen = Screen(iter([Fate.FINE] * stood + [last]), Disk(), every=None)
    run(deliver(screen, Telling(WORDS, [])))

    assert len(wanted(WORDS)) > 3
    assert [stood] == screen.looked_for
    assert wanted(WORDS) == texts(screen)


def last_of_each(shown: list[str], whole: list[str]) -> Iterator[tuple[str, bool]]:
    """Each text shown, and whether it is no part or the same part stands below."""
    for at, text in enumerate(shown):
        yield text, text not in whole or text in shown[at + 1 :]


@given(fates=any_fates, pauses=pauses, length=lengths, checks=st.integers(0, 8), stand=st.booleans())
@settings(deadline=None, max_examples=200)
def test_once_the_lease_is_lost_nothing_more_is_sent(fates, pauses, length, checks, stand):
    """Somebody else is at work on the same screen by then."""
    screen = Screen(iter([fate for fate in fates if fate not in ENDS]), Disk(), stand=stand)
    ledger = MemoryLedger(screen.disk)
    ledger.checks_left = checks
    deeds = []

    async def work():
        telling = Telling(WORDS[:length], pauses)
        async with Delivery(
            Sink(screen, ledger), ledger, key=KEY, text=lambda: telling.told, first_words=lambda: None
        ) as delivery:
            await telling.grow(delivery)
            deeds.append(screen.deeds if ledger.lost else None)
            await delivery.finish(telling.text)

    try:
        run(work())
    except LeaseLost:
        assert ledger.lost
    except BridgeError:
        assert not ledger.lost
    else:
        assert not ledger.lost

    assert deeds in ([None], [screen.deeds])
    assert screen.deeds <= checks


@given(pauses=pauses, length=lengths)
@settings(deadline=None)
def test_a_place_without_previews_is_spoken_to_once_for_each_part(pauses, length):
    screen = Screen(iter(()), Disk(), every=None)
    run(deliver(screen, Telling(WORDS[:length], pauses)))

    assert screen.deeds == len(texts(screen)) == len(wanted(WORDS[:length]))


class TestRhythm:
    """How often a growing answer is shown."""

    @pytest.fixture
    def screen(self):
        """A screen on which nothing stands."""
        return Screen(iter(()), Disk())

    def show(self, screen, steps, pause, *, text=WORDS[:12]):
        """Let the answer say *text* in so many *steps*, and tell how often it was shown before its end."""

        async def work():
            deeds = []
            telling = Telling(text, [pause] * steps)
            ledger = MemoryLedger(screen.disk)
            async with Delivery(
                Sink(screen, ledger), ledger, key=KEY, text=lambda: telling.told, first_words=lambda: None
            ) as delivery:
                await telling.grow(delivery)
                await delivery.stop_previews()
                deeds.append(screen.deeds)
                await delivery.finish(text)
            return deeds[0]

        return run(work())

    def test_it_is_shown_no_more_often_than_suits_the_place(self, screen):
        assert self.show(screen, 100, 0.05) in (5, 6)

    def test_the_first_words_are_shown_at_once(self, screen):
        assert 1 == self.show(screen, 1, 0.2)

    def test_nothing_is_shown_while_nothing_is_said(self, screen):
        assert 1 == self.show(screen, 1, 60.0)

    @pytest.mark.parametrize("short", [1, 2, 5])
    def test_what_found_no_budget_is_shown_although_nothing_more_is_said(self, screen, short):
        screen.short = short

        assert 1 == self.show(screen, 1, 60.0)
        assert 0 == screen.short

    def test_a_place_that_asked_for_silence_gets_it(self, screen):
        screen.fates = iter([Fate.LIMITED])

        assert 1 == self.show(screen, 60, 0.1)
        assert [WORDS[:12]] == texts(screen)

    def test_a_place_that_refused_is_left_alone_until_the_answer_is_whole(self, screen):
        screen.fates = iter([Fate.REFUSED])

        assert 1 == self.show(screen, 100, 0.1)
        assert [WORDS[:12]] == texts(screen)

    def test_the_end_does_not_wait_for_the_rhythm(self, screen):
        started, ended = [], []

        async def work():
            telling = Telling(WORDS[:12], [0.2])
            ledger = MemoryLedger(screen.disk)
            async with Delivery(
                Sink(screen, ledger), ledger, key=KEY, text=lambda: telling.told, first_words=lambda: None
            ) as delivery:
                await telling.grow(delivery)
                started.append(asyncio.get_running_loop().time())
                await delivery.finish(telling.text)
                ended.append(asyncio.get_running_loop().time())

        screen.every = 1000.0
        run(work())

        assert ended[0] - started[0] < 1.0

    def test_first_words_are_told_of_when_they_can_be_seen(self, screen):
        seen = []

        async def work():
            ledger = MemoryLedger(screen.disk)
            async with Delivery(
                Sink(screen, ledger),
                ledger,
                key=KEY,
                text=lambda: "One",
                first_words=lambda: seen.append(texts(screen)),
            ) as delivery:
                delivery.notify_changed()
                await asyncio.sleep(1)
                await delivery.finish("One")

        run(work())

        assert [["One"]] == seen[:1]


@dataclass
class Watched(Sink):
    """A place that holds the first message for a second, and notes when it showed what."""

    shown: list[tuple[float, str]] = field(default_factory=list)

    @property
    def surface(self) -> Surface:
        return Surface(limit=4096, preview_interval=60.0, previews_are_messages=True, first_held=1.0)

    async def preview(self, part: Part) -> Ref | None:
        self.shown.append((asyncio.get_running_loop().time(), part.text))
        return await super().preview(part)


async def first_shown(*words: tuple[float, str], disk: Disk) -> list[tuple[float, str]]:
    """What is shown, and when, of an answer whose *words* each come at their time."""
    ledger = MemoryLedger(disk)
    sink, told = Watched(Screen(iter(()), disk), ledger), ""
    loop = asyncio.get_running_loop()
    async with Delivery(sink, ledger, key=KEY, text=lambda: told, first_words=lambda: None) as delivery:
        for at, word in words:
            await asyncio.sleep(at - loop.time())
            told += word
            delivery.notify_changed()
        await asyncio.sleep(10)
        return [(round(at, 3), text) for at, text in sink.shown]


@dataclass
class Sparing(Watched):
    """A place where a short answer shall be one message."""

    @property
    def surface(self) -> Surface:
        return Surface(limit=4096, preview_interval=60.0, previews_are_messages=True, ending_awaited=0.75)


class TestAPlaceWhereGrowingMessagesAreShort:
    """Its first preview waits for the answer's end, whatever was said by then."""

    @pytest.mark.parametrize(("ends", "shown"), {0.5: [], 0.7: [], 1.0: [(0.75, "Of course.")]}.items())
    def test_an_answer_that_ends_in_time_is_shown_once(self, ends, shown):
        async def answered() -> list[tuple[float, str]]:
            disk = Disk()
            ledger = MemoryLedger(disk)
            sink = Sparing(Screen(iter(()), disk), ledger)
            async with Delivery(
                sink, ledger, key=KEY, text=lambda: "Of course. ", first_words=lambda: None
            ) as delivery:
                delivery.notify_changed()
                await asyncio.sleep(ends)
                await delivery.finish("Of course. We can.")
            assert ["Of course. We can."] == texts(sink.screen)
            return [(round(at, 3), text) for at, text in sink.shown]

        assert shown == run(answered())


@dataclass
class Thinking(Watched):
    """A place that can show that there are no words yet, and wants to after three seconds; perhaps in vain."""

    failure: Exception | None = None

    @property
    def surface(self) -> Surface:
        return Surface(limit=4096, preview_interval=60.0, thinking_after=3.0)

    async def preview(self, part: Part) -> Ref | None:
        self.shown.append((asyncio.get_running_loop().time(), part.text))
        if self.failure is not None and not part.text:
            raise self.failure
        return None


class TestABotThatThinks:
    """Is seen to, after a while, where the place can show that."""

    @pytest.mark.parametrize(
        ("said_at", "shown"),
        {
            0.5: [(0.5, "Of course.")],
            2.9: [(2.9, "Of course.")],
            3.1: [(3.0, ""), (3.1, "Of course.")],
            9.0: [(3.0, ""), (9.0, "Of course.")],
        }.items(),
    )
    @pytest.mark.parametrize("failure", [None, Later("busy", retry_after=5.0), Refused("who knows")])
    def test_and_its_words_wait_for_nothing(self, said_at, shown, failure):
        async def answered() -> list[tuple[float, str]]:
            told, ledger = "", MemoryLedger(Disk())
            sink = Thinking(Screen(iter(()), ledger.disk), ledger, failure=failure)
            async with Delivery(sink, ledger, key=KEY, text=lambda: told, first_words=lambda: None) as delivery:
                await asyncio.sleep(said_at)
                told = "Of course."
                delivery.notify_changed()
                await asyncio.sleep(1.0)
            return [(round(at, 3), text) for at, text in sink.shown]

        assert shown == run(answered())

    def test_is_not_where_some_of_the_answer_stands(self):
        async def left_alone() -> list[tuple[float, str]]:
            disk = Disk({0: SentPart(index=0, ref=Ref("m1"))})
            ledger = MemoryLedger(disk)
            sink = Thinking(Screen(iter(()), disk), ledger)
            async with Delivery(sink, ledger, key=KEY, text=lambda: "", first_words=lambda: None):
                await asyncio.sleep(10.0)
            return sink.shown

        assert [] == run(left_alone())


class TestTheFirstMessageOfAGroup:
    """It rings, so it is held until it says something."""

    def test_waits_for_a_sentence(self):
        shown = run(first_shown((0, "Of "), (0.2, "course"), (0.4, ". We"), (0.6, " can."), disk=Disk()))

        assert [(0.4, "Of course. We")] == shown

    def test_waits_no_longer_than_the_place_wants(self):
        shown = run(first_shown((0, "Of "), (0.2, "course, "), (0.9, "we "), (1.1, "can."), disk=Disk()))

        assert [(1.0, "Of course, we")] == [(at, text.strip()) for at, text in shown]

    def test_waits_for_nothing_once_it_stands(self):
        known = Disk({0: SentPart(index=0, ref=Ref("m1"))})

        assert [(0.0, "Of")] == [(at, text.strip()) for at, text in run(first_shown((0, "Of "), disk=known))][:1]

    def test_is_the_answer_itself_if_that_is_whole_before(self):
        async def answered() -> int:
            disk = Disk()
            ledger = MemoryLedger(disk)
            sink = Watched(Screen(iter(()), disk), ledger)
            async with Delivery(sink, ledger, key=KEY, text=lambda: "Of cour", first_words=lambda: None) as delivery:
                delivery.notify_changed()
                await asyncio.sleep(0.1)
                await delivery.finish("Of course")
            assert ["Of course"] == texts(sink.screen)
            return len(sink.shown)

        assert 0 == run(answered())
