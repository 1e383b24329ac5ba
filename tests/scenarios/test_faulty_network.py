"""Lines that slice, stall, break and half-close between the daemon and all three far sides: everybody is answered once."""

import random
from asyncio import gather
from collections.abc import Callable

import pytest

from tests.scenarios.faulty_proxy import FLAWLESS, Fate
from tests.scenarios.harness import PLACES, BridgeHarness, Talk

pytestmark = pytest.mark.timeout(600)

LETTER = "Dear 小明 😀, " + ("all is well & nothing is <lost>. " * 40).strip()


def spoil(bridge: BridgeHarness, fate: Callable[[], Fate]) -> None:
    """Let every new connection fare as *fate* says."""
    for proxy in bridge.proxies.values():
        proxy.fate = fate


async def break_off(bridge: BridgeHarness) -> None:
    """End every connection, so that none is left over from before."""
    await gather(*(proxy.break_off() for proxy in bridge.proxies.values()))


def people(bridge: BridgeHarness, each: int = 1) -> list[Talk]:
    """Somebody in each kind of place."""
    return [bridge.someone(where, f"P{number}") for number in range(each) for where in PLACES]


async def ask_all(bridge: BridgeHarness, talks: list[Talk], topic: str) -> list[str]:
    """Have each ask a question of their own; gives the answers to come."""
    answers = [f"{topic} {number}: {LETTER}" for number in range(len(talks))]
    for number, talk in enumerate(talks):
        bridge.answers(
            f"{topic} {number}?", *(answers[number][at : at + 40] for at in range(0, len(answers[number]), 40))
        )
        talk.says(f"{topic} {number}?")
    return answers


async def test_byte_by_byte(bridge_with_faulty_network: BridgeHarness) -> None:
    """In both directions, from the first greeting on: nobody notices."""
    bridge = bridge_with_faulty_network
    spoil(bridge, lambda: Fate(slice=1))
    await bridge.start()
    talks = people(bridge)
    answers = await ask_all(bridge, talks, "slow")
    await gather(*(talk.reads(answer, within=180) for talk, answer in zip(talks, answers, strict=True)))


async def test_a_line_that_stands_still_for_a_while(bridge_with_faulty_network: BridgeHarness) -> None:
    """In the middle of the answers, everywhere; then it goes on as if nothing had been."""
    bridge = bridge_with_faulty_network
    await bridge.start()
    talks = people(bridge)
    await bridge.half_said(*talks, question="and?", pause="still")
    for proxy in bridge.proxies.values():
        proxy.moving.clear()
    bridge.coze.go("still 2")
    await bridge.coze.until(lambda: {chat.status for chat in bridge.asked("and?")} == {"completed"})
    for proxy in bridge.proxies.values():
        proxy.moving.set()
    await gather(*(talk.reads("So far, so good, and so on to the end.", within=60) for talk in talks))

    assert len(talks) == len(bridge.asked("and?"))


@pytest.mark.parametrize("how", ["break", "half-close"])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 9))])
async def test_connections_that_end_anywhere(bridge_with_faulty_network: BridgeHarness, how: str, seed: int) -> None:
    """
    Each after some bytes of a reply, for three questions of each person; then the proxies are mended.

    Coze is asked each of them once. In Telegram a message whose receipt was cut off may stand twice, and is counted.
    """
    bridge, dice = bridge_with_faulty_network, random.Random(seed)
    await bridge.start()
    talks = people(bridge, each=2)
    for talk in talks:
        talk.says("hello")
    await gather(*(talk.reads("You said: hello") for talk in talks))
    spoil(bridge, lambda: Fate(after=int(dice.paretovariate(0.7) * 120), how=how))  # type: ignore[arg-type]  # one of both
    await break_off(bridge)
    expected = [await ask_all(bridge, talks, topic) for topic in ("one", "two", "three")]

    def ended() -> int:
        return sum(proxy.ended for proxy in bridge.proxies.values())

    def all_read() -> bool:
        return all({*answers} <= {*talk.answers} for talk, *answers in zip(talks, *expected, strict=True))

    await bridge.until(lambda: ended() > 60 or all_read(), within=120)
    assert ended() > 20
    spoil(bridge, lambda: FLAWLESS)
    await break_off(bridge)
    await bridge.until(all_read, within=180)
    assert await bridge.terminate() == 0

    doubles = 0
    for talk, *answers in zip(talks, *expected, strict=True):
        stands = [text for text in talk.answers if text in answers]  # beside words about the trouble
        assert answers == list(dict.fromkeys(stands))
        doubles += len(stands) - len(answers)
    asked = [len(bridge.asked(f"{topic} {n}?")) for topic in ("one", "two", "three") for n in range(len(talks))]
    assert [1] * len(asked) == asked
    assert doubles <= bridge.log.count("send.uncertain")
    assert "headers=" not in bridge.log  # nor anything else of how HTTP looks inside
