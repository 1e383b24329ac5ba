"""
Pushes: messages that an operator hands in, which go through the same inbox as people's.

A push waits behind the unfinished turns of its place, is sent within the same budgets, and is completed after a crash. Its
text is there already, so no bot is asked, and access is not checked.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.engine.claimed_turn import ClaimedTurn
from bridge.engine.ledger import TurnLedger
from bridge.reply.delivery import Delivery
from bridge.routing.rules import Rules
from bridge.routing.scopes import scopes_at
from bridge.sdk import telemetry
from bridge.sdk.errors import Refused, Unreachable
from bridge.sdk.model import Address, Inbound, Person
from bridge.sdk.ports import Adapter, Reaching
from bridge.store.admission import Admission
from bridge.store.arrivals import Accepted
from bridge.store.inbox import Inbox

NOBODY = Person(id="")
"""The author of a push."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The way in for pushes."""

    adapters: Mapping[str, Adapter]  #: those that are open
    rules: Callable[[], Rules]
    inbox: Inbox

    async def push(self, *, adapter: str, chat: str, thread: str | None, text: str, key: str) -> bool:
        """
        Keep the push, and return once it is on disk; False if there was one with that *key* already.

        `Refused` for a place that cannot exist, in words for the operator; `Unreachable` while it cannot be kept.
        """
        message = self._message(adapter, chat, thread, text, key)
        shared, single = scopes_at(message.where)
        scope = await self.inbox.past.newest_scope(shared, single) or shared[0]
        accepted = await self.inbox.accept(message, Admission.in_order(scope))
        if accepted is Accepted.KEPT:
            telemetry.message_accepted(adapter=adapter, conversation=str(message.where))
        return accepted is Accepted.KEPT

    def _message(self, adapter: str, chat: str, thread: str | None, text: str, key: str) -> Inbound:
        reaching = self._adapter(adapter)
        try:
            where, chat_type = reaching.locate(chat, thread)
        except ValueError as wrong:
            raise Refused(str(wrong)) from wrong
        return Inbound(
            dedupe_keys=(f"push:{key}",),
            where=where,
            chat_type=chat_type,
            author=NOBODY,
            text=text,
            address=Address.TO_US,
            sent_at=time.time(),
            pushed=True,
        )

    def _adapter(self, name: str) -> Reaching:
        known = self.rules().settings.adapters
        if name not in known:
            raise Refused(f"adapter: expected one of {', '.join(sorted(known))}, got {name!r}")
        if name not in self.adapters:
            raise Unreachable(f"adapter: {name} is not open yet")
        adapter = self.adapters[name]
        if not isinstance(adapter, Reaching):
            raise Refused(f"adapter: {name} cannot speak first")
        return adapter


async def deliver(work: ClaimedTurn, adapter: Adapter, inbox: Inbox) -> None:
    """Post the text of a push, each of its messages once."""
    claimed = work.claimed
    ledger = TurnLedger(inbox, claimed, work.fence)
    async with adapter.reply(claimed.message, work.fence) as sink:
        delivery = Delivery(sink, ledger, key=claimed.key, text=lambda: "", first_words=lambda: None)
        parts = await delivery.finish(claimed.message.text)
    await ledger.settle()
    telemetry.turn_pushed(seconds=max(0.0, time.time() - claimed.accepted_at), parts=parts)
