"""A turn that kills processes is found, and nobody who stood by is given up for it."""

from bridge.engine.worker import SUSPECT, Worker
from bridge.store.admission import Admission
from bridge.store.inbox import Inbox
from bridge.store.wakeup import Wakeup


async def test_suspects_run_one_at_a_time(inbox: Inbox, wakeup: Wakeup, say):
    for queue in "abc":
        await inbox.accept(say(), Admission.in_order(queue))
    for _ in range(SUSPECT):
        await inbox.claim(10)
        await inbox.requeue_expired(alone=True)
    await inbox.accept(say(), Admission.in_order("innocent"))
    worker = Worker(inbox=inbox, wakeup=wakeup, handler=None, concurrency=10, lease=30.0)  # type: ignore[arg-type]  # none runs

    claims = await worker._isolate_suspects(await inbox.claim(10))

    assert ["a", "innocent"] == [claimed.queue_key for claimed in claims]
    assert [] == await inbox.claim(10), "the others wait a little"
