"""
Dying at every named place: a small story is told once to count the places it passes, then once for each of them.

Random kills find what is likely; this finds what is possible. The places are those of `bridge.sdk.crashpoints`.
"""

import asyncio
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from bridge.store.tables import TurnStatus
from simulators.coze.script import Pause, Say
from tests.crash.crowd import Tell
from tests.scenarios.harness import PATIENCE, BridgeHarness, SlackTalk, Talk
from tests.scenarios.test_media import PNG

pytestmark = pytest.mark.timeout(1800)

CORE = Path(__file__).parents[2] / "bridge"

Choice = Callable[[Counter[str]], list[str]]
"""Which of the passages, counted by their names, to die at."""

UNSENT_FILE, SENT_FILE = "file: not sent", "file: sent"
"""Between these an image is lost: it may have been sent, so it is not sent again; its link stands in the text."""

HEAD = "It begins"
END = "It ends."
LONG = " ".join(f"word{number}" for number in range(600))
ABREAST = 2
"""Runs at a time."""


def named() -> set[str]:
    """The names of all places."""
    sources = (file.read_text() for file in CORE.rglob("*.py"))
    return {name for source in sources for name in re.findall(r'^\s+here\("(.+)"\)', source, re.MULTILINE)}


def edges(passed: Counter[str]) -> list[str]:
    """The first and the last passing of each place."""
    return [f"{name} {nth}" for name, times in passed.items() for nth in sorted({1, times})]


def after_deeds(passed: Counter[str]) -> list[str]:
    """The last passing of each place that comes after a deed and before the word of it."""
    return [f"{name} {times}" for name, times in passed.items() if "not " not in name.partition(",")[0]]


def everything(passed: Counter[str]) -> list[str]:
    """Every passing."""
    return [f"{name} {nth}" for name, times in passed.items() for nth in range(1, times + 1)]


@dataclass(slots=True)
class Tale:
    """A command, an answer of two messages, one in a group, and one with an image in a thread; one after the other."""

    bridge: BridgeHarness
    talks: dict[str, Talk] = field(default_factory=dict)
    revived: bool = False

    def __post_init__(self) -> None:
        image = f"![a cat]({self.bridge.coze.serve('cat.png', PNG)})"
        for where, rest in (("in_private", LONG), ("in_group", "And goes on."), ("in_thread", image)):
            self.talks[where] = self.bridge.someone(where)
            self.bridge.plays(where, Say((f"{HEAD}, ",)), Pause(where), Say((f"and goes on.\n\n{rest}\n\n", END)))

    async def tell(self) -> None:
        """Let everybody ask, and read."""
        self.talks["in_private"].tells("help")
        await self._until(lambda: self.talks["in_private"].answers)
        await self._until(lambda: {TurnStatus.DONE: 1} == rows(self.bridge.database))  # else nobody looks beside it
        for question, talk in self.talks.items():
            talk.says(question)
            await self._until(lambda asked=question: asked in self.bridge.coze.paused)
            await self._until(lambda talk=talk: HEAD in talk.growing or self.revived)
            self.bridge.coze.go(question)
            await self._until(lambda talk=talk: any(END in said for said in talk.answers))

    async def revive(self) -> None:
        """Start the daemon again once it has died."""
        assert 137 == await self.bridge.ended()
        self.revived = True
        await self.bridge.start()
        self.bridge.slack.hurry()

    async def go_on(self) -> None:
        """Everybody says one thing more: it is answered when what came before it is settled."""
        for talk in self.talks.values():
            talk.says("thanks")
        await self._until(lambda: all("You said: thanks" in talk.answers for talk in self.talks.values()))

    async def _until(self, something: Callable[[], object]) -> None:
        await self.bridge.until(something, within=2 * PATIENCE)


@dataclass(frozen=True, slots=True)
class Ending:
    """What is left when a tale has been told."""

    texts: dict[str, list[str]]  #: that stand, by where
    images: int
    asked: list[str]
    rows: dict[TurnStatus, int]  #: of the inbox, by what became of them
    file_in_doubt: bool = False  #: whether a file was on its way when the daemon died, wherever that was

    @classmethod
    def of(cls, tale: Tale, passed: Sequence[str] = ()) -> "Ending":
        """Of this one, in whose first life these places were *passed*."""
        thread = tale.talks["in_thread"]
        assert isinstance(thread, SlackTalk)
        return cls(
            texts={where: [_anywhere(said) for said in talk.answers if said] for where, talk in tale.talks.items()},
            images=sum(len(message.files) for message in thread.said()),
            asked=[chat.question for chat in tale.bridge.coze.chats],
            rows=rows(tale.bridge.database),
            file_in_doubt=passed.count(UNSENT_FILE) > passed.count(SENT_FILE),
        )

    def copies(self, model: "Ending") -> int:
        """Messages more than in *model*."""
        return sum(len(texts) - len(model.texts[where]) for where, texts in self.texts.items())

    def wrong(self, model: "Ending") -> Iterator[str]:
        """What is not as in *model*."""
        for where, texts in self.texts.items():
            wanted = model.texts[where]
            if _in_order(texts, wanted) != wanted:
                yield f"{where} reads {_short(texts)}, not {_short(wanted)}"
        if self.copies(model) > 0 or len(self.texts["in_thread"]) > len(model.texts["in_thread"]):
            yield f"copies: { ({where: _short(texts) for where, texts in self.texts.items()}) }"
        if sorted(self.asked) != sorted(model.asked):
            yield f"asked at Coze: {self.asked}"
        if not model.images - self.file_in_doubt <= self.images <= model.images:
            yield f"{self.images} images"
        if self.rows != model.rows:
            yield f"in the inbox: {self.rows}"


