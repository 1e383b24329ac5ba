"""
Who may not talk here is turned away before anything is kept: a counter, and in private a word once a day at most.

Who has heard it is known to this process alone, and for `REMEMBERED` people: nothing is written down about strangers.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bridge.routing.access import person_of
from bridge.routing.rules import Decision, Rules
from bridge.sdk import telemetry
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import ChatType, Inbound
from bridge.store.pairings import VALID, Pairings

EVERY: Final = 86400.0
"""Seconds between two words to the same person."""

REMEMBERED: Final = 10_000
"""People whose last word is remembered; of more the one who heard it first is forgotten."""


@dataclass(slots=True)
class TurningAway:
    """The refusals of this process."""

    rules: Callable[[], Rules]
    pairings: Pairings
    notify: Callable[[Inbound, str], bool]  #: begins to say a sentence where a message was said
    clock: Callable[[], float] = time.monotonic
    _told_at: OrderedDict[str, float] = field(default_factory=OrderedDict, init=False)

    async def is_let_in(self, message: Inbound, decision: Decision) -> bool:
        """Whether who is refused by *decision* has been let in by pairing."""
        return decision.by_pairing and await self.pairings.is_let_in(person_of(message))

    async def turn_away(self, message: Inbound, decision: Decision) -> None:
        """Let *message* go, which *decision* refuses; waits for the database where a code is due, else for nothing."""
        telemetry.message_refused(adapter=message.where.adapter, because=decision.refusal or "")
        if message.chat_type is not ChatType.PRIVATE or message.rating is not None or message.turn_key is not None:
            return
        person, language = person_of(message), message.author.language
        if not self._is_due(person, VALID if decision.by_pairing else EVERY):
            return
        if decision.by_pairing:
            self._remember(person)
            code = await self.pairings.request_code(person, message.where, language)
            sentence = translate(MessageId.PAIRING_CODE, language, code=code) if code else ""
        else:
            own = self.rules().settings.access.stranger
            sentence = translate(MessageId.NOT_ALLOWED, language) if own is None else own
        if sentence and self.notify(message, sentence):
            self._remember(person)

    def _is_due(self, person: str, every: float) -> bool:
        told_at = self._told_at.get(person)
        return told_at is None or self.clock() - told_at >= every

    def _remember(self, person: str) -> None:
        self._told_at[person] = self.clock()
        self._told_at.move_to_end(person)
        if len(self._told_at) > REMEMBERED:
            self._told_at.popitem(last=False)
