"""The whole core under virtual time: seeds make the trouble, six invariants judge what is left of it."""

import asyncio
import gc
import os

import pytest

from bridge.engine.answer import Answer
from bridge.reply.delivery import Delivery
from tests.simulation.clock import REPLICA, VirtualLoop
from tests.simulation.coze import Plan
from tests.simulation.invariants import check
from tests.simulation.platform import STYLES, Style
from tests.simulation.simulate import simulate
from tests.simulation.story import Story
from tests.simulation.world import World

FIRST = int(os.environ.get("SIMULATION_FIRST_SEED", "0"))
"""Where the seeds begin: another number, other stories."""

BLOCK = 50
"""Seeds in one test of the long run."""

SCRIPT = Plan(((0, 0.3, "amber birch cedar delta ember "), (0, 0.9, "fjord grove heron inlet "), (0, 0.9, "jetty")))
"""An answer of two parts, slow enough to be previewed in both."""


def scripted(style: Style, *, die_at: int = 0) -> World:
    """One conversation, one question, nothing goes wrong but, perhaps, one death."""
    story = Story(chats=1, messages=1, storm=10.0, styles=(style,), die_at=die_at)
    return simulate(story, scripts={"question 0 in c0": SCRIPT})


@pytest.mark.parametrize("seed", range(FIRST, FIRST + 200))
def test_every_seed_comes_to_rest_with_all_invariants(seed: int) -> None:
    check(simulate(Story.of(seed)))


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("block", range(200))
def test_ten_thousand_seeds_come_to_rest_with_all_invariants(block: int) -> None:
    for seed in range(FIRST + block * BLOCK, FIRST + (block + 1) * BLOCK):
        check(simulate(Story.of(seed)))


@pytest.mark.parametrize("seed", [5, 11, 77])
def test_the_same_seed_tells_the_same_story(seed: int) -> None:
    """A failure that cannot be repeated cannot be understood."""
    once, again = simulate(Story.of(seed)), simulate(Story.of(seed))

    assert once.wire.events == again.wire.events
    assert len(once.wire.events) > 100


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_an_answer_survives_death_at_every_crash_point(style: Style) -> None:
    """Exhaustive: the run is repeated with a death at its first, second, ... and last passage of a crash point."""
    undisturbed = scripted(style)
    check(undisturbed)
    for number in range(1, undisturbed.passages + 1):
        world = scripted(style, die_at=number)
        check(world)

        assert len(world.replicas) == 2, f"nobody died at passage {number}"
    assert undisturbed.passages >= 10


def test_an_hour_takes_no_time_and_the_frozen_miss_it() -> None:
    """The clock itself: a frozen replica's timer is due when it thaws, not before."""
    loop = VirtualLoop()

    async def wait() -> float:
        token = REPLICA.set("r1")
        nap = asyncio.create_task(asyncio.sleep(1.0))
        REPLICA.reset(token)
        await asyncio.sleep(0.5)  # it naps
        loop.between(lambda: loop.freeze("r1"))
        await asyncio.sleep(3600.0)

        assert not nap.done()
        loop.between(lambda: loop.thaw("r1"))
        await nap
        return loop.time()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(wait()) == pytest.approx(3600.5)


def kept_answers() -> list[Answer | Delivery]:
    return [kept for kept in gc.get_objects() if isinstance(kept, Answer | Delivery)]


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_an_answer_that_was_given_leaves_memory_by_itself(style: Style) -> None:
    """Whoever is in a circle stays until the garbage collector looks, which is seldom: twenty kilobytes for each answer."""
    gc.collect()
    before = kept_answers()  # other tests' failures hold theirs
    gc.disable()
    try:
        check(scripted(style))
        left = [type(kept).__name__ for kept in kept_answers() if not any(kept is older for older in before)]
    finally:
        gc.enable()

    assert [] == left