def _in_order(texts: list[str], wanted: list[str]) -> list[str]:
    """*texts* by what they belong to, each where it stands first; what was cut off while it grew belongs to its whole."""
    whole = [next((one for one in wanted if one.startswith(said)), said) for said in texts]
    return [one for one in dict.fromkeys(whole) if one in texts]


def _anywhere(said: str) -> str:
    """*said* without the port, which is another in every bridge."""
    return re.sub(r"127\.0\.0\.1:\d+", "coze", said)


def _short(texts: list[str]) -> list[str]:
    return [said if len(said) < 50 else f"{said[:20]} … {said[-20:]}" for said in texts]


def _names(log: Path) -> list[str]:
    """The places that were passed, in order."""
    return [line.rpartition(" ")[0] for line in log.read_text().splitlines()]


def rows(database: str) -> dict[TurnStatus, int]:
    """How many messages the inbox holds, by what became of them."""
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        counted = connection.execute(text("select status, count(*) from inbox group by status")).all()
    engine.dispose()
    return {TurnStatus(status): number for status, number in counted}


@dataclass(slots=True)
class Trial:
    """The same tale again and again, each time with a bridge and a database of its own."""

    folder: Path
    database: Callable[[Path], str]
    abreast: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ABREAST))

    async def undisturbed(self) -> tuple[Ending, Counter[str]]:
        """How it ends when nobody dies, and what is passed on the way, before everybody says one thing more."""
        async with self._bridge("undisturbed") as bridge:
            tale, log = Tale(bridge), bridge.folder / "passed"
            await bridge.start(environment={"COZE_BRIDGE_PASSED": str(log)})
            await tale.tell()
            assert 0 == await bridge.terminate()
            passed = Counter(_names(log))
            await bridge.start()
            await tale.go_on()
            assert 0 == await bridge.terminate()
            return Ending.of(tale), passed

    async def dying_at(self, passage: str) -> Ending:
        """How it ends when the daemon dies there, and is started again."""
        async with self.abreast, self._bridge(re.sub(r"\W+", "-", passage)) as bridge:
            tale, log = Tale(bridge), bridge.folder / "passed"
            await bridge.start(environment={"COZE_BRIDGE_DIE_AT": passage, "COZE_BRIDGE_PASSED": str(log)})
            async with asyncio.TaskGroup() as tasks:
                revival = tasks.create_task(tale.revive(), name="revive")
                await tale.tell()
                await revival
            await tale.go_on()
            await bridge.slack.settled()
            await self._everything_settled(bridge)
            assert 0 == await bridge.terminate()
            return Ending.of(tale, _names(log))

    async def _everything_settled(self, bridge: BridgeHarness) -> None:
        """Wait for a turn whose lease ran out as it ended: it is claimed once more. `Ending` tells if there is one left."""
        with suppress(TimeoutError):
            await bridge.until(lambda: {TurnStatus.DONE} >= set(rows(bridge.database)))

    def _bridge(self, name: str) -> BridgeHarness:
        folder = self.folder / name
        folder.mkdir()
        database = self.database(folder)
        lease = "10s" if database.startswith("sqlite") else "2s"  # which only a PostgreSQL waits for after a death
        return BridgeHarness(folder, database, worker={"lease": lease})


async def die_everywhere(trial: Trial, choice: Choice, say: Tell) -> None:
    """Die at each passage of that *choice*, and find everything as if nobody had died."""
    model, passed = await trial.undisturbed()
    assert named() == set(passed), "places that the tale does not pass, or that have no name in the source"
    assert {"in_private": 4, "in_group": 2, "in_thread": 2} == {where: len(said) for where, said in model.texts.items()}
    assert (1, {TurnStatus.DONE: 7}) == (model.images, model.rows)
    passages = choice(passed)
    endings = await asyncio.gather(*map(trial.dying_at, passages), return_exceptions=True)
    wrong, copies = [], Counter[str]()
    for passage, ending in zip(passages, endings, strict=True):
        name = passage.rpartition(" ")[0]
        if isinstance(ending, BaseException):
            wrong.append(f"{passage}: {ending!r}")
            continue
        copies[name] += ending.copies(model)
        wrong += [f"{passage}: {what}" for what in ending.wrong(model)]
    say(f"{len(passed)} places, {passed.total()} passages, {len(passages)} deaths, copies on Telegram: {dict(+copies)}")

    assert [] == wrong


def sqlite(folder: Path) -> str:
    """A database in that folder."""
    return f"sqlite:///{folder / 'bridge.db'}"


@contextmanager
def databases(server: str) -> Iterator[Callable[[Path], str]]:
    """Gives as many empty databases on that PostgreSQL server as are asked for."""
    address, _, query = server.partition("?")

    def fresh(folder: Path) -> str:
        name = f"points_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f'create database "{name}"')
        return f"{address.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")

    yield fresh


class TestDyingAtEveryPlace:
    """On the real binary; every passing of every place in a soak, the telling ones always."""

    async def test_on_sqlite(self, tmp_path: Path, say: Tell) -> None:
        await die_everywhere(Trial(tmp_path, sqlite), edges, say)

    @pytest.mark.postgres
    async def test_on_postgresql(self, tmp_path: Path, postgres: str, say: Tell) -> None:
        with databases(postgres) as fresh:
            await die_everywhere(Trial(tmp_path, fresh), after_deeds, say)

    @pytest.mark.soak
    async def test_all_passings_on_sqlite(self, tmp_path: Path, say: Tell) -> None:
        await die_everywhere(Trial(tmp_path, sqlite), everything, say)

    @pytest.mark.soak
    @pytest.mark.postgres
    async def test_all_passings_on_postgresql(self, tmp_path: Path, postgres: str, say: Tell) -> None:
        with databases(postgres) as fresh:
            await die_everywhere(Trial(tmp_path, fresh), everything, say)
