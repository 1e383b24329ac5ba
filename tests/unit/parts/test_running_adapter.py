"""An adapter at work: it hears until it is told to stop, and comes to its end undisturbed."""

import asyncio

from bridge.parts.running_adapter import RunningAdapter


class Slow:
    """An adapter that has something to say to its platform before it goes."""

    name = "slow"
    exclusive_lease = None
    unavailable_reason = None

    def __init__(self):
        self.hears, self.leaving, self.may_leave = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.has_left = False

    async def __aenter__(self):
        return self

    async def __aexit__(self, *failure):
        pass

    async def run(self, accept):
        try:
            self.hears.set()
            await asyncio.Event().wait()
        finally:
            self.leaving.set()
            await self.may_leave.wait()
            self.has_left = True


async def test_whoever_is_told_twice_to_stop_says_its_farewell_all_the_same():
    """By whoever retires it and by whoever waits to hear in its place."""
    adapter = Slow()
    running = RunningAdapter(adapter=adapter, accept=None, leases=None, renew_every=1.0)
    async with asyncio.TaskGroup() as tasks:
        running.start(tasks)
        running.admit()
        await adapter.hears.wait()
        first = tasks.create_task(running.stop())
        await adapter.leaving.wait()
        second = tasks.create_task(running.stop())
        await asyncio.sleep(0)
        adapter.may_leave.set()
        await asyncio.gather(first, second)

    assert adapter.has_left
