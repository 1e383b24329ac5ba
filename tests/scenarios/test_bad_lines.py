"""Lines that slice, stall, break and half-close between the daemon and all three far sides: everybody is answered once."""

import random
from asyncio import gather
from collections.abc import Callable

import pytest

from tests.scenarios.faulty_proxy import WHOLE_LINE, Fate
from tests.scenarios.world import PLACES, Talk, World

LETTER = "Dear 小明 😀, " + ("all is well & nothing is <lost>. " * 40).strip()


def spoil(world: World, fate: Callable[[], Fate]) -> None:
    """Let every new connection fare as *fate* says."""
    for line in world.lines.values():
        line.fate = fate


async def break_off(world: World) -> None:
    """End every connection, so that none is left over from before."""
    await gather(*(line.break_off() for line in world.lines.values()))


def people(world: World, each: int = 1) -> list[Talk]:
    """Somebody in each kind of place."""
    return [world.someone(where, f"P{number}") for number in range(each) for where in PLACES]


async def ask_all(world: World, talks: list[Talk], topic: str) -> list[str]:
    """Have each ask a question of their own; gives the answers to come."""
    answers = [f"{topic} {number}: {LETTER}" for number in range(len(talks))]
    for number, talk in enumerate(talks):
        world.answers(
            f"{topic} {number}?", *(answers[number][at : at + 40] for at in range(0, len(answers[number]), 40))
        )
        talk.says(f"{topic} {number}?")
    return answers


async def test_byte_by_byte(far_world: World) -> None:
    """In both directions, from the first greeting on: nobody notices."""
    world = far_world
    spoil(world, lambda: Fate(slice=1))
    await world.start()
    talks = people(world)
    answers = await ask_all(world, talks, "slow")
    await gather(*(talk.reads(answer, within=90) for talk, answer in zip(talks, answers, strict=True)))


async def test_a_line_that_stands_still_for_a_while(far_world: World) -> None:
    """In the middle of the answers, everywhere; then it goes on as if nothing had been."""
    world = far_world
    await world.start()
    talks = people(world)
    await world.half_said(*talks, question="and?", pause="still")
    for line in world.lines.values():
        line.moving.clear()
    world.coze.go("still 2")
    await world.coze.until(lambda: {chat.status for chat in world.asked("and?")} == {"completed"})
    for line in world.lines.values():
        line.moving.set()
    await gather(*(talk.reads("So far, so good, and so on to the end.", within=60) for talk in talks))

    assert len(talks) == len(world.asked("and?"))


@pytest.mark.parametrize("how", ["break", "half-close"])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 9))])
async def test_connections_that_end_anywhere(far_world: World, how: str, seed: int) -> None:
    """
    Each after some bytes of a reply, for three questions of each person; then the lines are mended.

    Coze is asked each of them once. In Telegram a message whose receipt was cut off may stand twice, and is counted.
    """
    world, dice = far_world, random.Random(seed)
    await world.start()
    talks = people(world, each=2)
    for talk in talks:
        talk.says("hello")
    await gather(*(talk.reads("You said: hello") for talk in talks))
    spoil(world, lambda: Fate(after=int(dice.paretovariate(0.7) * 120), how=how))  # type: ignore[arg-type]  # one of both
    await break_off(world)
    expected = [await ask_all(world, talks, topic) for topic in ("one", "two", "three")]

    def ended() -> int:
        return sum(line.ended for line in world.lines.values())

    def all_read() -> bool:
        return all({*answers} <= {*talk.answers} for talk, *answers in zip(talks, *expected, strict=True))

    await world.until(lambda: ended() > 60 or all_read(), within=60)
    assert ended() > 20
    spoil(world, lambda: WHOLE_LINE)
    await break_off(world)
    await world.until(all_read, within=90)
    assert await world.terminate() == 0

    doubles = 0
    for talk, *answers in zip(talks, *expected, strict=True):
        stands = [text for text in talk.answers if text in answers]  # beside words about the trouble
        assert answers == list(dict.fromkeys(stands))
        doubles += len(stands) - len(answers)
    asked = [len(world.asked(f"{topic} {n}?")) for topic in ("one", "two", "three") for n in range(len(talks))]
    assert [1] * len(asked) == asked
    assert doubles <= world.log.count("send.uncertain")
    assert "headers=" not in world.log  # nor anything else of how HTTP looks inside
