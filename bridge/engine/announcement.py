"""A sentence of the bridge's own in somebody's private chat, kept in the inbox and delivered as a push."""

import time

from bridge.routing.scopes import scopes_at
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place
from bridge.store.admission import Admission
from bridge.store.inbox import Inbox


async def announce(text: str, *, inbox: Inbox, where: Place, key: str, person: str = "") -> None:
    """Say *text* in the private chat *where*, once for each *key*; *person*: the platform's id of who reads it, if it is known."""
    message = Inbound(
        dedupe_keys=(key,),
        where=where,
        chat_type=ChatType.PRIVATE,
        author=Person(id=person),
        text=text,
        address=Address.TO_US,
        sent_at=time.time(),
        pushed=True,
    )
    shared, _ = scopes_at(where)
    await inbox.accept(message, Admission.in_order(shared[0]))
