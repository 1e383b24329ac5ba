"""
Which bot answers a turn: the one that was asked already or that asked something back, the route's, or its fallback.

Each bot has a circuit breaker, which says whether its side is away; nothing here waits.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bridge.engine.circuit import Circuit
from bridge.routing.rules import Decision, Rules
from bridge.sdk.errors import RateLimited, Refused
from bridge.sdk.i18n import MessageId
from bridge.sdk.ports import Bot
from bridge.store.claim import Stage, Turn

FALLBACK_AT_ATTEMPT: Final = 3
"""From this attempt on a question that could not be asked, as its bot's side is away, goes to the route's fallback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotChoice:
    """The bots, and which of their sides are away, as far as this process knows."""

    bots: Mapping[str, Bot]
    circuits: dict[str, Circuit] = field(default_factory=dict)  #: of the bots that were asked, by name

    def check_circuit(self, claimed: Turn, rules: Rules) -> None:
        """Raise `RateLimited` while the bot's circuit is open, if the person has been told and no fallback can answer."""
        circuit = self.circuits.get(claimed.bot or "")
        if circuit is None or not claimed.failure_notified or claimed.stage is Stage.ANSWERED:
            return
        if _fallback(claimed, rules.decide(claimed.message)):
            return
        if wait := circuit.try_acquire(time.monotonic()):
            raise RateLimited("the bot's side is away", retry_after=wait)

    def choose(self, claimed: Turn, decision: Decision) -> tuple[str, Bot]:
        """The bot that answers, and its name; `Refused` if the config has none, or none any more."""
        name = self._name(claimed, decision)
        if name is None or name not in self.bots:
            raise Refused(
                f"expected one of the bots {sorted(self.bots)}, got {name!r}", message_id=MessageId.BOT_MISCONFIGURED
            )
        return name, self.bots[name]

    def circuit(self, name: str) -> Circuit:
        """The circuit breaker of the bot of that *name*."""
        return self.circuits.setdefault(name, Circuit())

    def _name(self, claimed: Turn, decision: Decision) -> str | None:
        """
        The bot that answers, by name; None if there is none.

        One that asked something back gets the next message of that memory, whichever route the words would take, unless people
        have chosen another bot there since.
        """
        left = set(decision.bots) - {decision.bot}
        waiting = next((name for name in claimed.resume_tokens if name in self.bots and name not in left), None)
        fallback = _fallback(claimed, decision)
        if waiting or fallback is None or claimed.bot not in (None, decision.bot):
            return claimed.bot or waiting or decision.bot
        return fallback if self._is_away(decision.bot, claimed) else decision.bot

    def _is_away(self, bot: str | None, claimed: Turn) -> bool:
        """Whether the bot's side is away, as far as is known, and this turn is not the one that tries it again."""
        circuit = self.circuits.get(bot or "")
        if circuit is None or not circuit.failures:
            return False
        return claimed.attempt >= FALLBACK_AT_ATTEMPT or circuit.try_acquire(time.monotonic()) > 0


def _fallback(claimed: Turn, decision: Decision) -> str | None:
    """The route's fallback bot; None once a bot was asked."""
    return decision.route.fallback if decision.route and claimed.stage is Stage.ACCEPTED else None
