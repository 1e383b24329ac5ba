"""
A world in one thread: people, platforms, a Coze, one database, and replicas that come and go, all from one seed.

First a storm, in which everything that may go wrong does; then calm, in which everything must come to rest.
"""

import asyncio
from collections.abc import Iterator
from random import Random
from typing import Any

import structlog

from bridge.sdk.errors import BridgeError
from bridge.sdk.model import CommandName, Inbound
from tests.simulation.clock import REPLICA, Clock, VirtualLoop
from tests.simulation.coze import Coze, State
from tests.simulation.platform import Platform, Screen
from tests.simulation.replica import Replica, open_store
from tests.simulation.story import Story, rulebook
from tests.simulation.wire import Died, Process, Wire

IMPATIENCE = 3.0
"""Seconds after which a platform delivers again what was not acknowledged."""

REST = 7200.0
"""Seconds of calm in which everything must have come to rest."""

KEPT = """
    select id, status, stage, stop_requested, lease_owner, lease_until, reason, answer, message ->> 'text' as text, message ->> 'dedupe_keys' as dedupe
    from inbox order by id
"""


class World:
    """Everything there is."""

    def __init__(self, loop: VirtualLoop, story: Story) -> None:
        self.story = story
        self.loop = loop
        self.clock = Clock(loop)
        self.random = Random(f"world {story.seed}")
        self.wire = Wire(loop, self.random)
        self.violations: list[str] = []
        self.engine, self._driver = open_store(self.clock)
        self.coze = Coze(self.wire, gone=self.given_up, wrong=self.wrong)
        self.platforms = [Platform(self.wire, style, owns=self.owns, wrong=self.wrong) for style in story.styles]
        self.replicas: list[Replica] = []  # of all lives, in order
        self.kept: list[Any] = []  #: the inbox at the end
        self.passages = 0
        self.passed: list[str] = []
        self._rules = rulebook(story.styles)
        self.deaths_left = story.kills
        loop.set_task_factory(self._make_task)

    # Replicas

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
            wakeups=lambda: [one.wakeup for one in self.alive],
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
        held = self._driver.execute("select 1 from inbox where id = ? and lease_owner = ?", (turn, name))
        return held.fetchone() is not None

    def given_up(self, key: str) -> bool:
        """Whether that turn was given up."""
        return bool(self.rows("select 1 from inbox where id = ? and status = 3", turn_of(key)))

    # How replicas end

    def kill(self, process: Process) -> None:
        """End a replica as a power cut does, and start another one soon."""
        if not process.alive:
            return
        self.wire.note(f"{process.name} dies")
        process.alive = False
        if process.frozen:
            self.thaw(process)
        self.lose_track(process)
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

    def lose_track(self, process: Process) -> None:
        """Mark what the replica showed and has not written down: nobody will ever know of it."""
        running = {row[0]: row[1] for row in self.rows("select id, parts from inbox where status < 2")}
        for screen in self.screens:
            for message in screen.messages:
                shown = running.get(turn_of(message.key), str(message.ref))
                if message.process is process and message.ref not in shown:
                    message.lost = True

    def freeze(self, process: Process) -> None:
        """Let nothing of a replica run, as SIGSTOP does; only `between`."""
        if process.alive and not process.frozen:
            self.wire.note(f"{process.name} freezes")
            process.frozen = True
            self.lose_track(process)
            self.loop.freeze(process.name)

    def thaw(self, process: Process) -> None:
        """Let it go on, and find out what it missed; only `between`."""
        if process.frozen:
            self.wire.note(f"{process.name} thaws")
            process.frozen = False
            process.thaws += 1
            self.loop.thaw(process.name)

    # People

    def people(self) -> list[asyncio.Task[None]]:
        """Everybody begins to talk."""
        chats = [(self.platforms[number % len(self.platforms)], f"c{number}") for number in range(self.story.chats)]
        return [self.wire.start(self._talk(platform, chat)) for platform, chat in chats]

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

    # The end

    def calm(self) -> None:
        """Let nothing go wrong from now on."""
        self.wire.note("calm")
        self.wire.faults = self.coze.trouble = 0.0
        self.deaths_left = 0

    async def rest(self) -> None:
        """Wait until nothing is left to do."""
        deadline = self.loop.time() + REST
        while self.rows("select 1 from inbox where status < 2 limit 1"):
            if self.loop.time() > deadline:
                self.wrong(f"I6: no rest after {REST} s: {self.rows('select * from inbox where status < 2')}")
                return
            await asyncio.sleep(2.0)
        while any(replica.process.frozen for replica in self.alive):  # noqa: ASYNC110 - nothing tells of a thaw
            await asyncio.sleep(1.0)
        await asyncio.sleep(25.0)  # for the last redeliveries

    async def end(self) -> None:
        """Close everything, and look for what was left behind."""
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
        unlucky = self.deaths_left > 0 and self.random.random() < 0.02
        if unlucky or self.passages == self.story.die_at:
            self.deaths_left -= 1
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


def turn_of(key: str) -> int:
    """The turn of a part's key."""
    return int(key.removeprefix("turn-").partition(".")[0])
