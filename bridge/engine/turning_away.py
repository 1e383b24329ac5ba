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

EVERY: Final = 86400.0
"""Seconds between two words to the same person."""

REMEMBERED: Final = 10_000
"""People whose last word is remembered; of more the one who heard it first is forgotten."""


@dataclass(slots=True)
class TurningAway:
    """The refusals of this process."""

    rules: Callable[[], Rules]
    notify: Callable[[Inbound, str], bool]  #: begins to say a sentence where a message was said
    clock: Callable[[], float] = time.monotonic
    _told_at: OrderedDict[str, float] = field(default_factory=OrderedDict, init=False)

    def turn_away(self, message: Inbound, decision: Decision) -> None:
        """Let *message* go, which *decision* refuses; waits for nothing."""
        telemetry.message_refused(adapter=message.where.adapter, because=decision.refusal or "")
        if message.chat_type is not ChatType.PRIVATE or message.rating is not None:
            return
        sentence = self.rules().settings.access.stranger
        if sentence is None:
            sentence = translate(MessageId.NOT_ALLOWED, message.author.language)
        if sentence and self._is_due(person_of(message)) and self.notify(message, sentence):
            self._remember(person_of(message))

    def _is_due(self, person: str) -> bool:
        told_at = self._told_at.get(person)
        return told_at is None or self.clock() - told_at >= EVERY

    def _remember(self, person: str) -> None:
        self._told_at[person] = self.clock()
        self._told_at.move_to_end(person)
        if len(self._told_at) > REMEMBERED:
            self._told_at.popitem(last=False)
