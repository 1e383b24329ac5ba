"""
A world in one thread: people, platforms, a Coze, one database, and replicas that come and go, all from one seed.

First a storm, in which everything that may go wrong does; then calm, in which everything must come to rest.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, SecretStr

from bridge import crashpoints
from bridge.config.settings import AdapterSettings, BotSettings, CozeSettings, RouteSettings, Settings
from bridge.errors import BridgeError
from bridge.model import CommandName, Inbound
from bridge.routing.rulebook import Rulebook
from tests.simulation.clock import REPLICA, Clock, VirtualLoop
from tests.simulation.coze import Coze, Plan, State
from tests.simulation.platform import STYLES, Platform, Screen, Style
from tests.simulation.replica import LEASE, Replica, open_store
from tests.simulation.wire import Died, Process, Wire

IMPATIENCE = 3.0
"""Seconds after which a platform delivers again what was not acknowledged."""

REST = 7200.0
"""Seconds of calm in which everything must have come to rest."""

KEPT = """
    select id, status, stage, owner, lease_until, reason, answer, message ->> 'text' as text, message ->> 'keys' as dedupe
    from inbox order by id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a seed makes happen."""

    seed: int = 0
    replicas: int = 1
    chats: int = 8
    messages: int = 3  #: said in each chat
    storm: float = 20.0
    faults: float = 0.0
    trouble: float = 0.0
    kills: int = 0
    freezes: int = 0
    drains: int = 0
    outages: int = 0
    strangers: int = 0  #: chats somebody else begins in our conversations
    deletions: int = 0
    losses: int = 0  #: conversations Coze forgets
    closures: int = 0  #: chats in which nobody can be answered any more
    commands: float = 0.0
    die_at: int = 0  #: the passage of a crash point at which a replica dies; 0: none
    styles: tuple[Style, ...] = STYLES

    @classmethod
    def of(cls, seed: int) -> "Story":
        """The story of that seed."""
        random = Random(f"story {seed}")
        return cls(
            seed=seed,
            replicas=random.choice((1, 2, 3)),
            chats=random.randint(4, 10),
            messages=random.randint(1, 4),
            faults=random.choice((0.0, 0.02, 0.1, 0.25)),
            trouble=random.choice((0.0, 0.1, 0.3)),
            kills=random.choice((0, 1, 2, 4)),
            freezes=random.choice((0, 0, 1, 2)),
            drains=random.choice((0, 0, 1)),
            outages=random.choice((0, 0, 0, 1)),
            strangers=random.choice((0, 0, 2)),
            deletions=random.choice((0, 0, 3)),
            losses=random.choice((0, 0, 2)),
            closures=random.choice((0, 0, 0, 1)),
            commands=random.choice((0.0, 0.0, 0.15)),
        )


class Options(BaseModel):
    """Nothing to set."""


def rulebook(styles: tuple[Style, ...]) -> Rulebook:
    """Everybody is answered by the one bot."""
    kinds = {style.name: AdapterSettings(kind=style.name, options=Options()) for style in styles}
    settings = Settings(
        coze={"main": CozeSettings(token=SecretStr("pat"))},
        adapters=kinds,
        bots={"assistant": BotSettings(coze="main", bot_id="1")},
        routes=(RouteSettings(name="everybody", bot="assistant"),),
    )
    return Rulebook(settings)


class World:
    """Everything there is."""

    def __init__(self, loop: VirtualLoop, story: Story) -> None:
        self.story = story
        self.loop = loop
        self.clock = Clock(loop)
        self.random = Random(f"world {story.seed}")
        self.wire = Wire(loop, self.random)
        self.violations: list[str] = []
        self.engine = open_store(self.clock)
        self.coze = Coze(self.wire, gone=self.buried, wrong=self.wrong)
        self.platforms = [Platform(self.wire, style, owns=self.owns, wrong=self.wrong) for style in story.styles]
        self.replicas: list[Replica] = []  # of all lives, in order
        self.kept: list[Any] = []  #: the inbox at the end
        self.passages = 0
        self.passed: list[str] = []
        self._rules = rulebook(story.styles)
        self._deaths_left = story.kills
        loop.set_task_factory(self._make_task)

    # The story

    async def play(self) -> None:
        """The storm, the calm, and the end."""
        for _ in range(self.story.replicas):
            self.start()
        people = [self.wire.start(self._talk(*one)) for one in self._people()]
        storm = self._begin_storm()
        await asyncio.wait(storm, timeout=self.story.storm)
        self._calm(storm)
        await asyncio.wait(people)
        await self._rest()
        await self._end()

    def start(self) -> None:
        """A new replica."""
        process = Process(f"r{len(self.replicas) + 1}")
        replica = Replica(
            process,
            self.wire,
            self.engine,
            rules=self._rules,
            platforms=self.platforms,
            coze=self.coze,
            bells=lambda: [one.bell for one in self.alive],
            fail=lambda: self.kill(process),
        )
        self.replicas.append(replica)
        self.wire.note(f"{process.name} starts")
        replica.begin(alone=self.story.replicas == 1)

    @property
    def alive(self) -> list[Replica]:
        """The replicas that run, frozen ones too."""
        return [replica for replica in self.replicas if replica.process.alive]

    @property
    def screens(self) -> Iterator[Screen]:
        """All that people see."""
        return (screen for platform in self.platforms for screen in platform)

    def wrong(self, what: str) -> None:
        """An invariant does not hold."""
        self.wire.note(f"!!! {what}")
        self.violations.append(what)

    # What the database says

    def rows(self, sql: str, *values: object) -> list[Any]:
        """Rows, past the core."""
        with self.engine.connect() as connection:
            found = connection.exec_driver_sql(sql, values).all()
            connection.rollback()
        return list(found)

    def owns(self, name: str, turn: int) -> bool:
        """Whether that replica holds that turn."""
        return bool(self.rows("select 1 from inbox where id = ? and owner = ?", turn, name))

    def buried(self, key: str) -> bool:
        """Whether that turn was given up."""
        return bool(self.rows("select 1 from inbox where id = ? and status = 3", turn_of(key)))

    # People

    def _people(self) -> Iterator[tuple[Platform, str]]:
        for number in range(self.story.chats):
            yield self.platforms[number % len(self.platforms)], f"c{number}"

    async def _talk(self, platform: Platform, chat: str) -> None:
        screen = platform.screen(chat)
        for number in range(self.story.messages):
            pace = self.random.choice((0.0, 0.5, 4.0, 12.0))
            await asyncio.sleep(self.random.uniform(0, pace))
            command = self._command()
            text = f"/{command}" if command else f"question {number} in {chat}"
            message = platform.says(chat, text, command=command)
            await self._deliver(screen, message)
            if self.random.random() < 0.3:
                self.wire.start(self._deliver(screen, message, after=self.random.uniform(0, 20)))

    def _command(self) -> CommandName | None:
        if self.random.random() >= self.story.commands:
            return None
        return self.random.choice((CommandName.STOP, CommandName.STOP, CommandName.NEW, CommandName.STATUS))

    async def _deliver(self, screen: Screen, message: Inbound, *, after: float = 0.0) -> None:
        """Bring a message until somebody has accepted it."""
        await asyncio.sleep(after)
        while True:
            await asyncio.sleep(self.random.uniform(0.0, 0.05))
            if (replica := self._anybody()) and await self._accepted(replica, message):
                self.wire.note(f"{replica.process.name} accepted {message.text!r}")
                return
            await asyncio.sleep(self.random.uniform(0.5, 2.0))

    def _anybody(self) -> Replica | None:
        return self.random.choice(self.alive) if self.alive else None

    async def _accepted(self, replica: Replica, message: Inbound) -> bool:
        accepting = replica.run(replica.accept(message))
        accepting.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait({accepting}, timeout=IMPATIENCE)
        if not accepting.done() or accepting.cancelled() or not replica.process.alive:
            return False
        failure = accepting.exception()
        if failure is not None and not isinstance(failure, BridgeError):
            self.wrong(f"accepting failed with {failure!r}")
        return failure is None

    # The storm

    def _begin_storm(self) -> list[asyncio.Task[None]]:
        story = self.story
        self.wire.faults, self.coze.trouble = story.faults, story.trouble
        deeds: list[tuple[int, Callable[[], object]]] = [
            (story.kills // 2, self._kill_one),
            (story.freezes, self._freeze_one),
            (story.drains, self._drain_one),
            (story.outages, self._lose_database),
            (story.strangers, self._intrude),
            (story.deletions, self._delete_one),
            (story.losses, self._lose_conversation),
            (story.closures, self._close_one),
        ]
        moments = [(self.random.uniform(0.5, story.storm), deed) for times, deed in deeds for _ in range(times)]
        storm = [self.wire.start(self._at(moment, deed)) for moment, deed in moments]
        return [*storm, self.wire.start(asyncio.sleep(story.storm))]

    async def _at(self, moment: float, deed: Callable[[], object]) -> None:
        await asyncio.sleep(moment)
        deed()

    def _calm(self, storm: list[asyncio.Task[None]]) -> None:
        for task in storm:
            task.cancel()
        self.wire.note("calm")
        self.wire.faults = self.coze.trouble = 0.0
        self._deaths_left = 0

    def _kill_one(self) -> None:
        if self.alive:
            self.kill(self.random.choice(self.alive).process)

    def kill(self, process: Process) -> None:
        """End a replica as a power cut does, and start another one soon."""
        if not process.alive:
            return
        self.wire.note(f"{process.name} dies")
        process.alive = False
        if process.frozen:
            self._thaw(process)
        self._lose_track(process)
        self.wire.start(self._unwind(process))
        self.wire.later(self.random.uniform(0.5, 4.0), self.start)

    async def _unwind(self, process: Process) -> None:
        """Take the dead apart: whatever its tasks still do can reach nobody."""
        for _ in range(100):
            for task in list(process.tasks):
                task.cancel()
            await asyncio.sleep(0)
            if not process.tasks:
                return
        self.wrong(f"a task of {process.name} survives every cancellation: {list(process.tasks)}")

    def _lose_track(self, process: Process) -> None:
        """Mark what the replica showed and has not written down: nobody will ever know of it."""
        running = {row[0]: row[1] for row in self.rows("select id, shown from inbox where status < 2")}
        for screen in self.screens:
            for message in screen.messages:
                shown = running.get(turn_of(message.key), str(message.ref))
                if message.process is process and message.ref not in shown:
                    message.lost = True

    def _freeze_one(self) -> None:
        awake = [replica.process for replica in self.alive if not replica.process.frozen]
        if not awake:
            return
        process = self.random.choice(awake)
        seconds = LEASE * self.random.uniform(0.3, 4.0)
        self.loop.between(lambda: self._freeze(process))
        self.wire.later(seconds, lambda: self.loop.between(lambda: self._thaw(process)))

    def _freeze(self, process: Process) -> None:
        if process.alive and not process.frozen:
            self.wire.note(f"{process.name} freezes")
            process.frozen = True
            self._lose_track(process)
            self.loop.freeze(process.name)

    def _thaw(self, process: Process) -> None:
        if process.frozen:
            self.wire.note(f"{process.name} thaws")
            process.frozen = False
            self.loop.thaw(process.name)

    def _drain_one(self) -> None:
        if self.alive:
            self.wire.start(self._drain(self.random.choice(self.alive)))

    async def _drain(self, replica: Replica) -> None:
        process = replica.process
        self.wire.note(f"{process.name} drains")
        process.leaving = True
        self._lose_track(process)
        await asyncio.wait({replica.run(replica.worker.drain(self.random.uniform(0.0, 5.0)))})
        self.kill(process)

    def _lose_database(self) -> None:
        self.wire.note("the database is away")
        self.wire.away = True
        for replica in self.alive:
            self._lose_track(replica.process)
        self.wire.later(self.random.uniform(1.0, 12.0), self._find_database)

    def _find_database(self) -> None:
        self.wire.note("the database is back")
        self.wire.away = False

    def _intrude(self) -> None:
        """Somebody else asks something in one of our conversations."""
        free = [one for one in self.coze.conversations.values() if not one.running and not one.lost]
        if free:
            self.coze.take(self.random.choice(free).id, "a stranger's question", None)

    def _delete_one(self) -> None:
        """Somebody deletes a message while its answer still grows."""
        running = {row[0] for row in self.rows("select id from inbox where status < 2")}
        messages = [message for screen in self.screens for message in screen.messages]
        growing = [message for message in messages if turn_of(message.key) in running and not message.deleted]
        if growing:
            message = self.random.choice(growing)
            message.deleted = True
            self.wire.note(f"somebody deletes {message.ref} ({message.key})")

    def _lose_conversation(self) -> None:
        kept = [one for one in self.coze.conversations.values() if not one.lost and not one.running]
        if kept:
            conversation = self.random.choice(kept)
            conversation.lost = True
            self.wire.note(f"{conversation.id} is lost")

    def _close_one(self) -> None:
        screens = list(self.screens)
        if screens:
            screen = self.random.choice(screens)
            screen.gone = True
            self.wire.note(f"{screen.place} is closed")

    # The end

    async def _rest(self) -> None:
        """Wait until nothing is left to do."""
        deadline = self.loop.time() + REST
        while self.rows("select 1 from inbox where status < 2 limit 1"):
            if self.loop.time() > deadline:
                self.wrong(f"I6: no rest after {REST} s: {self.rows('select * from inbox where status < 2')}")
                return
            await asyncio.sleep(2.0)
        while any(replica.process.frozen for replica in self.alive):  # noqa: ASYNC110 - nothing tells of a thaw
            await asyncio.sleep(1.0)
        await asyncio.sleep(5.0)  # for the last redeliveries

    async def _end(self) -> None:
        for replica in self.alive:
            left = replica.run(replica.worker.drain(0.0))
            await asyncio.wait({left})
            if left.result():
                self.wrong(f"I6: {replica.process.name} still had {left.result()} turns")
            await asyncio.sleep(0.1)
            if replica.process.tasks:
                self.wrong(f"I6: {replica.process.name} leaves tasks behind: {list(replica.process.tasks)}")
            if any(adapter.open for adapter in replica.adapters.values()):
                self.wrong(f"I6: {replica.process.name} leaves places open")
        for failure in self.wire.ended():
            raise failure
        await self.wire.close()
        self.kept = self.rows(KEPT)
        for chat in self.coze:
            if chat.state is State.RUNNING and not self.coze.excused(chat):
                self.wrong(f"I6: {chat.id} of {chat.key} still runs")

    # What stands in for the machine

    def here(self, name: str) -> None:
        """A crash point, passed by a replica."""
        process = self._process()
        if process is None:
            return
        if not process.alive:
            raise Died
        self.passages += 1
        self.passed.append(name)
        unlucky = self._deaths_left > 0 and self.random.random() < 0.02
        if unlucky or self.passages == self.story.die_at:
            self._deaths_left -= 1
            self.wire.note(f"{process.name} dies at {name!r}")
            self.kill(process)
            raise Died

    def log(self, event: str, **fields: object) -> None:
        """A line of the log."""
        turn = structlog.contextvars.get_contextvars().get("turn")
        said = " ".join(f"{name}={value}" for name, value in fields.items())
        self.wire.note(f"{REPLICA.get()} [{turn and f'turn-{turn}'}] {event} {said}")
        if event == "turn.crashed":
            self.wrong(f"turn-{turn} crashed: {fields.get('error')}")

    def _process(self) -> Process | None:
        name = REPLICA.get()
        return next((one.process for one in self.replicas if one.process.name == name), None)

    def _make_task(self, loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> "asyncio.Task[Any]":
        task = asyncio.Task(work, loop=loop, **more)
        if process := self._process():
            process.tasks[task] = None
            task.add_done_callback(lambda done: process.tasks.pop(done, None))
        return task


class Log:
    """Stands in for structlog's logger in `bridge.telemetry`."""

    def __init__(self, world: World) -> None:
        self.debug = self.info = self.warning = self.error = self.exception = world.log


def turn_of(key: str) -> int:
    """The turn of a part's key."""
    return int(key.removeprefix("turn-").partition(".")[0])


@contextmanager
def machine(world: World) -> Iterator[None]:
    """Let the core read our clocks, die at our crash points, roll our dice and write our log."""
    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if (
                name.startswith("bridge.")
                and getattr(module, "here", None) is crashpoints.here
                and module is not crashpoints
            ):
                patch.setattr(module, "here", world.here)
        for name in ("bridge.worker", "bridge.turn", "bridge.answer"):
            patch.setattr(f"{name}.time", world.clock)
        patch.setattr("bridge.worker.random", world.random)
        patch.setattr("bridge.telemetry._log", Log(world))
        yield


def simulate(story: Story, scripts: Mapping[str, Plan] | None = None) -> World:
    """The world after that story; *scripts* say how the bot answers which question."""
    loop = VirtualLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        world = World(loop, story)
        world.coze.scripts.update(scripts or {})
        with machine(world):
            runner.run(world.play())
    return world
