"""
How much one person may ask for on a route, and everybody together at a Coze connection.

What a question costs in messages is known when it is asked, what it costs in tokens once it is answered: then it may leave
a debt, and the next question waits until that is paid.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from bridge.config.limit_settings import LimitSettings
from bridge.sdk.charges import Charge
from bridge.sdk.rates import Rate

RATINGS: Final = Rate(count=20, seconds=3600.0)
"""Presses of one person below one answer that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One rate that holds for a question."""

    unit: str  #: ``messages``, ``tokens`` or ``ratings``
    rate: Rate  #: how much, in what time
    subject: str  #: what it is for: a route, or a connection
    personal: bool  #: whether each person has one of their own

    def charge_for(self, person: str, spent: float) -> Charge:
        """What it costs *person*, as ``adapter:user``, to spend so many messages or tokens."""
        whose = f"{self.subject}\n{person if self.personal else ''}\n{self.unit}\n{self.rate}"
        return Charge(
            key=blake2b(whose.encode(errors="replace"), digest_size=16).hexdigest(),
            cost=spent * self.rate.seconds / self.rate.count,
            window=self.rate.seconds,
        )


def allowances(limits: LimitSettings, *, subject: str, personal: bool) -> Iterator[Allowance]:
    """Each rate of those *limits*."""
    for unit, rates in (("messages", limits.messages), ("tokens", limits.tokens)):
        for rate in dict.fromkeys(rates or ()):
            yield Allowance(unit=unit, rate=rate, subject=subject, personal=personal)


def question_charges(held: Iterable[Allowance], person: str) -> tuple[Charge, ...]:
    """What it takes to ask: a message of each allowance of messages, and tokens that are not overdrawn."""
    return tuple(one.charge_for(person, one.unit == "messages") for one in held)


def rating_charge(turn_key: str, person: str) -> Charge:
    """What it takes to rate an answer: people may change their minds, but no more often than `RATINGS`."""
    return Allowance(unit="ratings", rate=RATINGS, subject=turn_key, personal=True).charge_for(person, 1)


def answer_charges(held: Iterable[Allowance], person: str, tokens: int) -> tuple[Charge, ...]:
    """What an answer of so many *tokens* has cost."""
    return tuple(one.charge_for(person, tokens) for one in held if one.unit == "tokens")
