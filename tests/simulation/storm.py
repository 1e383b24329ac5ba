"""What goes wrong: replicas die and freeze, the database goes away, people and strangers meddle."""

import asyncio
from collections.abc import Callable

from tests.simulation.replica import LEASE, Replica
from tests.simulation.world import World, turn_of


class Storm:
    """The troubles of one story."""

    def __init__(self, world: World) -> None:
        self._world = world

    def begin(self) -> list[asyncio.Task[None]]:
        """Have everything happen at moments of its own; the last task ends with the storm."""
        story = self._world.story
        self._world.wire.faults, self._world.coze.trouble = story.faults, story.trouble
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
        moments = [(self._world.random.uniform(0.5, story.storm), deed) for times, deed in deeds for _ in range(times)]
        storm = [self._world.wire.start(self._at(moment, deed)) for moment, deed in moments]
        return [*storm, self._world.wire.start(asyncio.sleep(story.storm))]

    async def _at(self, moment: float, deed: Callable[[], object]) -> None:
        await asyncio.sleep(moment)
        deed()

    def _kill_one(self) -> None:
        if self._world.alive:
            self._world.kill(self._world.random.choice(self._world.alive).process)

    def _freeze_one(self) -> None:
        awake = [replica.process for replica in self._world.alive if not replica.process.frozen]
        if not awake:
            return
        process = self._world.random.choice(awake)
        seconds = LEASE * self._world.random.uniform(0.3, 4.0)
        self._world.loop.between(lambda: self._world.freeze(process))
        self._world.wire.later(seconds, lambda: self._world.loop.between(lambda: self._world.thaw(process)))

    def _drain_one(self) -> None:
        if self._world.alive:
            self._world.wire.start(self._drain(self._world.random.choice(self._world.alive)))

    async def _drain(self, replica: Replica) -> None:
        process = replica.process
        self._world.wire.note(f"{process.name} drains")
        process.leaving = True
        self._world.lose_track(process)
        await asyncio.wait({replica.run(replica.worker.drain(self._world.random.uniform(0.0, 5.0)))})
        self._world.kill(process)

    def _lose_database(self) -> None:
        self._world.wire.note("the database is away")
        self._world.wire.away = True
        for replica in self._world.alive:
            self._world.lose_track(replica.process)
        self._world.wire.later(self._world.random.uniform(1.0, 12.0), self._find_database)

    def _find_database(self) -> None:
        self._world.wire.note("the database is back")
        self._world.wire.away = False

    def _intrude(self) -> None:
        """Somebody else asks something in one of our conversations."""
        free = [one for one in self._world.coze.conversations.values() if not one.running and not one.lost]
        if free:
            self._world.coze.take(self._world.random.choice(free).id, "a stranger's question", None)

    def _delete_one(self) -> None:
        """Somebody deletes a message while its answer still grows."""
        running = {row[0] for row in self._world.rows("select id from inbox where status < 2")}
        messages = [message for screen in self._world.screens for message in screen.messages]
        growing = [message for message in messages if turn_of(message.key) in running and not message.deleted]
        if growing:
            message = self._world.random.choice(growing)
            message.deleted = True
            self._world.wire.note(f"somebody deletes {message.ref} ({message.key})")

    def _lose_conversation(self) -> None:
        kept = [one for one in self._world.coze.conversations.values() if not one.lost and not one.running]
        if kept:
            conversation = self._world.random.choice(kept)
            conversation.lost = True
            self._world.wire.note(f"{conversation.id} is lost")

    def _close_one(self) -> None:
        screens = list(self._world.screens)
        if screens:
            screen = self._world.random.choice(screens)
            screen.gone = True
            self._world.wire.note(f"{screen.place} is closed")
