"""How long a worker sleeps: as long as nothing happens, and nothing that is due waits for longer than people would notice."""

import asyncio
from itertools import pairwise

from bridge.store.wakeup import LONGEST_POLL, POLL, Wakeup
from tests.simulation.clock import VirtualLoop


async def looks(wakeup: Wakeup, seconds: float) -> list[float]:
    """When a worker looks that nobody wakes, for so long; seconds from now."""
    clock = asyncio.get_running_loop().time
    began, found = clock(), list[float]()
    while clock() - began < seconds:
        await wakeup.wait(wakeup.next_poll)
        found.append(clock() - began)
    return found


def virtually(seconds: float) -> list[float]:
    async def written_and_looked() -> list[float]:
        wakeup = Wakeup()
        await asyncio.sleep(1000)
        wakeup.set()
        return await looks(wakeup, seconds)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(written_and_looked())


def test_what_is_due_soon_after_a_write_is_met_within_a_second():
    at = [0.0, *virtually(8)]

    assert all(later - sooner <= POLL for sooner, later in pairwise(at))


def test_what_was_put_off_for_longer_is_late_by_an_eighth_and_by_some_seconds_at_most():
    at = virtually(600)

    for due in range(8, 600, 7):
        late = min(look for look in at if look >= due) - due
        assert late <= min(due / 8, LONGEST_POLL)


def test_an_idle_hour_has_few_looks():
    assert len(virtually(3600)) <= 3600 / LONGEST_POLL + 60
