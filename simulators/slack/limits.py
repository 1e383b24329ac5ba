"""Slack's rate limits: a bucket per method and workspace, and one per channel for posts."""

import math
import time
from dataclasses import dataclass, field

from simulators.slack.model import Params

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}  #: calls a minute
_TIER = {
    "apps.connections.open": 3,
    "agents.sessions.rename": 3,
    "agents.sessions.setStatus": 3,
    "assistant.threads.setSuggestedPrompts": 4,
    "assistant.threads.setTitle": 4,
    "chat.appendStream": 4,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.startStream": 2,
    "chat.stopStream": 2,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "reactions.add": 3,
    "reactions.remove": 2,
    "usergroups.list": 2,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
}
_STATUSES_A_MINUTE = 600
_POST = "chat.postMessage"


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


@dataclass(slots=True, kw_only=True)
class Limits:
    """How often each method may be called; the defaults are those Slack documents."""

    per_minute: dict[str, float] = field(default_factory=dict)  #: exceptions, by method
    posts_per_second: float = 1.0  #: in one channel
    post_burst: int = 5
    posts_per_minute: float = 300.0  #: in the whole workspace
    speed: float = 1.0  #: how many times faster than documented the buckets fill
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)

    def take(self, method: str, params: Params) -> int | None:
        """None when the call is allowed, else after how many seconds to come back."""
        now = time.monotonic()
        wait = max(
            self._missing((method, channel), rate, burst, now) for channel, rate, burst in self._rules(method, params)
        )
        if wait > 0:
            return max(1, math.ceil(wait))
        for channel, _rate, _burst in self._rules(method, params):
            self._buckets[method, channel].tokens -= 1
        return None

    def _rules(self, method: str, params: Params) -> list[tuple[str, float, float]]:
        """Per bucket: its channel (empty for the workspace), calls a second, and how many at once."""
        if method in self.per_minute:
            return [("", self.per_minute[method] / 60, max(1, self.per_minute[method]))]
        if method == _POST:
            workspace = ("", self.posts_per_minute / 60, self.posts_per_minute)
            return [workspace, (str(params.get("channel")), self.posts_per_second, self.post_burst)]
        if method == "assistant.threads.setStatus":
            return [("", _STATUSES_A_MINUTE / 60, _STATUSES_A_MINUTE)]
        rate = TIERS[_TIER[method]] if method in _TIER else math.inf
        return [("", rate / 60, rate)]

    def _missing(self, key: tuple[str, str], rate: float, burst: float, now: float) -> float:
        """Seconds until the bucket *key* holds a token; refills it on the way."""
        if rate == math.inf:
            self._buckets.setdefault(key, _Bucket(math.inf, now))
            return 0.0
        bucket = self._buckets.setdefault(key, _Bucket(burst, now))
        bucket.tokens = min(burst, bucket.tokens + (now - bucket.filled_at) * rate * self.speed)
        bucket.filled_at = now
        return max(0.0, (1 - bucket.tokens) / (rate * self.speed))
