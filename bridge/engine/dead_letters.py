"""What an adapter could not read, tried once more at an operator's wish: after an upgrade it may be able to."""

from bridge.sdk.errors import Refused
from bridge.sdk.ports import Accept, Adapter, ReadsAgain
from bridge.store.claim import Turn
from bridge.store.inbox import Inbox


async def read_again(claimed: Turn, adapter: Adapter, *, accept: Accept, inbox: Inbox) -> None:
    """Accept what *adapter* now reads in it, and settle the dead letter; `Refused` if it still cannot read it."""
    raw = claimed.message.unreadable or ""
    message = adapter.read_again(raw) if isinstance(adapter, ReadsAgain) else None
    if message is None:
        raise Refused("unreadable: its adapter still cannot read it")
    await accept(message)
    await inbox.settle(claimed)
