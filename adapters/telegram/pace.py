"""
The rate limits of one Telegram bot: those of the manual, and what answers of 429 add.

The manual allows one message a second to a chat, twenty a minute to a group, and thirty a second in all; short bursts are
fine. Edits count like messages. No limit is published for drafts, so they have a generous one of their own; they count
towards the bot's limit once its operator or a 429 asks for care. A 429 does not say whether it means the chat or the bot:
we take it for the chat's until several chats get one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from adapters.telegram.options import PUBLISHED_RATE
from adapters.telegram.strain import Strain
from bridge.sdk.pacing import Budget, Cost, Pacer
from bridge.sdk.rates import Rate

BURST_SECONDS: Final = 10.0
"""Of the published rate at once: that bursts are allowed until Telegram says otherwise is not documented."""
HEADROOM: Final = 0.98
"""Of a chat's rate: calls arrive at other intervals than they were made, and who is at the limit is refused for milliseconds."""
PRIVATE: Final = Budget(rate=HEADROOM, burst=3)
GROUP: Final = Budget(rate=HEADROOM * 20 / 60, burst=20)
DRAFTS: Final = Budget(rate=HEADROOM * 2, burst=4)
DRAFTS_APART: Final = 1 / DRAFTS.rate
"""Seconds from the answer to a draft, which Telegram has counted by then, to the next one of the same answer."""

HALF: Final = 0.5

THROTTLE_SECONDS: Final = 600.0
THROTTLED_CHATS: Final = 3
"""So many chats told to wait within `THROTTLE_WINDOW` mean that the bot is meant."""
THROTTLE_WINDOW: Final = 10.0
SPARE_SECONDS: Final = 0.5
"""Waited in addition to Telegram's whole seconds: https://core.telegram.org/bots/api#responseparameters."""

_ALL: Final = "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCall:
    """A call that shows something in a chat, as the budgets see it."""

    chat: str
    is_draft: bool = False

    @property
    def cost(self) -> Cost:
        """What it costs of the chat's own budget."""
        return ((self.chat, GROUP if self.chat.startswith("-") else PRIVATE),)


@dataclass(slots=True)
class Pace:
    """How often one bot may speak, and where: a `bridge.sdk.sending.Budgets`."""

    rate: Rate = PUBLISHED_RATE  #: of the whole bot; one of an operator's own choosing is kept from the first second
    _strain: Strain = field(default_factory=Strain)
    _pacer: Pacer = field(default_factory=Pacer)
    _limited_at: dict[str, float] = field(default_factory=dict)  #: chats, by when a 429 came for them
    _throttled_until: float = 0.0

    def set_replica_count(self, replicas: int) -> None:
        """Share the budgets among so many replicas."""
        self._pacer.replicas = replicas

    @property
    def replicas(self) -> int:
        """How many replicas speak for this bot, as far as we know."""
        return self._pacer.replicas

    def try_preview(self, now: float, call: ChatCall) -> bool:
        """Whether a preview may be shown now; a draft costs the chat nothing, and the bot only while limits are strict."""
        blocked = call.is_draft and self.blocked(now, call)  # by what the chat's messages cost, which a draft does not
        return not blocked and self._pacer.try_preview(now, self._cost(now, call))

    def reserve_final(self, now: float, call: ChatCall) -> float:
        """Reserve a call that must be made; returns the seconds until it may be."""
        return self._pacer.reserve_final(now, self._cost(now, call))

    @contextmanager
    def under_way(self, clock: Callable[[], float], call: ChatCall) -> Iterator[None]:
        """Held while the call is unanswered: until then Telegram may count it at any moment."""
        cost = self._cost(now := clock(), call)
        self._pacer.note_begun(now, cost)
        try:
            yield
        finally:
            self._pacer.note_answered(clock(), cost)

    def owe(self, now: float, call: ChatCall, calls: int) -> None:
        """Charge so many further *calls* for one that counted as several; later calls wait for them."""
        for _ in range(calls):
            self.reserve_final(now, call)

    def spares(self, now: float, call: ChatCall) -> bool:
        """Whether more than half of the chat's burst is left."""
        return self._pacer.left(now, call.cost) > HALF

    def blocked(self, now: float, call: ChatCall) -> float:
        """Seconds left of a wait that Telegram asked for."""
        return self._pacer.blocked(now, [*self._bot(now), *call.cost])

    def limited(self, now: float, call: ChatCall, seconds: float) -> None:
        """Note that Telegram answered the call with 429."""
        self._throttled_until = now + THROTTLE_SECONDS
        lately = {chat: at for chat, at in self._limited_at.items() if now - at < THROTTLE_WINDOW}
        self._limited_at = lately | {call.chat: now}
        whom = self._bot(now) if len(self._limited_at) >= THROTTLED_CHATS else call.cost
        if not self.blocked(now, call):  # calls that were on their way together met the same refusal
            self._strain.record(now, whom[0][0], seconds=seconds)
        self._pacer.limited(now, whom, seconds + SPARE_SECONDS)

    def slowness(self, now: float, call: ChatCall) -> float:
        """The factor by which previews in that chat are slowed after answers of 429."""
        return self._strain.slowness(now, (_ALL, call.chat))

    def _cost(self, now: float, call: ChatCall) -> Cost:
        if call.is_draft:
            return ((f"draft:{call.chat}", DRAFTS), *(() if self._lenient(now) else self._bot(now)))
        return (*self._bot(now), *call.cost)

    def _bot(self, now: float) -> Cost:
        per_second = self.rate.count / self.rate.seconds
        burst = max(1.0, per_second * (BURST_SECONDS if self._lenient(now) else 1.0))
        return ((_ALL, Budget(rate=per_second, burst=burst, common=True)),)

    def _lenient(self, now: float) -> bool:
        """Whether the published limits apply: neither the operator nor Telegram has asked for more care."""
        return self.rate == PUBLISHED_RATE and now >= self._throttled_until
