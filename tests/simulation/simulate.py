"""A story from its first word to its rest, with a machine that belongs to the simulation."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from bridge.sdk import crashpoints
from tests.simulation.clock import VirtualLoop
from tests.simulation.coze import Plan
from tests.simulation.storm import Storm
from tests.simulation.story import Story
from tests.simulation.world import World


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
        for name in ("worker", "handler", "answer", "turn_chat"):
            patch.setattr(f"bridge.engine.{name}.time", world.clock)
        patch.setattr("bridge.engine.worker.random", world.random)
        patch.setattr("bridge.sdk.telemetry._log", Log(world))
        patch.setattr("bridge.sdk.daemon_telemetry._log", Log(world))
        yield


def simulate(story: Story, scripts: Mapping[str, Plan] | None = None) -> World:
    """The world after that story; *scripts* say how the bot answers which question."""
    loop = VirtualLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        world = World(loop, story)
        world.coze.scripts.update(scripts or {})
        with machine(world):
            runner.run(play(world))
    return world


async def play(world: World) -> None:
    """The storm, the calm, and the end."""
    for _ in range(world.story.replicas):
        world.start()
    people = world.people()
    storm = Storm(world).begin()
    await asyncio.wait(storm, timeout=world.story.storm)
    for task in storm:
        task.cancel()
    world.calm()
    await asyncio.wait(people)
    await world.rest()
    await world.end()


class Log:
    """Stands in for structlog's logger in `bridge.sdk.telemetry`."""

    def __init__(self, world: World) -> None:
        self.debug = self.info = self.warning = self.error = self.exception = world.log
