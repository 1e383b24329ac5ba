"""Telegram's published limits on sending and editing, for those who ask to have them enforced."""

from dataclasses import dataclass, field
from math import ceil
from typing import Any

COUNTED = ("send", "edit")
FREE = frozenset({"sendchataction", "sendmessagedraft"})  # no limit on these is published


@dataclass(slots=True, kw_only=True)
class Bucket:
    """So many calls at once, and so many more a second."""

    burst: float
    rate: float
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """How many seconds until a call is allowed, 0 for now."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        return max(0.0, (1 - self.tokens) / self.rate)


def _weight(params: dict[str, Any]) -> int:
    """The messages that a call leaves: an album, one for each of its items."""
    items = params.get("media")
    return len(items) if isinstance(items, list) else 1


@dataclass(slots=True, kw_only=True)
class Flood:
    """The limits: per chat, per group and minute, per bot; edits count as sends do."""

    chat_per_second: float = 1.0
    chat_burst: int = 3
    group_per_minute: int = 20
    bot_per_second: float = 30.0
    drafts_per_second: float | None = None  #: None: as many as one likes
    penalty: float = 0.0  #: seconds added to each refusal
    refused: int = 0  #: how many calls met the limit
    _buckets: dict[tuple[Any, ...], Bucket] = field(default_factory=dict)
    _until: dict[tuple[Any, ...], float] = field(default_factory=dict)

    def wait(self, bot: int, method: str, params: dict[str, Any], now: float) -> int:
        """The whole seconds *bot* has to wait before this call, 0 to go on; only an allowed call is counted."""
        buckets = self._counting(bot, method, params.get("chat_id"), now)
        if not buckets:
            return 0
        block = (bot, params.get("chat_id"))
        wait = max(*(bucket.wait(now) for bucket in buckets), self._until.get(block, now) - now)
        if wait > 0:
            if self._until.get(block, now) <= now:
                wait += self.penalty
                self._until[block] = now + wait
            self.refused += 1
            return ceil(wait)
        for bucket in buckets:
            bucket.tokens -= _weight(params)
        return 0

    def forget(self) -> None:
        """Have all limits full again, as they are after a longer pause; what was refused stays counted."""
        self._buckets.clear()
        self._until.clear()

    def _counting(self, bot: int, method: str, chat: Any, now: float) -> list[Bucket]:
        if method == "sendmessagedraft" and self.drafts_per_second:
            return [self._bucket((bot, chat, "draft"), 1, self.drafts_per_second, now), self._all(bot, now)]
        if method in FREE or not method.startswith(COUNTED):
            return []
        if isinstance(chat, int) and chat < 0:
            own = self._bucket((bot, chat), self.group_per_minute, self.group_per_minute / 60, now)
        else:
            own = self._bucket((bot, chat), self.chat_burst, self.chat_per_second, now)
        return [own, self._all(bot, now)]

    def _all(self, bot: int, now: float) -> Bucket:
        return self._bucket((bot,), self.bot_per_second, self.bot_per_second, now)

    def _bucket(self, key: tuple[Any, ...], burst: float, rate: float, now: float) -> Bucket:
        if (bucket := self._buckets.get(key)) is None:
            bucket = self._buckets[key] = Bucket(burst=burst, rate=rate, tokens=burst, at=now)
        return bucket
