"""A turn that kills processes is found, and nobody who stood by is given up for it."""

from bridge.engine.worker import SUSPECT, Worker
from bridge.store.inbox import Inbox
from bridge.store.wakeup import Bell


async def test_suspects_run_one_at_a_time(inbox: Inbox, bell: Bell, say):
    for line in "abc":
        await inbox.accept(say(), scope=line)
    for _ in range(SUSPECT):
        await inbox.claim(10)
        await inbox.reap(alone=True)
    await inbox.accept(say(), scope="innocent")
    worker = Worker(inbox=inbox, bell=bell, turns=None, concurrency=10, lease=30.0)  # type: ignore[arg-type]  # none runs

    claims = await worker._set_apart(await inbox.claim(10))

    assert ["a", "innocent"] == [claimed.line for claimed in claims]
    assert [] == await inbox.claim(10), "the others wait a little"
