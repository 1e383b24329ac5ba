"""
Turns people away who may not talk here, or not now, before anything is kept: they are counted, and told once a day at most.

Somebody without access is told only where nobody else reads it; somebody who is paused, or in a paused conversation, is told
in groups too. Who was told is remembered by this process alone, for `REMEMBERED` people: nothing is stored about strangers.
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
"""Seconds until the same person is told again."""

REMEMBERED: Final = 10_000
"""People of whom it is remembered that they were told; beyond, the one who was told first is forgotten."""


@dataclass(slots=True, kw_only=True)
class TurningAway:
    """Turns people away, in this process."""

    rules: Callable[[], Rules]
    pairings: Pairings
    paused: Paused
    notify: Callable[[Inbound, str], bool]  #: as `Notifier.notify`
    clock: Callable[[], float] = time.monotonic
    _told_at: OrderedDict[str, float] = field(default_factory=OrderedDict, init=False)

    async def refusal(self, message: Inbound, decision: Decision) -> MessageId | None:
        """The sentence for an author who may not talk there, or not now; None if they may. Asks the database only under pairing."""
        if decision.refusal and not await self._is_let_in(message, decision):
            return MessageId.NOT_ALLOWED
        return MessageId.PAUSED if self.paused.subject_of(message, decision.scope) else None

    async def turn_away(self, message: Inbound, decision: Decision) -> MessageId | None:
        """
        Drop *message* if its author may not talk there, or not now; gives the sentence for them, None if they may.

        Waits for the database under pairing alone.
        """
        refusal = await self.refusal(message, decision)
        if refusal is MessageId.PAUSED:
            self.drop_if_paused(message, decision)
        elif refusal is not None:
            await self._refuse(message, decision)
        return refusal

    def drop_if_paused(self, message: Inbound, decision: Decision) -> bool:
        """Drop *message*, and give True, if its author or conversation is paused; an author who addressed the bot is told."""
        subject = self.paused.subject_of(message, decision.scope)
        if subject is None:
            return False
        telemetry.message_refused(adapter=message.where.adapter, because="paused by an admin")
        told = f"{subject} since {self.paused.since[subject]}"
        if decision.audience is Audience.US and not _is_press(message) and self._is_due(told, EVERY):
            self._say(message, translate(MessageId.PAUSED, message.author.language), told)
        return True

    async def _is_let_in(self, message: Inbound, decision: Decision) -> bool:
        """Whether an author whom *decision* refuses has been let in by pairing."""
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
