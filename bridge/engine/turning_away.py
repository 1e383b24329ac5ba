"""
Who may not talk, here or now, is turned away before anything is kept: a counter, and a word once a day at most.

Who is refused hears it where nobody else reads it, and nowhere else; who is paused, or speaks where all is, also where others read it.

Who has heard it is known to this process alone, and for `REMEMBERED` people: nothing is written down about strangers.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bridge.engine.pausing import Paused
from bridge.routing.access import person_of
from bridge.routing.rules import Audience, Decision, Rules
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
    paused: Paused
    notify: Callable[[Inbound, str], bool]  #: begins to say a sentence where a message was said
    clock: Callable[[], float] = time.monotonic
    _told_at: OrderedDict[str, float] = field(default_factory=OrderedDict, init=False)

    async def refusal(self, message: Inbound, decision: Decision) -> MessageId | None:
        """What who may not talk there, or not now, is told; None: they may. Asks the database where people are paired alone."""
        if decision.refusal and not await self._is_let_in(message, decision):
            return MessageId.NOT_ALLOWED
        return MessageId.PAUSED if self.paused.subject_of(message, decision.scope) else None

    async def turn_away(self, message: Inbound, decision: Decision) -> MessageId | None:
        """
        Let *message* go if its author may not talk there, or not now; gives what they are told, None where they may.

        Waits for the database where a code is due, or somebody may have been let in, else for nothing.
        """
        refusal = await self.refusal(message, decision)
        if refusal is MessageId.PAUSED:
            self.puts_by(message, decision)
        elif refusal is not None:
            await self._refuse(message, decision)
        return refusal

    def puts_by(self, message: Inbound, decision: Decision) -> bool:
        """Let *message* go if its author or conversation is paused; whether that is so. Who addresses the bot hears of it."""
        subject = self.paused.subject_of(message, decision.scope)
        if subject is None:
            return False
        telemetry.message_refused(adapter=message.where.adapter, because="paused by an admin")
        told = f"{subject} since {self.paused.since[subject]}"
        if decision.audience is Audience.US and not _is_press(message) and self._is_due(told, EVERY):
            self._say(message, translate(MessageId.PAUSED, message.author.language), told)
        return True

    async def _is_let_in(self, message: Inbound, decision: Decision) -> bool:
        """Whether who is refused by *decision* has been let in by pairing."""
        return decision.by_pairing and await self.pairings.is_let_in(person_of(message))

    async def _refuse(self, message: Inbound, decision: Decision) -> None:
        telemetry.message_refused(adapter=message.where.adapter, because=decision.refusal or "")
        if _is_press(message) or not (message.chat_type is ChatType.PRIVATE or message.is_told_alone):
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
        if sentence:
            self._say(message, sentence, person)

    def _say(self, message: Inbound, sentence: str, whom: str) -> None:
        if self.notify(message, sentence):
            self._remember(whom)

    def _is_due(self, whom: str, every: float) -> bool:
        told_at = self._told_at.get(whom)
        return told_at is None or self.clock() - told_at >= every

    def _remember(self, whom: str) -> None:
        self._told_at[whom] = self.clock()
        self._told_at.move_to_end(whom)
        if len(self._told_at) > REMEMBERED:
            self._told_at.popitem(last=False)


def _is_press(message: Inbound) -> bool:
    """Whether it is a press of a button, which says nothing."""
    return message.rating is not None or message.turn_key is not None
